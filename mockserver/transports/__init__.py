"""Calls without sockets: for each HTTP library a way from its client straight into a WSGI application.

The library's own code reads and writes the bytes, and the server's own code answers them; only what lies
between them is missing. So whatever is dropped, cut or late raises what it raises on the wire.
"""

from importlib import import_module
from typing import Any, Final

LIBRARIES: Final = ("httpx", "requests", "urllib3")


def transport(library: str, app: Any) -> Any:
    """What a client of the library is to use: a transport (httpx, sync and async in one), an adapter to mount
    (requests) or a pool manager (urllib3). Raises `ValueError` for another library.
    """
    if library not in LIBRARIES:
        raise ValueError(f"there is no transport for {library!r}; there is one for {', '.join(LIBRARIES)}")
    return import_module(f"{__name__}.{library}").Transport(app)
