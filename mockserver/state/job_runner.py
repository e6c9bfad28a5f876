"""Runs the jobs of a world."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from functools import partial

from mockserver.errors import WouldBlockError
from mockserver.state import jobs, life_jobs
from mockserver.state.collection_spec import CollectionSpec
from mockserver.state.job_runs import JobRuns
from mockserver.state.jobs import Job
from mockserver.state.long_work import without_gc
from mockserver.state.seed_data import SeedData
from mockserver.state.vendor_protocol import VendorProtocol
from mockserver.state.world import World
from mockserver.state.world_record import (
    WorldRecord,
    vendor_world,
    world_clock,
    world_settings,
    world_space,
)
from mockserver.storage.store import Store


class JobRunner:
    """Runs jobs with the functions of the vendors that are served; the others stay scheduled.

    Another server may have stored jobs of other vendors.
    """

    def __init__(self, store: Store, vendors: Mapping[str, VendorProtocol], seed_data: SeedData) -> None:
        self._store = store
        self._vendors = vendors
        self._seed_data = seed_data
        self.limits: dict[str, Collection[str]] = {}
        """The vendors whose jobs may run, by world, where not those of all may."""

    def ready_vendors(self, record: WorldRecord) -> list[str]:
        """The vendors whose jobs can run: all of their seed data is written, and no limit excludes them."""
        return [name for name in self._vendors if self._is_ready(record, name)]

    def run_due(self, record: WorldRecord, by_hand: bool = False) -> JobRuns:
        """Runs the due jobs, calendar events included unless the world holds them and not `by_hand`.

        Raises `WouldBlockError` in a thread that must not wait: a year of jobs takes seconds.
        """
        if not self._store.may_wait:
            raise WouldBlockError(record["name"])
        with without_gc(), self._store.transaction():
            space = world_space(self._store, record)
            now = world_clock(space, record).now()
            runs = JobRuns()
            can_run = self._can_run(record)
            if not by_hand and world_settings(space, record).read().jobs == "no_events":
                can_run = partial(_is_work, can_run)
            jobs.run_due(space, now, self._runner(record, runs), can_run)
            return runs

    def run_all(self, record: WorldRecord) -> JobRuns:
        """Runs every scheduled job, each as if its due time had come."""
        with without_gc(), self._store.transaction():
            space = world_space(self._store, record)
            runs = JobRuns()
            jobs.run_all(space, self._runner(record, runs), self._can_run(record))
            return runs

    def run_immediately(self, record: WorldRecord, vendor: str, now: datetime) -> JobRuns:
        """Runs all jobs but calendar events, due or not, then the vendor's `run_immediately`.

        `now` is the world's time in the call.
        """
        with self._store.transaction():
            space = world_space(self._store, record)
            runs = JobRuns()
            jobs.run_pending_work(space, self._runner(record, runs, now), self._can_run(record))
            recalculate = self._vendors[vendor].run_immediately
            if recalculate:
                world = self._world(record, vendor, now)
                recalculate(world)
                runs.add(vendor, "run_immediately", now, world.changes, self._by_kind(vendor))
            return runs

    def _can_run(self, record: WorldRecord) -> Callable[[Job], bool]:
        """A predicate of jobs whose vendor is served and ready."""
        return lambda job: job.vendor in self._vendors and self._is_ready(record, job.vendor)

    def _is_ready(self, record: WorldRecord, vendor: str) -> bool:
        allowed = self.limits.get(record["name"], self._vendors)
        return vendor in allowed and self._seed_data.is_complete(record["base"], vendor)

    def _runner(
        self, record: WorldRecord, runs: JobRuns, now: datetime | None = None
    ) -> Callable[[Job], None]:
        """A function that runs a job with the world's time `now`, by default the job's due time."""

        life = self._seed_data.life(record["base"])

        def run(job: Job) -> None:
            vendor, world = self._vendors[job.vendor], self._world(record, job.vendor, now or job.due)
            if job.name == life_jobs.LIVE_JOB and life is not None:
                section = self._seed_data.section(record["base"], job.vendor)
                life_jobs.run(world, vendor.hooks, life, section)
            else:
                vendor.job(job.name)(world, **job.arguments)
            if life is not None:
                life_jobs.count(world, vendor.hooks, world.changes)
            runs.add(job.vendor, job.name, now or job.due, world.changes, self._by_kind(job.vendor))

        return run

    def _by_kind(self, vendor: str) -> Mapping[str, CollectionSpec]:
        return self._vendors[vendor].collections.by_kind

    def _world(self, record: WorldRecord, vendor: str, now: datetime) -> World:
        space = world_space(self._store, record)
        settings = world_settings(space, record).read()
        return vendor_world(space, record, self._vendors[vendor], now, settings)


def _is_work(can_run: Callable[[Job], bool], job: Job) -> bool:
    return not job.is_event and can_run(job)
