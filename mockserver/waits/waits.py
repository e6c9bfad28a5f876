"""The waits of a client in one `with waiting()` block."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import fsum
from typing import Any, Final, Protocol, overload

from mockserver.call import Exchange
from mockserver.errors import WaitTooLongError
from mockserver.formats.durations import format_seconds, to_seconds
from mockserver.waits.wait import Wait, retry_after

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module

_UNIT_ERROR: Final = range(500, 2001)
"""A wait that is this many times as long as it was asked to be confuses seconds and milliseconds."""
_LONG: Final = 60.0
"""Seconds; a shorter wait is not refused for its unit."""
_MAX_LISTED: Final = 20
_FILTERS: Final = ("vendor", "operation", "status", "problem", "fault", "number", "kind")


class WorldClock(Protocol):
    """The methods of a world's clock that a block uses."""

    def change(self, **change: object) -> object:
        """Change the clock."""


class WorldJournal(Protocol):
    """The methods of a world's journal that a block uses."""

    def newest(self) -> int:
        """The number of the newest exchange."""

    def __call__(self, *, since: int, until: int) -> list[Exchange]:
        """The exchanges from one number to another."""


class Waits(Sequence[Wait]):
    """The waits of one block, oldest first.

    `longest` and `total` bound one wait and the clock's whole way, in seconds; `patience` is how many real
    seconds a thread that neither waits nor ends may hold the clock.
    """

    def __init__(
        self,
        world: str,
        clock: WorldClock,
        journal: WorldJournal,
        *,
        longest: timedelta | float | str,
        total: timedelta | float | str,
        patience: timedelta | float | str,
    ) -> None:
        self._world, self._clock, self._journal = world, clock, journal
        self._limits = (to_seconds(longest), to_seconds(total))
        self._patience = to_seconds(patience)
        self._waits: list[Wait] = []
        self._exchange: Exchange | None = None
        self._moved: list[float] = []
        self.failure: WaitTooLongError | None = None
        """The first wait that was too long; the end of the block raises it again, if the client hides it."""

    @overload
    def __getitem__(self, index: int) -> Wait: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Wait]: ...

    def __getitem__(self, index: int | slice) -> Wait | Sequence[Wait]:
        return self._waits[index]

    def __len__(self) -> int:
        return len(self._waits)

    def __iter__(self) -> Iterator[Wait]:
        return iter(tuple(self._waits))

    def __str__(self) -> str:
        if not self._waits:
            return f"the client of world {self._world} did not wait"
        count = "1 wait" if len(self) == 1 else f"{len(self)} waits"
        rows = [f"  {wait}" for wait in self._waits[-_MAX_LISTED:]]
        left_out = [f"  … after {len(self) - _MAX_LISTED} earlier ones"] if len(self) > _MAX_LISTED else []
        head = f"{count} of the client of world {self._world}, {format_seconds(self.total)} in all:"
        return "\n".join([head, *left_out, *rows])

    __repr__ = __str__

    @property
    def total(self) -> float:
        """The seconds by which the waits have moved the clock; simultaneous ones count once."""
        return round(fsum(self._moved), 6)

    @property
    def seconds(self) -> list[float]:
        """The seconds of each wait."""
        return [wait.seconds for wait in self._waits]

    @property
    def early(self) -> list[Wait]:
        """The waits that were shorter than the `Retry-After` of the reply before them."""
        return [wait for wait in self._waits if wait.seconds < (wait.retry_after or 0.0)]

    def after(self, **expected: Any) -> list[Wait]:
        """The waits after such a reply: `vendor`, `operation`, `status`, `problem`, `fault`, `number`.

        `kind` is what waited. Raises `TypeError` for another name.
        """
        for name in expected:
            if name not in _FILTERS:
                raise TypeError(f"after() has no argument {name!r}; use {'=, '.join(_FILTERS)}=")
        return [
            wait
            for wait in self._waits
            if all(getattr(wait, name) == value for name, value in expected.items())
        ]

    # For the shared time

    def __hash__(self) -> int:
        return object.__hash__(self)

    def check(self, seconds: float, step: float, exchange: Exchange | None) -> None:
        """Raises `WaitTooLongError` for a wait of `seconds`, or if the sum becomes too great by the step."""
        longest, total = self._limits
        asked = retry_after(exchange) if exchange else None
        text, sum_of_all = format_seconds(seconds), self.total + step
        if seconds > longest:
            what = f"waits {text}, longer than {format_seconds(longest)}"
            self._refuse(exchange, what, f"fix the client, or pass waiting(longest={text!r})")
        if asked and int(seconds / asked) in _UNIT_ERROR and seconds >= _LONG:
            what = f"waits {text} where Retry-After asks for {asked:g} seconds: are these milliseconds?"
            self._refuse(exchange, what, "fix the client")
        if sum_of_all > total:
            what = f"has waited {format_seconds(sum_of_all)} in all, longer than {format_seconds(total)}"
            fix = f"pass waiting(total={format_seconds(2 * total)!r}), or clock=True if it waits until a time"
            self._refuse(exchange, what, f"fix the client, {fix}")

    def newest_exchange(self) -> Exchange | None:
        """The newest exchange of the world."""
        number = self._journal.newest()
        if not number:
            self._exchange = None
        elif self._exchange is None or self._exchange["number"] != number:
            self._exchange = next(iter(self._journal(since=number, until=number)), None)
        return self._exchange

    def move(self, step: float) -> None:
        """Move the clock of the world."""
        self._clock.change(advance=step)
        self._moved.append(step)

    def keep(self, wait: Wait) -> None:
        """Keep a wait."""
        self._waits.append(wait)

    def patience(self) -> float:
        """How many real seconds a thread may hold the time."""
        return self._patience

    def take_failure(self) -> WaitTooLongError | None:
        """The first wait that was too long, once."""
        failure, self.failure = self.failure, None
        return failure

    def _refuse(self, exchange: Exchange | None, what: str, fix: str) -> None:
        where = f" after exchange {exchange['number']}" if exchange else ""
        error = WaitTooLongError(f"the client of world {self._world} {what}{where}; {fix}")
        self.failure = self.failure or error
        raise error
