"""A world that lives: the same events for every vendor, with a history behind the start."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

import orjson
import pytest

from mockserver import vendors as registry
from mockserver.state import portable_state
from mockserver.state.audience_series import AudienceSize, DayCounts, Observer, PastSeries, read_days
from mockserver.state.life import STEP, Life, next_step
from mockserver.state.life_events import LEFT, Chapter, LifeStep, Past
from mockserver.state.life_plan import LifePlan
from mockserver.state.past_life import tell_past
from mockserver.state.people import people
from mockserver.state.person import Person
from mockserver.state.person_selection import PersonSelection
from mockserver.state.scenario import Scenario, load_scenario, parse_scenario
from mockserver.state.state_file import unpack
from mockserver.state.world_record import world_space
from mockserver.state.worlds import Worlds
from mockserver.storage.memory import MemoryStore

DAY = timedelta(days=1)
ANCHOR = datetime(2026, 11, 2, 8, tzinfo=UTC)
PEOPLE = 240
VENDORS = registry.names()
FOUR_MONTHS = 120 * DAY
MOST_QUESTIONS = 20  # about a person in a year


def new_worlds(*chosen: str) -> Worlds:
    return Worlds(MemoryStore(), registry.Vendors(chosen), {})


def advance(worlds: Worlds, name: str, by: timedelta) -> int:
    worlds.clock(name).advance(by)
    return worlds.job_runner.run_due(worlds.get(name)).count


def sizes_of(worlds: Worlds, name: str, vendor: str) -> list[AudienceSize]:
    world = worlds.load(worlds.get(name), vendor)
    return [*worlds.vendors[vendor].hooks.audience_sizes(world)]


def documents(worlds: Worlds, name: str, vendor: str) -> list[tuple[str, Any]]:
    """All that the vendor has in a world and in its seed data."""
    record = worlds.get(name)
    spaces = (world_space(worlds.store, record).name, record["base"])
    return [
        (kind, row)
        for space in spaces
        for kind, row in worlds.store.documents(space)
        if kind.startswith((f"{vendor}.", f"{vendor}/")) or row.id.startswith(f"{vendor}-")
    ]


class Lived(NamedTuple):
    """A small showcase, four months after its start."""

    worlds: Worlds
    before: dict[str, list[AudienceSize]]
    after: dict[str, list[AudienceSize]]
    now: datetime


@cache
def lived() -> Lived:
    worlds = new_worlds()
    worlds.create("one", scenario="showcase", people=PEOPLE)
    before = {vendor: sizes_of(worlds, "one", vendor) for vendor in VENDORS}
    worlds.snapshot("one", "start")
    advance(worlds, "one", FOUR_MONTHS)
    after = {vendor: sizes_of(worlds, "one", vendor) for vendor in VENDORS}
    return Lived(worlds, before, after, worlds.clock("one").now())


def days_of(vendor: str, first: date, last: date) -> Iterator[dict[str, DayCounts]]:
    """The counts of the days of the range, of which none is missing."""
    worlds = lived().worlds
    world = worlds.load(worlds.get("one"), vendor)
    found = read_days(world, first, last, lived().after[vendor])
    for number in range((last - first).days + 1):
        yield dict(found[first + number * DAY])


def people_now() -> tuple[LifeStep, datetime]:
    """Those who live in the world four months after its start, and the end of the last step."""
    worlds, now = lived().worlds, lived().now
    life = worlds.seed_data.life(worlds.get("one")["base"])
    assert life is not None
    last = next_step(now) - STEP
    return life.step(last, last), last


@pytest.mark.parametrize("vendor", VENDORS)
def test_four_months_change_three_quarters_of_the_audiences(vendor: str) -> None:
    before = {one.id: one.size for one in lived().before[vendor]}
    after = {one.id: one.size for one in lived().after[vendor]}
    assert before.keys() == after.keys()
    assert len(before) >= 5
    changed = [id for id in before if before[id] != after[id]]
    assert len(changed) >= 0.75 * len(before), lived().after[vendor]


@cache
def early_and_late() -> tuple[Worlds, Worlds]:
    """The same world after some weeks, its vendors first called before and after them."""
    early, late = new_worlds(), new_worlds()
    for worlds in (early, late):
        worlds.create("one", scenario="showcase", people=60)
        if worlds is early:
            load_all(worlds)
        run = advance(worlds, "one", 16 * DAY)
        assert bool(run) is (worlds is early)  # nothing has been written that could live
    load_all(late)
    late.job_runner.run_due(late.get("one"))
    return early, late


def load_all(worlds: Worlds) -> None:
    for vendor in worlds.vendors:
        worlds.load(worlds.get("one"), vendor)


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendor_that_is_first_called_later_has_the_same_records(vendor: str) -> None:
    early, late = (documents(worlds, "one", vendor) for worlds in early_and_late())
    assert late == early
    names = {row.id for kind, row in early if kind == f"{vendor}.audience_day"}
    assert (ANCHOR.date() + 15 * DAY).isoformat() in names


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_series_has_every_day_and_adds_up(vendor: str) -> None:
    first = ANCHOR.date() - 365 * DAY
    days = [*days_of(vendor, first, lived().now.date())]
    assert len(days) == 365 + 1 + 120
    for yesterday, today in pairwise(days):
        assert today.keys() == yesterday.keys()
        for id, counts in today.items():
            assert counts.size - yesterday[id].size == counts.arrivals - counts.departures
            assert min(counts) >= 0
    assert days[-1].keys() == {one.id for one in lived().after[vendor]}


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_history_ends_with_the_memberships_of_the_start(vendor: str) -> None:
    """Who came and went since midnight is known from the same pass over the people, not by subtraction."""
    worlds = new_worlds(vendor)
    record = worlds.create("one", scenario="showcase", people=PEOPLE)
    present = {one.id: one for one in sizes_of(worlds, "one", vendor)}
    space = world_space(worlds.store, record)
    yesterday = space.get(f"{vendor}.audience_day", (ANCHOR.date() - DAY).isoformat())
    today = space.get(f"{vendor}.audience_tally", "today")
    assert yesterday is not None
    assert today is not None
    counts, tally = orjson.loads(yesterday.body or b""), orjson.loads(today.body or b"")
    assert counts.keys() == present.keys()
    for id, one in present.items():
        came, went = tally.get(one.key or id, (0, 0))
        assert counts[id][0] + came - went == one.size, one
    assert any(one.size for one in present.values())


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_year_of_history_asks_for_a_person_some_times_and_not_each_day(
    vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a history costs a start: less than a second for 1,000 people and all vendors."""
    asked = 0
    add_all = PastSeries.add_all

    def counted(series: PastSeries, pasts: Iterable[Past], observer: Observer) -> None:
        def find(person: Person, at: datetime) -> tuple[frozenset[str], datetime | None]:
            nonlocal asked
            asked += 1
            return observer.find(person, at)

        add_all(series, pasts, observer._replace(find=find))

    monkeypatch.setattr(PastSeries, "add_all", counted)
    worlds = new_worlds(vendor)
    worlds.create("one", scenario="showcase", people=PEOPLE)
    sizes_of(worlds, "one", vendor)
    assert PEOPLE <= asked <= MOST_QUESTIONS * PEOPLE


