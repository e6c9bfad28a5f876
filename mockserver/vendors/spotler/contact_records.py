"""Contacts as they are kept, under the ids of the system that knows them.

A record holds `created` and `changed` (milliseconds), `testGroup`, `email` and `sms` (whether the channel is
open) and `properties`. Contacts are listed in the order of their last change. None is ever deleted: the
vendor lets contacts be anonymised only.
"""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.formats.timestamps import to_micros
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import account_records, contact_index, property_logic, timestamps

KIND: Final = "contact"

_REACHED_BY: Final = {"email": "email", "sms": "mobileNumber"}
"""The property without which a channel leads nowhere."""


def find(world: World, id: str) -> Record:
    """The contact. Raises the problem contact_not_found."""
    record = world.records(KIND).get(id)
    if record is None:
        raise Problem("contact_not_found")
    return record


def get(world: World, id: str) -> Record | None:
    """The contact, or None."""
    return world.records(KIND).get(id)


def unknown(world: World, ids: Iterable[str]) -> list[str]:
    """Those ids that are no contact's, each once."""
    contacts = world.records(KIND)
    return [id for id in dict.fromkeys(ids) if not contacts.has(id)]


def add(world: World, given: Mapping[str, Any]) -> None:
    """A new contact, reachable by what is known of it. Raises email_invalid and property_invalid."""
    kept = property_logic.written_over({}, given.get("properties") or {}, purge=False)
    record = {
        "created": timestamps.now(world),
        "testGroup": given.get("testGroup", False),
        "properties": kept,
        **{channel: name in kept for channel, name in _REACHED_BY.items()},
    }
    _keep(world, given["externalId"], {}, record)


def change(world: World, id: str, before: Record, given: Mapping[str, Any], purge: bool) -> None:
    """Writes the given properties over the contact's. Raises email_invalid and property_invalid."""
    kept = property_logic.written_over(before["properties"], given.get("properties") or {}, purge)
    after = {**before, "testGroup": given.get("testGroup", before["testGroup"]), "properties": kept}
    for channel, name in _REACHED_BY.items():
        if (name in kept) != (name in before["properties"]):
            after[channel] = name in kept
    _keep(world, id, before["properties"], after)


def anonymize(world: World, id: str, before: Record) -> None:
    """Nothing is left but the id and when the contact came."""
    after = {**before, "testGroup": False, "email": False, "sms": False, "properties": {}}
    _keep(world, id, before["properties"], after)


def inactivate(world: World, id: str, before: Record) -> None:
    """The contact gets no more e-mail."""
    _keep(world, id, before["properties"], {**before, "email": False})


def _keep(world: World, id: str, known: Record, record: Record) -> None:
    contact_index.move(world, id, known, record["properties"])
    record["changed"] = timestamps.now(world)
    world.records(KIND).add(id, record, rank=to_micros(world.now()))


class Shower:
    """Shows contacts as the API does."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seed = world.seed
        self._permissions = account_records.read(world)["permissions"]

    def show(self, id: str, record: Record) -> dict[str, Any]:
        """The contact with those properties that have a value."""
        digest = blake2b(f"{self._seed}/{id}".encode("utf-8", "surrogatepass"), digest_size=12)
        return {
            "externalId": id,
            "created": timestamps.sent(self._world, record["created"]),
            "encryptedId": digest.hexdigest(),
            "testGroup": record["testGroup"],
            "lastChanged": timestamps.sent(self._world, record["changed"]),
            "temporary": False,
            "properties": property_logic.shown(record["properties"], self._permissions),
            "channels": [
                {"name": "EMAIL", "value": record["email"]},
                {"name": "SMS", "value": record["sms"]},
            ],
        }
