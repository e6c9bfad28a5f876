"""Settings of a world, and how they change its behaviour."""

from datetime import timedelta
from typing import Any

import pytest

from mockserver.errors import Problem
from mockserver.state.jobs import Job
from mockserver.state.settings import DEFAULT_SETTINGS, Settings
from mockserver.state.world import World
from mockserver.state.worlds import Worlds
from tests.state.conftest import START, Shop


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {}),
        ({"limits": True}, {"limits": True}),
        ({"jobs": "manual"}, {"jobs": "manual"}),
        ({"jobs": None}, {}),
        ({"rates": {"shop": {"calls": 5}}}, {"rates": {"shop": {"calls": 5}}}),
        ({"switches": {"shop": {"a": 1, "b": None}}}, {"switches": {"shop": {"a": 1}}}),
    ],
)
def test_merging_into_the_defaults(change: dict[str, Any], expected: dict[str, Any]) -> None:
    assert DEFAULT_SETTINGS.merged(change).to_dict() == Settings().to_dict() | expected


def test_merging_into_changed_settings() -> None:
    settings = DEFAULT_SETTINGS.merged(
        {"switches": {"shop": {"a": 1, "b": 2}, "depot": {"c": 3}}, "limits": True}
    )
    changed = settings.merged({"switches": {"shop": {"a": None, "b": 4}, "depot": None}})
    assert changed.switches == {"shop": {"b": 4}}
    assert changed.limits is True
    assert settings.merged({"limits": None}).limits is False


def test_snapshots_and_forks_include_settings_and_a_reset_restores_them(worlds: Worlds) -> None:
    worlds.create("w", "twelve", settings={"limits": True})
    worlds.settings("w").change({"jobs": "manual"})
    worlds.snapshot("w", "s")
    worlds.fork("w", "twin")
    worlds.reset("w")
    assert worlds.settings("w").read() == Settings(limits=True)
    worlds.restore("w", "s")
    assert worlds.settings("w").read() == worlds.settings("twin").read() == Settings("manual", True)
    worlds.reset("twin")
    assert worlds.settings("twin").read() == Settings(limits=True)


def test_the_switches_of_a_vendor(worlds: Worlds, shop: Shop) -> None:
    shop.switches = {"lists": "null", "style": 1}
    record = worlds.create("w", "twelve")
    assert worlds.load(record, "shop").switches == {"lists": "null", "style": 1}
    worlds.settings("w").change({"switches": {"shop": {"lists": "array"}}})
    assert worlds.load(record, "shop").switches == {"lists": "array", "style": 1}
    assert worlds.resolve("shop", record["name"], []).world.switches == {"lists": "array", "style": 1}


def _chain(shop: Shop, worlds: Worlds) -> list[tuple[str, Any]]:
    """Jobs that schedule each other, and an endless nightly event."""
    done: list[tuple[str, Any]] = []

    def first(world: World) -> None:
        done.append(("first", world.now()))
        world.jobs.schedule(world.now() + timedelta(hours=1), "second")

    def nightly(world: World) -> None:
        done.append(("nightly", world.now()))
        world.jobs.schedule_event(world.now() + timedelta(days=1), "nightly")

    shop.jobs |= {
        "first": first,
        "second": lambda world: done.append(("second", world.now())),
        "nightly": nightly,
    }
    world = worlds.load(worlds.create("w", "empty", now=START), "shop")
    for job in world.jobs.pending():
        world.jobs.cancel(job.id)
    world.jobs.schedule_event(START + timedelta(days=1), "nightly")
    world.jobs.schedule(START + timedelta(hours=1), "first")
    return done


def test_jobs_on_time(shop: Shop, worlds: Worlds) -> None:
    done = _chain(shop, worlds)
    record = worlds.get("w")
    assert not worlds.resolve("shop", record["name"], []).has_due_jobs
    worlds.clock("w").advance(timedelta(hours=3))
    assert worlds.resolve("shop", record["name"], []).has_due_jobs
    assert worlds.job_runner.run_due(record).count == 2
    assert done == [("first", START + timedelta(hours=1)), ("second", START + timedelta(hours=2))]


def test_immediate_jobs_leave_events_scheduled(shop: Shop, worlds: Worlds) -> None:
    done = _chain(shop, worlds)
    shop.run_immediately = lambda world: done.append(("immediately", world.now()))
    worlds.job_runner.run_immediately(worlds.get("w"), "shop", worlds.clock("w").now())
    assert done == [("first", START), ("second", START), ("immediately", START)]
    assert [(job.name, job.is_event) for job in worlds.jobs("w")] == [("nightly", True)]


def test_manual_jobs(shop: Shop, worlds: Worlds) -> None:
    done = _chain(shop, worlds)
    worlds.settings("w").change({"jobs": "manual"})
    worlds.clock("w").advance(timedelta(hours=3))
    record = worlds.get("w")
    assert not worlds.resolve("shop", record["name"], []).has_due_jobs, "the clock has no effect"
    assert worlds.job_runner.run_all(record).count == 2
    assert [name for name, _ in done] == ["first", "nightly"], "each scheduled job, once"
    waiting: list[Job] = worlds.jobs("w")
    assert [job.name for job in waiting] == ["second", "nightly"]


def test_an_unknown_world(worlds: Worlds) -> None:
    for asked in (worlds.settings, worlds.faults, worlds.jobs):
        with pytest.raises(Problem, match="unknown_world"):
            asked("nobody")