@pytest.mark.parametrize(
    ("vendor", "name", "who"),
    [
        ("fanfare", "Oak Club regulars", {"orders": 5}),
        ("fanfare", "Letter readers", {"acceptsEmail": True}),
        ("fanfare", "Ancient oak", {"spent": 1000}),
        ("ortto", "Subscribers", {"acceptsEmail": True}),
        ("ortto", "SMS subscribers", {"acceptsSms": True}),
        ("ortto", "VIP customers", {"orders": 8}),
        ("spotler", "Letter in Dutch", {"country": "NL", "acceptsEmail": True}),
        ("spotler", "Loyal customers", {"orders": 5}),
    ],
)
def test_every_vendor_has_what_the_people_have_done(vendor: str, name: str, who: dict[str, Any]) -> None:
    step, at = people_now()
    found = next(one.size for one in lived().after[vendor] if one.name == name)
    assert found > 0
    assert found == sum(PersonSelection(who, step.anchor).matches(one, at) for one in step.people)


def test_spotlers_audiences_follow_time_alone() -> None:
    step, at = people_now()
    audiences = load_scenario("showcase").vendors["spotler"]["audiences"]
    midnight = datetime.combine(at.date(), datetime.min.time(), UTC) - timedelta(minutes=5)
    assert len(audiences) == 6
    for one in audiences:
        selection = PersonSelection(one["who"], step.anchor)
        size = next(found.size for found in lived().after["spotler"] if found.id == one["externalId"])
        exact = sum(selection.matches(person, at) for person in step.people)
        as_of_night = sum(selection.matches(person, midnight) for person in step.people)
        assert min(exact, as_of_night) - 1 <= size <= max(exact, as_of_night) + 1, one


