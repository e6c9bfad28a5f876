"""Ortto: the daily refresh, which reads only those whom time may concern, against one of everybody."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Records
from mockserver.state.world import World
from mockserver.state.worlds import Worlds
from mockserver.vendors.ortto import audience_records, backstage, member_list_records, people, refresh_plan
from mockserver.vendors.ortto.audience_records import Audience
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.filter_boundaries import find_candidates, next_day
from mockserver.vendors.ortto.filter_logic import compile_filter
from mockserver.vendors.ortto.filter_types import FilterContext
from mockserver.vendors.ortto.person_records import PersonStore, copy_person
from tests.examples import one_in

START = datetime(2027, 12, 20, 21, 30, 15, 500_000, tzinfo=UTC)
EMAILS = [f"p{number}@example.com" for number in range(8)]
TIMEFRAMES = (
    "last-24-hours", "last-7-days", "last-30-days", "today", "yesterday", "this-week", "this-month",
    "this-quarter", "this-year", "all",
)  # fmt: skip
ACTIVITIES = ("act::enter-audience", "act:cm:visit", "act::s-all")
Change = Callable[[World], object]


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    app = create_app(people=6, vendors=("ortto",))
    yield app.context.worlds
    app.close()


def refresh_everybody(store: PersonStore, audiences: Iterable[Audience]) -> None:
    """The plain algorithm: applies the filters of the audiences and their dependents to each person."""
    ids = {audience.id for audience in audiences}
    affected = []
    for audience in store.audiences:
        if audience.id in ids or audience.dependencies & ids:
            ids.add(audience.id)
            affected.append(audience)
    for row in store._records.iterate("live"):
        after = copy_person(row.record)
        store._update_memberships(row.record, after, affected)
        if after != row.record:
            store._records.update(row.id, after)


def random_leaf(random: Random, audiences: list[str]) -> dict[str, Any]:
    kind = random.choice(("dtz", "tme"))
    field = random.choice(("dtz::b", "tme:cm:last-order", "l"))
    match random.randrange(7):
        case 0:
            relation = random.choice(("exactly", "less_than", "more_than"))
            return {f"${kind}::relative_{relation}": {"field_id": field, "days_ago": random.randrange(60)}}
        case 1:
            relation = random.choice(("exactly", "less_than", "more_than"))
            return {f"${kind}::age_{relation}": {"field_id": field, "value": random.randrange(4)}}
        case 2:
            return {f"${kind}::anniversary": {"field_id": field}}
        case 3:
            relation = random.choice(("", "_less_than", "_more_than"))
            return {f"${kind}::occurs_in{relation}": {"field_id": field, "days": random.randrange(60)}}
        case 4 if audiences:
            negation = random.choice(("", "not_"))
            return {f"$is_{negation}member_of": {"audience_id": random.choice(audiences)}}
        case 5:
            return {"$bol::is": {"field_id": "bol::sp", "value": random.random() < 0.5}}
        case _:
            verb = random.choice(("has_occurred", "has_not_occurred", "first", "last"))
            timeframe = {"type": random.choice(TIMEFRAMES)}
            return {f"$act::{verb}": {"field_id": random.choice(ACTIVITIES), "timeframe": timeframe}}


def random_filter(random: Random, audiences: list[str]) -> dict[str, Any]:
    parts = [random_leaf(random, audiences) for _ in range(random.randrange(1, 4))]
    return {random.choice(("$and", "$or")): parts}


def random_moment(random: Random, now: datetime) -> datetime:
    """A moment near the present, often close to a boundary of days; sometimes 29 February."""
    if random.random() < 0.15:
        return datetime(2024, 2, 29, random.randrange(24), tzinfo=UTC)
    around = now + timedelta(days=random.randrange(-70, 70))
    return around if random.random() < 0.5 else around.replace(hour=0, minute=0, second=0, microsecond=0)


def merge(random: Random, now: datetime) -> Change:
    born, ordered = random_moment(random, now), random_moment(random, now)
    fields = {
        "str::email": random.choice(EMAILS),
        "bol::sp": random.random() < 0.5,
        "bol::p": random.random() < 0.5,
        "dtz::b": {"year": born.year - random.randrange(4), "month": born.month, "day": min(born.day, 28)},
        "tme:cm:last-order": ordered.isoformat(),
    }
    if (born.month, born.day) == (2, 29):
        fields["dtz::b"] = {"year": 2024, "month": 2, "day": 29}
    return lambda world: people.merge_people(Call("POST", "", body={"people": [{"fields": fields}]}), world)


def random_change(random: Random, world: World) -> Change:
    records = world.records(audience_records.KIND)
    audiences = [row.id for row in records.iterate("live")]
    emails = [{"email": one} for one in EMAILS if random.random() < 0.3] or [{"email": EMAILS[0]}]
    ids = [row.id for row in world.records("person").iterate("live") if random.random() < 0.2]
    kind = random.choice(("merge", "merge", "merge", "create", "edit", "visit", "archive", "restore"))
    if kind == "create":
        body = {"name": f"A{len(audiences)}", "filter": random_filter(random, audiences)}
        return lambda world: backstage.create_audience(Call("POST", "", body=body), world)
    if kind == "edit":
        body = {"audience_id": random.choice(audiences), "filter": random_filter(random, audiences)}
        return lambda world: backstage.edit_criteria(Call("POST", "", body=body), world)
    if kind == "visit":
        moment = random_moment(random, world.now()).isoformat()
        visit: dict[str, Any] = {"field_id": "act:cm:visit", "people": emails, "moment": moment}
        return lambda world: backstage.record_activity(Call("POST", "", body=visit), world)
    if kind == "archive":
        return lambda world: people.archive_people(Call("PUT", "", body={"inclusion_ids": ids}), world)
    if kind == "restore":
        return lambda world: people.restore_people(Call("PUT", "", body={"all_rows_selected": True}), world)
    return merge(random, world.now())


def random_step(random: Random) -> timedelta:
    if random.random() < 0.15:
        return -timedelta(days=random.randrange(20), seconds=random.randrange(86_400))
    days = random.choice((0, 0, 1, 1, 2, 7, 30, random.randrange(200)))
    return timedelta(days=days, seconds=random.choice((0, 2, 3_600, random.randrange(86_400))))


def everything(world: World) -> dict[str, Any]:
    """All that Ortto stores and returns, apart from the plan itself."""

    def listed(records: Records, *parents: str) -> list[Any]:
        return [tuple(row) for parent in parents for row in records.iterate(parent)]

    audiences = listed(world.records(audience_records.KIND), *audience_records.LISTS)
    lists = [f"{one[0]}/{name}" for one in audiences for name in member_list_records.NAMES]
    return {
        "audiences": audiences,
        "people": listed(world.records("person"), "live", "archived"),
        "members": listed(world.records(member_list_records.KIND), *lists),
        "instance": listed(world.records("instance"), ""),
        "serial": world.serial(),
    }


def random_person(random: Random, now: datetime) -> Person:
    fields: dict[str, Any] = {"l": random_moment(random, now).isoformat()}
    if random.random() < 0.8:
        zone = timezone(timedelta(hours=random.randrange(-12, 13)))
        fields["tme:cm:last-order"] = random_moment(random, now).astimezone(zone).isoformat()
    if random.random() < 0.8:
        born = random_moment(random, now)
        fields["dtz::b"] = {"year": born.year, "month": born.month, "day": born.day}
    visits = sorted(int(random_moment(random, now).timestamp()) for _ in range(random.randrange(3)))
    return {"id": "1", "fields": fields, "in": {}, "did": {"act:cm:visit": visits} if visits else {}}


@pytest.mark.parametrize("seed", one_in(4, range(40)))
def test_a_leaf_keeps_its_result_until_the_day_of_the_next_candidate(seed: int) -> None:
    random = Random(seed)
    for _ in range(100):
        now = START + timedelta(days=random.randrange(800), microseconds=random.randrange(86_400_000_000))
        filter, person = random_leaf(random, []), random_person(random, now)
        near = [moment for find in find_candidates(filter) for moment in find(person, now)]
        if near:
            moment = datetime.fromtimestamp(random.choice(near), UTC)
            now = moment + timedelta(seconds=random.choice((-1, 0, 1)) * random.randrange(200_000))
        day = next_day(person, now, find_candidates(filter))
        result = compile_filter(filter, FilterContext(now))(person)
        for _ in range(20):
            later = now + random.choice((1, 30, 1_000)) * timedelta(seconds=random.randrange(1, 86_400))
            if day is None or later.timestamp() < day * 86_400:
                assert compile_filter(filter, FilterContext(later))(person) is result, (filter, now, later)


def test_entering_an_audience_that_was_built_since_counts_until_its_time_frame_ends(worlds: Worlds) -> None:
    worlds.create("entries", people=6, seed=1, now=START)
    record = worlds.get("entries")

    def create(name: str, leaf: dict[str, Any]) -> str:
        created: Any = backstage.create_audience(
            Call("POST", "", body={"name": name, "filter": {"$and": [leaf]}}), worlds.load(record, "ortto")
        )
        move(timedelta(seconds=2))
        return str(created["id"])

    def move(by: timedelta) -> None:
        worlds.clock("entries").advance(by)
        worlds.job_runner.run_due(record)

    def members(id: str) -> int:
        audience = audience_records.load(worlds.load(record, "ortto"), id)
        return audience.counts["members"] if audience else -1

    timeframe = {"type": "last-7-days"}
    leaf = {"$act::has_occurred": {"field_id": "act::enter-audience", "timeframe": timeframe}}
    recent = create("Entered recently", leaf)
    move(timedelta(days=20))
    assert members(recent) == 0
    create("Everybody", {"$has_any_value": {"field_id": "str::email"}})
    assert members(recent) == 6
    move(timedelta(days=9))
    assert members(recent) == 0


@pytest.mark.parametrize("seed", one_in(3, range(5)))
def test_the_refresh_leaves_what_a_refresh_of_everybody_leaves(
    seed: int, worlds: Worlds, monkeypatch: pytest.MonkeyPatch
) -> None:
    random, names = Random(seed), (f"plain{seed}", f"planned{seed}")
    worlds.create(names[0], people=6, seed=seed, now=START)
    worlds.load(worlds.get(names[0]), "ortto")
    worlds.fork(*names)

    def on_both(change: Callable[[str], object]) -> None:
        with monkeypatch.context() as patch:
            patch.setattr(PersonStore, "refresh", refresh_everybody)
            change(names[0])
        change(names[1])

    def call(name: str) -> None:
        try:
            with worlds.store.transaction():
                change(worlds.load(worlds.get(name), "ortto"))
        except Problem:
            pass  # the same in both worlds: an unknown person, or an audience that would depend on itself

    def move(name: str) -> None:
        worlds.clock(name).advance(step)
        worlds.job_runner.run_due(worlds.get(name))

    for _ in range(20):
        change = random_change(random, worlds.load(worlds.get(names[1]), "ortto"))
        on_both(call)
        step = random_step(random)
        on_both(move)
        plain, planned = (everything(worlds.load(worlds.get(name), "ortto")) for name in names)
        assert planned == plain


def test_a_night_without_changes_reads_nobody(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    worlds.create("quiet", people=6, seed=1, now=START)
    name, read = worlds.get("quiet"), []
    worlds.load(name, "ortto")
    worlds.clock("quiet").advance(timedelta(days=400))
    worlds.job_runner.run_due(name)
    real = PersonStore._recalculate_person

    def counted(self: PersonStore, person: dict[str, Any], *rest: Any) -> dict[str, Any]:
        read.append(person["id"])
        return real(self, person, *rest)

    monkeypatch.setattr(PersonStore, "_recalculate_person", counted)
    worlds.clock("quiet").advance(timedelta(days=10))
    assert worlds.job_runner.run_due(name).count == 10
    assert not read
    world = worlds.load(name, "ortto")
    merge(Random(1), world.now())(world)
    worlds.clock("quiet").advance(timedelta(days=1))
    worlds.job_runner.run_due(name)
    assert len(read) == 1


def test_nobody_is_marked_without_audiences_that_depend_on_time(worlds: Worlds) -> None:
    worlds.create("timeless", people=6, seed=1, now=START)
    name = worlds.get("timeless")
    world = worlds.load(name, "ortto")
    worlds.clock("timeless").advance(timedelta(days=1))
    worlds.job_runner.run_due(name)
    assert refresh_plan.exists(world)
    slipping = next(
        row
        for row in world.records(audience_records.KIND).iterate("live")
        if row.record["shown"]["name"] == "Slipping subscribers"
    )
    world.records(audience_records.KIND).remove(slipping.id)
    worlds.clock("timeless").advance(timedelta(days=1))
    worlds.job_runner.run_due(name)
    assert not refresh_plan.exists(world)
    merge(Random(1), world.now())(worlds.load(name, "ortto"))
    assert not list(world.index("written").iterate("people"))
