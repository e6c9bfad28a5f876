"""Access to the profiles of a world: what a call starts is checked, and what has come to its end is ended."""

from collections.abc import Sequence
from typing import Any, Final

from mockserver.errors import InvalidScenarioError, Problem
from mockserver.state.profile import Profile, parse_starts, profile_names
from mockserver.state.profiles import Profiles
from mockserver.state.scenario import Scenario
from mockserver.state.world_record import world_profiles, world_space
from mockserver.state.worlds import Worlds

_NAMING: Final = frozenset({"name", "lasts"})


def parse_profiles(worlds: Worlds, starts: Sequence[Any]) -> list[Profile]:
    """The profiles to start, by name or with content. Raises unknown_profile, unfit_profile."""
    if not starts:
        return []
    named = [{"name": one} if isinstance(one, str) else one for one in starts]
    known = profile_names()
    for one in named:
        if one.keys() <= _NAMING and one["name"] not in known:
            raise Problem("unknown_profile", profile=one["name"], known=", ".join(known))
    try:
        found = parse_starts("the call", named)
        # of a scenario with nothing else
        worlds.check_scenario(Scenario("of the call", "", 0, 0, {}, None, {}, profiles=found))
    except InvalidScenarioError as error:
        raise Problem("unfit_profile", reason=str(error)) from error
    return found


def end_due(worlds: Worlds, world: str) -> None:
    """Ends the profiles of a world whose end has come; waits for calls of the world only if there is one."""
    try:
        record = worlds.peek(world)
    except Problem:  # the operation says so
        return
    space = world_space(worlds.store, record)
    next_end = worlds.store.fetch(world_profiles(space, record).query())[0]
    if next_end is not None:
        profiles = profiles_of(worlds, world)
        profiles.end_due(worlds.clock(world).now())


def profiles_of(worlds: Worlds, world: str) -> Profiles:
    """The active profiles of a world. Raises unknown_world."""
    record = worlds.get(world)
    return world_profiles(world_space(worlds.store, record), record)
