"""Null in calls and replies."""

from collections.abc import Mapping
from typing import Any

from mockserver.state.world import World


def said(body: Mapping[str, Any] | None) -> dict[str, Any]:
    """The members of the body that say something: null is as good as absent.

    So it is to Go, in which Ortto seems to be written: lists that are null and the wording of refusals
    (recorded) tell. That nulls are let through is inferred from that.
    """
    return {name: value for name, value in (body or {}).items() if value is not None}


def person_key(key: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a person's key, in which an empty address or external id says nothing either."""
    return {name: value for name, value in key.items() if value not in (None, "")}


def null_if_empty(world: World, found: list[Any]) -> list[Any] | None:
    """The list; an empty one is null (recorded), unless the world has it as documented: an array."""
    return found or ([] if world.switches["empty_list"] == "array" else None)
