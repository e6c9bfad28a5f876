"""Custom triggers: automations that other systems start for a contact."""

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.voyado import (
    contact_creation,
    contact_records,
    identifier_logic,
    identifier_records,
    message_records,
    personal_number_logic,
    tenant_records,
)
from mockserver.vendors.voyado.timestamps import today


def trigger_by_contact_id(call: Call, world: World) -> object:
    """Starts the automation. Problems: trigger_not_found, contact_not_found."""
    contact_records.check(world, call.params["contactId"])
    return _start(call, world, call.params["contactId"])


def trigger_by_contact_id_v2(call: Call, world: World) -> object:
    """Does the same as `trigger_by_contact_id`."""
    return trigger_by_contact_id(call, world)


def trigger_by_contact_type_and_key(call: Call, world: World) -> object:
    """Starts the automation. Problems: invalid_contact_type, trigger_not_found, contact_not_found."""
    contact_type = contact_creation.find_type(world, call.params["contactType"])
    found = contact_creation.find_by_key(world, contact_type, call.params["keyValue"])
    if found is None:
        raise Problem("contact_not_found")
    return _start(call, world, found[0])


def trigger_by_contact_type_and_key_v2(call: Call, world: World) -> object:
    """Does the same as `trigger_by_contact_type_and_key`."""
    return trigger_by_contact_type_and_key(call, world)


def trigger_by_external_contact_id(call: Call, world: World) -> object:
    """Starts the automation. Problems: trigger_not_found and those of `_find`."""
    return _start(call, world, _find(world, "externalId", call.params["externalId"]))


def trigger_by_external_contact_id_v2(call: Call, world: World) -> object:
    """Does the same as `trigger_by_external_contact_id`."""
    return trigger_by_external_contact_id(call, world)


def trigger_by_social_security_number(call: Call, world: World) -> object:
    """Starts the automation.

    Problems: invalid_social_security_number, trigger_not_found and those of `_find`.
    """
    number = personal_number_logic.normalize(call.params["ssn"], today(world))
    if number is None:
        raise Problem("invalid_social_security_number")
    return _start(call, world, _find(world, "socialSecurityNumber", number))


def trigger_by_social_security_number_v2(call: Call, world: World) -> object:
    """Does the same as `trigger_by_social_security_number`."""
    return trigger_by_social_security_number(call, world)


def _find(world: World, attribute: str, value: str) -> str:
    """Returns the id of the only contact with this value. Problems: contact_not_found, multiple_matches."""
    ids = identifier_records.find(world, attribute, identifier_logic.normalize(attribute, value))
    if not ids:
        raise Problem("contact_not_found")
    if len(ids) > 1:
        raise Problem("multiple_matches", matches=ids)
    return ids[0]


def _start(call: Call, world: World, contact: str) -> dict[str, str]:
    """Sends the message of the trigger's automation. Problem: trigger_not_found."""
    trigger = tenant_records.find_by_id(world, "customTriggers", call.params["triggerId"])
    if trigger is None:
        raise Problem("trigger_not_found")
    name = trigger["name"]
    sent = {"type": trigger.get("sends", "EmailMessage"), "name": name, "text": name}
    message_records.add(world, contact, {**sent, "source": "Automation", "isTransactional": True})
    return {}
