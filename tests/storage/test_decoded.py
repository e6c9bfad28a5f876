"""Decoded bodies: one object for the same bytes, in bounded memory."""

import json
from pathlib import Path

from mockserver.storage import decoded as decoded_module
from mockserver.storage.decoded import DecodedBodies
from mockserver.storage.urls import open_store


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


def test_every_store_has_decoded_bodies_of_its_own(tmp_path: Path) -> None:
    stores = [open_store("memory:"), open_store(f"sqlite:///{tmp_path}/store.db"), open_store("memory:")]
    first = [store.decoded.decode(b'{"a": 1}') for store in stores]
    again = [store.decoded.decode(b'{"a": 1}') for store in stores]
    assert [one is two for one, two in zip(first, again, strict=True)] == [True] * 3
    assert len({id(one) for one in first}) == 3, "a world's records are dropped with its store"
    for store in stores:
        store.close()
