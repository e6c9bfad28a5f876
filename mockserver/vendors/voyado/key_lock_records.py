"""Creations of contacts that somebody else has begun and not ended: their keys are held for a while."""

from datetime import datetime

from mockserver.formats.timestamps import to_micros
from mockserver.state.world import World

_INDEX = "creations"


def hold(world: World, contact_type: str, value: str, until: datetime) -> None:
    """Holds the key of a contact type until then."""
    world.index(_INDEX).add(f"{contact_type}:{value}", "until", to_micros(until))


def is_held(world: World, contact_type: str, value: str) -> bool:
    """Whether a contact with this key is being created right now."""
    held = world.index(_INDEX).page(f"{contact_type}:{value}", limit=1)
    return bool(held) and held[0].rank > to_micros(world.now())
