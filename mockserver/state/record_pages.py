"""Pages of a collection: searched, filtered by member, sorted."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import orjson

from mockserver.errors import Problem
from mockserver.formats.json_pointer import (
    MISSING,
    child_key,
    format_pointer,
    json_equal,
    parse_pointer,
    resolve,
)
from mockserver.state.collection_spec import CollectionSpec
from mockserver.storage.store import Row, Space, in_id_order

MAX_SCANNED: Final = 20_000
"""The records that one page looks at; a search that finds too little in them goes on with the next page."""
_PAGE_SIZE: Final = 500


class ShownRecord(NamedTuple):
    """A record as its collection shows it."""

    id: str
    record: dict[str, Any]


class RecordPage(NamedTuple):
    """Some records; `next` is the id after which the next page starts, None after the last."""

    records: list[ShownRecord]
    next: str | None


class RecordQuery(NamedTuple):
    """Which records of a collection are wanted.

    `where` are conditions `POINTER=VALUE` (the value as JSON or as text) or `POINTER` (the member exists),
    `search` is text that the record contains in any case of letters, `sort` a pointer, with `-` for
    descending.
    """

    where: tuple[str, ...] = ()
    search: str | None = None
    sort: str | None = None

    def read_page(self, space: Space, spec: CollectionSpec, after: str | None, limit: int) -> RecordPage:
        """At most `limit` records after the id `after`. Raises the problem too_many_to_sort."""
        if self.sort is not None:
            return self._sorted_page(space, spec, after, limit)
        found: list[ShownRecord] = []
        rows = _rows(space, spec, self.where, after)
        last: str | None = after
        for scanned, row in enumerate(rows):
            if len(found) == limit or scanned == MAX_SCANNED:
                return RecordPage(found, last)
            shown = shown_record(spec, row)
            last = shown.id
            if self._wants(shown):
                found.append(shown)
        return RecordPage(found, None)

    def _sorted_page(self, space: Space, spec: CollectionSpec, after: str | None, limit: int) -> RecordPage:
        if space.count_all(spec.kind) > MAX_SCANNED:
            raise Problem("too_many_to_sort", collection=spec.full_name, most=MAX_SCANNED)
        wanted = [
            shown
            for row in _rows(space, spec, self.where, None)
            if self._wants(shown := shown_record(spec, row))
        ]
        pointer = (self.sort or "").removeprefix("-")
        wanted.sort(
            key=lambda one: _sort_key(resolve(one.record, pointer)), reverse=(self.sort or "")[:1] == "-"
        )
        start = next((at + 1 for at, one in enumerate(wanted) if one.id == after), 0)
        page = wanted[start : start + limit]
        return RecordPage(page, page[-1].id if start + limit < len(wanted) else None)

    def _wants(self, shown: ShownRecord) -> bool:
        if self.search and self.search.casefold() not in _text(shown):
            return False
        return all(_holds(condition, shown.record) for condition in self.where)


def find_record(space: Space, spec: CollectionSpec, id: str) -> ShownRecord | None:
    """The record with this id."""
    row = space.get(spec.kind, spec.stored_id(id))
    return shown_record(spec, row) if row is not None else None


def references(spec: CollectionSpec, record: Any) -> Iterator[tuple[str, str, str]]:
    """The records of other collections that this one names, as (pointer, collection, id)."""
    for pattern, target in spec.refers.items():
        for pointer, id in referred(record, parse_pointer(pattern)):
            yield pointer, target, id


def referred(value: Any, tokens: list[str], place: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """The ids at the tokens of a pointer, of which `*` is each item or each name, as (pointer, id)."""
    if not tokens:
        if isinstance(value, str | int) and not isinstance(value, bool):
            yield format_pointer(place), str(value)
        return
    first, *rest = tokens
    if first != "*":
        key = child_key(value, first)
        if key is not MISSING:
            yield from referred(value[key], rest, (*place, first))
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from referred(member if rest else name, rest, (*place, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from referred(item, rest, (*place, str(index)))


def _rows(space: Space, spec: CollectionSpec, where: tuple[str, ...], after: str | None) -> Iterator[Row]:
    """The rows in order; of an index's key alone if a condition names one, which needs no search."""
    key = _condition_on_key(spec, where)
    if key is not None:
        start = space.get(spec.kind, spec.stored_id(after)) if after is not None else None
        return _rows_of_key(space, spec.kind, key, start)
    return in_id_order(space.scan, spec.kind, "" if after is None else spec.stored_id(after))


def _rows_of_key(space: Space, kind: str, key: str, start: Row | None) -> Iterator[Row]:
    cursor = start.cursor if start else None
    while rows := space.page(kind, key, limit=_PAGE_SIZE, after=cursor):
        yield from rows
        cursor = rows[-1].cursor


def _condition_on_key(spec: CollectionSpec, where: tuple[str, ...]) -> str | None:
    if spec.members is None:
        return None
    prefix = f"{format_pointer(spec.members[:1])}="
    return next((one.removeprefix(prefix) for one in where if one.startswith(prefix)), None)


def shown_record(spec: CollectionSpec, row: Row) -> ShownRecord:
    """The stored record as its collection shows it."""
    return ShownRecord(spec.id(row.id), spec.show(row.id, row.parent, row.body or b"null"))


def _text(shown: ShownRecord) -> str:
    return f"{shown.id}\n{orjson.dumps(shown.record).decode()}".casefold()


def _holds(condition: str, record: Any) -> bool:
    pointer, equals, text = condition.partition("=")
    value = resolve(record, pointer)
    if not equals or value is MISSING:
        return value is not MISSING
    return value == text or json_equal(value, _as_json(text))


def _as_json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return text


def _sort_key(value: Any) -> tuple[int, Any]:
    """Orders values of different types: numbers, text, the rest, and none at all."""
    if value is MISSING or value is None:
        return 3, ""
    if isinstance(value, int | float):
        return 0, value
    return (1, value) if isinstance(value, str) else (2, orjson.dumps(value))
