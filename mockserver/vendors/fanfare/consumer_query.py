"""The list of an organisation's consumers, in the order of creation or in any other."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from mockserver.state.records import Cursor, Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, consumer_pages, member_records, timestamps
from mockserver.vendors.fanfare.consumer_pages import (
    SCAN_SIZE,
    Predicate,
    build_page,
    decode_cursor,
    invalid_cursor,
    parse_position,
    search_predicate,
)
from mockserver.vendors.fanfare.errors import validation_failed

Params = Mapping[str, Any]


def query_page(world: World, organization: str, params: Params) -> dict[str, Any]:
    """A page of them. Raises audience_not_found, and validation_failed for what contradicts itself.

    With `before` or `last` the page is the one that ends before the cursor.
    """
    backward = "before" in params or "last" in params
    if backward and "after" in params:
        raise validation_failed(("after", "Not allowed together with before or last"))
    audience = params.get("audienceId")
    if audience is not None:
        audience = audience_records.find(world, organization, audience)["id"]
    listed = _Query(world, organization, audience, params, backward)
    found = listed.by_creation() if params["sortBy"] == "createdAt" else listed.by_field()
    return build_page(world, organization, reversed(found) if backward else found, params, params["sortBy"])


class _Query:
    """One question for consumers, in the direction in which they are read."""

    def __init__(
        self, world: World, organization: str, audience: str | None, params: Params, backward: bool
    ) -> None:
        self._world = world
        self._organization = organization
        self._audience = audience
        self._params = params
        self._cursor = "before" if backward else "after"
        self._size = consumer_pages.page_size(
            world, params, "last" if backward and "last" in params else "first"
        )
        self._descending = (params["sortDir"] == "desc") != backward

    def by_creation(self) -> list[Record]:
        """The page, read from the place of the cursor on."""
        place = parse_position(self._params, self._cursor)
        return list(islice(self._filter(self._iterate(place, self._descending)), self._size))

    def by_field(self) -> list[Record]:
        """The page in another order: everybody who matches is looked at."""
        key = _sort_key(self._params["sortBy"])
        found = sorted(self._filter(self._iterate(None, True)), key=key, reverse=self._descending)
        if self._cursor in self._params:
            id, value = decode_cursor(self._params[self._cursor], self._cursor)
            try:
                bound = key({"id": id, self._params["sortBy"]: value})
                found = [one for one in found if (key(one) < bound if self._descending else key(one) > bound)]
            except (TypeError, ValueError) as error:
                raise invalid_cursor(self._cursor) from error
        return found[: self._size]

    def _iterate(self, after: Cursor | None, newest_first: bool) -> Iterator[Record]:
        records = self._world.records(member_records.CONSUMER_KIND)
        if self._audience is not None:
            entries = member_records.iterate(
                self._world, [self._audience], after=after, size=SCAN_SIZE, newest_first=newest_first
            )
            yield from (record for entry in entries if (record := records.get(entry.target)))
            return
        # the first page is small: most callers want no more
        size = self._size
        while rows := records.page(self._organization, limit=size, after=after, newest_first=newest_first):
            yield from (row.record for row in rows)
            after, size = rows[-1].cursor, SCAN_SIZE

    def _filter(self, walked: Iterable[Record]) -> Iterator[Record]:
        tests = [test for test in (search_predicate(self._params), *_date_predicates(self._params)) if test]
        return (record for record in walked if all(test(record) for test in tests))


def _date_predicates(params: Params) -> Iterator[Predicate]:
    for name, sign in (("createdAfter", 1), ("createdBefore", -1)):
        if name in params:
            try:
                bound = timestamps.parse_timestamp(params[name])
            except ValueError as error:  # as the year 0000, which JSON Schema takes for one
                raise validation_failed((name, "Invalid date")) from error
            yield _date_predicate(bound, sign)


def _date_predicate(bound: int, sign: int) -> Predicate:
    return lambda consumer: (timestamps.parse_timestamp(consumer["createdAt"]) - bound) * sign > 0


def _sort_key(sort_by: str) -> Callable[[Record], tuple[bool, Any, str]]:
    """Who has no value stands before all who have one."""
    compare: Callable[[Any], Any] = float
    if sort_by == "lastOrderAt":
        compare = timestamps.parse_timestamp
    elif sort_by in ("email", "fullName"):
        compare = str.casefold

    def key(consumer: Record) -> tuple[bool, Any, str]:
        value = consumer[sort_by]
        return (False, 0, consumer["id"]) if value is None else (True, compare(value), consumer["id"])

    return key
