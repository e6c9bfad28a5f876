"""In-process transports: connect an HTTP library's client to a WSGI application without sockets.

The library writes and parses the bytes of HTTP and the server's own code handles them; only the socket is
replaced. Dropped, truncated and delayed replies therefore raise the same exceptions as over a network.
"""

from importlib import import_module
from typing import Any, Final

LIBRARIES: Final = ("httpx", "requests", "urllib3")


def transport(library: str, app: Any) -> Any:
    """The in-process transport of a library: a transport (httpx, sync and async), an adapter to mount
    (requests) or a pool manager (urllib3). Raises `ValueError` for an unknown library.
    """
    if library not in LIBRARIES:
        raise ValueError(f"no transport for library {library!r} (available: {', '.join(LIBRARIES)})")
    return import_module(f"{__name__}.{library}").Transport(app)
