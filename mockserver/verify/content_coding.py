"""Content codings: decompression of bodies, bounded in size."""

import zlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mockserver.errors import ReplyLimitError
from mockserver.verify.limits import describe_bytes

_WINDOW_BITS: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {"gzip": (31,), "x-gzip": (31,), "deflate": (15, -15)}
)
"""The `wbits` of zlib to try; some servers send a deflate stream without its header."""
_MAX_CODINGS: Final = 4


def content_codings(header: str) -> list[str]:
    """The codings that a Content-Encoding header lists, in the order in which they were applied."""
    names = (name.strip().lower() for name in header.split(","))
    return [name for name in names if name not in ("", "identity")]


def decompress(raw: bytes, codings: list[str], max_bytes: int) -> bytes | None:
    """The body without its codings; None if it cannot be decoded. Raises `ReplyLimitError`."""
    if len(codings) > _MAX_CODINGS:
        return None
    body: bytes | None = raw
    for coding in reversed(codings):
        body = _without(coding, body, max_bytes) if body is not None else None
    return body


def _without(coding: str, raw: bytes, max_bytes: int) -> bytes | None:
    for window_bits in _WINDOW_BITS.get(coding, ()):
        decompressor = zlib.decompressobj(window_bits)
        try:
            body = decompressor.decompress(raw, max_bytes + 1)
        except zlib.error:
            continue
        if len(body) > max_bytes:
            raise ReplyLimitError(f"the body is larger than {describe_bytes(max_bytes)} when decompressed")
        if decompressor.eof:
            return body
    return None