@pytest.mark.parametrize(("hour", "changes"), [(7, False), (15, False), (23, True)])
def test_time_alone_changes_spotlers_audiences_at_the_end_of_a_day(hour: int, changes: bool) -> None:
    worlds = new_worlds("spotler")
    worlds.create("one", scenario="showcase", people=60)
    world, section = worlds.load(worlds.get("one"), "spotler"), load_scenario("showcase").vendors["spotler"]
    life = worlds.seed_data.life(worlds.get("one")["base"])
    assert life is not None
    first = (life.anchor + DAY).replace(hour=hour, minute=0, second=0, microsecond=0)
    step = life.step(life.anchor, life.anchor)._replace(events=())
    for day in range(20):
        registry.find("spotler").hooks.live(world, section, step._replace(until=first + day * DAY))  # type: ignore[misc]
    assert bool(world.changes.changes) is changes


def test_a_fork_a_restore_and_a_reset_live_on_from_their_own_clocks() -> None:
    worlds = new_worlds("spotler", "voyado")
    worlds.create("one", scenario="showcase", people=60)
    for vendor in worlds.vendors:
        worlds.load(worlds.get("one"), vendor)
    advance(worlds, "one", 10 * DAY)
    worlds.fork("one", "two")
    worlds.snapshot("one", "ten days")
    advance(worlds, "one", 10 * DAY)
    twenty = {vendor: documents(worlds, "one", vendor) for vendor in worlds.vendors}
    advance(worlds, "two", 10 * DAY)
    assert {vendor: documents(worlds, "two", vendor) for vendor in worlds.vendors} == twenty
    worlds.restore("one", "ten days")
    advance(worlds, "one", 10 * DAY)
    assert {vendor: documents(worlds, "one", vendor) for vendor in worlds.vendors} == twenty
    worlds.reset("one")
    advance(worlds, "one", 20 * DAY)
    assert {vendor: documents(worlds, "one", vendor) for vendor in worlds.vendors} == twenty


def test_an_exported_state_lives_on() -> None:
    worlds = new_worlds("spotler")
    worlds.create("one", scenario="showcase", people=60)
    worlds.load(worlds.get("one"), "spotler")
    advance(worlds, "one", 5 * DAY)
    worlds.snapshot("one", "five")
    content = portable_state.export_snapshot(worlds, "one", "five")
    elsewhere = new_worlds("spotler")
    portable_state.create_world(elsewhere, unpack(content), "two")
    for register, name in ((worlds, "one"), (elsewhere, "two")):
        advance(register, name, 5 * DAY)
    assert documents(elsewhere, "two", "spotler") == documents(worlds, "one", "spotler")


