"""Fanfare's ids: a prefix and 26 characters that sort by the time of their making."""

import hashlib
from typing import Final

from mockserver.vendors.fanfare.moments import millis
from mockserver.world.world import World

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = tuple(one + other for one in _CROCKFORD for other in _CROCKFORD)
_SHIFTS: Final = tuple(range(120, -1, -10))  # 26 digits of 5 bits, two at a time: populations make many
_SERIAL_BITS, _TAIL_BITS = 30, 50


def new(world: World, prefix: str) -> str:
    """A fresh id, as in `aud_01JE0Q3M7G000000290QK4T5XW`; those of one millisecond sort by their serial."""
    serial = world.serial()
    digest = hashlib.blake2b(f"{world.seed}/{prefix}/{serial}".encode(), digest_size=8).digest()
    return made(prefix, millis(world.now()), serial, int.from_bytes(digest))


def made(prefix: str, time: int, serial: int, tail: int) -> str:
    """The id of a moment (in milliseconds) with its serial; of `tail` the last 50 bits count."""
    number = time << _SERIAL_BITS | serial & (1 << _SERIAL_BITS) - 1
    number = number << _TAIL_BITS | tail & (1 << _TAIL_BITS) - 1
    return f"{prefix}_{''.join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])}"
