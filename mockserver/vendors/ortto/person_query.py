"""Queries of person/get: filtering, sorting, paging and totals."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

from mockserver.errors import Problem
from mockserver.state.records import Cursor as RecordCursor
from mockserver.state.world import World
from mockserver.vendors.ortto.audience_records import Audience, load
from mockserver.vendors.ortto.field_schema import filter_context, readable_fields, require_known
from mockserver.vendors.ortto.field_values import Person, as_text, full_name, phone_digits, reader
from mockserver.vendors.ortto.filter_logic import audiences_in, campaigns_in, compile_filter, required_email
from mockserver.vendors.ortto.filter_types import Predicate
from mockserver.vendors.ortto.ids import ZERO_ID, Cursor, decode_cursor, encode_cursor
from mockserver.vendors.ortto.instance_records import Instance
from mockserver.vendors.ortto.null_handling import null_if_empty
from mockserver.vendors.ortto.person_index import PersonIndex

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 500
_MAX_OFFSET: Final = (1 << 32) - 1
_START: Final = Cursor(0, 0)

MEMBER_LISTS: Final[dict[str | None, str]] = {
    None: "members",
    "subscribers": "subscribers",
    "email-subscribers": "subscribers",
    "unsubscribed": "unsubscribed",
    "unsubscribed-from-audience": "opted_out",
    "sms-subscribers": "sms",
}
"""The member list of an audience for each audience_filter."""


class Totals(NamedTuple):
    """The totals in `meta`."""

    contacts: int
    matches: int
    subscribers: int


class PersonQuery:
    """One query of person/get.

    Raises the problems object_not_found (audience, campaign, cursor), field_unknown and filter_invalid.
    """

    def __init__(self, world: World, query: Mapping[str, Any]) -> None:
        self._world = world
        self._query = query
        limit = query.get("limit", DEFAULT_LIMIT)
        self._limit = int(limit) if 0 < limit <= MAX_LIMIT else DEFAULT_LIMIT
        self._cursor = decode_cursor(query["cursor_id"]) if "cursor_id" in query else None
        # Ortto does not tell 0 from absent, and a cursor alone leads to the next page (documented).
        self._offset = min(int(query.get("offset", 0)), _MAX_OFFSET) or (self._cursor or _START).offset
        self._sort_by = query.get("sort_by_field_id")
        self._archived = query.get("type") == "archived"
        self._list_name = MEMBER_LISTS[query.get("audience_filter")]
        self._audience = self._load_audience()
        self._test = self._make_test()

    def run(self, render: Callable[[Person], dict[str, Any]]) -> dict[str, Any]:
        """The body of the reply."""
        people, totals = self._page_of_matches() if self._test or self._sort_by else self._page_of_list()
        if not people:
            return self._render_empty_page(totals)
        end = self._offset + len(people)
        cursor = encode_cursor(Cursor(end, 0 if self._sort_by else people[-1]["rank"]))
        return _render_page(
            [render(person) for person in people], totals, self._offset, end, cursor, end < totals.matches
        )

    def _render_empty_page(self, totals: Totals) -> dict[str, Any]:
        """A page without people.

        After the end everything is zero, the cursor too; an empty first page has a cursor (recorded). Whether
        a search without a match keeps the other totals is the switch `no_match`.
        """
        nobody = null_if_empty(self._world, [])
        if self._offset:
            return _render_page(nobody, Totals(0, 0, 0), 0, 0, ZERO_ID, False)
        cursor = encode_cursor(_START)
        if self._test is not None and self._world.switches["no_match"] == "array":
            return _render_page([], totals, 0, 0, cursor, False)
        return _render_page(nobody, Totals(0, 0, 0), 0, 0, cursor, False)

    def _load_audience(self) -> Audience | None:
        if "audience_id" not in self._query:
            return None
        id = self._query["audience_id"].lower()
        audience = load(self._world, id)
        if audience is None:
            raise Problem("object_not_found", object=id)
        return audience

    def _make_test(self) -> Predicate | None:
        filter, term = self._query.get("filter"), self._query.get("q", "").casefold()
        if self._sort_by:
            require_known([self._sort_by], readable_fields(self._world))
        matches = compile_filter(filter, filter_context(self._world)) if filter else None
        if filter:
            self._require_existing("audience", audiences_in(filter))
            self._require_existing("campaign", campaigns_in(filter))
        if not term:
            return matches
        if matches is None:
            return lambda person: _contains_term(person, term)
        return lambda person: _contains_term(person, term) and matches(person)

    def _require_existing(self, kind: str, ids: Iterable[str]) -> None:
        for id in sorted(ids):
            if not self._world.records(kind).has(id):
                raise Problem("object_not_found", object=id)

    def _page_of_list(self) -> tuple[list[Person], Totals]:
        """A page of a stored list, at any depth."""
        after, skip = self._start
        totals = self._list_totals()
        if skip >= totals.matches:
            return [], totals  # beyond the end: nothing to walk to
        if self._audience is None:
            people, list_name = self._world.records("person"), "archived" if self._archived else "live"
            rows = people.page(list_name, limit=self._limit, after=after, skip=skip, newest_first=True)
            return [row.record for row in rows], totals
        members = self._audience.member_list(self._list_name)
        ids = members.page(self._limit, after.rank if after else None, skip)
        return list(self._load_people(ids)), totals

    def _page_of_matches(self) -> tuple[list[Person], Totals]:
        """A page of the matching people, found by testing the whole list (or the people with one email)."""
        test = self._test or (lambda person: True)
        matching = (person for person in self._candidates() if test(person))
        if self._sort_by:
            matches = sort_records(matching, self._sort_by, self._query.get("sort_order", "desc") == "desc")
            page, number = matches[self._offset : self._offset + self._limit], len(matches)
        else:
            page, number = self._take_page(matching)
        totals = self._list_totals()
        return page, totals if self._test is None else Totals(totals.contacts, number, 0)

    def _take_page(self, matching: Iterator[Person]) -> tuple[list[Person], int]:
        """The page of the matching people, and how many people match."""
        after, skip = self._start
        page: list[Person] = []
        matches = beyond = 0
        for person in matching:
            matches += 1
            if after is None or person["rank"] < after.rank:
                beyond += 1
                if skip < beyond <= skip + self._limit:
                    page.append(person)
        return page, matches

    @cached_property
    def _start(self) -> tuple[RecordCursor | None, int]:
        """Where the page starts: after this cursor (None: at the newest), and how many people to skip."""
        cursor = self._cursor
        if cursor is None or cursor.rank == 0 or cursor.offset > self._offset:
            return None, self._offset
        # No id is smaller than "", so this excludes the last person of the previous page.
        return RecordCursor(cursor.rank, ""), self._offset - cursor.offset

    def _candidates(self) -> Iterator[Person]:
        email = required_email(self._query["filter"]) if "filter" in self._query else None
        if email is not None:
            oldest_first = PersonIndex(self._world, Instance(self._world)).find("str::email", email)
            found = self._load_people(reversed(oldest_first))
            return (person for person in found if self._audience is None or self._is_in_member_list(person))
        if self._audience is not None:
            return self._load_people(self._audience.member_list(self._list_name).ids())
        rows = self._world.records("person").iterate(
            "archived" if self._archived else "live", newest_first=True
        )
        return (row.record for row in rows)

    def _is_in_member_list(self, person: Person) -> bool:
        return self._audience is not None and self._audience.member_list(self._list_name).contains(person)

    def _load_people(self, ids: Iterable[str]) -> Iterator[Person]:
        people = self._world.records("person")
        return (person for person in map(people.get, ids) if person is not None)

    def _list_totals(self) -> Totals:
        """The totals of the list without the query's filters."""
        if self._audience is not None:
            counts = self._audience.counts
            return Totals(counts["members"], counts[self._list_name], counts["subscribers"])
        if self._archived:
            count = self._world.records("person").count("archived")
            return Totals(count, count, 0)
        instance = Instance(self._world)
        return Totals(instance.people, instance.people, instance.subscribers)


