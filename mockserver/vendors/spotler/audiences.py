"""Audiences themselves: made, read, changed, deleted, in JSON and in XML."""

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

_LONGEST: Final = 255
_BLANK: Final = "".join(map(chr, range(33)))  # what Java trims


def create_audience(call: Call, world: World) -> object:
    """The new audience, empty.

    Problems, in this order: audience_name_length, audience_id_length, audience_id_taken, audience_name_taken,
    too_many_audiences; not_acceptable.
    """
    form = content_negotiation.choose(call)
    given = _given(call)
    id, name = given["externalId"], given["name"]
    if audience_records.get(world, id):
        raise Problem("audience_id_taken")
    if audience_records.is_named(world, name):
        raise Problem("audience_name_taken")
    if audience_records.count(world) >= account_records.read(world)["maximumAudiences"]:
        raise Problem("too_many_audiences")
    record = audience_records.new(world, name, given.get("description"))
    audience_records.add(world, id, record)
    return _reply(world, form, id, record)


def get_audience(call: Call, world: World) -> object:
    """The audience; who is in it, nobody is told. Problems: audience_not_found, not_acceptable."""
    id = call.params["externalId"]
    return _reply(world, content_negotiation.choose(call), id, audience_records.find(world, id))


def update_audience(call: Call, world: World) -> object:
    """The audience with the name and the description of the body; one that is left out is none.

    Problems, in this order: audience_name_length, audience_not_found, path_id_mismatch, audience_name_taken;
    not_acceptable.
    """
    form = content_negotiation.choose(call)
    given = _given(call)
    id, name = call.params["externalId"], given["name"]
    record = audience_records.find(world, id)
    if given["externalId"] != id:
        raise Problem("path_id_mismatch")
    if name != record["name"] and audience_records.is_named(world, name):
        raise Problem("audience_name_taken")
    record |= {
        "name": name,
        "description": given.get("description"),
        "changeDate": timestamps.now(world),
    }
    audience_records.save(world, id, record)
    return _reply(world, form, id, record)


def delete_audience(call: Call, world: World) -> object:
    """Nothing. Problems: audience_not_found, audience_in_use."""
    id = call.params["externalId"]
    record = audience_records.find(world, id)
    if reference_records.is_used(world, reference_records.AUDIENCE, id):
        raise Problem("audience_in_use")
    audience_records.remove(world, id, record)
    return NOTHING


def _given(call: Call) -> Mapping[str, Any]:
    """The body. JSON was held against the contract; XML can only be measured here, by the same rules."""
    if not content_negotiation.sends_xml(call):
        body: Mapping[str, Any] = call.body
        return body
    given = {field: texts[-1] for field, texts in xml_body.read(call.raw).items()}
    if not _is_measured(given.get("name", "")):
        raise Problem("audience_name_length")
    if call.operation == "create_audience" and not _is_measured(given.get("externalId", "")):
        raise Problem("audience_id_length")
    if "externalId" not in given:
        raise Problem("invalid_params", reason="'externalId' is a required property")
    return given


def _is_measured(text: str) -> bool:
    return len(text) <= _LONGEST and bool(text.strip(_BLANK))


def _reply(world: World, form: str, id: str, record: Record) -> object:
    fields = audience_records.shown(id, record)
    dates = {name: fields[name] for name in audience_records.DATES if fields[name] is not None}
    if form == content_negotiation.JSON:
        return fields | {name: timestamps.sent(world, date) for name, date in dates.items()}
    texts = {name: timestamps.to_text(date) for name, date in dates.items()}
    return Reply(
        xml_body.written("audience", fields | texts), headers={"Content-Type": content_negotiation.XML}
    )
