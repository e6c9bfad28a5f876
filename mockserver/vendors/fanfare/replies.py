"""What stands on every reply: how much of the minute's calls is left, and the id of the request."""

from typing import Final

from mockserver.call import Call
from mockserver.vendors.fanfare import tenant
from mockserver.vendors.fanfare.moments import millis
from mockserver.world.world import World

LIMIT: Final = 1000
"""Calls a minute that all keys of one organisation share (documented for the Admin API in general)."""

_MINUTE: Final = 60


def headers(call: Call, world: World) -> dict[str, str]:
    """The rate limit's headers, counting this call, and `X-Request-Id`.

    Windows are the minutes of the world's clock. Calls that no key lets in share a count of their own.
    """
    second = millis(world.now()) // 1000
    whose = tenant.of(call, world) if call.credential else "nobody"
    minute = second // _MINUTE
    windows = world.records("window")
    window = windows.get(whose)
    calls = window["calls"] + 1 if window and window["minute"] == minute else 1
    windows.add(whose, {"minute": minute, "calls": calls}, rank=0)
    return {
        "X-RateLimit-Limit": str(LIMIT),
        "X-RateLimit-Remaining": str(max(0, LIMIT - calls)),
        "X-RateLimit-Reset": str((minute + 1) * _MINUTE),
        "X-Request-Id": f"req_{call.id.replace('-', '')[:24]}",
    }
