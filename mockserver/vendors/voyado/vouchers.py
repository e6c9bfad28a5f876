"""Vouchers, which v2 calls bonus checks: lists, redeeming, reactivating."""

from collections.abc import Callable
from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import contact_records, voucher_records
from mockserver.vendors.voyado.paging import to_page


def list_vouchers(call: Call, world: World) -> object:
    """Returns a page of the contact's vouchers. Problem: contact_not_found."""
    return to_page(call, [voucher_records.to_voucher(*one) for one in _list(call, world, _any)])


def list_available_vouchers(call: Call, world: World) -> object:
    """Returns a page of the vouchers that the contact can redeem. Problem: contact_not_found."""
    found = _list(call, world, voucher_records.is_available)
    return to_page(call, [voucher_records.to_voucher(*one) for one in found])


def list_redeemed_vouchers(call: Call, world: World) -> object:
    """Returns a page of the vouchers that the contact has redeemed. Problem: contact_not_found."""
    found = _list(call, world, _is_redeemed)
    return to_page(call, [voucher_records.to_voucher(*one) for one in found])


def redeem_voucher(call: Call, world: World) -> object:
    """Redeems the voucher and returns it.

    Problems: gateway_timeout, reward_voucher_not_found, reward_voucher_already_redeemed,
    reward_voucher_expired.
    """
    id = call.params["rewardVoucherId"]
    record = _find(world, id)
    if world.switches["slow_redeems"]:
        raise Problem("gateway_timeout")
    return voucher_records.to_voucher(id, _redeem(world, id, record))


def reactivate_voucher(call: Call, world: World) -> object:
    """Makes a redeemed voucher available again and returns it.

    Problems: reward_voucher_not_found, reward_voucher_already_activated, reward_voucher_expired.
    """
    id = call.params["rewardVoucherId"]
    return voucher_records.to_voucher(id, _reactivate(world, id))


def list_bonus_checks(call: Call, world: World) -> object:
    """Returns the page of `list_vouchers` with the names of v2."""
    return to_page(call, [voucher_records.to_bonus_check(*one) for one in _list(call, world, _any)])


def list_available_bonus_checks(call: Call, world: World) -> object:
    """Returns the page of `list_available_vouchers` with the names of v2 and fewer members."""
    found = _list(call, world, voucher_records.is_available)
    return to_page(call, [_without(one, "redeemed", "redeemedOn") for one in found])


def list_redeemed_bonus_checks(call: Call, world: World) -> object:
    """Returns the page of `list_redeemed_vouchers` with the names of v2 and fewer members."""
    return to_page(call, [_without(one, "redeemed", "expiresOn") for one in _list(call, world, _is_redeemed)])


def redeem_bonus_check(call: Call, world: World) -> object:
    """Redeems a voucher of the contact and returns it.

    Problems: contact_not_found and those of `redeem_voucher`.
    """
    contact, id = call.params["contactId"], call.params["bonusCheckId"]
    contact_records.check(world, contact)
    record = _find(world, id)
    if record["contact"] != contact:
        raise Problem("reward_voucher_not_found")
    return _without((id, _redeem(world, id, record)), "redeemed", "expiresOn")


def reactivate_voucher_v2(call: Call, world: World) -> object:
    """Does the same as `reactivate_voucher` and returns the voucher's id."""
    id = call.params["rewardVoucherId"]
    _reactivate(world, id)
    return id


def _list(call: Call, world: World, is_wanted: Callable[[World, Record], bool]) -> list[tuple[str, Record]]:
    contact = call.params["contactId"]
    contact_records.check(world, contact)
    return [one for one in voucher_records.list_all(world, contact) if is_wanted(world, one[1])]


def _any(_world: World, _record: Record) -> bool:
    return True


def _is_redeemed(_world: World, record: Record) -> bool:
    return record["redeemedOn"] is not None


def _find(world: World, id: str) -> Record:
    record = voucher_records.find(world, id)
    if record is None:
        raise Problem("reward_voucher_not_found")
    return record


def _redeem(world: World, id: str, record: Record) -> Record:
    if record["redeemedOn"] is not None:
        raise Problem("reward_voucher_already_redeemed")
    if voucher_records.has_expired(world, record):
        raise Problem("reward_voucher_expired")
    return voucher_records.redeem(world, id, record)


def _reactivate(world: World, id: str) -> Record:
    record = _find(world, id)
    if record["redeemedOn"] is None:
        raise Problem("reward_voucher_already_activated")
    if voucher_records.has_expired(world, record):
        raise Problem("reward_voucher_expired")
    return voucher_records.reactivate(world, id, record)


def _without(found: tuple[str, Record], *names: str) -> dict[str, Any]:
    voucher = voucher_records.to_bonus_check(*found)
    return {name: value for name, value in voucher.items() if name not in names}
