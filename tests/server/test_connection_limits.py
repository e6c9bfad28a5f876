"""The connection that is closed for want of room, and clients for which the server has waited too long."""

from dataclasses import dataclass

import pytest

from mockserver.server.connection_limits import Limits, longest_idle, overdue

LIMITS = Limits(head_seconds=10, body_seconds=20, idle_seconds=30, write_seconds=40)


@dataclass
class Waiting:
    """A connection that has been in the same state since a moment."""

    since: float = 0.0
    is_busy: bool = False
    awaits: str = "idle"
    unread_since: float | None = None

    def is_unread(self, now: float, seconds: float) -> bool:
        return self.unread_since is not None and now - self.unread_since > seconds

    def abort(self) -> None:
        raise NotImplementedError

    def give_up(self, awaited: str) -> None:
        raise NotImplementedError

    def drain(self) -> None:
        raise NotImplementedError


def test_the_longest_idle_goes_and_one_with_a_call_only_if_none_waits() -> None:
    calling, later = Waiting(1, is_busy=True), Waiting(2, is_busy=True)
    old, young = Waiting(3), Waiting(4)
    assert longest_idle([later, calling, young, old]) is old
    assert longest_idle([later, calling]) is calling
    assert longest_idle([]) is None


@pytest.mark.parametrize(("awaits", "seconds"), [("hello", 10), ("head", 10), ("body", 20), ("idle", 30)])
def test_each_wait_has_its_own_end(awaits: str, seconds: float) -> None:
    assert overdue(Waiting(5, awaits=awaits), LIMITS, 5 + seconds) is None
    assert overdue(Waiting(5, awaits=awaits), LIMITS, 6 + seconds) == awaits
    assert overdue(Waiting(5, is_busy=True, awaits=awaits), LIMITS, 500) is None, "the server's own time"


def test_a_client_that_does_not_read_is_overdue_even_with_a_call_in_flight() -> None:
    assert overdue(Waiting(5, is_busy=True, unread_since=5), LIMITS, 45) is None
    assert overdue(Waiting(5, is_busy=True, unread_since=5), LIMITS, 46) == "write"
