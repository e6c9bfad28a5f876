"""Worlds: created, listed, reset, deleted."""

import base64
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from mockserver.call import NOTHING, Call, Reply
from mockserver.control import journal_view, setting_validation, vendor_access, world_view
from mockserver.control.action_record import record_action
from mockserver.control.profile_access import parse_profiles
from mockserver.errors import InvalidScenarioError, InvalidStateError, Problem
from mockserver.formats.timestamps import from_iso
from mockserver.state import portable_state, state_file
from mockserver.state.scenario import Scenario, parse_scenario
from mockserver.state.state_file import WorldState
from mockserver.state.vendor_reset import reset_vendor
from mockserver.state.world_record import WorldRecord, random_name
from mockserver.state.worlds import DEFAULT_WORLD, Worlds

_INLINE: Final = "inline"
"""The name of a scenario whose content came with the call."""
_MAX_PEOPLE: Final = 250_000  # as many as the member `people` of the call takes


def list_worlds(call: Call, worlds: Worlds) -> object:
    """`{worlds: […], next}`, oldest first."""
    listed, following = worlds.page(call.params["limit"], call.params["after"])
    base = vendor_access.server_url(call)
    return {
        "worlds": [world_view.listed_world_view(worlds, one, base) for one in listed],
        "next": following,
    }


def create_world(call: Call, worlds: Worlds) -> object:
    """The new world; members that the body omits are as in the default world.

    Raises world_exists, unknown_scenario, unfit_scenario, unfit_state, unknown_world (of `from`),
    unknown_vendor and unfit_setting (of `settings`), unknown_profile, unfit_profile.
    """
    body = call.body or {}
    setting_validation.validate_settings(worlds, body.get("settings", {}))
    if "from" in body:
        world = worlds.fork(body["from"], body.get("name"), body.get("label"))
        # A copy begins with what happened to another world.
        record_action(worlds, replace(call, params={"world": world["name"]}), {"from": body["from"]})
    elif "state" in body:
        world = _create_from(worlds, _unpack(body["state"]), body)
    else:
        world = _create(worlds, body)
    return world_view.world_view(worlds, world, vendor_access.server_url(call))


def get_world(call: Call, worlds: Worlds) -> object:
    """The world with its URLs and credentials. Raises unknown_world."""
    return world_view.world_view(worlds, worlds.get(call.params["world"]), vendor_access.server_url(call))


def reset_world(call: Call, worlds: Worlds) -> object:
    """The world after the reset, of one vendor or of everything. Raises unknown_world, unknown_vendor."""
    name, vendor = call.params["world"], (call.body or {}).get("vendor")
    if vendor is None:
        worlds.reset(name)
    else:
        record = worlds.get(name)
        reset_vendor(worlds.store, record, vendor_access.find_vendor(worlds, vendor).name)
        record_action(worlds, call, call.body)
    return get_world(call, worlds)


def delete_world(call: Call, worlds: Worlds) -> object:
    """Nothing, or with `after` the exchanges since. Raises unknown_world, default_world_stays."""
    name, after = call.params["world"], call.params.get("after")
    if after is None:
        worlds.delete(name)
        return NOTHING
    wanted = {"flawed": call.params.get("flawed")}
    record, journal = worlds.get(name), worlds.journal(name)
    found = journal.read(wanted, after=after, limit=sys.maxsize)
    numbers = {"next": None, "last": journal.last_number(), "dropped": journal.count_dropped(after)}
    worlds.delete(name)
    return Reply({"exchanges": journal_view.in_full(worlds, record, found), **numbers}, 200)


def _unpack(text: str) -> WorldState:
    try:
        return state_file.unpack(base64.b64decode(text, validate=True))
    except InvalidStateError as error:
        raise Problem("unfit_state", reason=str(error)) from error
    except ValueError as error:
        reason = f"the member state: invalid Base64 ({error}); encode the bytes of the file"
        raise Problem("unfit_state", reason=reason) from error


def _create_from(worlds: Worlds, state: WorldState, body: dict[str, Any]) -> WorldRecord:
    try:
        return portable_state.create_world(
            worlds, state, body.get("name") or random_name(), body.get("label")
        )
    except InvalidStateError as error:
        raise Problem("unfit_state", reason=str(error)) from error


def _create(worlds: Worlds, body: dict[str, Any]) -> WorldRecord:
    # A scenario brings its defaults; without one, those of the default world apply.
    defaults: Mapping[str, Any] = {} if "scenario" in body else worlds.peek(DEFAULT_WORLD)
    if "state" in defaults:
        return _create_like_default(worlds, defaults["state"], body)
    scenario = body["scenario"] if "scenario" in body else defaults["scenario"]
    if not isinstance(scenario, str):
        scenario = _parse(worlds, scenario)
    return worlds.create(
        body.get("name"),
        scenario,
        body.get("seed", defaults.get("seed")),
        body.get("people", defaults.get("people")),
        from_iso(body["now"]) if "now" in body else None,
        body.get("settings", {}),
        body.get("label"),
        parse_profiles(worlds, body.get("profiles", [])),
    )


def _create_like_default(worlds: Worlds, title: str, body: dict[str, Any]) -> WorldRecord:
    """A world that starts as the default world, which the server was started with the state `title` for."""
    own = [name for name in ("seed", "people", "now", "settings", "profiles") if name in body]
    state = worlds.states.get(title)
    if own or state is None:
        why = f"to which {own[0]} does not apply" if own else "which this server was not started with"
        reason = f"the default world started from the state {title}, {why}; name a scenario as well"
        raise Problem("unfit_scenario", reason=reason)
    return _create_from(worlds, state, body)


def _parse(worlds: Worlds, content: dict[str, Any]) -> Scenario:
    try:
        scenario = parse_scenario(_INLINE, "scenario", content)
        worlds.check_scenario(scenario)
    except InvalidScenarioError as error:
        raise Problem("unfit_scenario", reason=str(error)) from error
    if scenario.people > _MAX_PEOPLE:
        reason = f"scenario at /people: {scenario.people} are too many; ask for at most {_MAX_PEOPLE}"
        raise Problem("unfit_scenario", reason=reason)
    return scenario
