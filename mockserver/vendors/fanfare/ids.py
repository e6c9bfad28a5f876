"""Fanfare ids: a prefix and 26 characters that sort by time of creation."""

import hashlib
from typing import Final

from mockserver.state.world import World
from mockserver.vendors.fanfare.timestamps import to_millis

_CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = tuple(one + other for one in _CROCKFORD for other in _CROCKFORD)


def generate_id(world: World, prefix: str) -> str:
    """A new id, such as `aud_01JE0Q3M7G000000290QK4T5XW`; ids of the same millisecond sort by serial."""
    serial = world.serial()
    digest = hashlib.blake2b(f"{world.seed}/{prefix}/{serial}".encode(), digest_size=8).digest()
    return format_id(prefix, to_millis(world.now()), serial, int.from_bytes(digest))


def format_id(prefix: str, time: int, serial: int, tail: int) -> str:
    """The id for a time in milliseconds and a serial; only the last 50 bits of `tail` are used."""
    return f"{prefix}_{_ten_digits(time)}{_six_digits(serial)}{_ten_digits(tail)}"


# A digit has 5 bits. Digits are formatted in pairs and without a loop, because populations need many ids.
def _ten_digits(number: int) -> str:
    return f"{_PAIRS[number >> 40 & 1023]}{_PAIRS[number >> 30 & 1023]}{_six_digits(number)}"


def _six_digits(number: int) -> str:
    return f"{_PAIRS[number >> 20 & 1023]}{_PAIRS[number >> 10 & 1023]}{_PAIRS[number & 1023]}"
