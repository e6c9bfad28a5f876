"""Which people a person/get asks for: the page, and the totals beside it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

from mockserver.errors import Problem
from mockserver.state.records import Cursor as RecordCursor
from mockserver.state.world import World
from mockserver.vendors.ortto.audience_records import Audience, load
from mockserver.vendors.ortto.field_schema import known, require_known, scope
from mockserver.vendors.ortto.field_values import Person, as_text, digits, full_name, reader
from mockserver.vendors.ortto.filter_logic import audiences_in, campaigns_in, compile_filter, email_in
from mockserver.vendors.ortto.filter_types import Predicate
from mockserver.vendors.ortto.ids import NONE, Cursor, read_cursor, write_cursor
from mockserver.vendors.ortto.instance_records import Instance
from mockserver.vendors.ortto.null_handling import null_if_empty
from mockserver.vendors.ortto.person_index import Directory

DEFAULT_LIMIT: Final = 50
MOST: Final = 500
_FARTHEST: Final = (1 << 32) - 1
_START: Final = Cursor(0, 0)

ROLLS: Final = {
    None: "members",
    "subscribers": "subscribers",
    "email-subscribers": "subscribers",
    "unsubscribed": "unsubscribed",
    "unsubscribed-from-audience": "opted_out",
    "sms-subscribers": "sms",
}
"""The roll of an audience that each audience_filter asks for."""


class Totals(NamedTuple):
    """What `meta` tells."""

    contacts: int
    matches: int
    subscribers: int


class Listing:
    """One question of person/get. Raises object_not_found (audience, cursor) and field_unknown when made."""

    def __init__(self, world: World, query: Mapping[str, Any]) -> None:
        self._world = world
        self._query = query
        limit = query.get("limit", DEFAULT_LIMIT)
        self._limit = int(limit) if 0 < limit <= MOST else DEFAULT_LIMIT
        self._cursor = read_cursor(query["cursor_id"]) if "cursor_id" in query else None
        # 0 and absent are one to Ortto, and a cursor alone is documented to lead to the next page
        self._offset = min(int(query.get("offset", 0)), _FARTHEST) or (self._cursor or _START).offset
        self._sort_by = query.get("sort_by_field_id")
        self._archived = query.get("type") == "archived"
        self._roll = ROLLS[query.get("audience_filter")]
        self._audience = self._find_audience()
        self._test = self._make_test()

    def reply(self, show: Callable[[Person], dict[str, Any]]) -> dict[str, Any]:
        """The body of the reply; a page that would be empty has zeros everywhere (recorded)."""
        people, totals = self._sought() if self._test or self._sort_by else self._listed()
        if not people:
            return _reply(null_if_empty(self._world, []), Totals(0, 0, 0), 0, 0, NONE, False)
        end = self._offset + len(people)
        cursor = write_cursor(Cursor(end, 0 if self._sort_by else people[-1]["rank"]))
        return _reply([show(one) for one in people], totals, self._offset, end, cursor, end < totals.matches)

    def _find_audience(self) -> Audience | None:
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
            require_known([self._sort_by], known(self._world))
        meets = compile_filter(filter, scope(self._world)) if filter else None
        if filter:
            self._require_there("audience", audiences_in(filter))
            self._require_there("campaign", campaigns_in(filter))
        if not term:
            return meets
        if meets is None:
            return lambda person: _mentions(person, term)
        return lambda person: _mentions(person, term) and meets(person)

    def _require_there(self, kind: str, ids: Iterable[str]) -> None:
        for id in sorted(ids):
            if not self._world.records(kind).has(id):
                raise Problem("object_not_found", object=id)

    def _listed(self) -> tuple[list[Person], Totals]:
        """A page of a list that is kept, at any depth."""
        after, skip = self._start
        if self._audience is None:
            people, kept = self._world.records("person"), "archived" if self._archived else "live"
            rows = people.page(kept, limit=self._limit, after=after, skip=skip, newest_first=True)
            return [row.record for row in rows], self._whole()
        ids = self._audience.roll(self._roll).page(self._limit, after.rank if after else None, skip)
        return list(self._people(ids)), self._whole()

    def _sought(self) -> tuple[list[Person], Totals]:
        """A page of those who pass, found by looking at all on the list (or at those of one address)."""
        test = self._test or (lambda person: True)
        passed = (person for person in self._candidates() if test(person))
        if self._sort_by:
            matches = _sorted(passed, self._sort_by, self._query.get("sort_order", "desc") == "desc")
            page, number = matches[self._offset : self._offset + self._limit], len(matches)
        else:
            page, number = self._pick(passed)
        whole = self._whole()
        return page, whole if self._test is None else Totals(whole.contacts, number, 0)

    def _pick(self, passed: Iterator[Person]) -> tuple[list[Person], int]:
        """The page out of everybody who passed, and how many these are."""
        after, skip = self._start
        page: list[Person] = []
        matches = beyond = 0
        for person in passed:
            matches += 1
            if after is None or person["rank"] < after.rank:
                beyond += 1
                if skip < beyond <= skip + self._limit:
                    page.append(person)
        return page, matches

    @cached_property
    def _start(self) -> tuple[RecordCursor | None, int]:
        """Where the page starts: after the cursor's place if that is on the way to the offset."""
        cursor = self._cursor
        if cursor is None or cursor.rank == 0 or cursor.offset > self._offset:
            return None, self._offset
        # No id is smaller than "", so the place is just before the last person of the page before.
        place = RecordCursor(cursor.rank, "")
        return place, self._offset - cursor.offset

    def _candidates(self) -> Iterator[Person]:
        email = email_in(self._query["filter"]) if "filter" in self._query else None
        if email is not None:
            oldest_first = Directory(self._world, Instance(self._world)).find("str::email", email)
            found = self._people(reversed(oldest_first))
            return (person for person in found if self._audience is None or self._is_on_roll(person))
        if self._audience is not None:
            return self._people(self._audience.roll(self._roll).ids())
        rows = self._world.records("person").iterate(
            "archived" if self._archived else "live", newest_first=True
        )
        return (row.record for row in rows)

    def _is_on_roll(self, person: Person) -> bool:
        return self._audience is not None and self._audience.roll(self._roll).has(person)

    def _people(self, ids: Iterable[str]) -> Iterator[Person]:
        people = self._world.records("person")
        return (person for person in map(people.get, ids) if person is not None)

    def _whole(self) -> Totals:
        """The totals of the list as a whole."""
        if self._audience is not None:
            counts = self._audience.counts
            return Totals(counts["members"], counts[self._roll], counts["subscribers"])
        if self._archived:
            number = self._world.records("person").count("archived")
            return Totals(number, number, 0)
        instance = Instance(self._world)
        return Totals(instance.people, instance.people, instance.subscribers)


def _mentions(person: Person, term: str) -> bool:
    fields = person["fields"]
    texts = [full_name(person), fields.get("str::email"), fields.get("str::ei")]
    if "phn::phone" in fields:
        texts.append(digits(fields["phn::phone"]))
    return any(term in text.casefold() for text in texts if text)


def _sorted(people: Iterable[Person], field_id: str, descending: bool) -> list[Person]:
    """By the field; those without a value come last either way, equals newest first."""
    read = reader(field_id)
    everybody = list(people)
    with_value = [person for person in everybody if read(person) is not None]
    without = [person for person in everybody if read(person) is None]

    def key(person: Person) -> tuple[float, str]:
        value = read(person)
        return (value, "") if isinstance(value, int | float) else (0, (as_text(value) or "").casefold())

    return sorted(with_value, key=key, reverse=descending) + without


def _reply(
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
