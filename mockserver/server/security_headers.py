"""Headers that protect what this server shows in browsers; never on the replies of vendors."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_COMMON: Final = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_CLOSED: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

SECURITY_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    # A reply of the control API is data: a browser that opens it loads and runs nothing.
    {**_COMMON, "Content-Security-Policy": _CLOSED}
)
CONSOLE_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    # The console runs its own files alone, and no code or style within a page.
    {
        **_COMMON,
        "Cache-Control": "no-cache",
        "Content-Security-Policy": f"{_CLOSED}; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
)
