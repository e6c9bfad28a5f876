"""Status of an activation by the world's clock: New until its start, Active, and Ended from its end."""

from typing import Final

from mockserver.formats.timestamps import from_iso
from mockserver.state.world import World

NEW: Final = "New"
ACTIVE: Final = "Active"
ENDED: Final = "Ended"


def activation_status(world: World, start: str, end: str) -> str:
    """The status; a switch makes an activation Active before its start."""
    now = world.now()
    if now >= from_iso(end):
        return ENDED
    if now < from_iso(start) and world.switches["future_segments"] == NEW:
        return NEW
    return ACTIVE
