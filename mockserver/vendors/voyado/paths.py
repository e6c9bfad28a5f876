"""Paths of our own API in replies, in the version that was called."""

from urllib.parse import quote, urlencode

from mockserver.call import Call


def version_path(call: Call, *segments: str, **query: str) -> str:
    """Returns a path such as `/api/v3/interactions/…`."""
    version = "v2" if call.operation.endswith("_v2") else "v3"
    path = "/".join(["/api", version, *(quote(one, safe="") for one in segments)])
    return f"{path}?{urlencode(query)}" if query else path
