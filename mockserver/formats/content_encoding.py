"""Request bodies packed with `Content-Encoding: gzip` or `deflate`, unpacked within a bound."""

import zlib
from typing import Final

from mockserver.errors import OversizedBodyError

_WINDOWS: Final = {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
"""zlib's window bits by encoding; clients send `deflate` with zlib's header (as they should) or without."""
_MAX_ENCODINGS: Final = 3


def unpack(body: bytes, content_encoding: str, max_bytes: int) -> bytes:
    """The body before it was packed. Raises `OversizedBodyError`, or `ValueError` with the reason."""
    encodings = [one.strip().lower() for one in content_encoding.split(",")]
    names = [one for one in encodings if one not in ("", "identity")]
    unknown = [one for one in names if one not in _WINDOWS]
    if unknown or len(names) > _MAX_ENCODINGS:
        raise ValueError(
            f"cannot unpack {', '.join(unknown or names)}; use gzip or deflate, or send it as it is"
        )
    for name in reversed(names):
        body = _inflate(body, name, max_bytes)
    return body


def _inflate(body: bytes, name: str, max_bytes: int) -> bytes:
    for window in _WINDOWS[name]:
        try:
            return _inflate_members(body, window, max_bytes)
        except zlib.error:
            continue
    raise ValueError(
        f"the body is not valid {name}; send it packed as the header says, or without the header"
    )


def _inflate_members(body: bytes, window: int, max_bytes: int) -> bytes:
    """The unpacked bytes; a gzip file may have several members. Raises `zlib.error`."""
    unpacked = bytearray()
    while body or not unpacked:
        inflater = zlib.decompressobj(window)
        unpacked += inflater.decompress(body, max_bytes - len(unpacked) + 1)
        if len(unpacked) > max_bytes:
            raise OversizedBodyError(f"the unpacked body is larger than {max_bytes} bytes")
        if not inflater.eof:
            raise zlib.error("incomplete")
        body = inflater.unused_data
        if window != 31:
            break
    return bytes(unpacked)
