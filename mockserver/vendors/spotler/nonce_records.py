"""Which nonces were used, and which timestamps are fresh."""

import time
from typing import Final

from mockserver.state.world import World

_KIND: Final = "nonce"
_SWEPT: Final = 20


def distance(world: World, timestamp: int) -> int:
    """Seconds from the timestamp to the real time or the world's, whichever is nearer.

    A caller's clock is the real one, whatever time the test has made it in here.
    """
    return min(abs(timestamp - int(time.time())), abs(timestamp - int(world.now().timestamp())))


def is_fresh(world: World, timestamp: int) -> bool:
    """Whether a call may carry this timestamp: so many seconds to either side are its world's choice."""
    return distance(world, timestamp) <= int(world.switches["timestamp_seconds"])


def use(world: World, key: str, timestamp: int, nonce: str) -> bool:
    """Remembers the nonce of a key and a second; False if it was used before.

    It is remembered for as long as its timestamp is fresh: afterwards no call can come with it anyway.
    """
    nonces, id = world.records(_KIND), f"{timestamp}/{key}/{nonce}"
    if nonces.has(id):
        return False
    for old in nonces.page(limit=_SWEPT):
        if not is_fresh(world, old.rank):
            nonces.remove(old.id)
    nonces.add(id, {}, rank=timestamp)
    return True
