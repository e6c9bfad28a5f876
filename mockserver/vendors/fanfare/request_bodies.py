"""Request bodies as the `json()` of a request in JavaScript decodes them."""

from mockserver.formats.lenient_json import replace_invalid


def decode_text(raw: bytes) -> bytes:
    """The text with U+FFFD for what is invalid; the contract says that a byte order mark is skipped."""
    return replace_invalid(raw)
