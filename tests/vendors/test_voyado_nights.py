"""Voyado: what many nights leave, against a plain recalculation of every contact."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.voyado import backstage, contacts
from mockserver.vendors.voyado.filter_logic import compile_filter
from tests.examples import one_in

START = datetime(2027, 12, 20, 21, 30, tzinfo=UTC)


def random_filter(random: Random) -> dict[str, Any]:
    conditions: list[dict[str, Any]] = [
        {"attribute": "birthDay", "anniversary": True},
        {"attribute": "age", random.choice(("above", "below")): random.randrange(20, 60)},
        {"attribute": "registrationDate", "withinDays": random.randrange(1, 400)},
        {"attribute": "lastOrderDate", "olderThanDays": random.randrange(1, 400)},
        {"preference": "acceptsEmail", "is": True},
    ]
    parts = random.sample(conditions, random.randrange(1, 3))
    return random.choice(({"all": parts}, {"any": parts}, {"not": parts[0]}))


def recalculated(world: World, day: str) -> dict[str, list[str]]:
    """The plain algorithm: tests every contact against every filter."""
    audiences = [(row.id, row.record["filter"]) for row in world.records("audience").iterate()]
    predicates = [(id, compile_filter(filter, day)) for id, filter in audiences]
    return {
        row.id: [id for id, matches in predicates if row.record["approved"] and matches(row.record)]
        for row in world.records("contact").iterate()
    }


@pytest.mark.parametrize("seed", one_in(2, range(4)))
def test_many_nights_leave_what_one_plain_recalculation_leaves(seed: int) -> None:
    app = create_app(people=1, vendors=("voyado",))
    try:
        worlds, random = app.context.worlds, Random(seed)
        worlds.create("nights", people=30, seed=seed, now=START)
        record = worlds.get("nights")
        for number in range(12):
            world = worlds.load(record, "voyado")
            if number % 3 == 0:
                body: dict[str, Any] = {"name": f"A{number}", "filter": random_filter(random)}
                backstage.create_target_audience(Call("POST", "", body=body), world)
            else:
                body = {
                    "email": f"new{number}@example.com",
                    "birthDay": f"19{random.randrange(50, 99)}-02-28",
                }
                params = {"createAsUnapproved": "false"}
                contacts.create_contact(Call("POST", "", params=params, body=body), world)
            days = random.choice((1, 2, 30, random.randrange(200)))
            worlds.clock("nights").advance(timedelta(days=days + 1))
            worlds.job_runner.run_due(record)
            world = worlds.load(record, "voyado")
            members = {row.id: sorted(row.record["audiences"]) for row in world.records("contact").iterate()}
            plain = recalculated(world, world.now().date().isoformat())
            assert members == {id: sorted(audiences) for id, audiences in plain.items()}
            counted = {row.id: row.record["members"] for row in world.records("audience").iterate()}
            flat = [audience for audiences in plain.values() for audience in audiences]
            assert counted == {id: flat.count(id) for id in counted}
    finally:
        app.close()


def test_a_night_treats_contacts_in_the_order_in_which_they_changed() -> None:
    """The order is stored in the list of days, which all processes must write alike."""
    app = create_app(people=0, vendors=("voyado",))
    try:
        worlds = app.context.worlds
        worlds.create("night", people=0, now=START)
        record = worlds.get("night")
        world = worlds.load(record, "voyado")
        filter = {"attribute": "birthDay", "anniversary": True}
        backstage.create_target_audience(Call("POST", "", body={"name": "A", "filter": filter}), world)
        for number in range(8):
            body = {"email": f"new{number}@example.com", "birthDay": "1990-02-28"}
            params = {"createAsUnapproved": "false"}
            contacts.create_contact(Call("POST", "", params=params, body=body), world)
        worlds.clock("night").advance(timedelta(days=1))
        worlds.job_runner.run_due(record)
        world = worlds.load(record, "voyado")
        (day,) = world.records("turn").iterate()
        assert day.record["contacts"] == [one.id for one in world.records("contact").iterate()]
        assert len(day.record["contacts"]) == 8
    finally:
        app.close()
