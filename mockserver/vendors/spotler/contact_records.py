"""Storage of contacts, in the order of their last change.

A record holds `created` and `changed` (milliseconds), `testGroup`, `email` and `sms` (whether the channel is
open) and `properties`. No contact is ever deleted; the vendor only lets contacts be anonymised.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.formats.timestamps import to_micros
from mockserver.state.records import Cursor, Record
from mockserver.state.world import World
from mockserver.vendors.spotler import account_records, contact_index, property_logic, timestamps

_KIND: Final = "contact"
_CHANNEL_ADDRESSES: Final = {"email": "email", "sms": "mobileNumber"}
"""The property that holds the address for each channel."""

Found = tuple[str, Record]


def require(world: World, id: str) -> Record:
    """Returns the contact. Raises the problem contact_not_found."""
    record = get(world, id)
    if record is None:
        raise Problem("contact_not_found")
    return record


def get(world: World, id: str) -> Record | None:
    """Returns the contact, or None."""
    return world.records(_KIND).get(id)


def unknown_ids(world: World, ids: Iterable[str]) -> list[str]:
    """The ids that no contact has, without duplicates."""
    contacts = world.records(_KIND)
    return [id for id in dict.fromkeys(ids) if not contacts.has(id)]


def find(world: World, name: str, value: str) -> Iterator[Found]:
    """Yields id and record of the contacts whose property has this value, case-insensitively."""
    if name == "externalId":
        ids = [value]
    elif name in contact_index.PROPERTIES:
        ids = list(contact_index.find(world, name, value))
    else:
        for row in world.records(_KIND).iterate():
            if value and property_logic.matches(row.record["properties"], name, value):
                yield row.id, row.record
        return
    for id in ids:
        record = get(world, id)
        if record:
            yield id, record


def page_of_changes(world: World, first: int, last: int, skip: int, limit: int) -> list[Found]:
    """A page of the contacts changed from `first` to `last` (microseconds), ordered by change."""
    after = Cursor(first, "")  # sorts before every contact of that moment, as no id is empty
    rows = world.records(_KIND).page(after=after, skip=skip, limit=limit)
    return [(row.id, row.record) for row in rows if row.rank <= last]


def add(world: World, contact: Mapping[str, Any]) -> None:
    """Stores a new contact of the API. Raises the problems email_invalid and property_invalid."""
    properties = property_logic.merge({}, contact.get("properties") or {}, purge=False)
    record = {
        "created": timestamps.now(world),
        "testGroup": contact.get("testGroup", False),
        "properties": properties,
        **{channel: name in properties for channel, name in _CHANNEL_ADDRESSES.items()},
    }
    _save(world, contact["externalId"], {}, record)


def update(world: World, id: str, before: Record, contact: Mapping[str, Any], purge: bool) -> None:
    """Merges the properties of the API's contact. Raises the problems email_invalid and property_invalid."""
    properties = property_logic.merge(before["properties"], contact.get("properties") or {}, purge)
    test_group = contact.get("testGroup", before["testGroup"])
    after = {**before, "testGroup": test_group, "properties": properties}
    for channel, name in _CHANNEL_ADDRESSES.items():
        if (name in properties) != (name in before["properties"]):
            after[channel] = name in properties
    _save(world, id, before["properties"], after)


def anonymize(world: World, id: str, before: Record) -> None:
    """Removes everything but the id and the date of creation."""
    after = {**before, "testGroup": False, "email": False, "sms": False, "properties": {}}
    _save(world, id, before["properties"], after)


def inactivate(world: World, id: str, before: Record) -> None:
    """Closes the channel EMAIL."""
    _save(world, id, before["properties"], {**before, "email": False})


def bulk_insert(world: World, rows: Iterable[tuple[str, Record, str, int]]) -> None:
    """Stores the contacts of a new world, without indexing them."""
    world.records(_KIND).bulk_insert(rows)


def _save(world: World, id: str, old_properties: Record, record: Record) -> None:
    contact_index.update(world, id, old_properties, record["properties"])
    record["changed"] = timestamps.now(world)
    world.records(_KIND).add(id, record, rank=to_micros(world.now()))


class ContactRenderer:
    """Renders contacts as the API returns them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seed = world.seed
        self._permissions = account_records.get(world)["permissions"]

    def render(self, id: str, record: Record) -> dict[str, Any]:
        """The contact with the properties that have a value."""
        digest = blake2b(f"{self._seed}/{id}".encode("utf-8", "surrogatepass"), digest_size=12)
        return {
            "externalId": id,
            "created": timestamps.to_json(self._world, record["created"]),
            "encryptedId": digest.hexdigest(),
            "testGroup": record["testGroup"],
            "lastChanged": timestamps.to_json(self._world, record["changed"]),
            "temporary": False,
            "properties": property_logic.render(record["properties"], self._permissions),
            "channels": [
                {"name": "EMAIL", "value": record["email"]},
                {"name": "SMS", "value": record["sms"]},
            ],
        }
