"""Audience member endpoints: add contacts to an audience and remove them."""

from collections.abc import Sequence
from typing import Final

from mockserver.call import NOTHING, Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    audience_records,
    contact_records,
    member_records,
    timestamps,
)

_MAX_IDS: Final = 2500


def add_audience_contacts(call: Call, world: World) -> object:
    """Adds all contacts, or none if one is unknown.

    Problems, in this order: audience_not_found, too_many_contact_ids, contacts_not_found. Adding a member
    again has no effect; an empty list changes no date.
    """
    id = call.params["externalId"]
    record = audience_records.require(world, id)
    contacts = _require_batch_size(call.body["contacts"])
    unknown = contact_records.unknown_ids(world, contacts)
    if unknown:
        raise Problem("contacts_not_found", externalContactIds=unknown)
    if contacts:
        now = timestamps.now(world)
        if member_records.add(world, record[member_records.KEY], contacts):
            record["lastContactAddedAt"] = now
        audience_records.save(world, id, record | {"lastSyncDate": now})
    return NOTHING


def remove_audience_contacts(call: Call, world: World) -> object:
    """Removes contacts; without a body, or with `null`, all of them (documented by the vendor).

    Problems: audience_not_found, too_many_contact_ids. Ids of non-members are ignored.
    """
    id = call.params["externalId"]
    record = audience_records.require(world, id)
    contacts = None if call.body is None else _require_batch_size(call.body["contacts"])
    if contacts == []:
        return NOTHING
    now, members = timestamps.now(world), record[member_records.KEY]
    if contacts is None:
        removed = not member_records.is_empty(world, members)
        record[member_records.KEY] = member_records.new_list(world) if removed else members
    else:
        removed = member_records.remove(world, members, contacts) > 0
    if removed:
        record["lastContactRemovedAt"] = now
    audience_records.save(world, id, record | {"lastSyncDate": now})
    return NOTHING


def _require_batch_size(contacts: list[str]) -> Sequence[str]:
    if len(contacts) > _MAX_IDS:
        raise Problem("too_many_contact_ids")
    return contacts
