"""Storage of promotions, and of their assignments to contacts in order of time."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import contact_records, promotion_logic, webhook_records
from mockserver.vendors.voyado.timestamps import format_timestamp, today

_KIND, _ASSIGNED = "promotion", "assignment"
_EXTERNAL_IDS, _ASSIGNMENTS = "promotionExternalIds", "promotionAssignments"


def add(world: World, record: Record) -> str:
    """Stores a new promotion and returns its id. Raises the problem promotion_exists."""
    id = world.uuid()
    _claim(world, id, record)
    world.records(_KIND).add(id, record)
    return id


def find(world: World, id: str) -> Record:
    """Returns the promotion. Raises the problem promotion_not_found."""
    record = get(world, id)
    if record is None:
        raise Problem("promotion_not_found")
    return record


def get(world: World, id: str) -> Record | None:
    """Returns the promotion, or None."""
    return world.records(_KIND).get(id)


def id_by_external_id(world: World, external_id: str) -> str:
    """Returns the id of the promotion. Raises the problem promotion_not_found."""
    ids = world.index(_EXTERNAL_IDS).find(_key(external_id))
    if not ids:
        raise Problem("promotion_not_found")
    return ids[0]


def update(world: World, id: str, before: Record, after: Record) -> None:
    """Stores a changed promotion. Raises the problem promotion_exists."""
    if before["externalId"] != after["externalId"]:
        _claim(world, id, after)
        _release(world, id, before)
    world.records(_KIND).update(id, after)


def remove(world: World, id: str) -> None:
    """Deletes a promotion. Raises the problems promotion_not_found and promotion_is_assigned."""
    record = find(world, id)
    if world.index(_ASSIGNMENTS).find(id, 1):
        raise Problem("promotion_is_assigned")
    _release(world, id, record)
    world.records(_KIND).remove(id)


def assign(world: World, id: str, contact: str, *, again: bool = False) -> None:
    """Assigns a promotion to a contact, unless the contact can still redeem it; with `again` even then.

    Raises the problems promotion_not_found, also for a draft, and promotion_expired.
    """
    record = find(world, id)
    status = promotion_logic.status(record, today(world))
    if status == "Draft":
        raise Problem("promotion_not_found")
    if status == "Ended":
        raise Problem("promotion_expired")
    own = iterate(world, contact)
    if not again and any(one["promotion"] == id and is_open(world, one) for _id, one in own):
        return
    assignment = {
        "promotion": id,
        "contact": contact,
        "expires": promotion_logic.expiry(record, today(world)),
        "redeemedOn": None,
    }
    key = world.uuid()
    world.records(_ASSIGNED).add(key, assignment, parent=contact)
    world.index(_ASSIGNMENTS).add(id, key)
    webhook_records.promotion_assigned(world, key, assignment)


def iterate(world: World, contact: str) -> Iterator[tuple[str, Record]]:
    """Yields ids and records of what is assigned to the contact."""
    return ((row.id, row.record) for row in world.records(_ASSIGNED).iterate(contact))


def get_assignment(world: World, id: str) -> Record | None:
    """Returns the assignment, or None if it does not exist or its contact is deleted."""
    record = world.records(_ASSIGNED).get(id)
    return record if record and world.records(contact_records.KIND).has(record["contact"]) else None


def is_open(world: World, assignment: Record) -> bool:
    """Whether the contact has not redeemed the promotion yet and still can."""
    return assignment["redeemedOn"] is None and not has_expired(world, assignment)


def has_expired(world: World, assignment: Record) -> bool:
    """Whether the contact can no longer redeem the promotion."""
    return assignment["expires"] is not None and assignment["expires"] <= today(world)


def redeem(world: World, id: str, assignment: Record) -> None:
    """Stores that the contact redeemed the promotion now."""
    world.records(_ASSIGNED).update(id, {**assignment, "redeemedOn": format_timestamp(world.now())})


def of_contact(world: World, contact: str, channel: str | None = None) -> list[dict[str, Any]]:
    """Returns the contact's promotions that have begun and have not expired, as the API does."""
    found = []
    for id, assignment in iterate(world, contact):
        record = find(world, assignment["promotion"])
        begun = promotion_logic.status(record, today(world)) == "Active"
        fits = channel is None or any(one["type"] == channel for one in record["channels"])
        if begun and fits and not has_expired(world, assignment):
            found.append(_to_dict(id, assignment, record))
    return found


def _to_dict(id: str, assignment: Record, record: Record) -> dict[str, Any]:
    expires = assignment["expires"]
    return {
        "id": id,
        "promotionId": assignment["promotion"],
        "externalId": record["externalId"],
        "type": "Multichannel",
        "name": record["name"],
        "expiresOn": expires and f"{expires}T00:00:00.000Z",
        **record["presentation"],
        "redeemed": assignment["redeemedOn"] is not None,
        "redeemedOn": assignment["redeemedOn"],
        "imageUrl": None,
        "redemptionChannels": [
            {**one, "value": promotion_logic.value(one), "localValues": one["localValues"] or []}
            for one in record["channels"]
        ],
    }


def _claim(world: World, id: str, record: Record) -> None:
    if record["externalId"]:
        index, key = world.index(_EXTERNAL_IDS), _key(record["externalId"])
        if index.find(key):
            raise Problem("promotion_exists")
        index.add(key, id)


def _release(world: World, id: str, record: Record) -> None:
    if record["externalId"]:
        world.index(_EXTERNAL_IDS).remove(_key(record["externalId"]), id)


def _key(external_id: str) -> str:
    # Callers choose external ids, of any characters and length.
    return blake2b(external_id.encode("utf-8", "replace"), digest_size=16).hexdigest()
