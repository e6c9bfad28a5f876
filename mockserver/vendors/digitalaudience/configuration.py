"""Configurable behaviour of a world: the HTTP status of failures, the lifetime of sessions.

The contract's switches give the values until a backstage action changes them.
"""

from datetime import timedelta
from typing import Any, Final

from mockserver.state.world import World

ALWAYS_200: Final = "always_200"
_KIND: Final = "configuration"
_ID: Final = "configuration"


def update(world: World, **settings: Any) -> None:
    """Stores the given settings; they replace the switches."""
    stored = world.records(_KIND).get(_ID) or {}
    world.records(_KIND).add(_ID, stored | settings, rank=0)


def always_sends_200(world: World) -> bool:
    """Whether failures are sent with HTTP 200, so that only the envelope shows them."""
    return bool(_read(world)["http_status"] == ALWAYS_200)


def session_lifetime(world: World) -> timedelta | None:
    """The time without a call after which a session expires; None: never."""
    minutes = _read(world)["session_minutes"]
    return None if minutes is None else timedelta(minutes=minutes)


def _read(world: World) -> dict[str, Any]:
    switches = world.switches
    defaults = {"http_status": switches["error_http_style"], "session_minutes": switches["session_minutes"]}
    return defaults | (world.records(_KIND).get(_ID) or {})
