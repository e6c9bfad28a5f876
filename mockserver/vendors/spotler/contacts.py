"""Contact endpoints: create, read, search, update, anonymise and inactivate. Contacts are never deleted."""

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from mockserver.call import NOTHING, Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    account_records,
    contact_records,
    content_negotiation,
    member_records,
    property_logic,
    timestamps,
)

_OLD_BASE_PATH: Final = "/integrationservice-1.1.0/"
_MESSAGES: Final = {"email_invalid": "Email is invalid", "property_invalid": "Property is invalid"}


def list_contact_properties(call: Call, world: World) -> object:
    """Returns all properties of this account's contacts. Problem: not_acceptable."""
    content_negotiation.require_json(call)
    return property_logic.definitions(account_records.get(world)["permissions"])


def get_contact(call: Call, world: World) -> object:
    """Returns the contact. Problems: contact_not_found, not_acceptable."""
    content_negotiation.require_json(call)
    id = call.params["externalId"]
    return contact_records.ContactRenderer(world).render(id, contact_records.require(world, id))


def search_contacts(call: Call, world: World) -> object:
    """Returns a page of the contacts that have `property=value`, case-insensitively.

    The contract lists the properties that can be searched. Problem: not_acceptable.
    """
    content_negotiation.require_json(call)
    name, _, value = call.params["MPSearchQuery"].partition("=")
    skip, size = int(call.params["after"]), int(call.params["pageSize"])
    found = islice(contact_records.find(world, name, value), skip, skip + size + 1)
    return _render_page(call, world, list(found))


def list_contact_updates(call: Call, world: World) -> object:
    """Returns a page of the contacts last changed within a period, ordered by change.

    Under the older base path the reply is a bare array (observed). Problem: not_acceptable.
    """
    content_negotiation.require_json(call)
    first, last = timestamps.parse(call.params["fromDate"]), timestamps.parse(call.params["toDate"])
    skip, size = int(call.params["after"]), int(call.params["pageSize"])
    found = contact_records.page_of_changes(world, first, last, skip, size + 1)
    page = _render_page(call, world, found)
    return page["contacts"] if call.path.startswith(_OLD_BASE_PATH) else page


def create_contact(call: Call, world: World) -> object:
    """Creates a contact, or updates an existing one if `update` is set.

    Problems: email_invalid, property_invalid, contact_already_exists.
    """
    contact = call.body["contact"]
    before = contact_records.get(world, contact["externalId"])
    if before is None:
        contact_records.add(world, contact)
    elif call.body.get("update", False):
        purge = call.body.get("purge", False)
        contact_records.update(world, contact["externalId"], before, contact, purge)
    else:
        raise Problem("contact_already_exists")
    return NOTHING


def create_contacts(call: Call, world: World) -> object:
    """Creates or updates contacts; returns `{externalId, code, message}` for each, in the order of the call.

    A contact that cannot be stored does not prevent the others from being stored. Problem: not_acceptable.
    """
    content_negotiation.require_json(call)
    update, purge = call.body.get("update", False), call.body.get("purge", False)
    return [
        {"externalId": contact["externalId"], "code": code, "message": message}
        for contact in call.body["contacts"]
        for code, message in [_store(world, contact, update, purge)]
    ]


def update_contact(call: Call, world: World) -> object:
    """Updates the contact. `purge` clears the properties that the body omits; `update` is ignored.

    Problems, in this order: contact_not_found, contact_id_mismatch, email_invalid and property_invalid.
    """
    id, contact = call.params["externalId"], call.body["contact"]
    before = contact_records.require(world, id)
    if contact.get("externalId", id) != id:
        raise Problem("contact_id_mismatch")
    contact_records.update(world, id, before, contact, call.body.get("purge", False))
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
    contact_records.inactivate(world, id, contact_records.require(world, id))
    return NOTHING


def _store(world: World, contact: Mapping[str, Any], update: bool, purge: bool) -> tuple[str, str]:
    """Stores one contact of a bulk call and returns its code and message."""
    id = contact["externalId"]
    before = contact_records.get(world, id)
    try:
        if before is None:
            contact_records.add(world, contact)
        elif update:
            contact_records.update(world, id, before, contact, purge)
        else:
            return "CONTACT_ALREADY_EXISTS", "Contact already exists"
    except Problem as problem:
        return "PROPERTY_INVALID", _MESSAGES[problem.name]
    return "OK", ""


def _render_page(call: Call, world: World, found: list[contact_records.Found]) -> dict[str, Any]:
    """Renders a page; `found` holds one contact more than the page if a next page exists."""
    size, render = int(call.params["pageSize"]), contact_records.ContactRenderer(world).render
    after = int(call.params["after"]) + min(len(found), size)
    next_url = None
    if len(found) > size:
        query = [(name, text) for name, text in parse_qsl(call.query) if name != "after"]
        next_url = f"{call.origin}{call.path}?{urlencode([*query, ('after', str(after))])}"
    contacts = [render(id, record) for id, record in found[:size]]
    return {"paging": {"next": next_url, "after": after}, "contacts": contacts}
