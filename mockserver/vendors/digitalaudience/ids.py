"""Ids of campaigns, audiences, accounts and segments: increasing integers that are never reused."""

from typing import Final

from mockserver.state.world import World

_FIRST: Final = {
    "campaign": 1_200,
    "audience": 69_000,
    "account": 500,
    "segment": 8_800,
    "segment_record": 5_100,
}


def allocate(world: World, kind: str) -> int:
    """A new id of that kind, a key of `_FIRST`."""
    return _FIRST[kind] + world.serial()
