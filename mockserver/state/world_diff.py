"""The differences between two states of one world, and a hash of a state.

Both states are spaces on the same seed data, so only what each has of its own is read: the cost depends on
what has changed, not on the size of the world.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from typing import Final

import orjson

from mockserver.state.change_log import Change
from mockserver.state.collection_spec import CollectionSpec
from mockserver.state.effects import Difference, compare
from mockserver.storage.store import Row, Space, in_id_order

_CANONICAL: Final = orjson.OPT_SORT_KEYS


def world_differences(before: Space, after: Space, specs: Iterable[CollectionSpec]) -> Iterator[Difference]:
    """The differences between two states, by collection and stored id."""
    for spec in specs:
        for stored_id in _own_ids(before, after, spec.kind):
            change = Change(before.get(spec.kind, stored_id), after.get(spec.kind, stored_id))
            found = compare(spec, stored_id, change)
            if found is not None:
                yield found


def state_hashes(
    start: Space, state: Space, specs_by_vendor: Mapping[str, Iterable[CollectionSpec]]
) -> dict[str, str]:
    """A digest of each vendor's records as they are shown, from their differences to the start.

    Equal histories of worlds with the same seed data have equal digests, on every store.
    """
    return {
        vendor: _digest(world_differences(start, state, specs)) for vendor, specs in specs_by_vendor.items()
    }


def _digest(found: Iterable[Difference]) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for one in found:
        digest.update(orjson.dumps([one.spec.name, one.id, one.after], option=_CANONICAL))
        digest.update(b"\n")
    return digest.hexdigest()


def _own_ids(before: Space, after: Space, kind: str) -> Iterator[str]:
    """The ids of all documents that one of the spaces does not have from the seed data, in order."""
    last = None
    for row in merge(_own(before, kind), _own(after, kind), key=lambda row: row.id):
        if row.id != last:
            last = row.id
            yield row.id


def _own(space: Space, kind: str) -> Iterable[Row]:
    # The seed data itself differs in nothing.
    return () if space.base is None else in_id_order(space.own, kind)
