"""Backstage actions: files, derived audiences, optional fields, users, sessions, the style of failures."""

from base64 import b64decode
from typing import Any
from urllib.parse import quote

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import (
    audience_records,
    configuration,
    crm_file_parser,
    crm_file_records,
    derivation_logic,
    identifier_hashing,
    identifier_matching,
    member_records,
    onboarding_logic,
    organisation_records,
    platform_account_records,
    segment_records,
    storage_access,
    timestamps,
)
from mockserver.vendors.digitalaudience.request_values import trim


def drop_file(call: Call, world: World) -> object:
    """The accepted file.

    Problems: unknown_audience, audience_is_derived, unreadable_content, call_does_not_fit (invalid date).
    """
    path = call.body["path"]
    try:
        upload = crm_file_parser.parse_path(path)
    except ValueError as error:
        raise _invalid_call("path", f"{path!r} contains a date or a time that does not exist") from error
    raw = _decode_content(call)
    audience = _find_audience(world, upload.audience_id)
    if audience["source"] is not None:
        raise Problem("audience_is_derived", id=audience["id"], type=audience["type"])
    file = onboarding_logic.receive_file(world, audience, upload.mode, raw)
    return {
        "audienceId": audience["id"],
        "mode": upload.mode,
        "path": path,
        "bytes": len(raw),
        "audienceState": audience["state"],
        "readyAt": timestamps.format_timestamp(onboarding_logic.ready_at(file)),
    }


def show_bucket(call: Call, world: World) -> object:
    """The bucket of an organisation, its keys, and what the vendor's paths are relative to."""
    access = storage_access.issue(world, _organisation(call))
    return {
        "bucket": access.bucket,
        "region": storage_access.REGION,
        "accessKeyId": access.access_key,
        "secretAccessKey": access.secret,
        "endpoint": call.origin,
    }


def sign_upload(call: Call, world: World) -> object:
    """The URL to PUT a file at."""
    access = storage_access.issue(world, _organisation(call))
    bucket, key = call.body.get("bucket", access.bucket), call.body["path"].lstrip("/")
    return {"url": storage_access.sign_url(world, access, f"{call.origin}/{quote(bucket)}/{quote(key)}")}


def finish_processing(call: Call, world: World) -> object:
    """The audiences that had waiting files, insights or a generation, after it. Problem: unknown_audience."""
    if "audienceId" in call.body:
        ids = [_find_audience(world, int(call.body["audienceId"]))["id"]]
    else:
        ids = [
            audience["id"]
            for organisation in (organisation_records.OWN, organisation_records.OTHER)
            for audience in audience_records.list_all(world, organisation)
        ]
    # Each is read when its turn comes: new data of a source generates its derived audiences anew.
    audiences = (_find_audience(world, id) for id in ids)
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
    """A new audience whose generation is pending.

    Problems: unknown_audience, audience_not_ready, audience_is_derived.
    """
    source = _find_audience(world, int(call.body["audienceId"]))
    if source["source"] is not None:
        raise Problem("audience_is_derived", id=source["id"], type=source["type"])
    if source["state"] != "READY":
        raise Problem("audience_not_ready", id=source["id"])
    type = call.body["type"]
    name = trim(call.body.get("name", f"{source['name'][:240]} ({type.lower()})"))
    derived = derivation_logic.derive(world, source, type, name)
    response = audience_records.to_dict(world, derived)
    names = ("name", "type", "audienceState", "sourceAudienceId", "sourceAudienceTypeId")
    return {"audienceId": derived["id"], **{name: response[name] for name in names}}


def set_audience_fields(call: Call, world: World) -> object:
    """The fields as the audience now has them. Problem: unknown_audience."""
    audience = _find_audience(world, int(call.body["audienceId"]))
    for field, name in (("lifetimeStatus", "lifetime"), ("tagCollection", "tags")):
        audience[name] = call.body.get(field, audience[name])
    response = audience_records.to_dict(world, audience_records.save_updated(world, audience))
    names = ("lifetimeStatus", "lifetimeStatusId", "tagCollection")
    return {"audienceId": audience["id"], **{name: response[name] for name in names}}


def set_segment_fields(call: Call, world: World) -> object:
    """The fields as the segment now has them. Problem: unknown_segment."""
    given = {name: _integer(value) for name, value in call.body.items() if name != "segmentId"}
    segment = segment_records.get(world, int(call.body["segmentId"]))
    if segment is None:
        raise Problem("unknown_segment", id=int(call.body["segmentId"]))
    segment_records.set_fields(world, segment, given)
    response = segment_records.to_dict(world, segment, _find_audience(world, segment["audienceId"]))
    return {name: response[name] for name in ("segmentId", *segment_records.SETTABLE)}


def set_account_fields(call: Call, world: World) -> object:
    """The fields as the platform account now has them. Problem: unknown_account."""
    id = int(call.body["accountId"])
    given = {name: _integer(value) for name, value in call.body.items() if name != "accountId"}
    account = platform_account_records.set_fields(world, id, given)
    if account is None:
        raise Problem("unknown_account", id=id)
    return {"accountId": id, **{name: account[name] for name in platform_account_records.SETTABLE}}


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
    organisation = _organisation(call)
    user = organisation_records.add_user(world, name, call.body["password"], organisation)
    return {
        "userId": user["id"],
        "userName": name,
        "organisationId": organisation,
        "organisationName": organisation_records.get_organisation(world, organisation)["name"],
    }


def _organisation(call: Call) -> int:
    is_other = call.body.get("organisation") == "other"
    return organisation_records.OTHER if is_other else organisation_records.OWN


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


def _integer(value: Any) -> Any:
    return int(value) if isinstance(value, float) else value  # JSON Schema accepts 2.0 as an integer


def _has_pending_work(world: World, audience: Record) -> bool:
    if derivation_logic.is_generating(audience):
        return True
    if audience["crm"] and audience["crm"]["insights"] == "PENDING":
        return True
    return bool(crm_file_records.list_waiting(world, audience["id"]))


def _finish_audience(world: World, audience: Record) -> Record:
    if derivation_logic.is_generating(audience):
        derivation_logic.finish(world, audience)
    for file in crm_file_records.list_waiting(world, audience["id"]):
        onboarding_logic.process_file(world, audience, file)
    if audience["crm"]:
        onboarding_logic.finish_insights(world, audience)
    return audience


def _invalid_call(field: str, reason: str) -> Problem:
    details: dict[str, Any] = {"reason": reason, "pointer": f"/{field}", "field": field}
    return Problem("call_does_not_fit", **details)
