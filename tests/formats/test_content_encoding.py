"""Packed bodies: unpacked within a bound, or refused with the reason."""

import gzip
import zlib

import pytest

from mockserver.errors import OversizedBodyError
from mockserver.formats.content_encoding import unpack

TEXT = b'{"limit": 1}' * 20
RAW_DEFLATE = zlib.compressobj(wbits=-15)
BARE = RAW_DEFLATE.compress(TEXT) + RAW_DEFLATE.flush()


@pytest.mark.parametrize(
    ("packed", "encoding"),
    [
        (TEXT, "identity"),
        (gzip.compress(TEXT, mtime=0), "gzip"),
        (gzip.compress(TEXT, mtime=0), "X-GZIP"),
        (gzip.compress(TEXT[:12], mtime=0) + gzip.compress(TEXT[12:], mtime=0), "gzip"),
        (zlib.compress(TEXT), "deflate"),
        (BARE, "deflate"),
        (gzip.compress(zlib.compress(TEXT), mtime=0), "deflate, gzip"),
    ],
)
def test_packed_bodies(packed: bytes, encoding: str) -> None:
    assert unpack(packed, encoding, len(TEXT)) == TEXT


@pytest.mark.parametrize(
    ("packed", "encoding", "words"),
    [
        (TEXT, "br", "cannot unpack br; use gzip or deflate"),
        (TEXT, "gzip, br", "cannot unpack br"),
        (TEXT, "gzip, gzip, gzip, gzip", "cannot unpack gzip, gzip"),
        (TEXT, "gzip", "not valid gzip"),
        (gzip.compress(TEXT, mtime=0)[:-4], "gzip", "not valid gzip"),
        (gzip.compress(TEXT, mtime=0) + b"x", "gzip", "not valid gzip"),
        (TEXT, "deflate", "not valid deflate"),
    ],
)
def test_other_bodies_are_refused(packed: bytes, encoding: str, words: str) -> None:
    with pytest.raises(ValueError, match=words) as error:
        unpack(packed, encoding, 10_000)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "packed", [gzip.compress(b"0" * 1_000_000, mtime=0), gzip.compress(b"0" * 600, mtime=0) * 2]
)
def test_a_bomb_is_not_unpacked(packed: bytes) -> None:
    with pytest.raises(OversizedBodyError):
        unpack(packed, "gzip", 1_000)
