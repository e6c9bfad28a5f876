"""Storage of the external triggers of automations, and of how often contacts went through each."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypedDict

from mockserver.state.records import Record
from mockserver.state.world import World

_TRIGGER: Final = "automation_trigger"
_PARTICIPATIONS: Final = "automation_participations"


class Automation(TypedDict):
    """One automation of a trigger."""

    automationId: str
    active: bool
    participationLimit: int | None


def add(world: World, automations: Iterable[Mapping[str, Any]], code: str | None = None) -> Record:
    """Stores a trigger with its automations, under this code or a new one, and returns it."""
    code = code or world.uuid()
    added = [
        Automation(
            automationId=world.uuid(),
            active=one.get("active", True),
            participationLimit=one.get("participationLimit"),
        )
        for one in automations
    ]
    record: Record = {"triggerCode": code, "automations": added}
    world.records(_TRIGGER).add(code, record)
    return record


def get(world: World, code: str) -> Record | None:
    """Returns the trigger with this code, in capitals or not, or None."""
    return world.records(_TRIGGER).get(code.lower())


def count_participations(world: World, automation: str, contact: str) -> int:
    """How often the contact went through the automation."""
    record = world.records(_PARTICIPATIONS).get(f"{automation}/{contact}")
    return int(record["count"]) if record else 0


def add_participation(world: World, automation: str, contact: str) -> None:
    """Counts that the contact enters the automation."""
    count = count_participations(world, automation, contact) + 1
    world.records(_PARTICIPATIONS).add(f"{automation}/{contact}", {"count": count}, rank=0)