def _contains_term(person: Person, term: str) -> bool:
    fields = person["fields"]
    texts = [full_name(person), fields.get("str::email"), fields.get("str::ei")]
    if "phn::phone" in fields:
        texts.append(phone_digits(fields["phn::phone"]))
    return any(term in text.casefold() for text in texts if text)


def sort_records(people: Iterable[Person], field_id: str, descending: bool) -> list[Person]:
    """The people sorted by a field; those without a value come last.

    Of equal values the newer comes first; ascending, the older (recorded once).
    """
    read = reader(field_id)
    unsorted = list(people)
    if not descending:
        unsorted.reverse()
    with_value = [person for person in unsorted if read(person) is not None]
    without = [person for person in unsorted if read(person) is None]

    def key(person: Person) -> tuple[float, str]:
        value = read(person)
        return (value, "") if isinstance(value, int | float) else (0, (as_text(value) or "").casefold())

    return sorted(with_value, key=key, reverse=descending) + without


def _render_page(
    contacts: list[dict[str, Any]] | None, totals: Totals, offset: int, end: int, cursor: str, more: bool
) -> dict[str, Any]:
    return {
        "contacts": contacts,
        "meta": {
            "total_contacts": totals.contacts,
            "total_organizations": 0,
            "total_matches": totals.matches,
            "total_subscribers": totals.subscribers,
        },
        "offset": offset,
        "next_offset": end,
        "cursor_id": cursor,
        "has_more": more,
    }
