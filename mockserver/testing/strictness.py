"""Strictness check: reads the journal of a test's world and decides whether the test fails."""

from collections.abc import Callable
from typing import Final

from mockserver.call import Exchange
from mockserver.client import World, exchange_format
from mockserver.client.journal import JournalPage

_UNKNOWN: Final = ("unknown_vendor", "unknown_path", "unknown_method")
_MAX_SHOWN: Final = 5


class StrictnessCheck:
    """Collects the exchanges of one world that fail the test that made them.

    `strict`, of the test that is running, decides which do. False: replies of this server that violate the
    contract. None: also calls to unknown vendors, paths and methods. True: also every call that violates the
    contract, even if the client ignored the error response.
    """

    def __init__(self, world: World, strict: Callable[[], bool | None]) -> None:
        self.world = world
        self._strict = strict
        self._last_number = self._start = 0
        self._failing: list[Exchange] = []
        self._dropped = 0
        world.journal.before_clear = self._collect_before_clear

    def begin(self) -> None:
        """Begin with the next exchange: a world that exists has been called before."""
        self._last_number = self._start = self.world.journal.newest()

    def collect(self) -> None:
        """Read the exchanges since the last call and keep those that fail the test. Raises ControlError."""
        if not self.world.is_deleted:
            self._keep(self.world.journal.read(flawed=self._flawed, after=self._last_number))

    def delete_world(self) -> None:
        """Delete the world, and keep the failing ones of its last exchanges. Raises ControlError.

        One call does both, so that no exchange of a late client is lost in between.
        """
        if not self.world.is_deleted:
            self._keep(self.world.delete_and_read(after=self._last_number, flawed=self._flawed))

    def end_test(self) -> None:
        """Forget what has been collected: further exchanges belong to the next test."""
        self._failing, self._dropped, self._start = [], 0, self._last_number

    def last_exchanges(self) -> list[Exchange]:
        """The last exchanges since the test began."""
        if self.world.is_deleted:
            return []
        return self.world.journal(after=self._start)[-_MAX_SHOWN:]

    def report(self) -> str | None:
        """The message about the failing exchanges since the last report; None if there are none."""
        failing, dropped = self._failing, self._dropped
        self._failing, self._dropped = [], 0
        if failing:
            return f"{exchange_format.failure_report(failing)}{_marker_hint(failing, self._strict())}"
        if dropped:
            count = "1 exchange" if dropped == 1 else f"{dropped} exchanges"
            fix = "call clear_journal() now and then, which checks them first"
            return f"mockserver: the journal of {self.world.name} has dropped {count} unchecked; {fix}"
        return None

    @property
    def _flawed(self) -> bool | None:
        """The filter of the journal: invalid calls can only be found among all exchanges."""
        return None if self._strict() else True

    def _keep(self, found: JournalPage) -> None:
        strict = self._strict()
        self._failing += [exchange for exchange in found["exchanges"] if fails_test(exchange, strict)]
        self._dropped += found["dropped"]
        self._last_number = found["last"]

    def _collect_before_clear(self) -> None:
        self.collect()
        # The journal of a reset world starts from 1 again; that of a cleared one has nothing up to here.
        self._last_number = self._start = 0


def fails_test(exchange: Exchange, strict: bool | None) -> bool:
    """Whether the exchange fails a test of this strictness. Replies changed by a fault never do."""
    if exchange_format.is_broken_promise(exchange):
        fault = exchange["fault"]
        return fault is None or fault["kind"] == "latency"  # a delay changes no reply
    if strict is False:
        return False
    return exchange["flaw"] in _UNKNOWN or (bool(strict) and is_invalid_call(exchange))


def is_invalid_call(exchange: Exchange) -> bool:
    """Whether the call violated the contract, or contained parameters or members unknown to it."""
    sides = [violation["side"] for violation in exchange["violations"]]
    return "call" in sides or bool(exchange["unknown"])


def _marker_hint(failing: list[Exchange], strict: bool | None) -> str:
    """The marker that allows these exchanges; empty if no marker does."""
    if all(map(exchange_format.is_broken_promise, failing)):
        return ""
    unknown = any(exchange["flaw"] in _UNKNOWN for exchange in failing)
    level = "False" if unknown or not strict else "None"
    return f"\n\n  expected? mark the test with @pytest.mark.mockserver(strict={level})"
