"""The automation endpoint: start the automations of an external trigger for a contact."""

from typing import Final

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.spotler import automation_records, contact_records

_STARTED: Final = "OK"
_INACTIVE: Final = "AUTOMATION_INACTIVE"
_LIMIT_REACHED: Final = "PARTICIPATION_LIMIT_REACHED"


def trigger_automation(call: Call, world: World) -> object:
    """Starts every automation of the trigger that is active and whose limit is not reached.

    Problems: automation_trigger_not_found, automation_contact_not_found, no_automation_triggered.
    """
    trigger = automation_records.get(world, call.params["triggerCode"])
    if trigger is None:
        raise Problem("automation_trigger_not_found")
    contact = call.body["externalContactId"]
    if contact_records.get(world, contact) is None:
        raise Problem("automation_contact_not_found")
    results = [
        {"automationId": one["automationId"], "result": _start(world, one, contact)}
        for one in trigger["automations"]
    ]
    if all(one["result"] != _STARTED for one in results):
        raise Problem("no_automation_triggered", automationResults=results)
    return {"result": _STARTED, "automationResults": results}


def _start(world: World, automation: automation_records.Automation, contact: str) -> str:
    """Lets the contact enter the automation; returns whether it did."""
    if not automation["active"]:
        return _INACTIVE
    limit, id = automation["participationLimit"], automation["automationId"]
    if limit is not None and automation_records.count_participations(world, id, contact) >= limit:
        return _LIMIT_REACHED
    automation_records.add_participation(world, id, contact)
    return _STARTED
