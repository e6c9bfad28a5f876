"""Decoded bodies: one object for the same bytes, in bounded memory."""

import json

from mockserver.storage import decoded as decoded_module
from mockserver.storage.decoded import DecodedBodies


def test_the_same_bytes_are_decoded_once() -> None:
    bodies = DecodedBodies()
    assert bodies.decode(b'{"a": 1}') is bodies.decode(bytes(bytearray(b'{"a": 1}')))
    assert bodies.decode(b'{"a": 2}') == {"a": 2}


def test_the_kept_bytes_are_bounded_and_counted_anew_when_they_are_dropped() -> None:
    bodies = DecodedBodies()
    large = [json.dumps([number, "x" * (1 << 20)]).encode() for number in range(10)]
    assert [bodies.decode(body)[0] for body in large] == [*range(10)]
    kept = sum(len(body) for body in bodies._values)
    assert kept <= decoded_module._MAX_BYTES
    small = [bodies.decode(b'{"a": %d}' % number) for number in range(5)]
    assert all(bodies.decode(b'{"a": %d}' % number) is small[number] for number in range(5))
