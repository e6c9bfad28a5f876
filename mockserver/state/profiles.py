"""The active profiles of a world: what each has armed and changed, and until when.

A profile's faults carry its name. Its settings lie as a layer on those of the world, so that its end reveals
what is below: the settings of the world, and those of profiles that are still active. A change of a setting
meanwhile takes it out of every layer, and thus outlives the profiles.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, TypedDict

import orjson

from mockserver.errors import Problem
from mockserver.formats.timestamps import to_micros
from mockserver.state.faults import Faults
from mockserver.state.settings import WorldSettings
from mockserver.storage.layout import PROFILE
from mockserver.storage.reads import FirstRank
from mockserver.storage.store import Row, Space

_MAX_ACTIVE: Final = 20
_NEVER: Final = 2**62
"""The rank of a profile without an end."""


class ActiveProfile(TypedDict):
    """An active profile as stored; `since` and `ends` are microseconds since 1970."""

    name: str
    description: str
    since: int
    ends: int | None


class Profiles:
    """The active profiles, stored in the world's space: snapshots and forks include them."""

    def __init__(self, space: Space, faults: Faults, settings: WorldSettings) -> None:
        self._space = space
        self._faults = faults
        self._settings = settings

    def query(self) -> FirstRank:
        """The read for the next end: its result is None if no profile is active."""
        return FirstRank(self._space.name, PROFILE)

    @staticmethod
    def has_ended(next_end: int | None, now: datetime) -> bool:
        """Whether a profile has come to its end, from what `query` reads."""
        return next_end is not None and next_end <= to_micros(now)

    def start(self, plan: Mapping[str, Any], now: datetime) -> ActiveProfile:
        """Starts a profile with what `profile.planned` gives; one of this name that is active starts anew.

        Raises the problems too_many_profiles, too_many_faults.
        """
        name = plan["name"]
        if self._space.get(PROFILE, name) is not None:
            self.end(name)
        if self._space.count(PROFILE) >= _MAX_ACTIVE:
            raise Problem("too_many_profiles", most=_MAX_ACTIVE)
        for fault in plan["faults"]:
            self._faults.add({**fault, "profile": name})
        self._settings.add_layer(name, plan["settings"])
        lasts = plan["lasts"]
        ends = None if lasts is None else to_micros(now + timedelta(seconds=lasts))
        active: ActiveProfile = {
            "name": name,
            "description": plan["description"],
            "since": to_micros(now),
            "ends": ends,
        }
        self._space.put(PROFILE, Row(name, "", _NEVER if ends is None else ends, orjson.dumps(active)))
        return active

    def end(self, name: str) -> None:
        """Removes the profile's faults and takes back its settings. Raises the problem profile_not_active."""
        if not self._space.delete(PROFILE, name):
            raise Problem("profile_not_active", profile=name, active=", ".join(self.names()) or "none")
        for fault in self._faults.all():
            if fault.get("profile") == name:
                self._faults.remove(fault["id"])
        self._settings.remove_layer(name)

    def end_due(self, now: datetime) -> list[str]:
        """Ends the profiles whose end has come, in the order of their ends; returns their names."""
        due = [row.id for row in self._space.iterate(PROFILE) if row.rank <= to_micros(now)]
        for name in due:
            self.end(name)
        return due

    def get(self, name: str) -> ActiveProfile:
        """The active profile of this name. Raises the problem profile_not_active."""
        row = self._space.get(PROFILE, name)
        if row is None:
            raise Problem("profile_not_active", profile=name, active=", ".join(self.names()) or "none")
        active: ActiveProfile = orjson.loads(row.body or b"{}")
        return active

    def names(self) -> list[str]:
        """The names of the active profiles, in the order in which they started."""
        return [one["name"] for one in self.all()]

    def all(self) -> list[ActiveProfile]:
        """The active profiles, in the order in which they started."""
        found: Sequence[ActiveProfile] = [
            orjson.loads(row.body or b"{}") for row in self._space.iterate(PROFILE)
        ]
        order = {name: place for place, name in enumerate(self._settings.layers())}
        return sorted(found, key=lambda one: order.get(one["name"], -1))

    def held_settings(self, name: str) -> dict[str, Any]:
        """The settings that the profile has changed, without those that were changed since."""
        return self._settings.layer(name)

    def armed(self, name: str) -> list[str]:
        """The ids of the profile's faults, the oldest first."""
        return [fault["id"] for fault in self._faults.all() if fault.get("profile") == name]
