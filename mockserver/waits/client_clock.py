"""The clocks of Python, which show the time of a world while a block asks for it."""

from datetime import datetime, timedelta, timezone
from importlib import import_module, util
from typing import Any, Final, Protocol

_NOT_UTC: Final = timezone(timedelta(minutes=1))
"""time-machine sets the local time zone of the process to that of the moment, if it is UTC."""


class Reading(Protocol):
    """A reading of a world's clock."""

    @property
    def now(self) -> datetime:
        """Its time."""

    @property
    def mode(self) -> str:
        """real, shifted or frozen."""


class ClientClock:
    """Lets `time.time`, `datetime.now` and their kin show a world's time, which stands between waits."""

    def __init__(self, clock: Any) -> None:
        self._clock = clock
        self._was_frozen = False
        self._traveller: Any = None
        self._travel: Any = None

    def start(self) -> None:
        """Freeze the world's clock, and show its time. Raises `ModuleNotFoundError` without time-machine."""
        if util.find_spec("time_machine") is None:
            fix = "pip install 'audience-mockserver[clock]'"
            raise ModuleNotFoundError(f"waiting(clock=True) needs time-machine; {fix}", name="time_machine")
        self._was_frozen = self._clock.read().mode == "frozen"
        reading: Reading = self._clock.change(frozen=True)
        travel = import_module("time_machine").travel
        self._travel = travel(reading.now.astimezone(_NOT_UTC), tick=False)
        self._traveller = self._travel.start()
        self._clock.after_change = self._show

    def stop(self) -> None:
        """Show the real time; the world's clock runs on from where it is, unless it was frozen before."""
        self._clock.after_change = lambda _reading: None
        self._travel.stop()
        if not self._was_frozen:
            self._clock.unfreeze()

    def _show(self, reading: Reading) -> None:
        self._traveller.move_to(reading.now.astimezone(_NOT_UTC))
