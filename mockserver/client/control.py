"""A running server, as the shell and the tests drive it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from mockserver.client.clock import moment
from mockserver.client.connection import Connection
from mockserver.client.world import World

__tracebackhide__ = True  # a test that fails in here shows its own line


class Control(Connection):
    """A running mock server, given by its base URL (as `mockserver serve` prints it) and its token."""

    def health(self) -> dict[str, Any]:
        """`{status, version, vendors, worlds}` of the server."""
        health: dict[str, Any] = self.send("GET", "/health")
        return health

    def vendors(self) -> list[dict[str, Any]]:
        """The vendors, each with its name, base URL, operations and backstage actions."""
        vendors: list[dict[str, Any]] = self.send("GET", "/vendors")["vendors"]
        return vendors

    def worlds(self) -> list[World]:
        """All worlds, oldest first."""
        return [World(self, facts) for facts in self.send("GET", "/worlds")["worlds"]]

    def world(self, name: str = "default") -> World:
        """The world of this name; ControlError (unknown_world) if there is none."""
        return World(self, self.send("GET", f"/worlds/{quote(name, safe='')}"))

    def create_world(
        self,
        name: str | None = None,
        *,
        scenario: str | None = None,
        seed: int | None = None,
        people: int | None = None,
        now: datetime | str | None = None,
        fork: str | None = None,
        settings: Mapping[str, Any] | None = None,
        label: str | None = None,
    ) -> World:
        """A new world; what is left out is as the server was started. `fork` names a world to copy,
        `label` says whose it is, as coverage tells it.
        """
        wishes = {
            "name": name,
            "scenario": scenario,
            "seed": seed,
            "people": people,
            "from": fork,
            "settings": settings,
            "label": label,
        }
        wishes["now"] = None if now is None else moment(now)
        body = {member: value for member, value in wishes.items() if value is not None}
        return World(self, self.send("POST", "/worlds", body))
