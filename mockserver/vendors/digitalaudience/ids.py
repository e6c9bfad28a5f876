"""Ids: whole numbers that grow and are never used again; callers may put them in quotes (documented)."""

from typing import Final

from mockserver.state.world import World

_FIRST: Final = {
    "campaign": 1_200,
    "audience": 69_000,
    "account": 500,
    "segment": 8_800,
    "segment_record": 5_100,
}
_MAX_DIGITS: Final = 18


def allocate(world: World, kind: str) -> int:
    """A fresh id of a campaign, an audience, an account or a segment."""
    return _FIRST[kind] + world.serial()


def parse(value: int | float | str) -> int:
    """The number that a body names, quoted or not; 0, which nothing has, for one beyond all bounds."""
    if isinstance(value, str):
        digits = value.lstrip("0")
        return int(digits or "0") if len(digits) <= _MAX_DIGITS else 0
    return int(value)
