"""Rate limit windows and bans, on the world's clock."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from mockserver.state.rate_limits import Counter, RateLimits, increment, initial
from mockserver.storage.memory import MemoryStore

NOW = datetime(2026, 1, 1, 12, 0, 20, 500_000, tzinfo=UTC)
EPOCH = int(NOW.timestamp())


class Rule(NamedTuple):
    name: str = "minute"
    calls: int = 3
    seconds: int = 60
    ban: int = 0
    by_the_clock: bool = False


BAN = Rule("bad", 3, 15, ban=20)


@pytest.fixture
def limits() -> Iterator[RateLimits]:
    store = MemoryStore()
    yield RateLimits(store.space("w/one", "b/1"), "shop")
    store.close()


def count(limits: RateLimits, rule: Rule, key: str = "a", **later: float) -> Counter:
    """Counts one call at the given time after NOW."""
    (before,) = limits.read([(rule, key)], NOW + timedelta(**later))
    after = increment(rule, before)
    limits.save(rule, key, after)
    return after


def test_a_window_starts_at_its_first_call(limits: RateLimits) -> None:
    taken = [count(limits, Rule(), seconds=second) for second in (0, 10, 59.9, 59.999999)]
    assert [one.left for one in taken] == [2, 1, 0, 0]
    assert [one.is_exceeded for one in taken] == [False, False, False, True]
    assert [one.wait for one in taken] == [60, 50, 1, 1]
    assert {one.reset for one in taken} == {EPOCH + 61}  # 80.5 seconds after the minute: rounded up
    assert count(limits, Rule(), seconds=60).left == 2


def test_windows_by_the_clock_start_at_the_full_minute(limits: RateLimits) -> None:
    rule = Rule(by_the_clock=True)
    assert [count(limits, rule, seconds=second).left for second in (0, 39.4)] == [2, 1]
    first, second = count(limits, rule, seconds=39.499999), count(limits, rule, seconds=39.5)
    assert (first.left, first.reset, first.wait) == (0, EPOCH + 40, 1)
    assert (second.left, second.reset, second.wait) == (2, EPOCH + 100, 60)


def test_rejected_calls_count(limits: RateLimits) -> None:
    assert [count(limits, Rule()).taken for _ in range(5)] == [1, 2, 3, 4, 5]


def test_callers_and_limits_are_counted_separately(limits: RateLimits) -> None:
    assert [count(limits, Rule(), key).left for key in ("a", "a", "b")] == [2, 1, 2]
    assert count(limits, Rule("hour")).left == 2
    asked = [(Rule(), "a"), (Rule("hour"), "a"), (Rule(), "c")]
    assert [one.left for one in limits.read(asked, NOW)] == [1, 2, 3]
    assert limits.read([], NOW) == []


def test_the_last_allowed_call_starts_a_ban(limits: RateLimits) -> None:
    bad = [count(limits, BAN, seconds=second) for second in (0, 1, 14.9)]
    assert [one.is_banned for one in bad] == [False, False, True]
    assert bad[-1].wait == 20
    for second, banned in ((15, True), (34.899999, True), (34.9, False)):
        (now,) = limits.read([(BAN, "a")], NOW + timedelta(seconds=second))
        assert now.is_banned == banned
    assert [count(limits, BAN, seconds=35).is_banned for _ in range(3)] == [False, False, True]


def test_bad_calls_far_apart_start_no_ban(limits: RateLimits) -> None:
    assert not any(count(limits, BAN, seconds=8 * number).is_banned for number in range(9))


def test_setting_the_clock_back_locks_out_no_caller(limits: RateLimits) -> None:
    for _ in range(4):
        count(limits, Rule())
        count(limits, BAN)
    assert count(limits, Rule(), seconds=-1).left == 2
    (now,) = limits.read([(BAN, "a")], NOW - timedelta(seconds=1))
    assert not now.is_banned


def test_a_raised_limit_applies_to_the_current_window(limits: RateLimits) -> None:
    for _ in range(4):
        count(limits, Rule())
    (more,) = limits.read([(Rule(calls=10), "a")], NOW)
    assert (more.left, more.taken) == (6, 4)


def test_the_initial_counter() -> None:
    fresh = initial(Rule(), NOW)
    assert (fresh.left, fresh.wait, fresh.is_exceeded, fresh.is_banned) == (3, 60, False, False)
