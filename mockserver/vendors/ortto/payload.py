"""The size of a payload."""

from typing import Final

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.vendors.ortto.go_json import TOO_LARGE

_MAX_BYTES: Final = 2 * 1024 * 1024
"""The maximum size of a payload, 2 MB (documented)."""


def require_size(call: Call) -> None:
    """Raises the problem body_malformed for a body that is too large; the text is that of Go (inferred)."""
    if len(call.raw) > _MAX_BYTES:
        raise Problem("body_malformed", reason=TOO_LARGE)
