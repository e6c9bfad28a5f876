"""Servers that change a vendor's responses before they are sent."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from mockserver.app import create_app
from mockserver.contract.operation import Operation
from mockserver.server.http_server import Server
from mockserver.server.wsgi_adapter import CONNECTION
from tests.read_vendors import read_vendor


@dataclass
class MutableResponse:
    """One response of the vendor, for a change to modify: `body` is the JSON, `raw` any other bytes."""

    method: str
    path: str
    operation: str | None
    status: int
    headers: dict[str, str]
    body: Any
    raw: bytes | None = None
    seen: dict[str, Any] = field(default_factory=dict)
    """State that a change keeps from response to response."""


Change = Callable[[MutableResponse], None]


class BrokenServer:
    """A server whose responses of one vendor go through a change, which may be replaced."""

    def __init__(self, vendor: str) -> None:
        self._app = _Broken(vendor)
        self._server = Server(self._app)
        self.url = self._server.start().url

    def break_by(self, change: Change) -> None:
        """Breaks further responses by this change alone."""
        self._app.change, self._app.seen = change, {}

    def stop(self) -> None:
        """Stops it."""
        self._server.stop()


@contextmanager
def broken_server(vendor: str) -> Iterator[BrokenServer]:
    """A server that nothing breaks yet."""
    server = BrokenServer(vendor)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def broken(vendor: str, change: Change) -> Iterator[str]:
    """The URL of a server whose responses of one vendor go through `change`."""
    with broken_server(vendor) as server:
        server.break_by(change)
        yield server.url


class _Broken:
    def __init__(self, vendor: str) -> None:
        self._app: Any = create_app(vendors=(vendor,))
        self._contract = read_vendor(vendor).contract
        self._mark = f"/{vendor}/"
        self.change: Change = lambda response: None
        self.seen: dict[str, Any] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        held: list[Any] = []
        # Without the connection the application replies by WSGI, where the reply can be changed.
        asked = {name: value for name, value in environ.items() if name != CONNECTION}
        chunks = self._app(asked, lambda *head: held.append(head))
        raw = b"".join(chunks)
        status, headers = held[0][0], held[0][1]
        before, mark, path = environ["PATH_INFO"].partition(self._mark)
        if mark and "_mock" not in before and not path.endswith("openapi.json"):
            response = self._parse(environ["REQUEST_METHOD"], f"/{path}", status, dict(headers), raw)
            self.change(response)
            raw = response.raw if response.raw is not None else _dump(response, raw)
            response.headers = {
                name: text for name, text in response.headers.items() if name != "Content-Length"
            }
            status = f"{response.status} So"
            headers = [*response.headers.items(), ("Content-Length", str(len(raw)))]
        start_response(status, headers)
        return [raw]

    def _parse(
        self, method: str, path: str, status: str, headers: dict[str, str], raw: bytes
    ) -> MutableResponse:
        found = self._contract.route(method, path)
        operation = found.id if isinstance(found, Operation) else None
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = None
        return MutableResponse(method, path, operation, int(status.split()[0]), headers, body, seen=self.seen)


def _dump(response: MutableResponse, raw: bytes) -> bytes:
    """The original bytes if the body is unchanged: some stories check their length."""
    try:
        unchanged = not raw or json.loads(raw) == response.body
    except ValueError:
        unchanged = True
    return raw if unchanged else json.dumps(response.body).encode()
