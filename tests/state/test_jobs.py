"""Jobs run in the order of their due times, including those that jobs schedule."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.errors import ContractViolationError
from mockserver.state import jobs as jobs_module
from mockserver.state.jobs import Job, Jobs, run_due
from mockserver.state.worlds import Worlds
from mockserver.storage.layout import JOB
from mockserver.storage.memory import MemoryStore
from mockserver.storage.store import Space, Store
from tests.state.conftest import START, Shop

MINUTE = timedelta(minutes=1)


@pytest.fixture
def space(store: Store) -> Space:
    return store.space("w/x", "b/x")


@pytest.fixture
def jobs(space: Space) -> Jobs:
    return Jobs(space, "shop", count(1).__next__)


def names(jobs_run: list[Job]) -> list[str]:
    return [job.name for job in jobs_run]


def test_due_jobs_run_once(space: Space, jobs: Jobs) -> None:
    done: list[Job] = []
    jobs.schedule(START + MINUTE, "second", list="a")
    jobs.schedule(START, "first")
    jobs.schedule(START + MINUTE + timedelta(microseconds=1), "later")
    assert run_due(space, START + MINUTE, done.append) == 2
    assert [(job.name, job.due, job.arguments) for job in done] == [
        ("first", START, {}),
        ("second", START + MINUTE, {"list": "a"}),
    ]
    assert run_due(space, START + MINUTE, done.append) == 0
    assert [job.name for job in jobs.pending()] == ["later"]


def test_jobs_due_at_the_same_time_run_in_the_order_of_scheduling(space: Space, jobs: Jobs) -> None:
    for number in range(12):
        jobs.schedule(START, f"job{number}")
    done: list[Job] = []
    run_due(space, START, done.append)
    assert names(done) == [f"job{number}" for number in range(12)]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-3, 3)), max_size=12))
def test_jobs_run_by_due_time_then_by_scheduling(plan: list[tuple[int, int]]) -> None:
    """Each pair schedules a job at a minute, which schedules one more, some minutes from its due time."""
    store = MemoryStore()
    space = store.space("w/x")
    jobs = Jobs(space, "shop", count(1).__next__)
    waiting: list[tuple[datetime, str, int | None]] = []
    for minute, then in plan:
        due = START + minute * MINUTE
        waiting.append((due, jobs.schedule(due, "one", then=then), then))
    done: list[tuple[datetime, str]] = []
    expected: list[tuple[datetime, str]] = []

    def run(job: Job) -> None:
        first = min(waiting, key=lambda one: one[:2])
        waiting.remove(first)
        expected.append(first[:2])
        done.append((job.due, job.id))
        if job.arguments["then"] is not None:
            due = job.due + job.arguments["then"] * MINUTE
            waiting.append((due, jobs.schedule(due, "one", then=None), None))

    run_due(space, START + 3 * MINUTE, run)
    assert done == expected
    assert all(due > START + 3 * MINUTE for due, _, _ in waiting)
    store.close()


def test_a_job_that_schedules_jobs(space: Space, jobs: Jobs) -> None:
    """A nightly job that schedules the next one catches up night by night."""
    nights: list[datetime] = []

    def nightly(job: Job) -> None:
        nights.append(job.due)
        jobs.schedule(job.due + timedelta(days=1), "nightly")

    jobs.schedule(START, "nightly")
    assert run_due(space, START + timedelta(days=3, hours=1), nightly) == 4
    assert nights == [START + timedelta(days=day) for day in range(4)]
    assert [job.due for job in jobs.pending()] == [START + timedelta(days=4)]


def test_a_job_scheduled_in_the_past_runs_next(space: Space, jobs: Jobs) -> None:
    done: list[Job] = []

    def run(job: Job) -> None:
        done.append(job)
        if job.name == "first":
            jobs.schedule(START - MINUTE, "late")

    jobs.schedule(START, "first")
    jobs.schedule(START + MINUTE, "last")
    run_due(space, START + MINUTE, run)
    assert names(done) == ["first", "late", "last"]


def test_a_cancelled_job_does_not_run(space: Space, jobs: Jobs) -> None:
    id = jobs.schedule(START, "never")
    jobs.schedule(START, "kept")
    assert jobs.cancel(id)
    assert not jobs.cancel(id)
    done: list[Job] = []
    run_due(space, START, done.append)
    assert names(done) == ["kept"]
    assert not jobs.cancel(done[0].id)


def test_a_job_can_cancel_another_due_job(space: Space, jobs: Jobs) -> None:
    jobs.schedule(START, "first")
    other = jobs.schedule(START, "other")
    done: list[bool] = []
    assert run_due(space, START, lambda _: done.append(jobs.cancel(other))) == 1
    assert done == [True]


def test_pending_lists_the_vendors_jobs_by_name(space: Space, jobs: Jobs) -> None:
    Jobs(space, "depot", count(1).__next__).schedule(START, "theirs")
    jobs.schedule(START + MINUTE, "b", n=2)
    jobs.schedule(START, "a", n=1)
    assert [(job.name, job.vendor, job.arguments) for job in jobs.pending()] == [
        ("a", "shop", {"n": 1}),
        ("b", "shop", {"n": 2}),
    ]
    assert names(jobs.pending("b")) == ["b"]
    assert jobs.pending("c") == []


def test_jobs_of_seed_data_run_in_each_world(store: Store) -> None:
    Jobs(store.space("b/x"), "shop", count(1).__next__).schedule(START, "nightly")
    for name in ("w/1", "w/2"):
        done: list[Job] = []
        assert run_due(store.space(name, "b/x"), START, done.append) == 1
        assert run_due(store.space(name, "b/x"), START, done.append) == 0
    assert len(store.space("b/x").page(JOB, limit=9)) == 1


@pytest.mark.parametrize(("jobs_due", "rejected"), [(5, False), (6, True)])
def test_the_number_of_jobs_run_at_once_is_limited(
    space: Space, jobs: Jobs, monkeypatch: pytest.MonkeyPatch, jobs_due: int, rejected: bool
) -> None:
    monkeypatch.setattr(jobs_module, "_MAX_RUN_AT_ONCE", 5)
    for _ in range(jobs_due):
        jobs.schedule(START, "one")
    if rejected:
        with pytest.raises(
            ContractViolationError, match=r"more than 5 jobs.*advance the clock in smaller steps"
        ):
            run_due(space, START, lambda _: None)
    else:
        assert run_due(space, START, lambda _: None) == 5


def test_an_endless_loop_is_rejected(space: Space, jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs_module, "_MAX_RUN_AT_ONCE", 50)

    def again(job: Job) -> None:
        jobs.schedule(job.due, "again")

    jobs.schedule(START, "again")
    with pytest.raises(ContractViolationError):
        run_due(space, START, again)


def test_a_due_time_without_a_zone_is_rejected(jobs: Jobs) -> None:
    with pytest.raises(TypeError):
        jobs.schedule(datetime(2026, 1, 1), "one")  # noqa: DTZ001 - under test


def test_due_times_in_any_zone(space: Space, jobs: Jobs) -> None:
    jobs.schedule(datetime.fromisoformat("2026-01-01T02:00:00+02:00"), "one")
    done: list[Job] = []
    assert run_due(space, START, done.append) == 1
    assert done[0].due == datetime(2026, 1, 1, tzinfo=UTC)


HOUR = timedelta(hours=1)


@pytest.fixture
def depot() -> Shop:
    return Shop("depot")


@pytest.fixture
def without_shop(store: Store, shop: Shop, depot: Shop) -> Worlds:
    """A server with the depot only, on a store with jobs of both vendors, the shop's first."""
    worlds = Worlds(store, {"shop": shop, "depot": depot}, {})
    record = worlds.create("x", "empty", now=START)
    for vendor, wait in (("shop", HOUR), ("depot", HOUR), ("shop", 2 * HOUR), ("depot", 3 * HOUR)):
        world = worlds.load(record, vendor)
        for job in world.jobs.pending("nightly"):
            world.jobs.cancel(job.id)
        world.jobs.schedule(START + wait, f"{vendor} {wait}")
    return Worlds(store, {"depot": depot}, {})


