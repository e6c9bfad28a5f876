"""Campaigns (journeys): their names, and the journeys of people, stored with each person."""

from datetime import datetime
from typing import Any, Final

from mockserver.state.world import World
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.ids import new_object_id
from mockserver.vendors.ortto.timestamps import format_datetime

KIND: Final = "campaign"

Journey = dict[str, Any]
"""`{started, inside, left?}` of one person in one campaign: the latest times, in seconds."""


def create(world: World, name: str, created: datetime) -> dict[str, Any]:
    """Writes a new campaign without people in it."""
    id = new_object_id(world, created)
    campaign = {"id": id, "name": name, "created": format_datetime(created)}
    world.records(KIND).add(id, campaign)
    return campaign


def find_journey(person: Person, campaign_id: str) -> Journey | None:
    """The person's journey in the campaign; None if it never started."""
    journey: Journey | None = person.get("journeys", {}).get(campaign_id)
    return journey


def is_in_campaign(person: Person, campaign_id: str) -> bool:
    """Whether the person has started the campaign and not left it."""
    return bool((find_journey(person, campaign_id) or {}).get("inside"))


def start(person: Person, campaign_id: str, now: int) -> None:
    """Starts the campaign for the person, again if it has left before."""
    journeys = person.setdefault("journeys", {})
    journeys[campaign_id] = {**journeys.get(campaign_id, {}), "started": now, "inside": True}


def leave(person: Person, campaign_id: str, now: int) -> None:
    """Ends the campaign for a person who is in it."""
    person["journeys"][campaign_id] |= {"inside": False, "left": now}
