"""Backstage actions: dropped files, derived audiences, users, sessions and the style of failures."""

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
from mockserver.vendors.digitalaudience.request_values import trim


def drop_file(call: Call, world: World) -> object:
    """The accepted file. Problems: unknown_audience, unreadable_content, call_does_not_fit (invalid date)."""
    path = call.body["path"]
    try:
        upload = crm_file_parser.parse_path(path)
    except ValueError as error:
        raise _invalid_call("path", f"{path!r} contains a date or a time that does not exist") from error
    raw = _decode_content(call)
    audience = _find_audience(world, upload.audience_id)
    file = onboarding_logic.receive_file(world, audience, upload.mode, raw)
    return {
        "audienceId": audience["id"],
        "mode": upload.mode,
        "path": path,
        "bytes": len(raw),
        "audienceState": audience["state"],
        "readyAt": timestamps.format_timestamp(onboarding_logic.ready_at(file)),
    }


def finish_processing(call: Call, world: World) -> object:
    """The audiences that had waiting files or insights, after processing. Problem: unknown_audience."""
    if "audienceId" in call.body:
        audiences = [_find_audience(world, int(call.body["audienceId"]))]
    else:
        audiences = [
            audience
            for organisation in (organisation_records.OWN, organisation_records.OTHER)
            for audience in audience_records.list_all(world, organisation)
        ]
    finished = [
        _finish_audience(world, audience) for audience in audiences if _has_pending_work(world, audience)
    ]
    return {
        "audiences": [
            {"audienceId": audience["id"], "audienceState": audience["state"]} for audience in finished
        ]
    }


def find_member(call: Call, world: World) -> object:
    """Whether a row has the identifier. Problems: unknown_audience, call_does_not_fit (invalid value)."""
    type, value = call.body["type"], call.body["value"]
    audience = _find_audience(world, int(call.body["audienceId"]))
    hash = identifier_hashing.hash_identifier(type, value)
    if hash is None:
        raise _invalid_call("value", f"{value!r} is not an identifier of type {type}")
    matched, usable = identifier_matching.match_identifier(world.seed, type, hash)
    return {
        "audienceId": audience["id"],
        "type": type,
        "hash": hash,
        "member": member_records.contains(world, audience["id"], type, hash),
        "matched": matched,
        "usable": usable,
    }


def derive_audience(call: Call, world: World) -> object:
    """A new audience without data. Problems: unknown_audience, audience_not_ready."""
    source = _find_audience(world, int(call.body["audienceId"]))
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
        name=trim(call.body.get("name", f"{source['name'][:240]} ({type.lower()})")),
        type=type,
        source={"id": source["id"], "typeId": status_ids.TYPES[source["type"]]},
    )
    response = audience_records.to_dict(world, derived)
    names = ("name", "type", "sourceAudienceId", "sourceAudienceTypeId")
    return {"audienceId": derived["id"], **{name: response[name] for name in names}}


def set_error_style(call: Call, world: World) -> object:
    """The new style."""
    configuration.update(world, http_status=call.body["http_status"])
    return call.body


def set_session_lifetime(call: Call, world: World) -> object:
    """The new lifetime."""
    value = call.body["minutes"]
    minutes = None if value is None else int(value)  # JSON Schema accepts 2.0 as an integer
    configuration.update(world, session_minutes=minutes)
    return {"minutes": minutes}


def add_user(call: Call, world: World) -> object:
    """The new user. Problem: user_exists."""
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
        "organisationName": organisation_records.get_organisation(world, organisation)["name"],
    }


def _find_audience(world: World, id: int) -> Record:
    audience = audience_records.get(world, id)
    if audience is None:
        raise Problem("unknown_audience", id=id)
    return audience


def _decode_content(call: Call) -> bytes:
    text: str = call.body["content"]
    if call.body.get("encoding") != "base64":
        return text.encode()
    try:
        return b64decode(text, validate=True)
    except ValueError as error:
        raise Problem("unreadable_content") from error


def _has_pending_work(world: World, audience: Record) -> bool:
    if audience["crm"] and audience["crm"]["insights"] == "PENDING":
        return True
    return bool(crm_file_records.list_waiting(world, audience["id"]))


def _finish_audience(world: World, audience: Record) -> Record:
    for file in crm_file_records.list_waiting(world, audience["id"]):
        onboarding_logic.process_file(world, audience, file)
    if audience["crm"]:
        onboarding_logic.finish_insights(world, audience)
    return audience


def _invalid_call(field: str, reason: str) -> Problem:
    details: dict[str, Any] = {"reason": reason, "pointer": f"/{field}", "field": field}
    return Problem("call_does_not_fit", **details)
