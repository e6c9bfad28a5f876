"""Strictness check: reads the journal of a test's world and decides whether the test fails."""

from typing import Final

from mockserver.call import Exchange
from mockserver.client import World, exchange_format
from mockserver.errors import ControlError

_UNKNOWN: Final = ("unknown_vendor", "unknown_path", "unknown_method")


class StrictnessCheck:
    """Collects the exchanges of one world that fail its test.

    `strict` decides which do. False: replies of this server that violate the contract. None: also calls to
    unknown vendors, paths and methods. True: also every call that violates the contract, even if the client
    ignored the error response.
    """

    def __init__(self, world: World, strict: bool | None) -> None:
        self._world = world
        self._strict = strict
        self._last_number = 0
        self._failing: list[Exchange] = []
        world.journal.before_clear = self._collect_before_clear

    def collect(self) -> None:
        """Read the exchanges since the last call and keep those that fail the test. Raises ControlError."""
        self._keep(self._world.journal(flawed=self._flawed, after=self._last_number))

    @property
    def _flawed(self) -> bool | None:
        """The filter of the journal: invalid calls can only be found among all exchanges."""
        return None if self._strict else True

    def _keep(self, found: list[Exchange]) -> None:
        self._failing += [exchange for exchange in found if fails_test(exchange, self._strict)]
        self._last_number = found[-1]["number"] if found else self._last_number

    def _collect_before_clear(self) -> None:
        self.collect()
        self._last_number = 0  # the journal of a reset world starts from 1 again

    def failure_message(self) -> str | None:
        """Report the failing exchanges since the last report; None if there are none."""
        try:
            if not self._world.is_deleted:
                self.collect()
        except ControlError as error:
            return f"mockserver: {error}"
        return self._report()

    def delete_world(self) -> str | None:
        """Delete the world; report the failing exchanges since the last report. Raises ControlError.

        One call does both, so that no exchange of a late client is lost in between.
        """
        if not self._world.is_deleted:
            self._keep(self._world.delete(after=self._last_number, flawed=self._flawed))
        return self._report()

    def _report(self) -> str | None:
        failing, self._failing = self._failing, []
        if not failing:
            return None
        return f"{exchange_format.failure_report(failing)}{_marker_hint(failing, self._strict)}"


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
