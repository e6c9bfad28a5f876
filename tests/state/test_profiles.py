"""Active profiles: what they bring and take away, in which order, and where they end."""

from datetime import timedelta
from typing import Any

import pytest

from mockserver.errors import Problem
from mockserver.state.profile import parse_starts
from mockserver.state.profiles import Profiles
from mockserver.state.settings import Settings
from mockserver.state.world_record import world_profiles, world_space
from mockserver.state.worlds import Worlds
from tests.state.conftest import START, Shop

RESET = {"kind": "reset", "times": None}


def plan(name: str, lasts: float | None = None, faults: int = 0, **settings: Any) -> dict[str, Any]:
    found = {"name": name, "description": "", "lasts": lasts, "settings": settings}
    return found | {"faults": [RESET] * faults}


def profiles(worlds: Worlds, world: str = "w") -> Profiles:
    record = worlds.get(world)
    return world_profiles(world_space(worlds.store, record), record)


def armed(worlds: Worlds, world: str = "w") -> list[str | None]:
    return [one.get("profile") for one in worlds.faults(world).all()]


@pytest.fixture
def world(worlds: Worlds) -> Worlds:
    worlds.load(worlds.create("w", "twelve", settings={"limits": True}), "shop")
    return worlds


def test_the_end_removes_what_the_profile_brought_and_nothing_else(world: Worlds) -> None:
    world.faults("w").add({**RESET, "vendor": "shop"})
    day = profiles(world)
    day.start(plan("bad", faults=2, limits=False, jobs="manual", rates={"shop": {"calls": 5}}), START)
    world.faults("w").add({**RESET, "vendor": "depot"})
    assert armed(world) == [None, "bad", "bad", None]
    assert (day.names(), day.armed("bad")) == (["bad"], ["fault-2", "fault-3"])
    assert world.settings("w").read() == Settings("manual", False, {"shop": {"calls": 5}})
    day.end("bad")
    assert [one.get("vendor") for one in world.faults("w").all()] == ["shop", "depot"]
    assert world.settings("w").read() == Settings(limits=True)
    assert (day.names(), world.settings("w").layers()) == ([], [])
    with pytest.raises(Problem, match="profile_not_active"):
        day.end("bad")


def test_what_somebody_changes_meanwhile_stays(world: Worlds) -> None:
    day = profiles(world)
    day.start(plan("bad", limits=False, rates={"shop": {"calls": 5, "writes": 2}}), START)
    changed = world.settings("w").change({"jobs": "manual", "rates": {"shop": {"calls": 7}}})
    assert changed == Settings("manual", False, {"shop": {"calls": 7, "writes": 2}})
    assert day.held_settings("bad") == {"limits": False, "rates": {"shop": {"writes": 2}}}
    day.end("bad")
    assert world.settings("w").read() == Settings("manual", True, {"shop": {"calls": 7}})


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ({"limits": False}, Settings(limits=False)),
        ({"limits": None}, Settings(limits=False)),
        ({"rates": None}, Settings(limits=True)),
        ({"rates": {"shop": None}}, Settings(limits=True)),
    ],
)
def test_a_change_to_the_same_value_or_to_the_default_counts(
    world: Worlds, change: dict[str, Any], after: Settings
) -> None:
    day = profiles(world)
    day.start(plan("bad", limits=False, rates={"shop": {"calls": 5}}), START)
    world.settings("w").change(change)
    held = day.held_settings("bad")
    assert ("limits" not in held, "rates" not in held) == ("limits" in change, "rates" in change)
    day.end("bad")
    assert world.settings("w").read() == after


@pytest.mark.parametrize("first", ["a", "b"])
def test_of_two_profiles_the_last_decides_until_it_ends(world: Worlds, first: str) -> None:
    day = profiles(world)
    day.start(plan("a", limits=False, jobs="manual"), START)
    day.start(plan("b", faults=1, jobs="no_events", strictness="strict"), START)
    assert world.settings("w").read() == Settings("no_events", False, strictness="strict")
    day.end(first)
    left = {"a": Settings("no_events", True, strictness="strict"), "b": Settings("manual", False)}
    assert world.settings("w").read() == left[first]
    day.end("b" if first == "a" else "a")
    assert world.settings("w").read() == Settings(limits=True)
    assert armed(world) == []


