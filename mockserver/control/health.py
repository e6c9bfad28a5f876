"""Whether the server lives, and whether it can answer calls."""

import logging

from mockserver import __version__
from mockserver.call import Call
from mockserver.errors import Problem, StoreUnavailableError
from mockserver.state.worlds import Worlds

_log = logging.getLogger("mockserver")


def get_health(call: Call, worlds: Worlds) -> object:
    """`{status, version, vendors, worlds}`, whatever the store does."""
    return {
        "status": "ok",
        "version": __version__,
        "vendors": sorted(worlds.vendors),
        "worlds": _count_worlds(worlds),
    }


def get_readiness(call: Call, worlds: Worlds) -> object:
    """`{status}`. Raises store_unavailable.

    Why is said in the log alone: this is answered to everybody.
    """
    try:
        with worlds.store.transaction():
            worlds.count()
    except StoreUnavailableError as trouble:
        _log.warning("not ready: the store cannot be asked (%s)", trouble)
        raise Problem("store_unavailable") from trouble
    return {"status": "ready"}


def _count_worlds(worlds: Worlds) -> int | None:
    try:
        return worlds.count()
    except StoreUnavailableError:
        return None
