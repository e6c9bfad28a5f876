"""Scheduled jobs of a world, run when its clock reaches their due time or on request."""

from typing import Any
from urllib.parse import quote

from mockserver.client.connection import Connection

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module


class Jobs:
    """The pending jobs of one world."""

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._path = path

    def pending(self, vendor: str | None = None) -> list[dict[str, Any]]:
        """The next jobs by due time, at most 1,000: `{id, due, vendor, job, arguments}`."""
        vendor_filter = f"&vendor={quote(vendor)}" if vendor is not None else ""
        path = f"{self._path}?limit=1000{vendor_filter}"
        jobs: list[dict[str, Any]] = self._connection.send("GET", path)["jobs"]
        return jobs

    def run(self, all: bool = False) -> int:
        """Run the due jobs, or all pending ones; returns how many ran."""
        return int(self._connection.send("POST", f"{self._path}/run", {"all": all})["jobs_run"])
