"""The life of a world as Ortto has it: people, what they do, and the audiences that they enter and leave."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from mockserver.state import person as shared
from mockserver.state.audience_series import AudienceSize, Observer
from mockserver.state.life_events import JOINED, LEFT, MOVED, ORDERED, LifeEvent, LifeStep, Past
from mockserver.state.world import World
from mockserver.vendors.ortto import activity_catalog, population
from mockserver.vendors.ortto.activity_records import ORDERED as ORDER_ACTIVITY
from mockserver.vendors.ortto.activity_records import add_occurrence
from mockserver.vendors.ortto.audience_records import KIND, load_all, recent_days
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.filter_boundaries import Candidates, find_candidates, next_day
from mockserver.vendors.ortto.filter_logic import leaves
from mockserver.vendors.ortto.filter_types import Predicate
from mockserver.vendors.ortto.person_records import KIND as PERSON_KIND
from mockserver.vendors.ortto.person_records import OPT_OUTS, NewEvent, PersonStore, copy_person
from mockserver.vendors.ortto.timestamps import SECONDS_PER_DAY, format_seconds, to_seconds

_DAY: Final = timedelta(days=1)
_SEEN: Final = "l"
_LETTER_EVERY: Final = 21  # days from one letter that a customer opens to the next
_READS_FOR: Final = 120 * _DAY  # after the last order
_COOLS_AFTER: Final = 4 * 90 * _DAY
"""When somebody has not been seen for 90 days, a quarter of the time since the last order."""


def audience_sizes(world: World) -> Iterator[AudienceSize]:
    """The audiences that are not archived."""
    for row in world.records(KIND).iterate("live"):
        yield AudienceSize(row.id, row.record["shown"]["name"], row.record["counts"]["members"])


def memberships(kind: str, parent: str, body: bytes) -> Iterable[str]:
    """The audiences of a person."""
    return orjson.loads(body)["in"] if kind == PERSON_KIND else ()


def observe(world: World, section: Mapping[str, Any]) -> Observer:
    """Tests people against the filters."""
    return Observer(_People(world).find)


class _People:
    """The records of people at times before the anchor. No audience of seed data depends on another one."""

    def __init__(self, world: World) -> None:
        self._anchor = world.now()
        self._seconds = to_seconds(self._anchor)
        self._draw = world.random("people").getrandbits
        self._bits = [0]
        filters = [(one.id, one.filter) for one in load_all(world) if one.parent == "live"]
        self._timed = [one for one in filters if one[1].is_time_dependent]
        self._fixed = [
            (id, filter.predicate(self._anchor)) for id, filter in filters if not filter.is_time_dependent
        ]
        self._candidates: list[Candidates] = []
        self._absences: list[timedelta] = []
        for operator, operand in [leaf for _id, filter in self._timed for leaf in leaves(filter.filter)]:
            if operand.get("field_id") == _SEEN and operator.endswith(("_more_than", "_less_than")):
                self._absences.append(operand["days_ago"] * _DAY)
            else:
                self._candidates += find_candidates({operator: operand})
        self._predicates: dict[datetime, list[tuple[str, Predicate]]] = {}
        self._known: tuple[shared.Person | None, Person, frozenset[str]] = (None, {}, frozenset())

    def find(self, person: shared.Person, at: datetime) -> tuple[frozenset[str], datetime | None]:
        """The audiences of a person, and when time alone may change them."""
        known, record, fixed = self._known
        second = to_seconds(at)
        if known is not person:
            record = population.person_record(person, 0, self._bits_of(person), self._seconds, second)
            fixed = frozenset([id for id, matches in self._fixed if matches(record)])
        elif population.look_again(record, person, self._seconds, second):
            fixed = frozenset([id for id, matches in self._fixed if matches(record)])
        self._known = person, record, fixed
        timed = [id for id, matches in self._timed_at(at) if matches(record)]
        coming = [*self._changes_of_seen(person)]
        day = next_day(record, at, self._candidates)
        if day is not None:
            coming.append(max(at, datetime.fromtimestamp(day * SECONDS_PER_DAY, UTC)) + _DAY)
        again = min([one for one in coming if one > at], default=None)
        return fixed.union(timed) if timed else fixed, again

    def _changes_of_seen(self, person: shared.Person) -> Iterator[datetime]:
        """The moments at which somebody has not been seen for as long as a filter or the engagement says."""
        if person.last_order is None:
            yield from (self._anchor - person.joined + absence for absence in self._absences)
        else:
            last = self._anchor - person.last_order
            yield last + _COOLS_AFTER
            yield from (last + 4 * absence for absence in self._absences)

    def _timed_at(self, at: datetime) -> list[tuple[str, Predicate]]:
        if at not in self._predicates:
            self._predicates[at] = [(id, filter.predicate(at)) for id, filter in self._timed]
        return self._predicates[at]

    def _bits_of(self, person: shared.Person) -> int:
        while len(self._bits) <= person.number:
            self._bits.append(self._draw(64))
        return self._bits[person.number]


def remember(
    world: World,
    section: Mapping[str, Any],
    pasts: Sequence[Past],
    joined: Mapping[int, Mapping[str, datetime]],
) -> None:
    """Gives memberships the times at which people entered, and audiences their recent numbers."""
    numbers = {past.person.email: past.person.number for past in pasts}
    people, now = world.records(PERSON_KIND), to_seconds(world.now())
    days: dict[str, dict[str, int]] = {}
    for row in people.iterate("live"):
        since = joined[numbers[row.record["fields"]["str::email"]]]
        for id, membership in row.record["in"].items():
            entered = to_seconds(since[id]) if id in since else row.record["created"]
            membership["from"] = entered
            for name in OPT_OUTS:
                if name in membership:
                    membership[name] = (entered + now) // 2
            day = str(entered // SECONDS_PER_DAY)
            days.setdefault(id, {})[day] = days.get(id, {}).get(day, 0) + 1
        moments = sorted({one["from"] for one in row.record["in"].values()})
        if moments:
            row.record["did"][activity_catalog.ENTERED_AUDIENCE] = moments
        people.update(row.id, row.record)
    for audience in load_all(world):
        audience.record["joined"] = recent_days(days.get(audience.id, {}), now // SECONDS_PER_DAY)
        audience.mark_changed()
        audience.save()


def live(world: World, section: Mapping[str, Any], step: LifeStep) -> None:
    """Applies the events to the people; at the end of a day, some open the letter, and some cool down."""
    store = PersonStore(world)
    for event in step.events:
        world.pass_time(event.at)
        if event.kind == JOINED:
            _join(world, store, event.person, step.anchor)
            continue
        before = _find(store, event.person)
        if before is not None:
            _apply(store, before, event, to_seconds(event.at))
    world.pass_time(step.until)
    if step.ends_day:
        _pass_day(store, step)
    store.flush()


def _find(store: PersonStore, person: shared.Person) -> Person | None:
    id = store.index.find_by_key({"email": person.email})
    return store.get(id) if id else None


def _join(world: World, store: PersonStore, person: shared.Person, anchor: datetime) -> None:
    if _find(store, person) is None:
        bits = world.random("newcomer", person.number).getrandbits(64)
        record = population.person_record(person, world.serial(), bits, to_seconds(anchor))
        record["fields"].pop("u4s::t", None)
        store.put(None, record | {"did": {}})


def _apply(store: PersonStore, before: Person, event: LifeEvent, now: int) -> None:
    after, person = copy_person(before), event.person
    events: list[NewEvent] = []
    if event.kind == ORDERED:
        after["fields"] |= {
            "l": format_seconds(now),
            "int::e": population.engagement(person.orders, 0),
            "int:cm:orders": person.orders,
            "int:cm:total-spent": person.spent * 10,
            "str:cm:label": population.label(person.orders),
            "tme:cm:last-order": format_seconds(now),
        }
        add_occurrence(after, ORDER_ACTIVITY, now)
        events.append((ORDER_ACTIVITY, now, {}, ""))
    elif event.kind == MOVED:
        after["fields"] |= {"geo::city": {"name": person.city}, "str::postal": person.postcode}
        after["fields"]["geo::region"] = {"name": person.region}
    elif event.kind == LEFT:
        after["archived"] = True
    else:
        after["fields"] |= {"bol::p": person.accepts_email, "bol::sp": person.accepts_sms}
    store.put(before, after, events)


def _pass_day(store: PersonStore, step: LifeStep) -> None:
    """Opens the letter of the day, and lets the engagement of those who have not ordered for long sink."""
    started = step.until - step.anchor
    readers, day = _READS_FOR - started, step.until.toordinal()
    cooling = _COOLS_AFTER - started
    now = to_seconds(step.until)
    for person in step.people:
        last = person.last_order
        if last is None:
            continue
        reads = (day + person.number) % _LETTER_EVERY == 0 and last < readers and person.accepts_email
        if not reads and not cooling <= last < cooling + _DAY:
            continue
        before = _find(store, person)
        if before is None:
            continue
        after = copy_person(before)
        if reads:
            after["fields"]["l"] = format_seconds(now)
            add_occurrence(after, activity_catalog.OPENED, now)
        else:
            engagement = population.engagement(person.orders, _COOLS_AFTER // timedelta(seconds=1))
            after["fields"]["int::e"] = engagement
        store.put(before, after, [(activity_catalog.OPENED, now, {}, "")] if reads else [])
