"""Hash-bucketed lookup index: the entries of a key, found by reading one small document.

A checksum spreads the keys over a fixed number of buckets, and a bucket is one record. 100,000 people thus
need a few thousand more rows, instead of one for each identifier.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final
from zlib import crc32

from mockserver.state.records import Record, Records

BUCKETS: Final = 4096

Entry = Any
"""One entry of a key, as JSON: an id, or a list such as `[rank, id]`."""


def bucket_id(key: str) -> str:
    """The id of the key's bucket among `BUCKETS`."""
    return str(crc32(key.encode()) % BUCKETS)


class HashIndex:
    """An index over `records`, which hold nothing else.

    `bucket_of` names the bucket of a key. `encode` and `decode` convert the entries of a key to what its
    bucket stores and back; by default a list. With `deferred`, changed buckets are written by `flush`, once.
    """

    def __init__(
        self,
        records: Records,
        *,
        bucket_of: Callable[[str], str] = bucket_id,
        encode: Callable[[list[Entry]], Any] = list,
        decode: Callable[[Any], list[Entry]] = list,
        parent: str = "",
        deferred: bool = False,
    ) -> None:
        self._records = records
        self._bucket_of = bucket_of
        self._encode = encode
        self._decode = decode
        self._parent = parent
        # With `deferred`, every bucket that was read, so that none is read twice.
        self._cache: dict[str, Record] | None = {} if deferred else None
        self._changed: set[str] = set()

    def has(self, key: str) -> bool:
        """Whether the key has entries."""
        return key in self._bucket(self._bucket_of(key))

    def find(self, key: str) -> list[Entry]:
        """The entries of the key, in the order in which they were added."""
        return list(self._entries(self._bucket(self._bucket_of(key)), key))

    def add(self, key: str, entry: Entry, *, is_new: bool = False) -> None:
        """Adds the entry after the key's others, unless it is there; `is_new` skips that check."""
        name = self._bucket_of(key)
        bucket = self._bucket(name)
        entries = self._entries(bucket, key)
        if is_new or entry not in entries:
            entries.append(entry)
            self._put(name, bucket, key, entries)

    def remove(self, key: str, entry: Entry) -> None:
        """Removes the entry if it is there."""
        name = self._bucket_of(key)
        bucket = self._bucket(name)
        entries = self._entries(bucket, key)
        if entry in entries:
            entries.remove(entry)
            self._put(name, bucket, key, entries)

    def update(self, key: str, change: Callable[[list[Entry]], list[Entry]]) -> None:
        """Replaces the entries of the key by the result of `change`."""
        name = self._bucket_of(key)
        bucket = self._bucket(name)
        self._put(name, bucket, key, change(self._entries(bucket, key)))

    def fill(self, entries: Iterable[tuple[str, Entry]]) -> None:
        """Adds many entries to an index that has none of these buckets yet, each bucket written once."""
        buckets: dict[str, list[Any]] = {}
        for key, entry in entries:
            buckets.setdefault(self._bucket_of(key), []).extend((key, entry))
        self._records.bulk_insert(
            (name, _grouped(flat, self._encode), self._parent, 0) for name, flat in buckets.items()
        )

    def flush(self) -> None:
        """Writes the buckets that have changed, if writing is deferred."""
        buckets = self._cache or {}
        for name in self._changed:
            self._records.add(name, buckets[name], self._parent, 0)
        self._changed.clear()

    def _bucket(self, name: str) -> Record:
        if self._cache is None:
            return self._records.get(name) or {}
        bucket = self._cache.get(name)
        if bucket is None:
            bucket = self._cache[name] = self._records.get(name) or {}
        return bucket

    def _entries(self, bucket: Record, key: str) -> list[Entry]:
        """The entries of the key. Entries stored as a list are that list: a copy would cost their number."""
        found = bucket.get(key)
        if found is None:
            return []
        entries: list[Entry] = found if self._decode is list else self._decode(found)
        return entries

    def _put(self, name: str, bucket: Record, key: str, entries: list[Entry]) -> None:
        if entries:
            bucket[key] = entries if self._encode is list else self._encode(entries)
        else:
            bucket.pop(key, None)
        if self._cache is None:
            self._records.add(name, bucket, self._parent, rank=0)
        else:
            self._changed.add(name)


class BulkIndexBuilder:
    """Builds an index of a whole population: collects the keys, then writes each bucket once."""

    def __init__(self) -> None:
        # Key and entry in turn: filling flat lists takes a third of the time of filling dictionaries.
        self._buckets: defaultdict[int, list[Any]] = defaultdict(list)

    def add(self, keys: Iterable[str], entry: Entry) -> None:
        """Adds the entry to these keys, after their others."""
        buckets = self._buckets
        for key in keys:
            buckets[crc32(key.encode()) % BUCKETS] += key, entry

    def write(self, records: Records, encode: Callable[[list[Entry]], Any] = list) -> None:
        """Writes the buckets where there are none yet; `encode` is how the entries of a key are stored."""
        records.bulk_insert(self._rows(encode))

    def _rows(self, encode: Callable[[list[Entry]], Any]) -> Iterator[tuple[str, Record, str, int]]:
        for number in sorted(self._buckets):
            # freed one by one: all at once at the end would stop every thread meanwhile
            yield str(number), _grouped(self._buckets.pop(number), encode), "", 0


def _grouped(flat: list[Any], encode: Callable[[list[Entry]], Any]) -> Record:
    keys, entries = flat[::2], flat[1::2]
    if len(set(keys)) == len(keys):  # the case of almost every bucket, in half the time
        return {key: encode([entry]) for key, entry in zip(keys, entries, strict=True)}
    grouped: dict[str, list[Entry]] = {}
    for key, entry in zip(keys, entries, strict=True):
        grouped.setdefault(key, []).append(entry)
    return {key: encode(found) for key, found in grouped.items()}
