"""Null in calls and replies."""

from collections.abc import Mapping
from typing import Any

from mockserver.state.world import World


def without_nulls(body: Mapping[str, Any] | None) -> dict[str, Any]:
    """The members of a body that are not null, because null means absent.

    That is inferred: null lists and the wording of errors (both recorded) suggest that Ortto is written in
    Go, whose decoder ignores null.
    """
    return {name: value for name, value in (body or {}).items() if value is not None}


def without_blanks(key: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a person's key that are neither null nor empty."""
    return {name: value for name, value in key.items() if value not in (None, "")}


def null_if_empty(world: World, items: list[Any]) -> list[Any] | None:
    """The list, or null if it is empty (recorded); the switch `empty_list` keeps the documented array."""
    return items or ([] if world.switches["empty_list"] == "array" else None)
