"""Stateful fakes of marketing audience APIs, held to OpenAPI contracts.

The public Python API, each name loaded when it is first used:

    create_app   the Flask application
    Server       serves an application in a thread, as a context manager
    Control      client of the control API of a running server
    World        one isolated world; the type of the pytest fixture `mockserver`
    Exchange     a call with its reply, as the journal returns it: a TypedDict
    transport    calls without a socket: a transport for httpx, requests or urllib3
    redirect     sends calls to the vendors' own hosts to a world
    waiting      lets the waits of a client move the clock of a world
"""

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mockserver.app import create_app
    from mockserver.call import Exchange
    from mockserver.client import Control, World
    from mockserver.client.world import redirect, waiting
    from mockserver.server.http_server import Server
    from mockserver.transports import transport

__version__ = "0.1.0"
__all__ = [
    "Control",
    "Exchange",
    "Server",
    "World",
    "__version__",
    "create_app",
    "redirect",
    "transport",
    "waiting",
]

_MODULES: Final = MappingProxyType(
    {
        "Control": "mockserver.client",
        "Exchange": "mockserver.call",
        "Server": "mockserver.server.http_server",
        "World": "mockserver.client",
        "create_app": "mockserver.app",
        "redirect": "mockserver.client.world",
        "transport": "mockserver.transports",
        "waiting": "mockserver.client.world",
    }
)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
