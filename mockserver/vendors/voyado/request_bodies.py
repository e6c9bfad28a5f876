"""Request bodies as .NET's reader of streams decodes them."""

from mockserver.formats.lenient_json import read_marked


def decode_text(raw: bytes) -> bytes:
    """The text behind a byte order mark, which tells its encoding; what is no character becomes U+FFFD."""
    return read_marked(raw)