def test_a_year_is_bounded_and_its_jobs_have_effects() -> None:
    worlds = new_worlds("fanfare")
    worlds.create("one", scenario="showcase", people=60)
    worlds.load(worlds.get("one"), "fanfare")
    worlds.clock("one").advance(365 * DAY)
    runs = worlds.job_runner.run_due(worlds.get("one"))
    assert runs.count == 365 * (DAY // STEP)
    assert runs.effect_counts["fanfare.consumers"]["added"] > 0
    assert {entry["job"] for entry in runs.entries} == {"_live"}
    assert [job.due - worlds.clock("one").now() <= STEP for job in worlds.jobs("one")] == [True]


@pytest.mark.parametrize("scenario", ["demo", "empty"])
def test_the_worlds_of_tests_stand_still(scenario: str) -> None:
    worlds = new_worlds()
    record = worlds.create("one", scenario=scenario, people=20, now=ANCHOR)
    assert "life" not in worlds.seed_data.spec(record["base"])
    for vendor in VENDORS:
        worlds.load(record, vendor)
    assert "_live" not in {job.name for job in worlds.jobs("one")}


def test_a_past_ends_with_its_person() -> None:
    plan = LifePlan.from_section({"moves": 2, "history": 365})
    everybody = people(3, 200, ["nl_NL", "sv_SE"])
    pasts = tell_past(3, everybody, [], plan, ANCHOR)
    assert [past.person for past in pasts] == everybody
    for past in pasts:
        assert [*past.chapters] == sorted(past.chapters, key=lambda one: one.since)
        assert all(ANCHOR - 366 * DAY < one.at <= ANCHOR for one in past.events)
        bought = sum(one.amount for one in past.events)
        assert bought == past.person.spent - past.chapters[0].person.spent
    kinds = {event.kind for past in pasts for event in past.events}
    assert kinds == {"joined", "ordered", "opted_out", "moved"}


def test_the_past_knows_those_who_left() -> None:
    """They are in no record of the start, and in the series until they left."""
    plan = LifePlan.from_section({"churn": 2, "history": 100})
    everybody = people(3, 200, ["nl_NL"])
    without = tell_past(3, everybody, [], replace(plan, churn=0), ANCHOR)
    pasts = tell_past(3, everybody, [], plan, ANCHOR)
    assert pasts[:200] == without
    gone = pasts[200:]
    assert len(gone) == 40
    assert len({past.person.email for past in pasts}) == len(pasts)
    for past in gone:
        assert past.left is not None
        assert ANCHOR - 100 * DAY <= past.left <= ANCHOR
        assert past.events == ()
        assert past.at(past.left) is None
        assert past.at(past.left - timedelta(seconds=1)) == past.person
    series = PastSeries(ANCHOR - 100 * DAY, ANCHOR)
    series.add_all(pasts, Observer(lambda person, at: (frozenset({"all"}), None)))
    worlds = new_worlds("spotler")
    worlds.create("one", scenario="empty")
    world = worlds.load(worlds.get("one"), "spotler")
    series.write(world, [AudienceSize("all", "All", len(everybody))])
    first = (ANCHOR - 100 * DAY).date()
    days = read_days(world, first, ANCHOR.date() - DAY, [])
    assert sum(one["all"].departures for one in days.values()) == pytest.approx(len(gone), abs=3)
    assert len(series.joined) == len(everybody)


def test_what_happens_between_days_with_news_is_noticed_on_the_next_of_them() -> None:
    first = datetime(2026, 10, 1, tzinfo=UTC)
    pasts = []
    for person, day in zip(people(3, 20, ["nl_NL"]), range(1, 21), strict=True):
        pasts.append(Past((Chapter(first + day * DAY + timedelta(hours=9), person),), ()))
    series = PastSeries(first, first + 28 * DAY)
    everybody = Observer(lambda person, at: (frozenset({"all"}), None), lambda day: day.weekday() == 0)
    series.add_all(pasts, everybody)
    worlds = new_worlds("spotler")
    worlds.create("one", scenario="empty")
    world = worlds.load(worlds.get("one"), "spotler")
    series.write(world, [AudienceSize("all", "All", len(pasts))])
    days = read_days(world, first.date(), (first + 27 * DAY).date(), [])
    came = [days[first.date() + day * DAY]["all"].arrivals for day in range(28)]
    assert {day: number for day, number in enumerate(came) if number} == {4: 4, 11: 7, 18: 7, 25: 2}


def test_a_life_needs_no_order_of_questions() -> None:
    """Vendors ask for their steps at different times, those that come later for earlier ones."""

    def life(seed: int = 3) -> Life:
        plan = LifePlan.from_section({"signups": 20, "orders": 30, "churn": 20, "optOuts": 10, "moves": 10})
        everybody = people(3, 100, ["nl_NL"])

        def generate(count: int) -> list[Person]:
            return people(3, count, ["nl_NL"])

        return Life(seed, everybody, 0, plan, ANCHOR, generate)

    forwards, backwards = life(), life()
    ends = [ANCHOR + number * STEP for number in range(1, 40)]
    there = [forwards.step(end - STEP, end) for end in ends]
    back = [backwards.step(end - STEP, end) for end in reversed(ends)]
    assert there == back[::-1]
    assert life(4).step(ANCHOR, ends[-1]).events != life(3).step(ANCHOR, ends[-1]).events
    left = {event.person.number for step in there for event in step.events if event.kind == LEFT}
    assert left
    assert left.isdisjoint(one.number for one in there[-1].people)
    assert len({event.key for step in there for event in step.events}) == sum(
        len(one.events) for one in there
    )


def lone_life(everybody: list[Person], **plan: float) -> Life:
    """A life in which only this happens."""
    return Life(
        3, everybody, 0, LifePlan.from_section(plan), ANCHOR, lambda count: people(3, count, ["nl_NL"])
    )


def test_people_buy_on_their_birthdays() -> None:
    everybody = people(3, 100, ["nl_NL"])
    life = lone_life(everybody, birthdays=1)
    born = {one.number: (one.birthday.month, one.birthday.day) for one in everybody}
    events = life.step(ANCHOR, ANCHOR + 90 * DAY).events
    assert {event.kind for event in events} == {"ordered"}
    assert all(born[event.person.number] == (event.at.month, event.at.day) for event in events)
    days = {((ANCHOR + day * DAY).month, (ANCHOR + day * DAY).day) for day in range(1, 90)}
    assert {event.person.number for event in events} >= {
        number for number, day in born.items() if day in days
    }


def test_people_opt_out_of_e_mail_or_of_sms() -> None:
    everybody = people(3, 100, ["nl_NL"])
    life = lone_life(everybody, optOuts=300)
    before = {one.number: one for one in everybody}
    out = Counter[tuple[bool, bool]]()
    for event in life.step(ANCHOR, ANCHOR + 20 * DAY).events:
        earlier, before[event.person.number] = before[event.person.number], event.person
        out[
            earlier.accepts_email and not event.person.accepts_email,
            earlier.accepts_sms and not event.person.accepts_sms,
        ] += 1
    assert {*out} == {(True, False), (False, True)}, "one of them at a time"


def test_personas_do_what_the_scenario_says() -> None:
    worlds = new_worlds("voyado")
    record = worlds.create("one", scenario="showcase", people=60)
    named = {one["first"]: place for place, one in enumerate(load_scenario("showcase").named)}
    contacts = [row.record for row in worlds.load(record, "voyado").records("contact").iterate()]

    def audiences(first: str) -> set[str]:
        names = {one.id: one.name for one in sizes_of(worlds, "one", "voyado")}
        view = worlds.load(record, "voyado").records("contact")
        email = f"{load_scenario('showcase').named[named[first]]['email']}"
        contact = next(row.record for row in view.iterate() if row.record["email"] == email)
        return {names[id] for id in contact["audiences"]}

    assert len(contacts) == 60
    assert "Birthday today" in audiences("Amelia")
    assert "Lapsed for 90 days" not in audiences("Ingrid")
    advance(worlds, "one", 3 * DAY)
    assert "Birthday today" not in audiences("Amelia")
    assert "Lapsed for 90 days" in audiences("Ingrid")


def test_the_time_since_which_people_are_in_ortto_audiences_differs() -> None:
    worlds = new_worlds("ortto")
    record = worlds.create("one", scenario="showcase", people=PEOPLE)
    people = [row.record for row in worlds.load(record, "ortto").records("person").iterate("live")]
    later = [
        one for one in people if any(membership["from"] > one["created"] for membership in one["in"].values())
    ]
    assert 0 < len(later) < len(people)
    audiences = worlds.load(record, "ortto").records("audience").iterate("live")
    recent = {row.record["shown"]["name"]: sum(row.record["joined"].values()) for row in audiences}
    sizes = {one.name: one.size for one in sizes_of(worlds, "one", "ortto")}
    assert 0 < recent["Subscribers"] < sizes["Subscribers"]
    assert sizes["Bought this month"] / 2 < recent["Bought this month"] <= sizes["Bought this month"]


def test_a_life_without_a_history_begins_at_the_start() -> None:
    scenario: Scenario = parse_scenario(
        "young", "young", {"people": 50, "now": "2026-03-01T00:00:00Z", "life": {"orders": 40}}
    )
    worlds = new_worlds("fanfare")
    record = worlds.create("one", scenario=scenario)
    advance(worlds, "one", DAY)
    worlds.load(record, "fanfare")
    worlds.job_runner.run_due(worlds.get("one"))
    assert advance(worlds, "one", 3 * DAY) == 9
    assert worlds.load(record, "fanfare").records("order").count(organization(worlds)) > 0


def organization(worlds: Worlds) -> str:
    (row, *_) = (
        worlds.load(worlds.get("one"), "fanfare").records("consumer").iterate(next(iter(owners(worlds))))
    )
    return str(row.record["organizationId"])


def owners(worlds: Worlds) -> set[str]:
    space = world_space(worlds.store, worlds.get("one"))
    return {row.parent for row in space.scan("fanfare.consumer", limit=5)}


REPLAYED = 25
NOBODY_LEAVES = {"Oak Club regulars", "Ordered since summer", "Loyal customers", "Oak Club members"}
"""Audiences in which nobody enters and leaves on one day, which the past cannot know."""

SCENARIO = load_scenario("showcase")


@cache
def replayed() -> tuple[Worlds, Worlds]:
    """A world that lived for some weeks, and one to which these weeks are told as its past."""
    busy = {"signups": 10, "orders": 60, "optOuts": 10, "moves": 10, "churn": 10}
    scenario = replace(SCENARIO, life=busy, people=150, named=(), now=ANCHOR.replace(hour=0))
    worlds = [new_worlds("fanfare", "spotler", "voyado") for _ in range(2)]
    for one in worlds:
        one.create("one", scenario=scenario)
        load_all(one)
    lived, told = worlds
    advance(lived, "one", (REPLAYED + 1) * DAY)
    record = told.get("one")
    life = told.seed_data.life(record["base"])
    assert life is not None
    end = life.anchor + REPLAYED * DAY
    step = life.step(life.anchor, end)
    chapters: dict[int, list[Chapter]] = {}
    for person in life.step(life.anchor, life.anchor).people:
        chapters[person.number] = [Chapter(life.anchor, person)]
    left = {event.person.number: event.at for event in step.events if event.kind == LEFT}
    assert len(left) > 5
    for event in step.events:
        if event.kind != LEFT:
            chapters.setdefault(event.person.number, []).append(Chapter(event.at, event.person))
    pasts = [Past(tuple(one), (), left.get(number)) for number, one in chapters.items()]
    for vendor in told.vendors.values():
        world = told.load(record, vendor.name)
        hooks, section = vendor.hooks, scenario.vendors[vendor.name]
        assert hooks.observe is not None
        series = PastSeries(life.anchor, end)
        series.add_all(pasts, hooks.observe(world, section))
        series.write(world, hooks.audience_sizes(world))
    return lived, told


@pytest.mark.parametrize(
    ("vendor", "left_out"),
    [
        # filled by hand or by a list of somebody else: newcomers are not in them
        ("fanfare", {"Opening night in Utrecht", "The letter"}),
        ("spotler", set()),
        # points are rounded receipt by receipt
        ("voyado", {"Oak Club Silver", "Oak Club Gold"}),
    ],
)
def test_a_past_is_what_living_it_would_have_given(vendor: str, left_out: set[str]) -> None:
    lived, told = replayed()
    names = {one.id: one.name for one in sizes_of(lived, "one", vendor) if one.name not in left_out}
    assert len(names) >= 6
    days = [ANCHOR.date() + number * DAY for number in range(1, REPLAYED)]
    for worlds in (lived, told):
        world = worlds.load(worlds.get("one"), vendor)
        assert read_days(world, days[0], days[-1], []).keys() >= {*days}
    came = 0
    for day in days:
        one, other = (
            read_days(worlds.load(worlds.get("one"), vendor), day, day, [])[day] for worlds in (lived, told)
        )
        expected = {name: one[id].size for id, name in names.items()}
        assert {name: other[id].size for id, name in names.items()} == expected, day
        for id, name in names.items():
            if name in NOBODY_LEAVES:
                assert one[id] == other[id], name
                came += one[id].arrivals
    assert came > 0
