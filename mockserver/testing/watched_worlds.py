"""The worlds of a test session that are watched: what is called in them counts for the test that is running.

A world may live as long as one test or as long as the session. At the end of a test, and again after its
teardown, the exchanges since the last look belong to that test.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from mockserver.call import Exchange
from mockserver.client import World, exchange_format
from mockserver.errors import ControlError
from mockserver.testing.capsules import write_capsules
from mockserver.testing.strictness import StrictnessCheck


class Collector(Protocol):
    """Gathers something of the calls of all tests."""

    def collect(self, world: World) -> None:
        """Gather from a world."""

    def collect_before_clear(self, world: World) -> None:
        """Gather from a world whenever its journal is about to be cleared."""


class WatchedWorlds:
    """The watched worlds of a session. `strict` is the strictness of the test that is running."""

    def __init__(self, strict: Callable[[], bool | None], collectors: Sequence[Collector]) -> None:
        self._strict = strict
        self._collectors = collectors
        self._checks: list[StrictnessCheck] = []
        self._last: list[tuple[str, list[Exchange]]] = []

    def write_capsules(self, folder: Path, test: str) -> list[tuple[str, str]]:
        """Write a capsule of each world into the folder; the section of the test's report that names them."""
        lines = write_capsules(folder, test, [check.world for check in self._checks])
        return [("mockserver capsules", "\n".join(lines))] if lines else []

    def add(self, world: World, *, exists: bool = False) -> StrictnessCheck:
        """Watch a new world, or one that `exists` already: from now on. Raises ControlError."""
        check = StrictnessCheck(world, self._strict)
        if exists or world.is_replayed:
            check.begin()
        self._checks.append(check)
        for collector in self._collectors:
            collector.collect_before_clear(world)
        return check

    def release(self, check: StrictnessCheck, *, delete: bool = True) -> str | None:
        """Watch the world no longer, and delete it; report its failing exchanges. Raises ControlError."""
        self._checks.remove(check)
        for collector in () if check.world.is_deleted else self._collectors:
            collector.collect(check.world)
        if delete:
            check.delete_world()
        else:
            check.collect()
        return check.report()

    def keep_last(self, check: StrictnessCheck) -> None:
        """Keep the last exchanges of a world for the report of a test that fails. Raises ControlError."""
        self._last.append((check.world.name, check.last_exchanges()))

    def failure_message(self) -> str | None:
        """Report the failing exchanges of all worlds since the last report; None if there are none."""
        try:
            for check in self._checks:
                check.collect()
        except ControlError as error:
            return f"mockserver: {error}"
        messages = [message for check in self._checks if (message := check.report())]
        waits = [check.world.waits for check in self._checks if check.world.waits is not None]
        messages += [f"mockserver: {failure}" for one in waits if (failure := one.take_failure())]
        return "\n\n".join(messages) or None

    def end_test(self) -> None:
        """The test is over: what is called from now on counts for the next one."""
        self._last = []
        for check in self._checks:
            check.end_test()

    def last_exchanges(self) -> str | None:
        """The last exchanges of the test in each world, as text; None without any."""
        found = [*self._last]
        with suppress(ControlError):  # the report of the test's failure matters more
            found += [(check.world.name, check.last_exchanges()) for check in self._checks]
        blocks = [
            f"the last exchanges of world {name}:\n\n{exchange_format.format_exchanges(exchanges)}"
            for name, exchanges in found
            if exchanges
        ]
        blocks += [str(check.world.waits) for check in self._checks if check.world.waits is not None]
        return "\n\n".join(blocks) or None
