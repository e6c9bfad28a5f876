"""Storage of used nonces, and the freshness of timestamps."""

import time
from typing import Final

from mockserver.formats.bounded_text import as_key
from mockserver.state.world import World

_KIND: Final = "nonce"
_SWEEP_INTERVAL: Final = 10  # only calls with every tenth timestamp delete expired nonces
_SWEEP_LIMIT: Final = 200  # expired nonces deleted by such a call


def distance(world: World, timestamp: int) -> int:
    """Seconds between the timestamp and the real time or the world's time, whichever is nearer.

    A client signs with the real time, even when a test has moved the world's clock.
    """
    return min(abs(timestamp - int(time.time())), abs(timestamp - int(world.now().timestamp())))


def is_fresh(world: World, timestamp: int) -> bool:
    """True if the timestamp is within the limit of the switch `timestamp_seconds`."""
    return distance(world, timestamp) <= int(world.switches["timestamp_seconds"])


def register(world: World, key: str, timestamp: int, nonce: str) -> bool:
    """Stores the nonce of a key and timestamp; returns False if it was used before.

    A nonce is kept while its timestamp is fresh; after that the timestamp alone rejects the call.
    """
    nonces, id = world.records(_KIND), as_key(f"{timestamp}/{key}/{nonce}")
    if nonces.has(id):
        return False
    if timestamp % _SWEEP_INTERVAL == 0:
        _sweep(world)
    nonces.add(id, {}, rank=timestamp)
    return True


def _sweep(world: World) -> None:
    """Deletes expired nonces, the oldest first."""
    nonces = world.records(_KIND)
    for old in nonces.page(limit=_SWEEP_LIMIT):
        if not is_fresh(world, old.rank):
            nonces.remove(old.id)
