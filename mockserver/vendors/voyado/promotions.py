"""Promotions: drafts, assignments to contacts, redeeming."""

from typing import Any

from mockserver.call import Call
from mockserver.contract.parameter_leniency import read_uuid
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import contact_records, promotion_logic, promotion_records
from mockserver.vendors.voyado.timestamps import today


def create_promotion(call: Call, world: World) -> object:
    """Creates a draft and returns it. Problems: invalid_promotion, promotion_exists."""
    record = promotion_logic.from_body(call.body, today(world))
    return _to_dict(world, promotion_records.add(world, record), record)


def create_promotion_v2(call: Call, world: World) -> object:
    """Does the same as `create_promotion`."""
    return create_promotion(call, world)


def get_promotion(call: Call, world: World) -> object:
    """Returns the promotion. Problem: promotion_not_found."""
    id = call.params["id"]
    return _to_dict(world, id, promotion_records.find(world, id))


def get_promotion_v2(call: Call, world: World) -> object:
    """Returns the same reply as `get_promotion`."""
    return get_promotion(call, world)


def find_promotion(call: Call, world: World) -> object:
    """Returns the promotion with an external id. Problem: promotion_not_found."""
    id = promotion_records.id_by_external_id(world, call.params["externalId"])
    return _to_dict(world, id, promotion_records.find(world, id))


def find_promotion_v2(call: Call, world: World) -> object:
    """Returns the same reply as `find_promotion`."""
    return find_promotion(call, world)


def update_promotion(call: Call, world: World) -> object:
    """Replaces a draft and returns it.

    Problems: promotion_not_found, promotion_not_draft, invalid_promotion, promotion_exists.
    """
    after = promotion_logic.from_body(call.body, today(world))
    return _update(world, call.params["id"], after)


def update_promotion_v2(call: Call, world: World) -> object:
    """Does the same as `update_promotion`."""
    return update_promotion(call, world)


def delete_promotion(call: Call, world: World) -> object:
    """Deletes the promotion. Problems: promotion_not_found, promotion_is_assigned."""
    promotion_records.remove(world, call.params["id"])
    return {}


def delete_promotion_v2(call: Call, world: World) -> object:
    """Does the same as `delete_promotion`."""
    return delete_promotion(call, world)


def delete_promotion_by_external_id(call: Call, world: World) -> object:
    """Deletes the promotion. Problems: promotion_not_found, promotion_is_assigned."""
    promotion_records.remove(world, promotion_records.id_by_external_id(world, call.params["externalId"]))
    return {}


def delete_promotion_by_external_id_v2(call: Call, world: World) -> object:
    """Does the same as `delete_promotion_by_external_id`."""
    return delete_promotion_by_external_id(call, world)


def get_promotion_validity(call: Call, world: World) -> object:
    """Returns when the promotion is valid. Problem: promotion_not_found."""
    return _validity(promotion_records.find(world, call.params["id"]))


def get_promotion_validity_v2(call: Call, world: World) -> object:
    """Returns the same reply as `get_promotion_validity`."""
    return get_promotion_validity(call, world)


def find_promotion_validity(call: Call, world: World) -> object:
    """Returns when the promotion with an external id is valid. Problem: promotion_not_found."""
    id = promotion_records.id_by_external_id(world, call.params["externalId"])
    return _validity(promotion_records.find(world, id))


def find_promotion_validity_v2(call: Call, world: World) -> object:
    """Returns the same reply as `find_promotion_validity`."""
    return find_promotion_validity(call, world)


def update_promotion_validity(call: Call, world: World) -> object:
    """Replaces the validity of a draft and returns the draft.

    Problems: promotion_not_found, promotion_not_draft, invalid_promotion.
    """
    validity = promotion_logic.validity_from_body(call.body)
    return _update(world, call.params["id"], {"validity": validity})


def update_promotion_validity_v2(call: Call, world: World) -> object:
    """Does the same as `update_promotion_validity`."""
    return update_promotion_validity(call, world)


def list_contact_promotions(call: Call, world: World) -> object:
    """Lists the contact's promotions. Problem: contact_not_found."""
    contact = call.params["contactId"]
    contact_records.check(world, contact)
    return promotion_records.of_contact(world, contact, call.params.get("redemptionChannelType"))


