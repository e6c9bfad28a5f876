"""Scheduled jobs, run in order of due time when the world's clock reaches them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson

from mockserver.errors import ContractViolationError
from mockserver.formats.timestamps import from_micros, to_micros
from mockserver.storage.layout import JOB
from mockserver.storage.reads import Read
from mockserver.storage.store import Row, Space

_MAX_RUN_AT_ONCE: Final = 100_000
_MAX_COUNTED: Final = 1_000


class Job(NamedTuple):
    """One scheduled job; `is_event` as in `Jobs.schedule_event`."""

    id: str
    due: datetime
    vendor: str
    name: str
    arguments: dict[str, Any]
    is_event: bool = False


class Jobs:
    """The jobs of one vendor in one world."""

    def __init__(self, space: Space, vendor: str, serial: Callable[[], int]) -> None:
        self._space = space
        self._vendor = vendor
        self._serial = serial

    def schedule(self, due: datetime, job: str, **arguments: Any) -> str:
        """Schedules the vendor's job of that name for when the clock reaches `due`; returns its id."""
        return self._schedule(due, job, arguments, is_event=False)

    def schedule_event(self, due: datetime, job: str, **arguments: Any) -> str:
        """Schedules a calendar event (an expiry, say): unlike a job, not run early with jobs=immediate."""
        return self._schedule(due, job, arguments, is_event=True)

    def _schedule(self, due: datetime, job: str, arguments: dict[str, Any], is_event: bool) -> str:
        id = f"{self._vendor}-{self._serial():012d}"
        body = orjson.dumps({"vendor": self._vendor, "job": job, "arguments": arguments, "dated": is_event})
        self._space.put(JOB, Row(id, "", to_micros(due), body))
        return id

    def cancel(self, id: str) -> bool:
        """Cancels the job; False if it has run or never existed."""
        return self._space.delete(JOB, id)

    def pending(self, job: str | None = None) -> list[Job]:
        """This vendor's jobs in the order in which they will run; only those named `job`, if given."""
        jobs = map(_job, self._space.iterate(JOB))
        return [one for one in jobs if one.vendor == self._vendor and job in (None, one.name)]


def queries(space: Space) -> list[Read]:
    """The reads for the due time of the first job: the smallest result that is not None."""
    return space.first_ranks(JOB)


def is_due(first: int | None, until: datetime) -> bool:
    """Whether a job is due, from the due time of the first one."""
    return first is not None and first <= to_micros(until)


def count_overdue(space: Space, now: datetime) -> int:
    """The number of due jobs that have not run yet, up to 1,000."""
    limit = to_micros(now)
    return sum(row.rank <= limit for row in space.page(JOB, limit=_MAX_COUNTED))


def pending(space: Space) -> list[Job]:
    """All jobs of the world in the order in which they will run."""
    return [_job(row) for row in space.iterate(JOB)]


def _any_job(job: Job) -> bool:
    return True


def run_due(
    space: Space, until: datetime, run: Callable[[Job], None], can_run: Callable[[Job], bool] = _any_job
) -> int:
    """Runs every due job, including those that jobs schedule meanwhile; returns their number.

    Jobs for which `can_run` is false stay scheduled. Raises `ContractViolationError` if there is no end.
    """
    for done in range(_MAX_RUN_AT_ONCE + 1):
        job = _first_due(space, to_micros(until), can_run)
        if job is None:
            return done
        space.delete(JOB, job.id)
        run(job)
    raise _too_many_jobs()


def _first_due(space: Space, limit: int, can_run: Callable[[Job], bool]) -> Job | None:
    rows = space.page(JOB, limit=1)
    while rows and rows[0].rank <= limit:
        job = _job(rows[0])
        if can_run(job):
            return job
        rows = space.page(JOB, limit=1, after=rows[0].cursor)
    return None


def run_all(space: Space, run: Callable[[Job], None], can_run: Callable[[Job], bool] = _any_job) -> int:
    """Runs every job that is scheduled now, due or not; returns their number."""
    waiting = [job for job in pending(space) if can_run(job)]
    for job in waiting:
        if space.delete(JOB, job.id):
            run(job)
    return len(waiting)


def run_pending_work(
    space: Space, run: Callable[[Job], None], can_run: Callable[[Job], bool] = _any_job
) -> int:
    """Runs all jobs but calendar events, including those that jobs schedule meanwhile; returns their number.

    Raises `ContractViolationError` if there is no end.
    """
    done = 0
    while waiting := [job for job in pending(space) if not job.is_event and can_run(job)]:
        for job in waiting:
            if space.delete(JOB, job.id):
                run(job)
        done += len(waiting)
        if done > _MAX_RUN_AT_ONCE:
            raise _too_many_jobs()
    return done


def _too_many_jobs() -> ContractViolationError:
    return ContractViolationError(
        f"more than {_MAX_RUN_AT_ONCE} jobs were due at once; advance the clock in smaller steps"
    )


def _job(row: Row) -> Job:
    body = orjson.loads(row.body or b"{}")
    return Job(
        row.id,
        from_micros(row.rank),
        body["vendor"],
        body["job"],
        body["arguments"],
        body.get("dated", False),
    )
