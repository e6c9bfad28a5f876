"""Audience endpoints: create, read, update and delete, in JSON and XML."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.call import NOTHING, Call, Reply
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    account_records,
    audience_records,
    content_negotiation,
    reference_records,
    timestamps,
    xml_body,
)

_MAX_LENGTH: Final = 255
_BLANKS: Final = "".join(map(chr, range(33)))  # the characters that Java's String.trim() removes


def create_audience(call: Call, world: World) -> object:
    """Creates an empty audience and returns it.

    Problems, in this order: audience_name_length, audience_id_length, audience_id_taken, audience_name_taken,
    too_many_audiences; not_acceptable.
    """
    media_type = content_negotiation.choose_media_type(call)
    body = _parse_body(call)
    id, name = body["externalId"], body["name"]
    if audience_records.get(world, id):
        raise Problem("audience_id_taken")
    if audience_records.is_name_taken(world, name):
        raise Problem("audience_name_taken")
    if audience_records.count(world) >= account_records.get(world)["maximumAudiences"]:
        raise Problem("too_many_audiences")
    record = audience_records.new(world, name, body.get("description"))
    audience_records.add(world, id, record)
    return _render(world, media_type, id, record)


def get_audience(call: Call, world: World) -> object:
    """Returns the audience without its members. Problems: audience_not_found, not_acceptable."""
    id = call.params["externalId"]
    media_type = content_negotiation.choose_media_type(call)
    return _render(world, media_type, id, audience_records.require(world, id))


def update_audience(call: Call, world: World) -> object:
    """Replaces name and description; an omitted description is cleared.

    Problems, in this order: audience_name_length, audience_not_found, path_id_mismatch, audience_name_taken;
    not_acceptable.
    """
    media_type = content_negotiation.choose_media_type(call)
    body = _parse_body(call)
    id, name = call.params["externalId"], body["name"]
    record = audience_records.require(world, id)
    if body["externalId"] != id:
        raise Problem("path_id_mismatch")
    if name != record["name"] and audience_records.is_name_taken(world, name):
        raise Problem("audience_name_taken")
    record |= {
        "name": name,
        "description": body.get("description"),
        "changeDate": timestamps.now(world),
    }
    audience_records.save(world, id, record)
    return _render(world, media_type, id, record)


def delete_audience(call: Call, world: World) -> object:
    """Deletes the audience. Problems: audience_not_found, audience_in_use."""
    id = call.params["externalId"]
    record = audience_records.require(world, id)
    if reference_records.is_referenced(world, reference_records.AUDIENCE, id):
        raise Problem("audience_in_use")
    audience_records.remove(world, id, record)
    return NOTHING


def _parse_body(call: Call) -> Mapping[str, Any]:
    """Returns the body. The contract has validated JSON; the same rules are applied to XML here."""
    if not content_negotiation.has_xml_body(call):
        body: Mapping[str, Any] = call.body
        return body
    fields = {name: texts[-1] for name, texts in xml_body.parse(call.raw).items()}
    if not _has_valid_length(fields.get("name", "")):
        raise Problem("audience_name_length")
    if call.operation == "create_audience" and not _has_valid_length(fields.get("externalId", "")):
        raise Problem("audience_id_length")
    if "externalId" not in fields:
        raise Problem("invalid_params", reason="'externalId' is a required property")
    return fields


def _has_valid_length(text: str) -> bool:
    return len(text) <= _MAX_LENGTH and bool(text.strip(_BLANKS))


def _render(world: World, media_type: str, id: str, record: Record) -> object:
    fields = audience_records.to_dict(id, record)
    dates = {name: fields[name] for name in audience_records.DATES if fields[name] is not None}
    if media_type == content_negotiation.JSON:
        return fields | {name: timestamps.to_json(world, date) for name, date in dates.items()}
    texts = {name: timestamps.to_text(date) for name, date in dates.items()}
    document = xml_body.render("audience", fields | texts)
    return Reply(document, headers={"Content-Type": content_negotiation.XML})
