"""The authority of a URL, which is also what a Host header has: a host, and perhaps a port."""

import ipaddress
import re
from functools import lru_cache
from typing import Final

MAX_NAME: Final = 255
"""The most characters of a host name, as in DNS."""

_NAME: Final = rf"[A-Za-z0-9._~!$&'()*+,;=%-]{{1,{MAX_NAME}}}"
_AUTHORITY: Final = re.compile(rf"(?:{_NAME}|\[([0-9A-Fa-f:.]+)\])(?::([0-9]{{0,5}}))?")
_MOST_PORT: Final = 65_535
_MAX_LENGTH: Final = MAX_NAME + len(f":{_MOST_PORT}")


def is_authority(text: str) -> bool:
    """Whether the text is a host name or address, with or without a port: what every parser of URLs takes."""
    return len(text) <= _MAX_LENGTH and _is_authority(text)


@lru_cache(256)
def _is_authority(text: str) -> bool:
    found = _AUTHORITY.fullmatch(text)
    if found is None or (found[2] and not 0 < int(found[2]) <= _MOST_PORT):
        return False
    try:
        return found[1] is None or bool(ipaddress.IPv6Address(found[1]))
    except ValueError:
        return False
