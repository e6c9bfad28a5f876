"""Campaigns (journeys): their names, and on the person when it started and left."""

from datetime import datetime
from typing import Any, Final

from mockserver.state.world import World
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.ids import new_object_id
from mockserver.vendors.ortto.timestamps import exact

KIND: Final = "campaign"

Journey = dict[str, Any]
"""`{started, inside, left?}` of one person in one campaign; the moments in seconds, of the latest time."""


def put(world: World, name: str, made: datetime) -> dict[str, Any]:
    """Writes a new campaign, which nobody has started."""
    id = new_object_id(world, made)
    campaign = {"id": id, "name": name, "created": exact(made)}
    world.records(KIND).add(id, campaign)
    return campaign


def journey(person: Person, campaign_id: str) -> Journey | None:
    """How it went for the person; None if it has never started."""
    found: Journey | None = person.get("journeys", {}).get(campaign_id)
    return found


def is_inside(person: Person, campaign_id: str) -> bool:
    """Whether the person has started and not left."""
    return bool((journey(person, campaign_id) or {}).get("inside"))


def start(person: Person, campaign_id: str, now: int) -> None:
    """The person is inside, once more if it has left before."""
    journeys = person.setdefault("journeys", {})
    journeys[campaign_id] = {**journeys.get(campaign_id, {}), "started": now, "inside": True}


def leave(person: Person, campaign_id: str, now: int) -> None:
    """The person, who is inside, has left."""
    person["journeys"][campaign_id] |= {"inside": False, "left": now}
