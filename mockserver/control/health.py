"""Whether the server is ready."""

from mockserver import __version__
from mockserver.call import Call
from mockserver.world.worlds import Worlds


def get_health(call: Call, worlds: Worlds) -> object:
    """`{status, version, vendors, worlds}`."""
    return {
        "status": "ok",
        "version": __version__,
        "vendors": sorted(worlds.vendors),
        "worlds": len(worlds.all()),
    }
