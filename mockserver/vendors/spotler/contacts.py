"""Contact endpoints: create, read, search, update, anonymise and inactivate. Contacts are never deleted."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from mockserver.call import NOTHING, Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    account_records,
    bounce_records,
    contact_records,
    member_records,
    paging,
    timestamps,
)
from mockserver.vendors.spotler.property_logic import PropertySet, subscribes

_MESSAGES: Final = {
    "email_invalid": ("PROPERTY_INVALID", "Email is invalid"),
    "property_invalid": ("PROPERTY_INVALID", "Property is invalid"),
    "contact_opted_out": ("CONTACT_OPTOUT", "Contact is opted out"),
}


def list_contact_properties(_call: Call, world: World) -> object:
    """Returns all properties of this account's contacts."""
    return account_records.properties(world)


def get_contact(call: Call, world: World) -> object:
    """Returns the contact. Problem: contact_not_found."""
    id = call.params["externalId"]
    return contact_records.ContactRenderer(world).render(id, contact_records.require(world, id))


def search_contacts(call: Call, world: World) -> object:
    """Returns a page of the contacts that have `property=value`, case-insensitively.

    Problem: property_invalid (the account has no such property, or it is a set).
    """
    name, _, value = call.params["MPSearchQuery"].partition("=")
    if name != "externalId" and contact_records.properties_of(world).type_of(name) in (None, "set"):
        raise Problem("property_invalid")
    skip, size = int(call.params["after"]), int(call.params["pageSize"])
    found = islice(contact_records.find(world, name, value), skip, skip + size + 1)
    return _render_page(call, world, list(found))


def list_contact_updates(call: Call, world: World) -> object:
    """Returns a page of the contacts last changed within a period, ordered by change.

    Under the older base path the reply is a bare array (observed).
    """
    first, last = timestamps.parse(call.params["fromDate"]), timestamps.parse(call.params["toDate"])
    skip, size = int(call.params["after"]), int(call.params["pageSize"])
    found = contact_records.page_of_changes(world, first, last, skip, size + 1)
    page = _render_page(call, world, found)
    return page["contacts"] if paging.is_bare(call) else page


def list_contact_bounces(call: Call, world: World) -> object:
    """Returns a page of the bounces within a period, oldest first; a bare array under the older base path."""
    first, last = timestamps.parse(call.params["fromDate"]), timestamps.parse(call.params["toDate"])
    skip, size = int(call.params["after"]), int(call.params["pageSize"])
    render = contact_records.ContactRenderer(world).render
    found = bounce_records.page(world, first, last, skip, size + 1)
    bounces = [
        {
            "date": timestamps.to_json(world, one["date"]),
            "type": one["type"],
            "contact": render(one["contact"], contact_records.get_by_key(world, one["contact"]) or {}),
            "encryptedActId": one["encryptedActId"],
        }
        for one in found[:size]
    ]
    page = {"paging": paging.render(call, len(found), size), "bounces": bounces}
    return bounces if paging.is_bare(call) else page


def create_contact(call: Call, world: World) -> object:
    """Creates a contact, or updates an existing one if `update` is set.

    Problems: contact_opted_out, email_invalid, property_invalid, contact_already_exists.
    """
    contact = call.body["contact"]
    update, purge = call.body.get("update", False), call.body.get("purge", False)
    _store(world, contact, update, purge, contact_records.properties_of(world))
    return NOTHING


def create_contacts(call: Call, world: World) -> object:
    """Creates or updates contacts; returns `{externalId, code, message}` for each, in the order of the call.

    A contact that cannot be stored does not prevent the others from being stored.
    """
    update, purge = call.body.get("update", False), call.body.get("purge", False)
    account = contact_records.properties_of(world)
    return [
        {"externalId": contact["externalId"], "code": code, "message": message}
        for contact in call.body["contacts"]
        for code, message in [_try_to_store(world, contact, update, purge, account)]
    ]


