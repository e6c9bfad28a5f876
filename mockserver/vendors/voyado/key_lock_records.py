"""Locks on the keys of contacts that another caller is creating; a lock expires by itself."""

from datetime import datetime

from mockserver.formats.timestamps import to_micros
from mockserver.state.world import World

_INDEX = "creations"


def lock(world: World, contact_type: str, value: str, until: datetime) -> None:
    """Locks a key of a contact type until the given time."""
    world.index(_INDEX).add(f"{contact_type}:{value}", "until", to_micros(until))


def is_locked(world: World, contact_type: str, value: str) -> bool:
    """Whether a contact with this key is being created."""
    locks = world.index(_INDEX).page(f"{contact_type}:{value}", limit=1)
    return bool(locks) and locks[0].rank > to_micros(world.now())
