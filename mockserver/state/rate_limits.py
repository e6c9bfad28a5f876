"""What callers have taken of a vendor's limits: windows on the world's clock, counted in the store."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import orjson

from mockserver.formats.timestamps import to_micros
from mockserver.storage.store import Row, Space, body_of

_KIND = "_limit"
_SECOND = 1_000_000


class RateLimitRule(Protocol):
    """What counting needs to know of a limit."""

    @property
    def name(self) -> str:
        """The limit's name."""

    @property
    def calls(self) -> int:
        """How many calls there are in a window."""

    @property
    def seconds(self) -> int:
        """How long a window is."""

    @property
    def ban(self) -> int:
        """For how many seconds a caller is turned away who has used it up; 0: until the window ends."""

    @property
    def by_the_clock(self) -> bool:
        """Whether windows begin at the full minutes, say, of the clock and not with their first call."""


@dataclass(frozen=True, slots=True)
class Counter:
    """How a limit stands for one caller. Times are microseconds since 1970.

    `taken` are the calls of the window from `since` to `ends`, those that were turned away included; until
    `banned` nothing is let through.
    """

    calls: int
    taken: int
    since: int
    ends: int
    now: int
    banned: int = 0

    @property
    def left(self) -> int:
        """The calls that the window still has."""
        return max(0, self.calls - self.taken)

    @property
    def until(self) -> int:
        """When all calls are there again."""
        return max(self.ends, self.banned)

    @property
    def reset(self) -> int:
        """The same in whole seconds since 1970."""
        return -(-self.until // _SECOND)

    @property
    def wait(self) -> int:
        """For how many whole seconds it is wise to wait; at least one."""
        return max(1, -(-(self.until - self.now) // _SECOND))

    @property
    def is_banned(self) -> bool:
        """Whether nothing is let through now, whatever it is."""
        return self.now < self.banned

    @property
    def is_exceeded(self) -> bool:
        """Whether the call that was counted last is one too many."""
        return self.taken > self.calls


def initial(rule: RateLimitRule, now: datetime) -> Counter:
    """How the limit stands for somebody who has not called yet."""
    return _opened(rule, to_micros(now))


def exhausted(rule: RateLimitRule, now: datetime, wait: int | None) -> Counter:
    """How the limit stands for somebody who has used it up and is to wait so long, else a whole window."""
    count = initial(rule, now)
    seconds = rule.seconds if wait is None else wait
    return replace(count, taken=rule.calls + 1, ends=count.now + seconds * _SECOND)


def increment(rule: RateLimitRule, count: Counter) -> Counter:
    """With one more call; where there is a ban, the last call of the number brings it about."""
    taken = count.taken + 1
    if rule.ban and taken >= rule.calls:
        return replace(count, taken=0, since=count.now, ends=count.now, banned=count.now + rule.ban * _SECOND)
    return replace(count, taken=taken)


class RateLimits:
    """The counts of one vendor in one world: one row for each limit and caller, kept in the world's rows.

    A snapshot keeps them, a reset forgets them. Counting is exact within the transaction of a call.
    """

    def __init__(self, space: Space, vendor: str) -> None:
        self._space = space
        self._vendor = vendor

    def read(self, asked: Sequence[tuple[RateLimitRule, str]], now: datetime) -> list[Counter]:
        """How these limits stand for these callers, in one statement."""
        moment = to_micros(now)
        if not asked:
            return []
        questions = [body_of(self._space.name, _KIND, self._id(rule, key)) for rule, key in asked]
        bodies = self._space.store.fetch(*questions)
        return [_opened(rule, moment, body) for (rule, _key), body in zip(asked, bodies, strict=True)]

    def save(self, rule: RateLimitRule, key: str, count: Counter) -> None:
        """Writes down how it stands."""
        body = orjson.dumps({"since": count.since, "taken": count.taken, "banned": count.banned})
        self._space.put(_KIND, Row(self._id(rule, key), "", 0, body))

    def _id(self, rule: RateLimitRule, key: str) -> str:
        return f"{self._vendor}/{rule.name}/{key}"


def _opened(rule: RateLimitRule, now: int, body: bytes | None = None) -> Counter:
    """The count of the window that `now` is in, by what was kept; a clock that was set back begins anew."""
    length = rule.seconds * _SECOND
    since = now // length * length if rule.by_the_clock else now
    kept = orjson.loads(body) if body else {"since": since, "taken": 0, "banned": 0}
    banned = kept["banned"] if kept["banned"] - rule.ban * _SECOND <= now < kept["banned"] else 0
    if not kept["since"] <= now < kept["since"] + length or (rule.by_the_clock and kept["since"] != since):
        kept = {"since": since, "taken": 0}
    return Counter(rule.calls, kept["taken"], kept["since"], kept["since"] + length, now, banned)
