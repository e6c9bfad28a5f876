"""Ids of campaigns, audiences, accounts and segments: one increasing sequence with irregular gaps."""

from hashlib import blake2b
from typing import Final

from mockserver.state.world import World

_FIRST: Final = 69_000  # near the id in the vendor's example
_STRIDE: Final = 9


def allocate(world: World) -> int:
    """A new id, greater than all before; ids are never reused."""
    number = world.serial()
    digest = blake2b(f"{world.seed}/{number}".encode(), digest_size=1).digest()
    return _FIRST + number * _STRIDE + digest[0] % _STRIDE
