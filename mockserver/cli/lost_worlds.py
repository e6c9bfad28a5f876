"""The calls of worlds that the command of a run deletes, resets or clears before the report is made."""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from mockserver.call import Exchange
from mockserver.client import Control, World
from mockserver.client.conduct import Conduct
from mockserver.errors import ControlError
from mockserver.formats.url_path import decode_path
from mockserver.server import wsgi_adapter
from mockserver.testing.local_control import LocalControl
from mockserver.testing.strictness import fails_test

_LOSSES: Final = re.compile(r"DELETE /_mock/worlds/([^/]+)(?:/journal)?|POST /_mock/worlds/([^/]+)/reset")


@dataclass(frozen=True)
class Kept:
    """The calls of a world at one moment; None, or only failing exchanges: not needed."""

    world: str
    exchanges: list[Exchange]
    coverage: dict[str, Any] | None
    archive: dict[str, Any] | None
    conduct: Conduct | None


@dataclass(frozen=True)
class Needs:
    """The parts of each world that a report needs besides its failing exchanges."""

    journal: bool = False
    coverage: bool = False
    archive: bool = False
    conduct: Collection[str] | None = None
    """The rules that the judgement leaves out; None: no judgement."""

    def read(self, world: World) -> Kept:
        """Reads the world. Raises `ControlError`."""
        exchanges = world.journal()
        return Kept(
            world.name,
            exchanges if self.journal else [one for one in exchanges if fails_test(one, True)],
            world.coverage() if self.coverage else None,
            world.journal.archive() if self.archive else None,
            world.conduct(without=self.conduct) if self.conduct is not None else None,
        )


class LossWatch:
    """WSGI middleware: keeps what a world has before a request deletes its exchanges."""

    def __init__(self, app: Any, needs: Needs) -> None:
        """`app` is a Flask application."""
        self.kept: list[Kept] = []
        self._needs = needs
        self._control: Control = LocalControl(app)
        self._wsgi: Callable[..., Iterable[bytes]] = app.wsgi_app
        app.wsgi_app = self

    def __call__(self, environ: wsgi_adapter.Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The response of the application."""
        path = wsgi_adapter.read_request(environ).path.lstrip("/")
        found = _LOSSES.fullmatch(f"{environ['REQUEST_METHOD']} /{path}")
        before = self._read(decode_path(found[1] or found[2])) if found else None
        if before is None:
            return self._wsgi(environ, start_response)

        def started(status: str, headers: Any, *more: Any) -> Any:
            if self._has_lost(before.world):  # a reset of one vendor keeps the journal
                self.kept.append(before)
            return start_response(status, headers, *more)

        return self._wsgi(environ, started)

    def _read(self, name: str) -> Kept | None:
        try:
            return self._needs.read(self._control.world(name))
        except ControlError:
            return None

    def _has_lost(self, name: str) -> bool:
        try:
            return not self._control.world(name).journal()
        except ControlError:
            return True
