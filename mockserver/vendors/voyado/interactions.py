"""Interactions: events of a contact, whose payload fits a schema of the customer."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final

from mockserver.call import Call
from mockserver.contract.caller_schema import CallerSchema
from mockserver.contract.parameter_leniency import read_uuid
from mockserver.contract.validation import Violation
from mockserver.errors import Problem
from mockserver.formats.timestamps import from_iso
from mockserver.state.records import Cursor, Record
from mockserver.state.world import World
from mockserver.vendors.voyado import contact_records, interaction_records, validation_messages
from mockserver.vendors.voyado.paths import version_path
from mockserver.vendors.voyado.timestamps import format_timestamp

_PAGE: Final = 50
"""The interactions of one page, as documented."""

_MAX_RANK: Final = 2**63 - 1


def list_interactions(call: Call, world: World) -> object:
    """Returns a page of interactions.

    Problems: contact_not_found, interaction_schema_not_found, invalid_page for an unknown continuation.
    """
    contact, schema = call.params["contactId"], call.params["schemaId"]
    contact_records.check(world, contact)
    interaction_records.find_schema(world, schema)
    after = _position(call.params.get("continuation"))
    rows = interaction_records.page(world, contact, schema, after, _PAGE + 1)
    links: list[dict[str, str]] = []
    if len(rows) > _PAGE:
        query = {"contactId": contact, "schemaId": schema, "continuation": _token(rows[_PAGE - 1].cursor)}
        links.append({"href": version_path(call, "interactions", **query), "method": "GET", "rel": "next"})
    return {"links": links, "items": [{"id": row.id, **row.record} for row in rows[:_PAGE]]}


def list_interactions_v2(call: Call, world: World) -> object:
    """Returns the same reply as `list_interactions`."""
    return list_interactions(call, world)


def create_interaction(call: Call, world: World) -> object:
    """Saves an interaction.

    Problems: contact_not_found, interaction_schema_not_found, and invalid_interaction for a payload that does
    not fit its schema.
    """
    contact, schema, payload = call.body["contactId"].lower(), call.body["schemaId"], call.body["payload"]
    contact_records.check(world, contact)
    _check(interaction_records.find_schema(world, schema), payload)
    given, now = call.body.get("createdDate"), format_timestamp(world.now())
    happened = format_timestamp(from_iso(given)) if given else now
    id, _record = interaction_records.add(world, contact, schema, happened, payload)
    href = version_path(call, "interactions", id)
    return {"id": id, "self": {"contactId": contact, "href": href, "created": now}}


def create_interaction_v2(call: Call, world: World) -> object:
    """Does the same as `create_interaction`."""
    return create_interaction(call, world)


def get_interaction(call: Call, world: World) -> object:
    """Returns the interaction. Problem: interaction_not_found."""
    id = call.params["interactionId"]
    return {"id": id, **interaction_records.find(world, id)}


def get_interaction_v2(call: Call, world: World) -> object:
    """Returns the same reply as `get_interaction`."""
    return get_interaction(call, world)


def delete_interaction(call: Call, world: World) -> object:
    """Deletes the interaction. Problem: interaction_not_found."""
    interaction_records.remove(world, call.params["interactionId"])
    return {}


def delete_interaction_v2(call: Call, world: World) -> object:
    """Does the same as `delete_interaction`."""
    return delete_interaction(call, world)


def _check(schema: Record, payload: Any) -> None:
    found = CallerSchema(schema["jsonSchema"]).violations(payload)
    violations = [
        Violation("body", f"/payload{one.pointer}", one.keyword, one.message, one.value, one.rule)
        for one in found
    ]
    if violations:
        raise Problem("invalid_interaction", errors=validation_messages.entries(violations))


def _token(cursor: Cursor) -> str:
    return urlsafe_b64encode(f"{cursor.rank}/{cursor.id}".encode()).decode().rstrip("=")


def _position(token: str | None) -> Cursor | None:
    """Returns where a page starts. Raises the problem invalid_page."""
    if token is None:
        return None
    try:
        rank, _, text = urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode().partition("/")
        id, position = read_uuid(text), int(rank)
    except ValueError:
        id, position = None, 0
    if id is None or not -_MAX_RANK <= position <= _MAX_RANK:
        raise Problem("invalid_page", reason=validation_messages.not_valid("continuation"))
    return Cursor(position, id)
