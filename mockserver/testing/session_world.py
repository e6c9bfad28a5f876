"""A world of the session's server, which a test may also enter as a context manager."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from mockserver.client import Control, World

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module


class SessionWorld(World):
    """A world as `mockserver_server.world(name)` returns it.

    `with` watches it for the length of the block; `with mockserver_server.world()` makes a new world.
    """

    open_block: Callable[[], AbstractContextManager[World]]
    """Begins the block: set by the fixture that made this world."""
    _block: AbstractContextManager[World]

    @classmethod
    def find(cls, control: Control, name: str, app: Any) -> "SessionWorld":
        """The world with this name. Raises ControlError (unknown_world)."""
        # The facts as they were read: those of `World.facts` have URLs, which start the server.
        return cls(control, control.world(name)._facts, app)

    def __enter__(self) -> World:
        self._block = self.open_block()
        return self._block.__enter__()

    def __exit__(self, *error: object) -> bool | None:
        return self._block.__exit__(*error)  # type: ignore[arg-type]  # as the interpreter passes them
