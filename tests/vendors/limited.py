"""A vendor in a world of its own whose clock stands still, called without a socket from any address."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from mockserver.call import Call, WireReply
from mockserver.pipeline.handler import handle_call, handle_internal_call
from mockserver.state.worlds import Worlds
from mockserver.storage.memory import MemoryStore
from mockserver.vendors import Vendors

START = datetime(2026, 1, 1, 12, 0, 20, tzinfo=UTC)
NAME = "limited"


class Limited:
    """Calls it, and lets its time pass."""

    def __init__(self, vendor: str, *, limits: bool = True, **settings: Any) -> None:
        served = Vendors((vendor,))
        self.worlds = Worlds(MemoryStore(), served, {})
        chosen = {"limits": limits, **settings}
        registered = self.worlds.create(NAME, "demo", people=5, now=START, settings=chosen)
        self.vendor = served[vendor]
        self.credentials: dict[str, str] = registered["credentials"][vendor]

    def answer(
        self, method: str, path: str, body: Any = None, *, address: str = "192.0.2.1", **headers: str
    ) -> WireReply:
        """What the vendor answers; underscores in headers are dashes, and the path has its query.

        A body of bytes is sent unchanged.
        """
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        if not isinstance(body, bytes):
            body = b"" if body is None else json.dumps(body).encode()
        if body:
            sent = {"content-type": "application/json", **sent}
        path, _, query = path.partition("?")
        call = Call(method, path, query, sent, body, self.origin, address)
        return handle_call(self.worlds, self.vendor, call, NAME)

    @property
    def origin(self) -> str:
        """The vendor's URL in the world."""
        return f"http://127.0.0.1:4700/w/{NAME}/{self.vendor.name}"

    def backstage(self, action: str, **body: Any) -> None:
        """What a person does in the vendor's own user interface."""
        bound = self.vendor.backstage
        assert bound is not None
        world = self.worlds.load(self.worlds.get(NAME), self.vendor.name)
        path, headers = bound.contract.operations[action].path, {"content-type": "application/json"}
        call = Call("POST", path, headers=headers, raw=json.dumps(body).encode())
        sent, _note = handle_internal_call(bound, call, world, self.worlds.store.transaction, lambda: None)
        assert sent.status == 200, sent.body

    def wait(self, seconds: float) -> None:
        """Lets so much of the world's time pass."""
        self.worlds.clock(NAME).advance(timedelta(seconds=seconds))

    def set(self, **settings: Any) -> None:
        """Changes the world's settings."""
        self.worlds.settings(NAME).change(settings)
