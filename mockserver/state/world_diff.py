"""The differences between two states of one world, and a hash of a state.

Both states are spaces on the same seed data, so only what each has of its own is read: the cost depends on
what has changed, not on the size of the world. The store is not asked about collections in which nothing has
changed: each question to a store in another process takes time.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import orjson

from mockserver.state.change_log import Change
from mockserver.state.collection_spec import CollectionSpec
from mockserver.state.effects import Difference, compare
from mockserver.storage.store import Row, Space, in_id_order

_CANONICAL: Final = orjson.OPT_SORT_KEYS


def world_differences(before: Space, after: Space, specs: Iterable[CollectionSpec]) -> Iterator[Difference]:
    """The differences between two states, by collection and stored id."""
    kinds = {kind for space in (before, after) if space.base is not None for kind in space.own_kinds()}
    for spec in specs:
        if spec.kind not in kinds:
            continue
        for stored_id, change in _changes(before, after, spec.kind):
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


def _changes(before: Space, after: Space, kind: str) -> Iterator[tuple[str, Change]]:
    """Both states of each document that differs and that one of them does not have from the seed data.

    They come in order of ids. What both have the same of their own, most of a world that has lived, is passed
    over without a look into it.
    """
    olds, news = _own(before, kind), _own(after, kind)
    old, new = next(olds, None), next(news, None)
    while old is not None or new is not None:
        if old is not None and new is not None and old.id == new.id:
            if old != new:
                yield old.id, Change(_seen(old), _seen(new))
            old, new = next(olds, None), next(news, None)
        elif old is not None and (new is None or old.id < new.id):
            yield old.id, Change(_seen(old), after.get(kind, old.id))
            old = next(olds, None)
        elif new is not None:
            yield new.id, Change(before.get(kind, new.id), _seen(new))
            new = next(news, None)


def _own(space: Space, kind: str) -> Iterator[Row]:
    """The rows of the space itself; those of the seed data differ in nothing."""
    return in_id_order(space.own, kind) if space.base is not None else iter(())


def _seen(row: Row) -> Row | None:
    return row if row.body is not None else None
