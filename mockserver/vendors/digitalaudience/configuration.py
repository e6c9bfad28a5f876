"""What a world may decide of the vendor's ways: how refusals are sent, how long a session lives."""

from datetime import timedelta
from typing import Any, Final

from mockserver.world.world import World

MIRRORED: Final = "mirrored"
ALWAYS_200: Final = "always_200"
_KIND, _ID = "configuration", "configuration"
_START: Final = {"http_status": MIRRORED, "session_minutes": 60}


def change(world: World, **settings: Any) -> None:
    """Writes some of the settings anew."""
    world.records(_KIND).add(_ID, _read(world) | settings, rank=0)


def sends_200(world: World) -> bool:
    """Whether refusals are sent with HTTP 200; what they are then stands in the envelope only."""
    return bool(_read(world)["http_status"] == ALWAYS_200)


def session_lifetime(world: World) -> timedelta | None:
    """How long a session lives without a call; None: for ever."""
    minutes = _read(world)["session_minutes"]
    return None if minutes is None else timedelta(minutes=minutes)


def _read(world: World) -> dict[str, Any]:
    return _START | (world.records(_KIND).get(_ID) or {})
