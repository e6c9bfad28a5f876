"""Health and readiness of the server."""

import logging

from mockserver import __version__
from mockserver.call import Call
from mockserver.errors import Problem, StoreUnavailableError, WouldBlockError
from mockserver.state.worlds import DEFAULT_WORLD, Worlds

_log = logging.getLogger("mockserver")


def get_health(call: Call, worlds: Worlds) -> object:
    """`{status, version, vendors, worlds}`, even if the store is unavailable; waits for no database."""
    return {
        "status": "ok",
        "version": __version__,
        "vendors": sorted(worlds.vendors),
        "worlds": _count_worlds(worlds),
    }


def get_readiness(call: Call, worlds: Worlds) -> object:
    """`{status, seed_data_pending}`. Raises store_unavailable.

    The reason is only logged, since this endpoint needs no token.
    """
    try:
        worlds.store.check()
        with worlds.store.transaction():
            pending = worlds.pending_seed_data(DEFAULT_WORLD)
    except StoreUnavailableError as error:
        _log.warning("not ready: the store is unavailable (%s)", error)
        raise Problem("store_unavailable") from error
    return {"status": "ready", "seed_data_pending": pending}


def _count_worlds(worlds: Worlds) -> int | None:
    try:
        return worlds.count()
    except WouldBlockError:
        return worlds.last_count.read()
    except StoreUnavailableError:
        return None
