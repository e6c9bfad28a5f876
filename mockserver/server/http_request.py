"""One HTTP request as a server has read it, free of WSGI and of sockets."""

from typing import Any, Final

_SCHEMES: Final = ("http", "https")


class HttpRequest:
    """The parts of a request, each decoded once.

    `target` is the request target as received, `path` its path (percent-encoded) below `root`, `query` its
    query. `headers` have lower-case names. `authority` is the host and port that the caller addressed, and
    `address` the caller's own. `version` is "1.1" or "1.0"; `keep_alive` says whether the connection stays
    open after the reply. `parts` is what an application keeps of its own reading of the path. Nothing else
    changes a request, so that it can be answered again.
    """

    __slots__ = (
        "address",
        "authority",
        "body",
        "headers",
        "keep_alive",
        "method",
        "parts",
        "path",
        "query",
        "root",
        "scheme",
        "target",
        "version",
    )

    def __init__(
        self,
        method: str,
        target: str,
        path: str,
        query: str,
        headers: dict[str, str],
        body: bytes,
        address: str,
        scheme: str,
        authority: str,
        root: str = "",
        version: str = "1.1",
        keep_alive: bool = False,
    ) -> None:
        self.method: str = method
        self.target: str = target
        self.path: str = path
        self.query: str = query
        self.headers: dict[str, str] = headers
        self.body: bytes = body
        self.address: str = address
        self.scheme: str = scheme
        self.authority: str = authority
        self.root: str = root
        self.version: str = version
        self.keep_alive: bool = keep_alive
        self.parts: Any = None

    @property
    def base_url(self) -> str:
        """The URL of this server as the caller addressed it, without a trailing slash."""
        scheme, headers = self.scheme, self.headers
        if "x-forwarded-proto" in headers:  # a proxy in front may have terminated TLS
            forwarded = headers["x-forwarded-proto"].partition(",")[0].strip().lower()
            scheme = forwarded if forwarded in _SCHEMES else scheme
        return f"{scheme}://{self.authority}{self.root}"


_HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
    }
)


def render_passed(request: HttpRequest) -> bytes:
    """The bytes of a request that a proxy passes on, as the last one of a connection."""
    query = f"?{request.query}" if request.query else ""
    drop = _HOP_BY_HOP | {"content-length", "upgrade"}
    headers = {name: value for name, value in request.headers.items() if name not in drop}
    if request.body or request.method in ("POST", "PUT", "PATCH"):
        headers["content-length"] = str(len(request.body))
    lines = [
        f"{request.method} {request.path}{query} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join([*lines, "connection: close", "", ""]).encode("latin-1") + request.body
