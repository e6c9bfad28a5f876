"""Backstage actions: mailings and filters that use audiences, product and limits of the account, members."""

from datetime import datetime
from typing import Any, Final

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.formats.timestamps import from_iso, to_iso
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    account_records,
    audience_records,
    member_records,
    reference_records,
    temporary_list_records,
)
from mockserver.vendors.spotler.reference_records import AUDIENCE, TEMPORARY_LIST

_CAMPAIGN: Final = "campaign"
_AUTOMATION: Final = "automation"
_REMOVED: Final = {"removed": True}


def schedule_mailing(call: Call, world: World) -> object:
    """Schedules a mailing. Problems: unknown_audience, unknown_temporary_list, moment_passed."""
    body = call.body
    kind = AUDIENCE if AUDIENCE in body else TEMPORARY_LIST
    target = body[kind]
    if kind == AUDIENCE:
        _require_audience(world, target)
    elif not temporary_list_records.exists(world, target):
        raise Problem("unknown_temporary_list", id=target)
    at = _parse_later_than(body["at"], world.now())
    return reference_records.add_mailing(world, kind, target, body.get("name", "Mailing"), at)


def remove_mailing(call: Call, world: World) -> object:
    """Deletes a mailing with its automailer and returns `{removed: true}`. Problem: unknown_mailing."""
    if not reference_records.remove_mailing(world, call.body["id"]):
        raise Problem("unknown_mailing", id=call.body["id"])
    return _REMOVED


def set_automailer(call: Call, world: World) -> object:
    """Sets the automailer of a mailing.

    Problems: unknown_mailing, moment_passed (not in the future, or not later than the mailing).
    """
    id = call.body["mailing"]
    record = _require_mailing(world, id)
    until = _parse_later_than(call.body["until"], max(world.now(), from_iso(record["at"])))
    return reference_records.set_automailer(world, id, record, until)


def remove_automailer(call: Call, world: World) -> object:
    """Removes the automailer of a mailing. Problem: unknown_mailing."""
    id = call.body["mailing"]
    return reference_records.set_automailer(world, id, _require_mailing(world, id), None)


def add_campaign_filter(call: Call, world: World) -> object:
    """Adds a filter of a campaign. Problems: unknown_audience, moment_passed."""
    return _add_filter(call, world, _CAMPAIGN)


def remove_campaign_filter(call: Call, world: World) -> object:
    """Removes a filter of a campaign and returns `{removed: true}`. Problem: unknown_filter."""
    return _remove_filter(call, world, _CAMPAIGN)


def add_automation_filter(call: Call, world: World) -> object:
    """Adds a filter of an automation. Problems: unknown_audience, moment_passed."""
    return _add_filter(call, world, _AUTOMATION)


def remove_automation_filter(call: Call, world: World) -> object:
    """Removes a filter of an automation and returns `{removed: true}`. Problem: unknown_filter."""
    return _remove_filter(call, world, _AUTOMATION)


def set_product(call: Call, world: World) -> object:
    """Sets the product of the account."""
    product = call.body["product"]
    account_records.save(world, account_records.get(world) | {"product": product})
    return {"product": product}


def set_limits(call: Call, world: World) -> object:
    """Sets the maximum number of audiences and temporary lists."""
    account = account_records.get(world)
    account["maximumAudiences"] = int(call.body.get("audiences", account["maximumAudiences"]))
    maximum_lists = call.body.get("temporaryLists", account["maximumTemporaryLists"])
    account["maximumTemporaryLists"] = int(maximum_lists)
    account_records.save(world, account)
    return {"audiences": account["maximumAudiences"], "temporaryLists": account["maximumTemporaryLists"]}


def list_members(call: Call, world: World) -> object:
    """Returns a page of an audience's members, in order of joining. Problem: unknown_audience."""
    id = call.body["audience"]
    list_id = _require_audience(world, id)[member_records.KEY]
    limit, after = int(call.body.get("limit", 100)), int(call.body.get("after", 0))
    members = list(member_records.page(world, list_id, after, limit))
    return {"audience": id, "count": member_records.count(world, list_id), "members": members}


def _require_audience(world: World, id: str) -> Record:
    record = audience_records.get(world, id)
    if record is None:
        raise Problem("unknown_audience", id=id)
    return record


def _require_mailing(world: World, id: str) -> Record:
    record = reference_records.get_mailing(world, id)
    if record is None:
        raise Problem("unknown_mailing", id=id)
    return record


def _add_filter(call: Call, world: World, module: str) -> dict[str, Any]:
    body, audience = call.body, call.body["audience"]
    _require_audience(world, audience)
    until = _parse_later_than(body["until"], world.now()) if "until" in body else None
    return reference_records.add_filter(world, module, audience, body.get("name", "Filter"), until)


def _remove_filter(call: Call, world: World, module: str) -> dict[str, bool]:
    if not reference_records.remove_filter(world, module, call.body["id"]):
        raise Problem("unknown_filter", id=call.body["id"])
    return dict(_REMOVED)


def _parse_later_than(text: str, earliest: datetime) -> datetime:
    """Parses a time. Raises the problem moment_passed unless it is later than `earliest`."""
    try:
        time = from_iso(text)
    except (ValueError, OverflowError) as error:  # JSON Schema allows leap seconds and the year 0000
        raise Problem("moment_passed", moment=text, earliest=to_iso(earliest)) from error
    if time <= earliest:
        raise Problem("moment_passed", moment=text, earliest=to_iso(earliest))
    return time
