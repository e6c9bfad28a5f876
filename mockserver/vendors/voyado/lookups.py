"""Finding one contact by what identifies it: its overview, or no more than its id."""

from collections.abc import Mapping
from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import (
    contact_records,
    identifier_logic,
    identifier_records,
    nightly_recalculation,
    personal_number_logic,
    response_models,
    tenant_records,
)
from mockserver.vendors.voyado.timestamps import today

# Which identifier counts where a call gives several.
_ORDER = ("email", "socialSecurityNumber", "mobilePhone", "customKey", "any")


def get_contact_overview(call: Call, world: World) -> object:
    """The contact with its target audiences. Problems: the whole table of the vendor's look-ups."""
    nightly_recalculation.plan(world)
    id = _one(world, call.params, type_needed=True)
    return response_models.overview(world, id, contact_records.find(world, id))


def get_contact_overview_v2(call: Call, world: World) -> object:
    """As v3."""
    return get_contact_overview(call, world)


def find_contact(call: Call, world: World) -> object:
    """The contact's id, as a bare string."""
    return _one(world, call.params, type_needed=False)


def find_contact_v2(call: Call, world: World) -> object:
    """As v3."""
    return find_contact(call, world)


def _one(world: World, params: Mapping[str, Any], *, type_needed: bool) -> str:
    """The id of the one contact that is meant.

    Raises the problems invalid_search_query, invalid_contact_type, invalid_social_security_number,
    invalid_system_configuration, contact_not_found and multiple_matches.
    """
    if params.get("contactId"):
        return str(params["contactId"]).lower()
    given = next((name for name in _ORDER if params.get(name)), None)
    if given is None:
        raise Problem("invalid_search_query")
    configuration = tenant_records.read(world)
    wanted = _contact_type(configuration, params.get("contactType", ""), type_needed)
    attribute, value = _meant(world, configuration, given, params[given])
    found = identifier_records.find(world, attribute, value)
    if wanted:
        found = [id for id in found if contact_records.find(world, id)["contactType"] == wanted]
    if not found:
        raise Problem("contact_not_found")
    if len(found) > 1:
        raise Problem("multiple_matches", matches=found)
    return found[0]


def _contact_type(configuration: Record, handle: str, needed: bool) -> str | None:
    if not handle and not needed:
        return None
    known = tenant_records.contact_type(configuration, handle)
    if known is None:
        raise Problem("invalid_contact_type")
    return str(known["id"])


def _meant(world: World, configuration: Record, name: str, text: str) -> tuple[str, str]:
    """Attribute and value to look for."""
    if name == "any":
        name, text = identifier_logic.recognised(text, today(world))
    elif name == "socialSecurityNumber":
        number = personal_number_logic.normal(text, today(world))
        if number is None:
            raise Problem("invalid_social_security_number")
        return name, number
    if name == "customKey":
        name = configuration["customKey"]
        if name is None:
            raise Problem("invalid_system_configuration")
    return name, identifier_logic.folded(name, text)