def test_jobs_of_a_vendor_that_is_not_served_stay_scheduled(
    without_shop: Worlds, store: Store, shop: Shop, depot: Shop
) -> None:
    record = without_shop.get("x")
    without_shop.clock("x").advance(2 * HOUR)
    assert without_shop.job_runner.run_due(record).count == 1
    assert without_shop.job_runner.run_due(record).count == 0
    without_shop.clock("x").advance(HOUR)
    assert without_shop.job_runner.run_due(record).count == 1
    assert depot.done == [(START + HOUR, "depot 1:00:00"), (START + 3 * HOUR, "depot 3:00:00")]
    assert Worlds(store, {"shop": shop, "depot": depot}, {}).job_runner.run_due(record).count == 2
    assert shop.done == [(START + HOUR, "shop 1:00:00"), (START + 2 * HOUR, "shop 2:00:00")]


def test_running_all_jobs_skips_vendors_that_are_not_served(without_shop: Worlds, depot: Shop) -> None:
    record = without_shop.get("x")
    without_shop.snapshot("x", "before")
    assert without_shop.job_runner.run_all(record).count == 2
    without_shop.restore("x", "before")
    without_shop.job_runner.run_immediately(record, "depot", START)
    assert [job.vendor for job in without_shop.jobs("x")] == ["shop", "shop"]
    assert len(depot.done) == 4
