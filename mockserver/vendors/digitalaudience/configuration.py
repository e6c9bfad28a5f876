"""What a world may decide of the vendor's ways: how refusals are sent, how long a session lives.

The switches of its contract say it, until backstage does.
"""

from datetime import timedelta
from typing import Any, Final

from mockserver.state.world import World

ALWAYS_200: Final = "always_200"
_KIND, _ID = "configuration", "configuration"


def update(world: World, **settings: Any) -> None:
    """Writes some of the settings anew."""
    kept = world.records(_KIND).get(_ID) or {}
    world.records(_KIND).add(_ID, kept | settings, rank=0)


def always_sends_200(world: World) -> bool:
    """Whether refusals are sent with HTTP 200; what they are then stands in the envelope only."""
    return bool(_read(world)["http_status"] == ALWAYS_200)


def session_lifetime(world: World) -> timedelta | None:
    """How long a session lives without a call; None: for ever."""
    minutes = _read(world)["session_minutes"]
    return None if minutes is None else timedelta(minutes=minutes)


def _read(world: World) -> dict[str, Any]:
    switches = world.switches
    chosen = {"http_status": switches["error_http_style"], "session_minutes": switches["session_minutes"]}
    return chosen | (world.records(_KIND).get(_ID) or {})
