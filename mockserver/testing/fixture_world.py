"""The world of a test's fixture: its name, and whether the test's client waits by its clock."""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from hashlib import blake2s
from typing import TYPE_CHECKING, Any

import pytest

from mockserver.client import World

if TYPE_CHECKING:
    from mockserver.waits.waits import Waits


def world_name(request: pytest.FixtureRequest, run: str) -> str:
    """A readable name, unique among all tests, workers and runs on the same server; `run` is the run's id."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    words = (
        re.sub(r"[^a-z0-9]+", "-", (request.node.name or request.scope).lower()).strip("-")[:36].strip("-")
        or "test"
    )
    unique = blake2s(f"{run} {request.node.nodeid} {request.scope}".encode(), digest_size=5).hexdigest()
    return f"{words}-{worker}-{unique}"


def waiting_block(world: World, waiting: bool | Mapping[str, Any]) -> AbstractContextManager[object]:
    """The block of the marker's `waiting`: True, or the options of `World.waiting`."""
    if not waiting:
        return nullcontext()
    return world.waiting(**({} if waiting is True else waiting))


def waits_of_test(world: World) -> "AbstractContextManager[Waits]":
    """The block that the marker has begun, or else a new one."""
    return world.waiting() if world.waits is None else nullcontext(world.waits)
