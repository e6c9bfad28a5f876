"""A stage for a sample client, and the flaws that can be seeded into it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from mockserver import Exchange, World

Exchanges = list[Exchange]


def nothing(_world: World) -> None:
    """Prepare nothing."""


@dataclass(frozen=True)
class Flaw:
    """One flaw: a careless variant of a client, and the world in which it shows."""

    name: str
    rule: str
    """The phrase of the rule that it breaks."""
    review: str
    """What a reviewer would say."""
    setup: str
    """The world that it needs, in words."""
    variant: type
    """The client with this flaw and no other."""
    shown: Callable[[Exchanges], bool]
    """Whether the journal shows the flaw; it does not for the careful client in the same world."""
    arm: Callable[[World], object] = nothing
    """Prepares that world, beyond what the stage does."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Arguments of the play, for the careful client in that world too."""
    ends: type[Exception] | None = None
    """The exception that the flawed client ends by, if it does."""

    @property
    def needs_its_world(self) -> bool:
        """Whether it needs more than the world of its stage, in which the careful client has been seen."""
        return self.arm is not nothing or bool(self.options)


@dataclass(frozen=True)
class Stage:
    """Where a client plays: its world, its job and what is true afterwards."""

    vendor: str
    careful: type
    world: Mapping[str, Any]
    """Arguments of the world."""
    play: Callable[..., Any]
    """Does the client's job: takes the world, the class of the client, and options."""
    check: Callable[[World, Any], None]
    """Asserts what the careful client leaves behind, and what it returned."""
    reads: Mapping[str, set[str]]
    """The members of replies that the careful client uses, as JSON pointers by operation."""
    flaws: tuple[Flaw, ...]
    prepare: Callable[[World], object] = nothing


def calls(exchanges: Exchanges, *operations: str) -> Exchanges:
    """The exchanges of these operations."""
    return [one for one in exchanges if one["operation"] in operations]


def bodies(exchanges: Exchanges, operation: str) -> list[Any]:
    """The bodies of the calls of an operation."""
    return [json.loads(one["call"]["body"]) for one in calls(exchanges, operation)]


def answers(exchanges: Exchanges, operation: str) -> list[Any]:
    """The bodies of the successful replies of an operation."""
    found = [one["reply"] for one in calls(exchanges, operation)]
    return [json.loads(one["body"]) for one in found if one["status"] < 300]


def comes_early(exchanges: Exchanges, seconds: float) -> bool:
    """Whether a call follows a 429 sooner than after so many seconds of the world's clock."""
    moments = [(one["reply"]["status"], datetime.fromisoformat(one["at"])) for one in exchanges]
    return any(
        status == 429 and (after - before).total_seconds() < seconds - 0.5
        for (status, before), (_, after) in pairwise(moments)
    )
