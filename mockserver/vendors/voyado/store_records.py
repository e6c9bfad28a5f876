"""Storage of stores, in order of creation. A contact keeps id, name and external id of its store."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, Final

from mockserver.state.records import Record, RecordView
from mockserver.state.world import World

_KIND: Final = "store"

TEXTS: Final = (
    "name",
    "city",
    "countryCode",
    "county",
    "email",
    "adjacentZipCodes",
    "emailUnsubscribeText",
    "emailViewOnlineText",
    "externalId",
    "footerHtml",
    "headerHtml",
    "homepage",
    "phoneNumber",
    "region",
    "senderAddress",
    "senderName",
    "street",
    "type",
    "zipCode",
    "timeZone",
)
"""The members of a store besides `active`; each is a text or null."""


def seed(world: World, stores: Iterable[Mapping[str, Any]]) -> None:
    """Stores those of a scenario: `{id, name, externalId}`."""
    for store in stores:
        write(world, {**store, "type": "RETAIL", "active": True})


def write(world: World, record: Record) -> None:
    """Creates or replaces the store with the record's external id."""
    records, key = world.records(_KIND), _key(record["externalId"])
    if records.has(key):
        records.update(key, record)
    else:
        records.add(key, record)


def get(world: World, external_id: str) -> Record | None:
    """Returns the store with this external id, or None."""
    return world.records(_KIND).get(_key(external_id))


def list_all(world: World) -> list[Record]:
    """Returns all stores."""
    return [store.record for store in world.records(_KIND).iterate()]


def find_or_create(world: World, external_id: str, name: str) -> Record:
    """Returns the store with this external id; documented: a receipt of an unknown store creates it."""
    store = get(world, external_id)
    if store is None:
        store = new(world, {"externalId": external_id, "name": name})
    return store


def new(world: World, members: Mapping[str, Any]) -> Record:
    """Creates a store and returns it."""
    active = members.get("active")
    record = {name: members[name] for name in TEXTS if members.get(name) is not None}
    record |= {"id": world.uuid(), "active": True if active is None else active}
    write(world, record)
    return record


def as_contact_store(store: RecordView) -> dict[str, Any]:
    """Returns what a contact keeps of its store."""
    return {name: store[name] for name in ("id", "name", "externalId")}


def _key(external_id: str) -> str:
    # Callers choose external ids, of any characters and length.
    return blake2b(external_id.encode("utf-8", "replace"), digest_size=16).hexdigest()
