"""Warm-up: prepares the vendors in a background thread, for the sake of the first calls."""

from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from threading import Event, Thread
from typing import Final

from mockserver.contract.preparation import prepare
from mockserver.errors import StoreUnavailableError
from mockserver.server.app_context import AppContext
from mockserver.state.worlds import DEFAULT_WORLD

_MAX_PEOPLE: Final = 100_000
"""Of larger worlds only the vendors that are called are written: all of them may not fit in memory."""
_END_SECONDS: Final = 2.0


class WarmUp:
    """Prepares validators, routes and the default world's seed data; a context manager around serving.

    It starts when the server is ready. Leaving the context ends it after its current step, or leaves it to
    its thread, a daemon, if that takes long. The work is the same that calls would do, so worlds do not
    depend on how far it came.
    """

    def __init__(self, context: AppContext, *, seed_data: bool, error_messages: bool) -> None:
        """`seed_data`: of the default world, unless it is huge. `error_messages`: also for invalid calls."""
        self._context = context
        self._seed_data = seed_data
        self._error_messages = error_messages
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="mockserver-warm-up", daemon=True)

    def __enter__(self) -> "WarmUp":
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread, if it was started."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join(_END_SECONDS)

    def wait(self, timeout: float) -> bool:
        """Whether everything is prepared within this many seconds."""
        self._thread.join(timeout)
        return not self._thread.is_alive() and not self._stopped.is_set()

    def _run(self) -> None:
        # A store that does not answer is reported by the call that needs it.
        with suppress(StoreUnavailableError), self._context.worlds.seed_data.people_kept():
            for _step in self._steps():
                if self._stopped.is_set():
                    return

    def _steps(self) -> Iterator[None]:
        yield
        for vendor in self._context.vendors.values():
            if self._seed_data:
                self._load_seed_data(vendor.name)
                yield
            yield from prepare(vendor.contract)
        yield from prepare(self._context.control.contract)
        if self._error_messages:
            import_module("mockserver.contract.error_messages")

    def _load_seed_data(self, vendor: str) -> None:
        worlds = self._context.worlds
        with worlds.store.transaction():
            world = worlds.get(DEFAULT_WORLD)
        # Without the lock of the world: calls to other vendors go on.
        if world["people"] <= _MAX_PEOPLE:
            worlds.seed_data.ensure_loaded(world["base"], worlds.vendors[vendor])
