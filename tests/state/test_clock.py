"""The clock: real, shifted or frozen, and moved exactly."""

from datetime import UTC, datetime, timedelta

import pytest

from mockserver.formats.timestamps import to_micros
from mockserver.state import clock as clock_module
from mockserver.state.clock import Clock
from mockserver.storage.store import Store
from tests.state.conftest import START

HOUR = timedelta(hours=1)
TICKS = timedelta(microseconds=5)


class RealTime:
    """A replacement of the real time that advances by a microsecond with each reading."""

    def __init__(self) -> None:
        self.micros = to_micros(START)

    def __call__(self) -> int:
        self.micros += 1
        return self.micros

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.micros // 10**6, UTC).replace(microsecond=self.micros % 10**6)


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> RealTime:
    real = RealTime()
    monkeypatch.setattr(clock_module, "_real_micros", real)
    return real


@pytest.fixture
def clock(real: RealTime, store: Store) -> Clock:
    return Clock(store.space("w/x"))


@pytest.fixture
def frozen(store: Store) -> Clock:
    return Clock(store.space("w/y"), START)


def test_a_real_clock_reads_the_real_time(clock: Clock, real: RealTime) -> None:
    assert clock.now() == real.now
    assert clock.mode == "real"
    assert clock.now() == real.now


def test_the_real_time_is_the_system_time(store: Store) -> None:
    before = datetime.now(UTC)
    assert before <= Clock(store.space("w/z")).now() <= datetime.now(UTC)


def test_a_shifted_clock_runs_on_from_the_new_time(clock: Clock, real: RealTime) -> None:
    new_time = datetime(2030, 6, 1, tzinfo=UTC)
    clock.set(new_time)
    assert clock.mode == "shifted"
    real.micros += 10**6
    assert timedelta(0) <= clock.now() - new_time - timedelta(seconds=1) < TICKS


def test_a_running_clock_advances_exactly(clock: Clock, real: RealTime) -> None:
    clock.advance(HOUR)
    clock.advance(HOUR)
    assert clock.now() - real.now == 2 * HOUR
    clock.advance(-2 * HOUR)
    assert clock.now() == real.now
    assert clock.mode == "real"


def test_a_frozen_clock_does_not_run(clock: Clock, real: RealTime) -> None:
    clock.freeze()
    stopped = clock.now()
    real.micros += 10**9
    assert clock.now() == stopped
    assert clock.mode == "frozen"
    clock.freeze()
    assert clock.now() == stopped


def test_a_frozen_clock_stays_frozen_when_set_or_advanced(frozen: Clock) -> None:
    assert (frozen.now(), frozen.mode) == (START, "frozen")
    frozen.advance(HOUR)
    assert frozen.now() == START + HOUR
    frozen.advance(-3 * HOUR)
    assert frozen.now() == START - 2 * HOUR
    frozen.set(START)
    assert (frozen.now(), frozen.mode) == (START, "frozen")


def test_an_unfrozen_clock_runs_on_from_its_time(frozen: Clock, real: RealTime) -> None:
    frozen.set(datetime(2040, 1, 1, tzinfo=UTC))
    frozen.unfreeze()
    assert frozen.mode == "shifted"
    real.micros += 10**6
    assert timedelta(0) <= frozen.now() - datetime(2040, 1, 1, 0, 0, 1, tzinfo=UTC) < TICKS


def test_unfreezing_a_running_clock_changes_nothing(clock: Clock, real: RealTime) -> None:
    clock.unfreeze()
    assert clock.mode == "real"
    clock.advance(HOUR)
    clock.unfreeze()
    assert clock.now() - real.now == HOUR


def test_times_in_any_zone(frozen: Clock) -> None:
    frozen.set(datetime.fromisoformat("2026-01-01T05:00:00+02:00"))
    assert frozen.now() == START + 3 * HOUR
    assert frozen.now().utcoffset() == timedelta(0)


def test_before_1970(frozen: Clock) -> None:
    frozen.set(datetime(1961, 4, 12, 6, 7, 0, 5, tzinfo=UTC))
    assert frozen.now() == datetime(1961, 4, 12, 6, 7, 0, 5, tzinfo=UTC)


def test_a_time_beyond_year_9999_is_rejected(clock: Clock, frozen: Clock) -> None:
    for one in (clock, frozen):
        before = one.now()
        with pytest.raises(OverflowError):
            one.advance(timedelta(days=365 * 9000))
        assert one.now() - before < timedelta(seconds=1)


def test_the_clock_is_stored_in_its_space(frozen: Clock, store: Store) -> None:
    frozen.advance(HOUR)
    assert Clock(store.space("w/y"), START).now() == START + HOUR
    store.delete_space("w/y")
    assert frozen.now() == START
