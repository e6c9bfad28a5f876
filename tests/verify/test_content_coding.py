"""Decompression of bodies, bounded in size."""

import gzip
import zlib

import pytest

from mockserver.errors import ReplyLimitError
from mockserver.verify.content_coding import content_codings, decompress

TEXT = b"[1, 2]" * 10


def raw_deflate(text: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(text) + compressor.flush()


@pytest.mark.parametrize(
    ("raw", "header", "body"),
    [
        (gzip.compress(TEXT, mtime=0), "gzip", TEXT),
        (gzip.compress(TEXT, mtime=0), " X-GZIP ,identity", TEXT),
        (zlib.compress(TEXT), "deflate", TEXT),
        (raw_deflate(TEXT), "deflate", TEXT),
        (gzip.compress(zlib.compress(TEXT), mtime=0), "deflate, gzip", TEXT),
        (TEXT, "", TEXT),
        (TEXT, "gzip", None),
        (TEXT, "br", None),
        (gzip.compress(TEXT, mtime=0)[:-9], "gzip", None),
        (TEXT, ", ".join(["gzip"] * 5), None),
    ],
)
def test_decompression(raw: bytes, header: str, body: bytes | None) -> None:
    assert decompress(raw, content_codings(header), 1000) == body


def test_size_is_bounded() -> None:
    packed = gzip.compress(bytes(1000), mtime=0)
    assert decompress(packed, ["gzip"], 1000) == bytes(1000)
    with pytest.raises(ReplyLimitError, match="larger than 999 bytes when decompressed"):
        decompress(packed, ["gzip"], 999)
