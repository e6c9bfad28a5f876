"""The stored record of a world, and what is opened from it: its space, clock, settings and vendors' views."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NotRequired, TypedDict
from uuid import uuid4

from mockserver.formats.timestamps import from_iso
from mockserver.state.clock import Clock
from mockserver.state.faults import Faults
from mockserver.state.profiles import Profiles
from mockserver.state.settings import Settings, SettingsRecord, WorldSettings
from mockserver.state.vendor_protocol import VendorProtocol
from mockserver.state.world import World
from mockserver.storage.layout import world_space_name
from mockserver.storage.store import Space, Store


class WorldRecord(TypedDict):
    """A registered world.

    `start` is the time at which its clock is frozen at first (None: the real time), `settings`, `faults` and
    `profiles` are those it was created with, `label` says what it is for (the name of a test, say),
    `credentials` are the values of the fields by vendor, and `base` is the space of its seed data. `secret`
    signs what the world issues; it never leaves the server. `state` names the exported state that it started
    from, whose documents are in the world's start space.
    """

    name: str
    scenario: str
    seed: int
    people: int
    start: str | None
    settings: NotRequired[SettingsRecord]
    faults: NotRequired[list[Mapping[str, Any]]]
    profiles: NotRequired[list[Mapping[str, Any]]]
    label: NotRequired[str | None]
    created: str
    credentials: dict[str, dict[str, str]]
    base: str
    secret: NotRequired[str]
    state: NotRequired[str]


def world_space(store: Store, record: WorldRecord) -> Space:
    """The space of the world's own documents, on its seed data."""
    return store.space(world_space_name(record["name"]), record["base"])


def random_name() -> str:
    """A name for a world that was given none."""
    return f"world-{uuid4().hex[:12]}"


def apply_start(space: Space, record: WorldRecord) -> None:
    """Arms the faults and starts the profiles that the world was created with."""
    for fault in record.get("faults", ()):
        Faults(space, record["seed"]).add(fault)
    for plan in record.get("profiles", ()):
        world_profiles(space, record).start(plan, world_clock(space, record).now())


def world_clock(space: Space, record: WorldRecord) -> Clock:
    """The world's clock."""
    start = record["start"]
    return Clock(space, from_iso(start) if start else None)


def world_settings(space: Space, record: WorldRecord) -> WorldSettings:
    """The world's settings."""
    return WorldSettings(space, record.get("settings") or {})


def world_profiles(space: Space, record: WorldRecord) -> Profiles:
    """The world's active profiles."""
    return Profiles(space, Faults(space, record["seed"]), world_settings(space, record))


def vendor_world(
    space: Space, record: WorldRecord, vendor: VendorProtocol, now: datetime, settings: Settings
) -> World:
    """The world as one vendor sees it."""
    credentials = record["credentials"].get(vendor.name, {})
    switches: Mapping[str, Any] = vendor.switches
    if vendor.name in settings.switches:
        switches = {**switches, **settings.switches[vendor.name]}
    secret = record.get("secret", "")
    return World(
        record["name"],
        record["seed"],
        vendor.name,
        space,
        now,
        credentials,
        settings,
        switches,
        secret,
        vendor.collections.by_kind,
        vendor.contract,
    )