def update_contact(call: Call, world: World) -> object:
    """Updates the contact. `purge` clears the properties that the body omits; `update` is ignored.

    Problems, in this order: contact_not_found, contact_id_mismatch, contact_opted_out, email_invalid and
    property_invalid.
    """
    id, contact = call.params["externalId"], call.body["contact"]
    before = contact_records.require(world, id)
    if contact.get("externalId", id) != id:
        raise Problem("contact_id_mismatch")
    _require_no_opt_out(before, contact)
    account = contact_records.properties_of(world)
    contact_records.update(world, id, before, contact, call.body.get("purge", False), account)
    return NOTHING


def anonymize_contact(call: Call, world: World) -> object:
    """Anonymises the contact and removes it from every audience and list. Problem: contact_not_found."""
    id = call.params["externalId"]
    contact_records.anonymize(world, id, contact_records.require(world, id))
    member_records.remove_everywhere(world, id)
    return NOTHING


def inactivate_contact(call: Call, world: World) -> object:
    """Stops e-mail to the contact, which stays in its audiences. Problem: contact_not_found."""
    id = call.params["externalId"]
    contact_records.set_state(world, id, contact_records.require(world, id), email=False)
    return NOTHING


def subscribe_contact(call: Call, world: World) -> object:
    """Subscribes a contact: one with the body's id, else one with its address, else a new one.

    An inactive or bounced contact becomes active again. Problems: contact_opted_out, email_invalid,
    property_invalid.
    """
    contact = call.body
    account = contact_records.properties_of(world)
    key = contact.get("externalId") or _key_by_email(world, contact) or contact_records.new_key(world)
    before = contact_records.get_by_key(world, key)
    if before is None:
        contact_records.add(world, key, contact, account)
        return NOTHING
    if before.get("optedOut"):
        raise Problem("contact_opted_out")
    contact_records.update(world, key, before, contact, False, account)
    contact_records.reactivate(world, key)
    return NOTHING


def _key_by_email(world: World, contact: Mapping[str, Any]) -> str | None:
    email = (contact.get("properties") or {}).get("email")
    if not isinstance(email, str):
        return None
    return next((key for key, _record in contact_records.find(world, "email", email)), None)


def _store(world: World, contact: Mapping[str, Any], update: bool, purge: bool, account: PropertySet) -> None:
    id = contact["externalId"]
    before = contact_records.get(world, id)
    if before is None:
        contact_records.add(world, id, contact, account)
    elif update:
        _require_no_opt_out(before, contact)
        contact_records.update(world, id, before, contact, purge, account)
    else:
        raise Problem("contact_already_exists")


def _require_no_opt_out(before: Record, contact: Mapping[str, Any]) -> None:
    if before.get("optedOut") and subscribes(contact.get("properties") or {}):
        raise Problem("contact_opted_out")


def _try_to_store(
    world: World, contact: Mapping[str, Any], update: bool, purge: bool, account: PropertySet
) -> tuple[str, str]:
    """Stores one contact of a bulk call and returns its code and message."""
    before = contact_records.get(world, contact["externalId"])
    if before and update:
        if before.get("anonymous") and world.switches["anonymized_contacts"] == "unknown":
            return "CONTACT_UNKNOWN", "Contact is unknown"
        if _has_no_channel(before, contact):
            return "NO_ACTIVE_CHANNEL", "Contact has no active channel"
    try:
        _store(world, contact, update, purge, account)
    except Problem as problem:
        if problem.name == "contact_already_exists":
            return "CONTACT_ALREADY_EXISTS", "Contact already exists"
        return _MESSAGES[problem.name]
    return "OK", ""


def _has_no_channel(before: Record, contact: Mapping[str, Any]) -> bool:
    """True if the call subscribes an address that bounced or is inactive, and no other channel is open."""
    changes, address = contact.get("properties") or {}, before["properties"].get("email")
    is_closed = address is not None and not before["email"] and not before["sms"]
    is_new_address = changes.get("email", address) != address
    return is_closed and not before.get("optedOut") and not is_new_address and subscribes(changes)


def _render_page(call: Call, world: World, found: list[contact_records.Found]) -> dict[str, Any]:
    """Renders a page; `found` holds one contact more than the page if a next page exists."""
    size, render = int(call.params["pageSize"]), contact_records.ContactRenderer(world).render
    contacts = [render(id, record) for id, record in found[:size]]
    return {"paging": paging.render(call, len(found), size), "contacts": contacts}
