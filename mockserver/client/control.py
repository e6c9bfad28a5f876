"""Client of a running server's control API: its vendors and its worlds."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from mockserver.client.backstage_action import BackstageAction, list_actions
from mockserver.client.clock import format_moment
from mockserver.client.connection import Connection
from mockserver.client.profiles import Start, read_starts
from mockserver.client.replay import Capsule, Replay, read
from mockserver.client.world import World

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module


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

    def backstage_actions(self, vendor: str) -> list[BackstageAction]:
        """The backstage actions of a vendor. Raises ControlError (unknown_vendor)."""
        return list_actions(self.send("GET", f"/vendors/{quote(vendor, safe='')}/backstage"))

    def profiles(self) -> list[dict[str, Any]]:
        """The profiles that come with the server, each with its `name`, `description` and what it does."""
        profiles: list[dict[str, Any]] = self.send("GET", "/profiles")["profiles"]
        return profiles

    def worlds(self) -> list[World]:
        """All worlds, oldest first."""
        worlds: list[World] = []
        after = 0
        while after is not None:
            page = self.send("GET", f"/worlds?after={after}")
            worlds += [World(self, facts) for facts in page["worlds"]]
            after = page["next"]
        return worlds

    def world(self, name: str = "default") -> World:
        """The world with this name. Raises ControlError (unknown_world)."""
        return World(self, self.send("GET", f"/worlds/{quote(name, safe='')}"))

    def create_world(
        self,
        name: str | None = None,
        *,
        scenario: str | Mapping[str, Any] | None = None,
        seed: int | None = None,
        people: int | None = None,
        now: datetime | str | None = None,
        fork: str | None = None,
        settings: Mapping[str, Any] | None = None,
        profile: Start | Sequence[Start] | None = None,
        label: str | None = None,
        state: bytes | None = None,
    ) -> World:
        """Create a world; options left out take the server's defaults.

        `scenario` is a name or the content of a scenario file, `fork` names a world to copy, `label` names
        the world's owner in coverage reports. It starts with `profile`, one or several, after a reset too.
        `state` has the bytes of an exported state, in place of a scenario.
        """
        options = {
            "name": name,
            "scenario": scenario,
            "seed": seed,
            "people": people,
            "from": fork,
            "settings": settings,
            "profiles": None if profile is None else read_starts(profile),
            "label": label,
        }
        options["state"] = None if state is None else b64encode(state).decode()
        options["now"] = None if now is None else format_moment(now)
        body = {member: value for member, value in options.items() if value is not None}
        return World(self, self.send("POST", "/worlds", body))

    def replay(self, capsule: Capsule, name: str | None = None, *, until: int | None = None) -> Replay:
        """Replay a capsule, given as a file or its bytes, in a new world, up to the first difference.

        `until` is the number of the last exchange that is replayed; by default, all are.
        """
        path = f"/worlds/{quote(name or f'replay-{uuid4().hex[:12]}', safe='')}/capsule"
        query = "" if until is None else f"?until={until}"
        found = self.send("PUT", path + query, read(capsule))
        return Replay(World(self, found["world"]), found["steps"], found["exchanges"], found["difference"])