def list_contact_promotions_v2(call: Call, world: World) -> object:
    """Returns the same reply as `list_contact_promotions`."""
    return list_contact_promotions(call, world)


def assign_promotion(call: Call, world: World) -> object:
    """Assigns a promotion. Problems: invalid_contact_id, invalid_promotion_id and those of `_assign`."""
    contact, promotion = read_uuid(call.body["contactId"]), read_uuid(call.body["promotionId"])
    if contact is None:
        raise Problem("invalid_contact_id")
    if promotion is None:
        raise Problem("invalid_promotion_id")
    return _assign(world, contact, promotion)


def assign_promotion_v2(call: Call, world: World) -> object:
    """Does the same as `assign_promotion`."""
    return _assign(world, call.params["contactId"], call.params["promotionId"])


def redeem_promotion(call: Call, world: World) -> object:
    """Redeems a promotion of a contact by the id of its assignment. Problems: those of `_redeem`."""
    return _redeem(call, world, call.params["assignmentId"])


def redeem_promotion_v2(call: Call, world: World) -> object:
    """Does the same as `redeem_promotion`; the contract calls the id `promotionId`."""
    return _redeem(call, world, call.params["promotionId"])


def redeem_contact_promotion(call: Call, world: World) -> object:
    """Redeems a promotion of the contact. Problems: contact_not_found and those of `_redeem`."""
    contact, id = call.params["contactId"], call.params["promotionId"]
    contact_records.check(world, contact)
    own = list(promotion_records.iterate(world, contact))
    matching = [key for key, one in own if id in (key, one["promotion"])]
    still_open = [key for key, one in own if key in matching and promotion_records.is_open(world, one)]
    if not matching and promotion_records.get_assignment(world, id):
        raise Problem("promotion_not_associated_with_contact")
    return _redeem(call, world, (still_open or matching or [id])[-1])


def _assign(world: World, contact: str, promotion: str) -> dict[str, Any]:
    """Assigns a promotion. Problems: contact_not_found, promotion_not_found, promotion_expired."""
    contact_records.check(world, contact)
    promotion_records.assign(world, promotion, contact)
    return {}


def _redeem(call: Call, world: World, id: str) -> dict[str, Any]:
    """Redeems an assignment.

    Problems: not_a_valid_redemption_channel, promotion_not_found, promotion_not_associated_with_contact,
    promotion_already_redeemed, promotion_expired, promotion_not_valid_for_redemption_channel.
    """
    channel = call.body["redemptionChannel"].upper()
    if channel not in promotion_logic.CHANNELS:
        raise Problem("not_a_valid_redemption_channel")
    assignment = promotion_records.get_assignment(world, id)
    if assignment is None:
        known = promotion_records.get(world, id)
        raise Problem("promotion_not_associated_with_contact" if known else "promotion_not_found")
    if assignment["redeemedOn"] is not None:
        raise Problem("promotion_already_redeemed")
    if promotion_records.has_expired(world, assignment):
        raise Problem("promotion_expired")
    channels = promotion_records.find(world, assignment["promotion"])["channels"]
    if channel not in [one["type"] for one in channels]:
        raise Problem("promotion_not_valid_for_redemption_channel")
    promotion_records.redeem(world, id, assignment)
    return {}


def _update(world: World, id: str, changes: Record) -> dict[str, Any]:
    before = promotion_records.find(world, id)
    if before["activated"]:
        raise Problem("promotion_not_draft")
    after = before | changes
    promotion_records.update(world, id, before, after)
    return _to_dict(world, id, after)


def _to_dict(world: World, id: str, record: Record) -> dict[str, Any]:
    presentation = _without_none(record["presentation"])
    found = {
        "id": id,
        "status": promotion_logic.status(record, today(world)),
        "externalId": record["externalId"],
        "name": record["name"],
        "validity": _validity(record),
        "presentation": presentation or None,
        "redemptionChannels": [_without_none(one) for one in record["channels"]],
    }
    return _without_none(found)


def _validity(record: Record) -> dict[str, Any]:
    validity = record["validity"]
    end = validity["end"]
    return _without_none(
        {
            "startDate": f"{validity['start']}T00:00:00.000Z",
            "endDate": end and f"{end}T00:00:00.000Z",
            "assignedValidity": validity["assigned"],
        }
    )


def _without_none(members: Record) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
