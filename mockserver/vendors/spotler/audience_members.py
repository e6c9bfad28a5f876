"""Contacts put into audiences and taken out of them."""

from collections.abc import Sequence
from typing import Final

from mockserver.call import NOTHING, Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    audience_records,
    contact_records,
    content_negotiation,
    member_records,
    timestamps,
    xml_body,
)

_MOST: Final = 2500


def add_audience_contacts(call: Call, world: World) -> object:
    """Nothing. All are added or, if one is unknown, none.

    Problems, in this order: audience_not_found, too_many_contact_ids, contacts_not_found. A member that is
    added again stays one; an empty list leaves every date as it is.
    """
    id = call.params["externalId"]
    record = audience_records.find(world, id)
    contacts = _demand_few(_given(call))
    unknown = contact_records.unknown(world, contacts)
    if unknown:
        raise Problem("contacts_not_found", externalContactIds=unknown)
    if contacts:
        now = timestamps.now(world)
        if member_records.add(world, record["roll"], contacts):
            record["lastContactAddedAt"] = now
        audience_records.save(world, id, record | {"lastSyncDate": now})
    return NOTHING


def remove_audience_contacts(call: Call, world: World) -> object:
    """Nothing. Without a body, or with `null`, everybody leaves: the vendor's documented way to empty one.

    Problems: audience_not_found, too_many_contact_ids. Ids that are no member's are passed over.
    """
    id = call.params["externalId"]
    record = audience_records.find(world, id)
    is_everybody = call.body is None and not _is_xml(call)
    contacts = None if is_everybody else _demand_few(_given(call))
    if contacts == []:
        return NOTHING
    now = timestamps.now(world)
    if contacts is None:
        left = not member_records.is_empty(world, record["roll"])
        record["roll"] = member_records.new_roll(world) if left else record["roll"]
    else:
        left = member_records.remove(world, record["roll"], contacts) > 0
    if left:
        record["lastContactRemovedAt"] = now
    audience_records.save(world, id, record | {"lastSyncDate": now})
    return NOTHING


def _is_xml(call: Call) -> bool:
    return bool(call.raw) and content_negotiation.sends_xml(call)


def _given(call: Call) -> list[str]:
    """The ids in the body. Raises the problem invalid_params for XML that names none."""
    if not _is_xml(call):
        given: list[str] = call.body["contacts"]
        return given
    texts = xml_body.read(call.raw)
    if "contacts" not in texts:  # no accident may empty an audience
        raise Problem("invalid_params", reason="'contacts' is a required property")
    return texts["contacts"]


def _demand_few(contacts: list[str]) -> Sequence[str]:
    if len(contacts) > _MOST:
        raise Problem("too_many_contact_ids")
    return contacts
