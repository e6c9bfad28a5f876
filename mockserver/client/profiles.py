"""Profiles of a world: named days, each a set of faults, rate limits and settings with an end."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any
from urllib.parse import quote

from mockserver.client.connection import Connection
from mockserver.formats.durations import in_seconds

__tracebackhide__ = True  # a failing test shows its own line instead of one in this module

Start = str | Mapping[str, Any]
"""A profile to start: a shipped name, the path of a file, or the content of one with its `name`."""


class Profile:
    """An active profile; as a context manager it ends at the end of the `with` block."""

    def __init__(self, connection: Connection, path: str, details: Mapping[str, Any]) -> None:
        self._connection = connection
        self._path = f"{path}/{quote(details['name'], safe='')}"
        self.name: str = details["name"]
        self.description: str = details["description"]
        self.ends: datetime | None = (
            None if details["ends"] is None else datetime.fromisoformat(details["ends"])
        )
        """When it ends by the world's clock; None without an end."""

    def __repr__(self) -> str:
        return f"Profile({self.name}, ends {self.ends})"

    def __enter__(self) -> "Profile":
        return self

    def __exit__(self, *_error: object) -> None:
        if self.is_active:
            self.end()

    @property
    def is_active(self) -> bool:
        """Whether it has not ended yet."""
        active = self._connection.send("GET", self._path.rpartition("/")[0])["profiles"]
        return any(one["name"] == self.name for one in active)

    def read(self) -> dict[str, Any]:
        """`{name, description, since, ends, settings, faults}`. Raises ControlError (profile_not_active)."""
        details: dict[str, Any] = self._connection.send("GET", self._path)
        return details

    def end(self) -> None:
        """End the profile. Raises ControlError (profile_not_active)."""
        self._connection.send("DELETE", self._path)


class Profiles:
    """The profiles of one world."""

    def __init__(self, connection: Connection, path: str) -> None:
        self._connection = connection
        self._path = path

    def start(self, profile: Start, lasts: timedelta | float | str | None = None) -> Profile:
        """Starts a profile that lasts as long as it says, or `lasts`. Raises ControlError, ValueError."""
        start = _read_file(profile)
        given = {"name": start} if isinstance(start, str) else dict(start)
        name = given.pop("name")
        body: dict[str, Any] = {"content": given} if given else {}
        if lasts is not None:
            body["lasts"] = in_seconds(lasts)
        details = self._connection.send("PUT", f"{self._path}/{quote(name, safe='')}", body)
        return Profile(self._connection, self._path, details)

    def end(self, name: str) -> None:
        """End an active profile. Raises ControlError (profile_not_active)."""
        self._connection.send("DELETE", f"{self._path}/{quote(name, safe='')}")

    def all(self) -> list[Profile]:
        """The active profiles, in the order in which they started."""
        return [Profile(self._connection, self._path, details) for details in self.read()]

    def read(self) -> list[dict[str, Any]]:
        """The active profiles as dicts."""
        active: list[dict[str, Any]] = self._connection.send("GET", self._path)["profiles"]
        return active


def read_starts(profiles: Start | Sequence[Start]) -> list[Start]:
    """One profile or several to start, with the content of the files that are named.

    Raises `InvalidScenarioError`.
    """
    several = [profiles] if isinstance(profiles, str | Mapping) else profiles
    return [_read_file(one) for one in several]


def _read_file(profile: Start) -> Start:
    """The profile with the content of its file, and its length in seconds."""
    if isinstance(profile, Mapping):
        return {**profile, "lasts": in_seconds(profile["lasts"])} if "lasts" in profile else profile
    if not ("/" in profile or "\\" in profile or profile.endswith((".yaml", ".yml"))):
        return profile
    # Imported here because only a file needs YAML's parser.
    content: Start = import_module("mockserver.state.profile").read_profile(profile)
    return content
