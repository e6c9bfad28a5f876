"""Lookups of one contact by an identifier: its overview, or only its id."""

from collections.abc import Mapping
from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import RecordView
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

_PRECEDENCE = ("email", "socialSecurityNumber", "mobilePhone", "customKey", "any")
"""Of several identifiers in one call only the first in this order is used."""


def get_contact_overview(call: Call, world: World) -> object:
    """Returns the contact with its target audiences. Problems: those of `_find_id`, and contact_not_found.

    Documented: the points have left the overview of v3.
    """
    overview = _overview(call, world)
    del overview["attributes"]["bonusPoints"]
    return overview


def get_contact_overview_v2(call: Call, world: World) -> object:
    """Returns the same reply as `get_contact_overview`, with the points."""
    return _overview(call, world)


def find_contact(call: Call, world: World) -> object:
    """Returns the contact's id as a bare string. Problems: those of `_find_id`."""
    return _find_id(world, call.params, type_required=False)


def find_contact_v2(call: Call, world: World) -> object:
    """Returns the same reply as `find_contact`."""
    return find_contact(call, world)


def _overview(call: Call, world: World) -> dict[str, Any]:
    nightly_recalculation.schedule(world)
    id = _find_id(world, call.params, type_required=True)
    return response_models.overview(world, id, contact_records.view(world, id))


def _find_id(world: World, params: Mapping[str, Any], *, type_required: bool) -> str:
    """Returns the id of the one contact that matches.

    Raises the problems invalid_search_query, invalid_contact_type, invalid_social_security_number,
    invalid_system_configuration, contact_not_found and multiple_matches.
    """
    if params.get("contactId"):
        return str(params["contactId"])
    name = next((name for name in _PRECEDENCE if params.get(name)), None)
    if name is None:
        raise Problem("invalid_search_query")
    configuration = tenant_records.view(world)
    contact_type = _contact_type(configuration, params.get("contactType", ""), type_required)
    attribute, value = _resolve(world, configuration, name, params[name])
    ids = identifier_records.find(world, attribute, value)
    if contact_type:
        ids = [id for id in ids if contact_records.view(world, id)["contactType"] == contact_type]
    if not ids:
        raise Problem("contact_not_found")
    if len(ids) > 1:
        raise Problem("multiple_matches", matches=ids)
    return ids[0]


def _contact_type(configuration: RecordView, handle: str, required: bool) -> str | None:
    if not handle and not required:
        return None
    contact_type = tenant_records.find_contact_type(configuration, handle)
    if contact_type is None:
        raise Problem("invalid_contact_type")
    return str(contact_type["id"])


def _resolve(world: World, configuration: RecordView, name: str, text: str) -> tuple[str, str]:
    """Returns the attribute and the normalized value that a query parameter searches for."""
    if name == "any":
        name, text = identifier_logic.detect(text, today(world))
    elif name == "socialSecurityNumber":
        number = personal_number_logic.normalize(text, today(world))
        if number is None:
            raise Problem("invalid_social_security_number")
        return name, number
    if name == "customKey":
        name = configuration["customKey"]
        if name is None:
            raise Problem("invalid_system_configuration")
    return name, identifier_logic.normalize(name, text)
