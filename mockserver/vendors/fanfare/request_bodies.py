"""Request bodies as the `json()` of a request in JavaScript decodes them."""

from mockserver.formats.lenient_json import read_marked


def decode_text(raw: bytes) -> bytes:
    """The text behind a byte order mark of UTF-8; U+FFFD replaces what is invalid."""
    return read_marked(raw, only_utf8=True)