def test_a_profile_that_is_active_starts_anew(world: Worlds) -> None:
    day = profiles(world)
    day.start(plan("a", 60, 1, jobs="manual"), START)
    day.start(plan("b", jobs="no_events"), START)
    active = day.start(plan("a", None, 2, limits=False), START + timedelta(minutes=9))
    assert (active["ends"], day.names(), armed(world)) == (None, ["b", "a"], ["a", "a"])
    assert world.settings("w").read() == Settings("no_events", False)


def test_profiles_end_by_the_clock_at_the_next_call(world: Worlds) -> None:
    day = profiles(world)
    day.start(plan("hour", 3600, 1, limits=False), START)
    day.start(plan("day", 86400, 1, jobs="manual"), START)
    session = world.resolve("shop", "w", [])
    assert (session.has_armed_faults, session.world.settings) == (True, Settings("manual", False))
    world.clock("w").advance(timedelta(seconds=3599.999999))
    assert world.resolve("shop", "w", []).world.settings.limits is False
    world.clock("w").advance(timedelta(microseconds=1))
    session = world.resolve("shop", "w", [])
    assert (session.world.settings, day.names(), armed(world)) == (Settings("manual", True), ["day"], ["day"])
    world.clock("w").advance(timedelta(days=2))
    session = world.resolve("shop", "w", [])
    assert (session.has_armed_faults, session.has_due_jobs, day.names()) == (False, True, [])


def test_reset_snapshot_restore_and_fork(world: Worlds) -> None:
    day = profiles(world)
    day.start(plan("a", 3600, 1, limits=False), START)
    world.snapshot("w", "s")
    world.fork("w", "twin")
    assert (profiles(world, "twin").names(), armed(world, "twin")) == (["a"], ["a"])
    world.reset("w")
    assert (day.names(), armed(world), world.settings("w").read()) == ([], [], Settings(limits=True))
    world.restore("w", "s")
    assert (day.names(), armed(world), world.settings("w").read()) == (["a"], ["a"], Settings())
    for name in ("w", "twin"):
        world.clock(name).advance(timedelta(hours=1))
        assert world.resolve("shop", name, []).world.settings == Settings(limits=True)
    assert (armed(world), armed(world, "twin")) == ([], [])


def test_a_world_that_is_created_with_profiles_starts_them_again(worlds: Worlds) -> None:
    found = parse_starts("here", [{"name": "own", "lasts": "1h", "rate_share": 0.1, "faults": [RESET]}])
    worlds.load(worlds.create("w", "twelve", profiles=found), "shop")
    rates = {name: {"calls": 10, "writes": 1} for name in ("shop", "depot")}
    assert worlds.settings("w").read() == Settings(rates=rates)
    profiles(worlds).end("own")
    worlds.reset("w")
    assert (profiles(worlds).names(), armed(worlds)) == (["own"], ["own"])
    assert worlds.settings("w").read() == Settings(rates=rates)
    worlds.clock("w").advance(timedelta(hours=1))
    assert worlds.resolve("shop", "w", []).world.settings == Settings()


def test_at_most_twenty_profiles(world: Worlds) -> None:
    day = profiles(world)
    for number in range(20):
        day.start(plan(f"day-{number}"), START)
    day.start(plan("day-3"), START)
    with pytest.raises(Problem, match="too_many_profiles"):
        day.start(plan("another"), START)
    assert len(day.names()) == 20


def test_calendar_events_wait_while_the_nights_are_stuck(shop: Shop, world: Worlds) -> None:
    shop.jobs = {}
    view = world.load(world.get("w"), "shop")
    for job in view.jobs.pending():
        view.jobs.cancel(job.id)
    view.jobs.schedule_event(START + timedelta(hours=2), "night")
    view.jobs.schedule(START + timedelta(hours=3), "work")
    world.settings("w").change({"jobs": "no_events"})
    world.clock("w").advance(timedelta(hours=4))
    assert world.job_runner.run_due(world.get("w")).count == 1
    assert [job.name for job in world.jobs("w")] == ["night"]
    world.settings("w").change({"jobs": None})
    assert world.job_runner.run_due(world.get("w")).count == 1
    assert [name for _at, name in shop.done] == ["work", "night"]


def test_calendar_events_run_by_hand(shop: Shop, world: Worlds) -> None:
    world.load(world.get("w"), "shop").jobs.schedule_event(START, "night")
    world.settings("w").change({"jobs": "no_events"})
    assert world.job_runner.run_due(world.get("w"), by_hand=True).count == 1
    assert [name for _at, name in shop.done] == ["night"]
