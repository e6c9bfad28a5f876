"""Storage of contacts, in the order of their last change.

A record holds `created` and `changed` (milliseconds), `testGroup`, `email` and `sms` (whether the channel is
open) and `properties`; where it is true, also `optedOut`, `bounced` and `anonymous`. A contact's key is its
external id, or an internal one. No contact is ever deleted; the vendor only lets contacts be anonymised.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.formats.timestamps import to_micros
from mockserver.state.records import Cursor, Record
from mockserver.state.world import World
from mockserver.vendors.spotler import account_records, contact_index, timestamps
from mockserver.vendors.spotler.property_logic import PropertySet, matches

_KIND: Final = "contact"
_CHANNEL_ADDRESSES: Final = {"email": "email", "sms": "mobileNumber"}
"""The property that holds the address for each channel."""
_WITHOUT_ID: Final = "\ue000"
"""Precedes the key of a contact that has no external id."""
_STATES: Final = ("optedOut", "bounced", "anonymous")

Found = tuple[str, Record]


def properties_of(world: World) -> PropertySet:
    """The properties of the account's contacts."""
    return PropertySet(account_records.properties(world))


def require(world: World, id: str) -> Record:
    """Returns the contact. Raises the problem contact_not_found."""
    record = get(world, id)
    if record is None:
        raise Problem("contact_not_found")
    return record


def get(world: World, id: str) -> Record | None:
    """Returns the contact with this external id, or None."""
    return None if id.startswith(_WITHOUT_ID) else get_by_key(world, id)


def get_by_key(world: World, key: str) -> Record | None:
    """Returns the contact with this key: its external id, or the id of one that has none."""
    return world.records(_KIND).get(key)


def new_key(world: World) -> str:
    """Returns the key of a new contact without an external id."""
    return _WITHOUT_ID + world.id_hex(16)


def unknown_ids(world: World, ids: Iterable[str]) -> list[str]:
    """The ids that no contact has, without duplicates."""
    contacts = world.records(_KIND)
    return [id for id in dict.fromkeys(ids) if id.startswith(_WITHOUT_ID) or not contacts.has(id)]


def find(world: World, name: str, value: str) -> Iterator[Found]:
    """Yields key and record of the contacts whose property has this value, case-insensitively."""
    if name == "externalId":
        keys = [] if value.startswith(_WITHOUT_ID) else [value]
    elif name in contact_index.PROPERTIES:
        keys = list(contact_index.find(world, name, value))
    else:
        for row in world.records(_KIND).iterate():
            if value and matches(row.record["properties"], name, value):
                yield row.id, row.record
        return
    for key in keys:
        record = get_by_key(world, key)
        if record:
            yield key, record


def page_of_changes(world: World, first: int, last: int, skip: int, limit: int) -> list[Found]:
    """A page of the contacts changed from `first` to `last` (microseconds), ordered by change."""
    after = Cursor(first, "")  # sorts before every contact of that moment, as no id is empty
    rows = world.records(_KIND).page(after=after, skip=skip, limit=limit)
    return [(row.id, row.record) for row in rows if row.rank <= last]


def add(world: World, key: str, contact: Mapping[str, Any], account: PropertySet) -> None:
    """Stores a new contact of the API. Raises the problems email_invalid and property_invalid."""
    properties = account.merge({}, contact.get("properties") or {}, purge=False)
    record = {
        "created": timestamps.now(world),
        "testGroup": contact.get("testGroup", False),
        "properties": properties,
        **{channel: name in properties for channel, name in _CHANNEL_ADDRESSES.items()},
    }
    _save(world, key, {}, record)


def save(world: World, key: str, before: Record, record: Record) -> None:
    """Stores a new (`before` is empty) or changed contact."""
    _save(world, key, before.get("properties", {}), record)


def update(
    world: World, key: str, before: Record, contact: Mapping[str, Any], purge: bool, account: PropertySet
) -> None:
    """Merges the properties of the API's contact. Raises the problems email_invalid and property_invalid."""
    old = before["properties"]
    new = account.merge(old, contact.get("properties") or {}, purge)
    after = {**before, "testGroup": contact.get("testGroup", before["testGroup"]), "properties": new}
    for channel, name in _CHANNEL_ADDRESSES.items():
        if (name in new) != (name in old):
            after[channel] = name in new and not after.get("optedOut", False)
    if after.get("bounced") and new.get("email") != old.get("email"):  # the new address has not bounced
        after["bounced"], after["email"] = False, "email" in new and not after.get("optedOut", False)
    after["anonymous"] = before.get("anonymous", False) and not new
    _save(world, key, old, after)


def anonymize(world: World, id: str, before: Record) -> None:
    """Removes everything but the id and the date of creation."""
    after = {**before, "testGroup": False, "email": False, "sms": False, "properties": {}, "anonymous": True}
    _save(world, id, before["properties"], after)


def set_state(world: World, key: str, before: Record, **changes: bool) -> None:
    """Changes `email` (whether the channel is open), `sms`, `optedOut` or `bounced`."""
    _save(world, key, before["properties"], {**before, **changes})


def opt_out(world: World, key: str, before: Record) -> None:
    """Closes all channels, until the contact itself returns."""
    set_state(world, key, before, optedOut=True, email=False, sms=False)


def find_encrypted(world: World, id: str) -> str | None:
    """The key of the contact with this encrypted id, or None."""
    rows = world.records(_KIND).iterate() if id else ()
    return next((row.id for row in rows if encrypted_id(world, row.id) == id), None)


def reactivate(world: World, key: str) -> None:
    """Opens the channels for which the contact has an address."""
    before = get_by_key(world, key)
    if before is None:
        return
    opened = {channel: name in before["properties"] for channel, name in _CHANNEL_ADDRESSES.items()}
    set_state(world, key, before, optedOut=False, bounced=False, **opened)


def bulk_insert(world: World, rows: Iterable[tuple[str, Record, str, int]]) -> None:
    """Stores the contacts of a new world, without indexing them."""
    world.records(_KIND).bulk_insert(rows)


def encrypted_id(world: World, key: str) -> str:
    """The id that the vendor gives to a contact."""
    digest = blake2b(f"{world.seed}/{key}".encode("utf-8", "surrogatepass"), digest_size=12)
    return digest.hexdigest()


def identifier(world: World, key: str) -> dict[str, str]:
    """The ids of a contact in the reports of mailings: `encryptedId`, and `externalId` if it has one."""
    external_id = {} if key.startswith(_WITHOUT_ID) else {"externalId": key}
    return {**external_id, "encryptedId": encrypted_id(world, key)}


def _save(world: World, key: str, old_properties: Record, record: Record) -> None:
    contact_index.update(world, key, old_properties, record["properties"])
    record["changed"] = timestamps.now(world)
    for state in _STATES:
        if not record.get(state, True):
            del record[state]
    world.records(_KIND).add(key, record, rank=to_micros(world.now()))


class ContactRenderer:
    """Renders contacts as the API returns them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._account = properties_of(world)
        self._channels = account_records.channels(world)

    def render(self, key: str, record: Record) -> dict[str, Any]:
        """The contact with the properties that have a value, and all sets."""
        return {
            **identifier(self._world, key),
            "created": timestamps.to_json(self._world, record["created"]),
            "testGroup": record["testGroup"],
            "lastChanged": timestamps.to_json(self._world, record["changed"]),
            "temporary": False,
            "properties": self._account.render(record["properties"]),
            "channels": [{"name": name, "value": record[name.lower()]} for name in self._channels],
        }
