"""Who watches the world of one test: what was wrong in it, by how much of that the test shall fail."""

from typing import Final

from mockserver.call import Exchange
from mockserver.client import World, exchange_format
from mockserver.errors import ControlError

_UNKNOWN: Final = ("unknown_vendor", "unknown_path", "unknown_method")


class Watch:
    """What was wrong in the world of one test, and what of it nobody has been told yet.

    `strict` is how much fails the test. False: promises that this server broke. None: calls of paths and
    methods that no contract has, too. True: whatever the contract forbids, even if the client made nothing
    of the refusal.
    """

    def __init__(self, world: World, strict: bool | None) -> None:
        self._world = world
        self._strict = strict
        self._seen = 0
        self._counted: list[Exchange] = []
        world.journal.before_clear = self._look_for_the_last_time

    def look(self) -> None:
        """Remembers what counts among the exchanges since the last look. Raises ControlError."""
        # Only where all that is forbidden counts has every exchange to be fetched.
        found = self._world.journal(flawed=None if self._strict else True, after=self._seen)
        self._counted += [exchange for exchange in found if counts(exchange, self._strict)]
        self._seen = found[-1]["number"] if found else self._seen

    def _look_for_the_last_time(self) -> None:
        self.look()
        self._seen = 0  # a world that is reset counts from the start again

    def verdict(self) -> str | None:
        """What counted since the last verdict, for a person to read; None if nothing did."""
        try:
            self.look()
        except ControlError as refusal:
            return f"mockserver: {refusal}"
        told, self._counted = self._counted, []
        return f"{exchange_format.failure_report(told)}{_mend(told, self._strict)}" if told else None


def counts(exchange: Exchange, strict: bool | None) -> bool:
    """Whether a test that is so strict fails by this exchange. What a fault spoilt is nobody's fault."""
    if exchange_format.is_broken_promise(exchange):
        return not exchange["fault"]
    if strict is False:
        return False
    return exchange["flaw"] in _UNKNOWN or (bool(strict) and is_forbidden(exchange))


def is_forbidden(exchange: Exchange) -> bool:
    """Whether the call was one that its contract does not have: a violation, or something unknown in it."""
    sides = [violation["side"] for violation in exchange["violations"]]
    return "call" in sides or bool(exchange["unknown"])


def _mend(told: list[Exchange], strict: bool | None) -> str:
    """How to say that it is meant to be, if that can be said."""
    if all(map(exchange_format.is_broken_promise, told)):
        return ""
    unknown = any(exchange["flaw"] in _UNKNOWN for exchange in told)
    level = "False" if unknown or not strict else "None"
    return f"\n\n  meant to be? mark the test with @pytest.mark.mockserver(strict={level})"
