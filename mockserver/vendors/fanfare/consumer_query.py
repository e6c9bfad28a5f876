"""The list of an organization's consumers: filters, sorting and paging."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from operator import ge, lt
from typing import Any

from mockserver.state.records import Cursor, Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, member_records, timestamps
from mockserver.vendors.fanfare.consumer_pages import build_page, search_predicate
from mockserver.vendors.fanfare.cursors import decode_cursor, invalid_cursor, parse_position
from mockserver.vendors.fanfare.pages import SCAN_SIZE, page_size
from mockserver.vendors.fanfare.problems import validation_failed
from mockserver.vendors.fanfare.rule_matching import Predicate

Params = Mapping[str, Any]


def query_page(world: World, organization: str, params: Params) -> dict[str, Any]:
    """A page of consumers. Raises audience_not_found and validation_failed.

    With `before` or `last`, the page ends before the cursor.
    """
    backward = "before" in params or "last" in params
    if backward and "after" in params:
        raise validation_failed(("after", "Not allowed together with before or last"))
    audience = params.get("audienceId")
    if audience is not None:
        audience = audience_records.find(world, organization, audience)["id"]
    query = _Query(world, organization, audience, params, backward)
    found = query.by_creation() if params["sortBy"] == "createdAt" else query.by_field()
    return build_page(world, organization, reversed(found) if backward else found, params, params["sortBy"])


class _Query:
    """A query for consumers, in the direction in which its page is read."""

    def __init__(
        self, world: World, organization: str, audience: str | None, params: Params, backward: bool
    ) -> None:
        self._world = world
        self._organization = organization
        self._audience = audience
        self._params = params
        self._cursor = "before" if backward else "after"
        self._size = page_size(world, params, "last" if backward and "last" in params else "first")
        self._descending = (params["sortDir"] == "desc") != backward

    def by_creation(self) -> list[Record]:
        """The page in order of creation, read from the cursor on."""
        position = parse_position(self._world, self._params, self._cursor)
        return list(islice(self._filter(self._iterate(position, self._descending)), self._size))

    def by_field(self) -> list[Record]:
        """The page in another order; all matching consumers are read and sorted."""
        key = _sort_key(self._params["sortBy"])
        found = sorted(self._filter(self._iterate(None, True)), key=key, reverse=self._descending)
        if self._cursor in self._params:
            id, value = decode_cursor(self._world, self._params[self._cursor], self._cursor)
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
        # Most callers need only the first page, so it is read alone.
        size = self._size
        while rows := records.page(self._organization, limit=size, after=after, newest_first=newest_first):
            yield from (row.record for row in rows)
            after, size = rows[-1].cursor, SCAN_SIZE

    def _filter(self, consumers: Iterable[Record]) -> Iterator[Record]:
        candidates = search_predicate(self._params), *_date_predicates(self._params)
        predicates = [one for one in candidates if one]
        return (record for record in consumers if all(matches(record) for matches in predicates))


def _date_predicates(params: Params) -> Iterator[Predicate]:
    for name, compare in (("createdAfter", ge), ("createdBefore", lt)):
        if name in params:
            try:
                bound = timestamps.parse_timestamp(params[name])
            except ValueError as error:  # for example the year 0000, which JSON Schema accepts
                raise validation_failed((name, "Invalid date")) from error
            yield _date_predicate(compare, bound)


def _date_predicate(compare: Callable[[int, int], bool], bound: int) -> Predicate:
    return lambda consumer: compare(timestamps.parse_timestamp(consumer["createdAt"]), bound)


def _sort_key(sort_by: str) -> Callable[[Record], tuple[bool, Any, str]]:
    """The sort key of a consumer; those without a value come first."""
    convert: Callable[[Any], Any] = float
    if sort_by == "lastOrderAt":
        convert = timestamps.parse_timestamp
    elif sort_by in ("email", "fullName"):
        convert = str.casefold

    def key(consumer: Record) -> tuple[bool, Any, str]:
        value = consumer[sort_by]
        return (False, 0, consumer["id"]) if value is None else (True, convert(value), consumer["id"])

    return key
