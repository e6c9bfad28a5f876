"""How long the client of the control API waits for a reply."""

from collections.abc import Callable
from typing import Any

import pytest

from mockserver import Control
from mockserver.client import connection
from mockserver.client.clock import Clock
from mockserver.client.jobs import Jobs
from mockserver.errors import ControlError

Send = Callable[[Control], object]

QUICK: list[Send] = [
    Control.health,
    lambda control: control.create_world("mine"),
    lambda control: Clock(control, "/worlds/mine/clock").read(),
    lambda control: Jobs(control, "/worlds/mine/jobs").pending(),
    lambda control: control.send("DELETE", "/worlds/clock"),
    lambda control: control.send("GET", "/worlds/mine/snapshots"),
]
LONG: list[Send] = [
    lambda control: Clock(control, "/worlds/mine/clock").advance(days=365),
    lambda control: Jobs(control, "/worlds/mine/jobs").run(),
    lambda control: control.send("POST", "/worlds/mine/backstage/shop/recalculate", {}),
    lambda control: control.fetch_file("/worlds/mine/snapshots/start/file"),
    lambda control: control.send("PUT", "/worlds/mine/snapshots/start/file", b""),
    lambda control: control.fetch_file("/worlds/mine/capsule"),
    lambda control: control.send("PUT", "/worlds/mine/capsule?until=2", b""),
]


@pytest.fixture
def timeouts(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The timeouts of the connections that are opened; none succeeds."""
    opened: list[float] = []

    def refuse(host: str, timeout: float) -> Any:
        opened.append(timeout)
        raise ControlError("unreachable", host)

    monkeypatch.setattr(connection, "HTTPConnection", refuse)
    monkeypatch.setattr(connection.Connection, "_check_server", lambda _self: None)
    return opened


@pytest.mark.parametrize(("sends", "seconds"), [(QUICK, 60), (LONG, 900)])
def test_calls_that_run_jobs_or_carry_files_may_take_long(
    sends: list[Send], seconds: float, timeouts: list[float]
) -> None:
    for send in sends:
        with pytest.raises(ControlError):
            send(Control("http://127.0.0.1:1"))
    assert timeouts == [seconds] * len(sends)


def test_a_timeout_that_is_given_counts_for_all_calls(timeouts: list[float]) -> None:
    for send in (*QUICK, *LONG):
        with pytest.raises(ControlError):
            send(Control("http://127.0.0.1:1/behind/a/prefix", timeout=5))
    assert set(timeouts) == {5}
