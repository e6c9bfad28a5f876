"""Servers of ours that are broken on purpose, between the vendor and the wire."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from mockserver import vendors
from mockserver.app import create_app
from mockserver.contract.operation import Operation
from mockserver.server.http_server import Server


@dataclass
class Said:
    """One reply of the vendor as it may be changed: `body` is what the JSON is, `raw` any other bytes."""

    method: str
    path: str
    operation: str | None
    status: int
    headers: dict[str, str]
    body: Any
    raw: bytes | None = None
    seen: dict[str, Any] = field(default_factory=dict)
    """Whatever a change wants to remember from reply to reply."""


Change = Callable[[Said], None]


@contextmanager
def broken(vendor: str, change: Change) -> Iterator[str]:
    """The URL of a server whose replies of one vendor go through `change`."""
    server = Server(_Broken(vendor, change)).start()
    try:
        yield server.url
    finally:
        server.stop()


class _Broken:
    def __init__(self, vendor: str, change: Change) -> None:
        self._app: Any = create_app(vendors=(vendor,))
        self._contract = vendors.find(vendor).contract
        self._mark = f"/{vendor}/"
        self._change = change
        self._seen: dict[str, Any] = {}

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        held: list[Any] = []
        chunks = self._app(environ, lambda *head: held.append(head))
        raw = b"".join(chunks)
        status, headers = held[0][0], held[0][1]
        before, mark, path = environ["PATH_INFO"].partition(self._mark)
        if mark and "_mock" not in before and not path.endswith("openapi.json"):
            said = self._said(environ["REQUEST_METHOD"], f"/{path}", status, dict(headers), raw)
            self._change(said)
            raw = said.raw if said.raw is not None else _dumped(said, raw)
            said.headers = {name: text for name, text in said.headers.items() if name != "Content-Length"}
            status = f"{said.status} So"
            headers = [*said.headers.items(), ("Content-Length", str(len(raw)))]
        start_response(status, headers)
        return [raw]

    def _said(self, method: str, path: str, status: str, headers: dict[str, str], raw: bytes) -> Said:
        found = self._contract.route(method, self._contract.normalize_path(path))
        operation = found.id if isinstance(found, Operation) else None
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = None
        return Said(method, path, operation, int(status.split()[0]), headers, body, seen=self._seen)


def _dumped(said: Said, raw: bytes) -> bytes:
    """Bytes as before where the body is as before: some stories look at their length."""
    try:
        unchanged = not raw or json.loads(raw) == said.body
    except ValueError:
        unchanged = True
    return raw if unchanged else json.dumps(said.body).encode()
