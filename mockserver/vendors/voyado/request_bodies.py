"""Request bodies as .NET's reader of streams decodes them."""

from mockserver.formats.lenient_json import read_marked


def decode_text(raw: bytes) -> bytes:
    """The text behind a byte order mark, which tells its encoding; U+FFFD replaces what is invalid."""
    return read_marked(raw)
