"""Locks on the keys of contacts that another caller is creating; a lock expires by itself."""

from datetime import datetime

from mockserver.formats.timestamps import to_micros
from mockserver.state.world import World

_INDEX, _UNTIL = "creations", "until"


def lock(world: World, contact_type: str, value: str, until: datetime) -> None:
    """Locks a key of a contact type until the given time."""
    world.index(_INDEX).add(f"{contact_type}:{value}", _UNTIL, to_micros(until))


def is_locked(world: World, contact_type: str, value: str) -> bool:
    """Whether a contact with this key is being created."""
    index, key = world.index(_INDEX), f"{contact_type}:{value}"
    # Few keys were ever locked, and a lookup is cheaper than a page.
    return index.has(key, _UNTIL) and index.page(key, limit=1)[0].rank > to_micros(world.now())
