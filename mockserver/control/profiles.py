"""Profiles: the shipped ones are listed; those of a world are started, read and ended."""

from typing import Any

from mockserver.call import NOTHING, Call
from mockserver.control.action_record import record_action
from mockserver.control.profile_access import parse_profiles, profiles_of
from mockserver.formats.timestamps import from_micros, to_iso
from mockserver.state.profile import load_profile, planned, profile_names
from mockserver.state.profiles import ActiveProfile, Profiles
from mockserver.state.worlds import Worlds


def list_profiles(call: Call, worlds: Worlds) -> object:
    """`{profiles: […]}` of all that come with the server."""
    return {"profiles": [load_profile(name).to_dict() for name in profile_names()]}


def list_active_profiles(call: Call, worlds: Worlds) -> object:
    """`{profiles: […]}` in the order in which they started. Raises unknown_world."""
    profiles = profiles_of(worlds, call.params["world"])
    return {"profiles": [_view(profiles, one) for one in profiles.all()]}


def get_active_profile(call: Call, worlds: Worlds) -> object:
    """The active profile. Raises unknown_world, profile_not_active."""
    profiles = profiles_of(worlds, call.params["world"])
    return _view(profiles, profiles.get(call.params["profile"]))


def start_profile(call: Call, worlds: Worlds) -> object:
    """The active profile.

    Raises unknown_world, unknown_profile, unfit_profile, too_many_profiles, too_many_faults.
    """
    world, name = call.params["world"], call.params["profile"]
    profiles, body = profiles_of(worlds, world), call.body or {}
    start = {"name": name, **body.get("content", {})}
    if "lasts" in body:
        start["lasts"] = body["lasts"]
    if "content" in body:
        start.setdefault("description", "")
    [profile] = parse_profiles(worlds, [start])
    active = profiles.start(planned(profile, worlds.vendors), worlds.clock(world).now())
    record_action(worlds, call, body)
    return _view(profiles, active)


def end_profile(call: Call, worlds: Worlds) -> object:
    """Nothing. Raises unknown_world, profile_not_active."""
    profiles_of(worlds, call.params["world"]).end(call.params["profile"])
    record_action(worlds, call, {})
    return NOTHING


def _view(profiles: Profiles, active: ActiveProfile) -> dict[str, Any]:
    name, ends = active["name"], active["ends"]
    return {
        "name": name,
        "description": active["description"],
        "since": to_iso(from_micros(active["since"])),
        "ends": None if ends is None else to_iso(from_micros(ends)),
        "settings": profiles.held_settings(name),
        "faults": profiles.armed(name),
    }
