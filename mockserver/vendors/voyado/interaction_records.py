"""Storage of interactions by contact and schema, and of their schemas; both in order of time."""

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from mockserver.errors import Problem
from mockserver.formats.timestamps import from_iso, to_micros
from mockserver.state.records import Cursor, ListedRecord, Record
from mockserver.state.world import World
from mockserver.vendors.voyado import contact_records
from mockserver.vendors.voyado.timestamps import format_timestamp

_SCHEMA, _INTERACTION = "interactionSchema", "interaction"
_USES = "interactionsBySchema"


def add_schema(world: World, given: Mapping[str, Any]) -> Record:
    """Stores a new schema and returns it. Raises the problem interaction_schema_exists."""
    key = _key(given["id"])
    if world.records(_SCHEMA).has(key):
        raise Problem("interaction_schema_exists")
    record = {name: given[name] for name in ("id", "displayName", "jsonSchema")}
    record["created"] = format_timestamp(world.now())
    world.records(_SCHEMA).add(key, record)
    return record


def list_schemas(world: World) -> list[Record]:
    """Returns all schemas."""
    return [row.record for row in world.records(_SCHEMA).iterate()]


def find_schema(world: World, id: str) -> Record:
    """Returns the schema. Raises the problem interaction_schema_not_found."""
    return world.records(_SCHEMA).require(_key(id), "interaction_schema_not_found")


def remove_schema(world: World, id: str) -> None:
    """Deletes a schema with its interactions. Raises the problem interaction_schema_not_found."""
    find_schema(world, id)
    uses = world.index(_USES)
    while found := uses.find(_key(id)):
        for interaction in found:
            world.records(_INTERACTION).remove(interaction)
            uses.remove(_key(id), interaction)
    world.records(_SCHEMA).remove(_key(id))


def add(world: World, contact: str, schema: str, happened: str, payload: Any) -> tuple[str, Record]:
    """Stores a new interaction; returns its id and record."""
    id = world.uuid()
    record = {"contactId": contact, "schemaId": schema, "createdDate": happened, "payload": payload}
    rank = to_micros(from_iso(happened))
    world.records(_INTERACTION).add(id, record, parent=_list(contact, schema), rank=rank)
    world.index(_USES).add(_key(schema), id)
    return id, record


def find(world: World, id: str) -> Record:
    """Returns the interaction. Raises the problem interaction_not_found, also if its contact is deleted."""
    record = world.records(_INTERACTION).get(id)
    if record is None or not world.records(contact_records.KIND).has(record["contactId"]):
        raise Problem("interaction_not_found")
    return record


def page(world: World, contact: str, schema: str, after: Cursor | None, limit: int) -> list[ListedRecord]:
    """Returns interactions of the contact with the schema, the newest first."""
    records = world.records(_INTERACTION)
    return records.page(_list(contact, schema), limit=limit, after=after, newest_first=True)


def remove(world: World, id: str) -> None:
    """Deletes an interaction. Raises the problem interaction_not_found."""
    record = find(world, id)
    world.records(_INTERACTION).remove(id)
    world.index(_USES).remove(_key(record["schemaId"]), id)


def remove_of_contact(world: World, contact: str) -> None:
    """Deletes the interactions of a deleted contact."""
    for schema in list_schemas(world):
        for row in world.records(_INTERACTION).iterate(_list(contact, schema["id"])):
            world.records(_INTERACTION).remove(row.id)
            world.index(_USES).remove(_key(schema["id"]), row.id)


def _list(contact: str, schema: str) -> str:
    return f"{contact}/{_key(schema)}"


def _key(schema: str) -> str:
    # Callers choose the ids of schemas, of any characters and length.
    return blake2b(schema.encode("utf-8", "replace"), digest_size=16).hexdigest()
