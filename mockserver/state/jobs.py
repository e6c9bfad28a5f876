"""What a vendor does later: jobs with due times, done in order when the world's clock has passed them."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from mockserver.errors import ContractViolationError
from mockserver.formats.timestamps import from_micros, to_micros
from mockserver.storage.store import Row, ScalarQuery, Space

_KIND = "_job"
_MOST_AT_ONCE = 100_000
_MOST_COUNTED = 1_000


class Job(NamedTuple):
    """One thing to be done."""

    id: str
    due: datetime
    vendor: str
    name: str
    arguments: dict[str, Any]
    dated: bool = False


class Jobs:
    """The jobs of one vendor in one world."""

    def __init__(self, space: Space, vendor: str, serial: Callable[[], int]) -> None:
        self._space = space
        self._vendor = vendor
        self._serial = serial

    def schedule(self, due: datetime, job: str, **arguments: Any) -> str:
        """Has the vendor's job of that name done when the clock passes `due`; gives its id."""
        return self._plan(due, job, arguments, dated=False)

    def schedule_event(self, due: datetime, job: str, **arguments: Any) -> str:
        """The same for a date that is kept in worlds which do not wait for work, too: a night, an end."""
        return self._plan(due, job, arguments, dated=True)

    def _plan(self, due: datetime, job: str, arguments: dict[str, Any], dated: bool) -> str:
        id = f"{self._vendor}-{self._serial():012d}"
        body = orjson.dumps({"vendor": self._vendor, "job": job, "arguments": arguments, "dated": dated})
        self._space.put(_KIND, Row(id, "", to_micros(due), body))
        return id

    def cancel(self, id: str) -> bool:
        """Takes the job back; False if it is done or was never there."""
        return self._space.delete(_KIND, id)

    def pending(self, job: str | None = None) -> list[Job]:
        """This vendor's jobs in the order they will be done, of one name if one is given."""
        everything = map(_job, self._space.iterate(_KIND))
        return [one for one in everything if one.vendor == self._vendor and job in (None, one.name)]


def queries(space: Space) -> list[ScalarQuery]:
    """What to ask the store for `is_due`."""
    return space.first_ranks(_KIND)


def has_due(answers: Iterable[int | None], until: datetime) -> bool:
    """Whether there is anything to do, by the answers to the questions."""
    limit = to_micros(until)
    return any(rank is not None and rank <= limit for rank in answers)


def count_overdue(space: Space, now: datetime) -> int:
    """How many jobs the clock has passed that nobody has done yet; beyond 1,000 nobody counts."""
    limit = to_micros(now)
    return sum(row.rank <= limit for row in space.page(_KIND, limit=_MOST_COUNTED))


def pending(space: Space) -> list[Job]:
    """All jobs of the world in the order they will be done."""
    return [_job(row) for row in space.iterate(_KIND)]


def _anybody(job: Job) -> bool:
    return True


def run_due(
    space: Space, until: datetime, perform: Callable[[Job], None], can: Callable[[Job], bool] = _anybody
) -> int:
    """Does every job that is due, also those that jobs schedule meanwhile; gives how many there were.

    One that nobody `can` do waits on. Raises `ContractViolationError` if it never ends.
    """
    for done in range(_MOST_AT_ONCE + 1):
        job = _first_due(space, to_micros(until), can)
        if job is None:
            return done
        space.delete(_KIND, job.id)
        perform(job)
    raise _never_ends()


def _first_due(space: Space, limit: int, can: Callable[[Job], bool]) -> Job | None:
    rows = space.page(_KIND, limit=1)
    while rows and rows[0].rank <= limit:
        job = _job(rows[0])
        if can(job):
            return job
        rows = space.page(_KIND, limit=1, after=rows[0].cursor)
    return None


def run_all(space: Space, perform: Callable[[Job], None], can: Callable[[Job], bool] = _anybody) -> int:
    """Does every job that waits now, once and whenever it is due; gives how many there were."""
    waiting = [job for job in pending(space) if can(job)]
    for job in waiting:
        if space.delete(_KIND, job.id):
            perform(job)
    return len(waiting)


def run_pending_work(
    space: Space, perform: Callable[[Job], None], can: Callable[[Job], bool] = _anybody
) -> int:
    """Does all work that waits, also what comes of it, but keeps the dates; gives how many jobs there were.

    Raises `ContractViolationError` if it never ends.
    """
    done = 0
    while waiting := [job for job in pending(space) if not job.dated and can(job)]:
        for job in waiting:
            if space.delete(_KIND, job.id):
                perform(job)
        done += len(waiting)
        if done > _MOST_AT_ONCE:
            raise _never_ends()
    return done


def _never_ends() -> ContractViolationError:
    return ContractViolationError(
        f"more than {_MOST_AT_ONCE} jobs were due at once; advance the clock in smaller steps"
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
