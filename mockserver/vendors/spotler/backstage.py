"""What a marketer does in Spotler itself: mailings and filters that use audiences, the account's product."""

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
    temporary_lists,
)

_CAMPAIGN: Final = "campaign"
_AUTOMATION: Final = "automation"
_REMOVED: Final = {"removed": True}


def schedule_mailing(call: Call, world: World) -> object:
    """The mailing. Problems: unknown_audience, unknown_temporary_list, moment_passed."""
    body = call.body
    if reference_records.AUDIENCE in body:
        kind, target = reference_records.AUDIENCE, _audience(world, body[reference_records.AUDIENCE])[0]
    else:
        kind, target = reference_records.TEMPORARY_LIST, body[reference_records.TEMPORARY_LIST]
        if not world.records(temporary_lists.KIND).has(target):
            raise Problem("unknown_temporary_list", id=target)
    at = _later(body["at"], world.now())
    return reference_records.schedule(world, kind, target, body.get("name", "Mailing"), at)


def remove_mailing(call: Call, world: World) -> object:
    """`{removed: true}`; its automailer goes with it. Problem: unknown_mailing."""
    if not reference_records.remove_mailing(world, call.body["id"]):
        raise Problem("unknown_mailing", id=call.body["id"])
    return _REMOVED


def set_automailer(call: Call, world: World) -> object:
    """The mailing with it. Problems: unknown_mailing, moment_passed (not after the mailing itself, too)."""
    id = call.body["mailing"]
    record = _mailing(world, id)
    until = _later(call.body["until"], max(world.now(), from_iso(record["at"])))
    return reference_records.set_automailer(world, id, record, until)


def remove_automailer(call: Call, world: World) -> object:
    """The mailing without it. Problem: unknown_mailing."""
    id = call.body["mailing"]
    return reference_records.set_automailer(world, id, _mailing(world, id), None)


def add_campaign_filter(call: Call, world: World) -> object:
    """The filter. Problems: unknown_audience, moment_passed."""
    return _add_filter(call, world, _CAMPAIGN)


def remove_campaign_filter(call: Call, world: World) -> object:
    """`{removed: true}`. Problem: unknown_filter."""
    return _remove_filter(call, world, _CAMPAIGN)


def add_automation_filter(call: Call, world: World) -> object:
    """The filter. Problems: unknown_audience, moment_passed."""
    return _add_filter(call, world, _AUTOMATION)


def remove_automation_filter(call: Call, world: World) -> object:
    """`{removed: true}`. Problem: unknown_filter."""
    return _remove_filter(call, world, _AUTOMATION)


def set_product(call: Call, world: World) -> object:
    """The product that the account has from now on."""
    product = call.body["product"]
    account_records.write(world, account_records.read(world) | {"product": product})
    return {"product": product}


def set_limits(call: Call, world: World) -> object:
    """How many audiences and temporary lists the account may have from now on."""
    kept = account_records.read(world)
    kept["maximumAudiences"] = int(call.body.get("audiences", kept["maximumAudiences"]))
    kept["maximumTemporaryLists"] = int(call.body.get("temporaryLists", kept["maximumTemporaryLists"]))
    account_records.write(world, kept)
    return {"audiences": kept["maximumAudiences"], "temporaryLists": kept["maximumTemporaryLists"]}


def list_members(call: Call, world: World) -> object:
    """Who is in an audience, in the order in which they came. Problem: unknown_audience."""
    id, record = _audience(world, call.body["audience"])
    limit, after = int(call.body.get("limit", 100)), int(call.body.get("after", 0))
    members = list(member_records.page(world, record["roll"], after, limit))
    return {"audience": id, "count": member_records.count(world, record["roll"]), "members": members}


def _audience(world: World, id: str) -> tuple[str, Record]:
    record = audience_records.get(world, id)
    if record is None:
        raise Problem("unknown_audience", id=id)
    return id, record


def _mailing(world: World, id: str) -> Record:
    record = reference_records.mailing(world, id)
    if record is None:
        raise Problem("unknown_mailing", id=id)
    return record


def _add_filter(call: Call, world: World, module: str) -> dict[str, Any]:
    body = call.body
    audience, _record = _audience(world, body["audience"])
    until = _later(body["until"], world.now()) if "until" in body else None
    return reference_records.add_filter(world, module, audience, body.get("name", "Filter"), until)


def _remove_filter(call: Call, world: World, module: str) -> dict[str, bool]:
    if not reference_records.remove_filter(world, module, call.body["id"]):
        raise Problem("unknown_filter", id=call.body["id"])
    return dict(_REMOVED)


def _later(text: str, moment: datetime) -> datetime:
    """The moment in the text. Raises the problem moment_passed unless it comes after the other."""
    try:
        later = from_iso(text)
    except (ValueError, OverflowError) as error:  # a leap second, the year 0000: date-times to JSON Schema
        raise Problem("moment_passed", moment=text, earliest=to_iso(moment)) from error
    if later <= moment:
        raise Problem("moment_passed", moment=text, earliest=to_iso(moment))
    return later
