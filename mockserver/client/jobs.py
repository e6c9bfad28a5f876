"""The jobs of a world: what its vendors will do later."""

from typing import Any
from urllib.parse import quote

from mockserver.client.connection import Connection

__tracebackhide__ = True  # a test that fails in here shows its own line


class Jobs:
    """What waits for the clock of one world, or for somebody to say so."""

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._path = path

    def pending(self, vendor: str | None = None) -> list[dict[str, Any]]:
        """The next thousand at most: `{id, due, vendor, job, arguments}`, what is due first at first."""
        wanted = f"&vendor={quote(vendor)}" if vendor is not None else ""
        jobs: list[dict[str, Any]] = self._connection.send("GET", f"{self._path}?limit=1000{wanted}")["jobs"]
        return jobs

    def run(self, all: bool = False) -> int:
        """Do those that are due, or every one that waits; gives how many there were."""
        return int(self._connection.send("POST", f"{self._path}/run", {"all": all})["jobs_run"])
