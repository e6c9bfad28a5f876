"""The journal of a world: what was called and what was answered."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from mockserver.client.connection import Connection


class Journal:
    """The exchanges of one world, read by calling it: `world.journal(vendor="…", operation="…")`."""

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._path = path
        self.before_forgetting: Callable[[], object] = lambda: None
        """Called before this client has the journal forgotten, for whoever must have read it to its end."""

    def __call__(
        self,
        *,
        vendor: str | None = None,
        operation: str | None = None,
        status: int | None = None,
        flawed: bool | None = None,
        after: int = 0,
    ) -> list[dict[str, Any]]:
        """The exchanges so far, oldest first; each filter that is given must hold."""
        return list(
            self._pages(vendor=vendor, operation=operation, status=status, flawed=flawed, after=after)
        )

    def clear(self) -> None:
        """Forget the exchanges so far."""
        self.before_forgetting()
        self._connection.send("DELETE", self._path)

    def _pages(self, **filters: object) -> Iterator[dict[str, Any]]:
        wishes = {name: _word(value) for name, value in filters.items() if value is not None}
        while True:
            page = self._connection.send("GET", f"{self._path}?{urlencode({**wishes, 'limit': 1000})}")
            yield from page["exchanges"]
            if page["next"] is None:
                return
            wishes["after"] = page["next"]


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
