"""What happens outside the API: files dropped in the storage, the portal, and how the vendor behaves."""

from base64 import b64decode
from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import (
    audience_records,
    campaign_records,
    configuration,
    crm_file_parser,
    crm_file_records,
    identifier_hashing,
    identifier_matching,
    member_records,
    onboarding_logic,
    organisation_records,
    status_ids,
    timestamps,
)
from mockserver.vendors.digitalaudience.request_values import trimmed


def drop_file(call: Call, world: World) -> object:
    """Where the file goes. Problems: unknown_audience, unreadable_content, call_does_not_fit (no day)."""
    path = call.body["path"]
    try:
        drop = crm_file_parser.located(path)
    except ValueError as error:
        raise _unfit("path", f"{path!r} names no moment of the calendar") from error
    raw = _content(call)
    audience = _audience(world, drop.audience_id)
    file = onboarding_logic.receive(world, audience, drop.mode, raw)
    return {
        "audienceId": audience["id"],
        "mode": drop.mode,
        "path": path,
        "bytes": len(raw),
        "audienceState": audience["state"],
        "readyAt": timestamps.written(onboarding_logic.done_at(file)),
    }


def finish_processing(call: Call, world: World) -> object:
    """The audiences that had files waiting, or insights. Problem: unknown_audience."""
    if "audienceId" in call.body:
        audiences = [_audience(world, int(call.body["audienceId"]))]
    else:
        numbers = (organisation_records.OWN, organisation_records.OTHER)
        audiences = [one for number in numbers for one in audience_records.all_of(world, number)]
    finished = [_finish(world, one) for one in audiences if _is_waiting(world, one)]
    return {"audiences": [{"audienceId": one["id"], "audienceState": one["state"]} for one in finished]}


def find_member(call: Call, world: World) -> object:
    """Whether a row has the identifier. Problems: unknown_audience, call_does_not_fit (no identifier)."""
    type, value = call.body["type"], call.body["value"]
    audience = _audience(world, int(call.body["audienceId"]))
    hash = identifier_hashing.hashed(type, value)
    if hash is None:
        raise _unfit("value", f"{value!r} is no identifier of type {type}")
    matched, usable = identifier_matching.draw(world.seed, type, hash)
    member = member_records.has(world, audience["id"], type, hash)
    found = {"member": member, "matched": matched, "usable": usable}
    return {"audienceId": audience["id"], "type": type, "hash": hash, **found}


def derive_audience(call: Call, world: World) -> object:
    """The new audience, without data. Problems: unknown_audience, audience_not_ready."""
    source = _audience(world, int(call.body["audienceId"]))
    if source["state"] != "READY":
        raise Problem("audience_not_ready", id=source["id"])
    campaign = campaign_records.find(world, source["organisation"], source["campaignId"])
    type = call.body["type"]
    derived = audience_records.create(
        world,
        campaign,
        source["organisation"],
        world.now(),
        userId=source["userId"],
        name=trimmed(call.body.get("name", f"{source['name'][:240]} ({type.lower()})")),
        type=type,
        source={"id": source["id"], "typeId": status_ids.TYPES[source["type"]]},
    )
    shown = audience_records.shown(world, derived)
    names = ("name", "type", "sourceAudienceId", "sourceAudienceTypeId")
    return {"audienceId": derived["id"], **{name: shown[name] for name in names}}


def set_error_style(call: Call, world: World) -> object:
    """The style."""
    configuration.change(world, http_status=call.body["http_status"])
    return call.body


def set_session_lifetime(call: Call, world: World) -> object:
    """The lifetime."""
    given = call.body["minutes"]
    minutes = None if given is None else int(given)  # to JSON Schema 2.0 is an integer too
    configuration.change(world, session_minutes=minutes)
    return {"minutes": minutes}


def add_user(call: Call, world: World) -> object:
    """The user. Problem: user_exists."""
    name = call.body["userName"]
    if organisation_records.find_user(world, name):
        raise Problem("user_exists", userName=name)
    organisation = (
        organisation_records.OTHER if call.body.get("organisation") == "other" else organisation_records.OWN
    )
    user = organisation_records.add_user(world, name, call.body["password"], organisation)
    return {
        "userId": user["id"],
        "userName": name,
        "organisationId": organisation,
        "organisationName": organisation_records.organisation(world, organisation)["name"],
    }


def _audience(world: World, id: int) -> Record:
    try:
        return audience_records.find(world, None, id)
    except Problem as none:
        raise Problem("unknown_audience", id=id) from none


def _content(call: Call) -> bytes:
    text: str = call.body["content"]
    if call.body.get("encoding") != "base64":
        return text.encode()
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise Problem("unreadable_content") from error


def _is_waiting(world: World, audience: Record) -> bool:
    crm = audience["crm"]
    return bool(crm and crm["insights"] == "PENDING") or bool(crm_file_records.waiting(world, audience["id"]))


def _finish(world: World, audience: Record) -> Record:
    for file in crm_file_records.waiting(world, audience["id"]):
        onboarding_logic.finish(world, audience, file)
    if audience["crm"]:
        onboarding_logic.finish_insights(world, audience)
    return audience


def _unfit(field: str, reason: str) -> Problem:
    details: dict[str, Any] = {"reason": reason, "pointer": f"/{field}", "field": field}
    return Problem("call_does_not_fit", **details)
