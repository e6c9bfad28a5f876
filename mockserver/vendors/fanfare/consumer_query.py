"""The list of an organisation's consumers, in the order of creation or in any other."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from mockserver.state.records import Cursor, Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, consumer_pages, member_records, timestamps
from mockserver.vendors.fanfare.consumer_pages import (
    SCAN,
    Fits,
    invalid_cursor,
    page,
    read_cursor,
    read_place,
    searching,
)
from mockserver.vendors.fanfare.errors import invalid

Params = Mapping[str, Any]


def consumers(world: World, organization: str, params: Params) -> dict[str, Any]:
    """A page of them. Raises audience_not_found, and validation_failed for what contradicts itself.

    With `before` or `last` the page is the one that ends before the cursor.
    """
    backward = "before" in params or "last" in params
    if backward and "after" in params:
        raise invalid(("after", "Not allowed together with before or last"))
    audience = params.get("audienceId")
    if audience is not None:
        audience = audience_records.find(world, organization, audience)["id"]
    listed = _Listed(world, organization, audience, params, backward)
    found = listed.in_order_of_creation() if params["sortBy"] == "createdAt" else listed.sorted()
    return page(world, organization, reversed(found) if backward else found, params, params["sortBy"])


class _Listed:
    """One question for consumers, in the direction in which they are read."""

    def __init__(
        self, world: World, organization: str, audience: str | None, params: Params, backward: bool
    ) -> None:
        self._world = world
        self._organization = organization
        self._audience = audience
        self._params = params
        self._cursor = "before" if backward else "after"
        self._size = consumer_pages.size(world, params, "last" if backward and "last" in params else "first")
        self._descending = (params["sortDir"] == "desc") != backward

    def in_order_of_creation(self) -> list[Record]:
        """The page, read from the place of the cursor on."""
        place = read_place(self._params, self._cursor)
        return list(islice(self._matching(self._walk(place, self._descending)), self._size))

    def sorted(self) -> list[Record]:
        """The page in another order: everybody who matches is looked at."""
        key = _key(self._params["sortBy"])
        found = sorted(self._matching(self._walk(None, True)), key=key, reverse=self._descending)
        if self._cursor in self._params:
            id, value = read_cursor(self._params[self._cursor], self._cursor)
            try:
                bound = key({"id": id, self._params["sortBy"]: value})
                found = [one for one in found if (key(one) < bound if self._descending else key(one) > bound)]
            except (TypeError, ValueError) as error:
                raise invalid_cursor(self._cursor) from error
        return found[: self._size]

    def _walk(self, after: Cursor | None, newest_first: bool) -> Iterator[Record]:
        records = self._world.records(member_records.CONSUMER)
        if self._audience is not None:
            entries = member_records.walk(
                self._world, [self._audience], after=after, size=SCAN, newest_first=newest_first
            )
            yield from (record for entry in entries if (record := records.get(entry.target)))
            return
        # the first page is small: most callers want no more
        size = self._size
        while rows := records.page(self._organization, limit=size, after=after, newest_first=newest_first):
            yield from (row.record for row in rows)
            after, size = rows[-1].cursor, SCAN

    def _matching(self, walked: Iterable[Record]) -> Iterator[Record]:
        tests = [test for test in (searching(self._params), *_spans(self._params)) if test]
        return (record for record in walked if all(test(record) for test in tests))


def _spans(params: Params) -> Iterator[Fits]:
    for name, sign in (("createdAfter", 1), ("createdBefore", -1)):
        if name in params:
            try:
                bound = timestamps.read(params[name])
            except ValueError as error:  # as the year 0000, which JSON Schema takes for one
                raise invalid((name, "Invalid date")) from error
            yield _beyond(bound, sign)


def _beyond(bound: int, sign: int) -> Fits:
    return lambda consumer: (timestamps.read(consumer["createdAt"]) - bound) * sign > 0


def _key(sort_by: str) -> Callable[[Record], tuple[bool, Any, str]]:
    """Who has no value stands before all who have one."""
    compare: Callable[[Any], Any] = float
    if sort_by == "lastOrderAt":
        compare = timestamps.read
    elif sort_by in ("email", "fullName"):
        compare = str.casefold

    def key(consumer: Record) -> tuple[bool, Any, str]:
        value = consumer[sort_by]
        return (False, 0, consumer["id"]) if value is None else (True, compare(value), consumer["id"])

    return key
