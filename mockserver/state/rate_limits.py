"""Rate limit counters: calls per window of the world's clock, counted in the store."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import orjson

from mockserver.formats.timestamps import to_micros
from mockserver.storage.layout import RATE_LIMIT
from mockserver.storage.reads import Body
from mockserver.storage.store import Row, Space

_SECOND = 1_000_000


class RateLimitRule(Protocol):
    """The part of a rate limit that the counters need."""

    @property
    def name(self) -> str:
        """The limit's name."""

    @property
    def calls(self) -> int:
        """The number of calls allowed in a window."""

    @property
    def seconds(self) -> int:
        """The length of a window."""

    @property
    def ban(self) -> int:
        """For how many seconds a caller that exceeds the limit is rejected; 0: until the window ends."""

    @property
    def by_the_clock(self) -> bool:
        """Whether windows start at multiples of their length (full minutes, say), not at the first call."""


@dataclass(frozen=True, slots=True)
class Counter:
    """The state of a rate limit for one caller. Times are microseconds since 1970.

    `taken` counts the calls of the window from `since` to `ends`, rejected ones included. Until `banned`,
    every call is rejected.
    """

    calls: int
    taken: int
    since: int
    ends: int
    now: int
    banned: int = 0

    @property
    def left(self) -> int:
        """The number of calls left in the window."""
        return max(0, self.calls - self.taken)

    @property
    def until(self) -> int:
        """When the full number of calls is available again."""
        return max(self.ends, self.banned)

    @property
    def reset(self) -> int:
        """When the full number of calls is available again, in whole seconds since 1970 (rounded up)."""
        return -(-self.until // _SECOND)

    @property
    def wait(self) -> int:
        """How many whole seconds to wait before the next call; at least 1."""
        return max(1, -(-(self.until - self.now) // _SECOND))

    @property
    def is_banned(self) -> bool:
        """Whether every call is rejected now."""
        return self.now < self.banned

    @property
    def is_exceeded(self) -> bool:
        """Whether the last counted call exceeds the limit."""
        return self.taken > self.calls


def initial(rule: RateLimitRule, now: datetime) -> Counter:
    """The counter of a caller that has not called yet."""
    return _current_counter(rule, to_micros(now))


def exhausted(rule: RateLimitRule, now: datetime, wait: int | None) -> Counter:
    """The counter of a caller that has used up the limit and must wait `wait` seconds (None: a window)."""
    counter = initial(rule, now)
    seconds = rule.seconds if wait is None else wait
    return replace(counter, taken=rule.calls + 1, ends=counter.now + seconds * _SECOND)


def increment(rule: RateLimitRule, counter: Counter) -> Counter:
    """The counter with one more call; if the rule has a ban, the last allowed call starts it."""
    taken, now = counter.taken + 1, counter.now
    if rule.ban and taken >= rule.calls:
        return replace(counter, taken=0, since=now, ends=now, banned=now + rule.ban * _SECOND)
    return replace(counter, taken=taken)


class RateLimits:
    """The counters of one vendor in one world: one row for each limit and caller, in the world's space.

    Snapshots include them, a reset deletes them. Counts are exact within the transaction of a call.
    """

    def __init__(self, space: Space, vendor: str) -> None:
        self._space = space
        self._vendor = vendor

    def read(self, limits: Sequence[tuple[RateLimitRule, str]], now: datetime) -> list[Counter]:
        """The counters of these (rule, caller) pairs, read in one statement."""
        moment = to_micros(now)
        if not limits:
            return []
        bodies = self._space.store.fetch(
            *[Body(self._space.name, RATE_LIMIT, self._id(rule, key)) for rule, key in limits]
        )
        return [
            _current_counter(rule, moment, body) for (rule, _key), body in zip(limits, bodies, strict=True)
        ]

    def save(self, rule: RateLimitRule, key: str, counter: Counter) -> None:
        """Stores the counter of a rule and caller."""
        body = orjson.dumps({"since": counter.since, "taken": counter.taken, "banned": counter.banned})
        self._space.put(RATE_LIMIT, Row(self._id(rule, key), "", 0, body))

    def _id(self, rule: RateLimitRule, key: str) -> str:
        return f"{self._vendor}/{rule.name}/{key}"


def _current_counter(rule: RateLimitRule, now: int, body: bytes | None = None) -> Counter:
    """The counter of the current window, from the stored one; a clock set back starts a new window."""
    length = rule.seconds * _SECOND
    since = now // length * length if rule.by_the_clock else now
    stored = orjson.loads(body) if body else {"since": since, "taken": 0, "banned": 0}
    banned = stored["banned"] if stored["banned"] - rule.ban * _SECOND <= now < stored["banned"] else 0
    if not stored["since"] <= now < stored["since"] + length or (
        rule.by_the_clock and stored["since"] != since
    ):
        stored = {"since": since, "taken": 0}
    return Counter(rule.calls, stored["taken"], stored["since"], stored["since"] + length, now, banned)
