"""JSON texts that are not UTF-8, as lenient decoders read them: U+FFFD replaces what is invalid."""

import codecs
import re
from typing import Final

REPLACEMENT: Final = "\ufffd"
_LEAD: Final = r"\\u[dD][89abAB][0-9a-fA-F]{2}"
_TRAIL: Final = r"\\u[dD][c-fC-F][0-9a-fA-F]{2}"
_SURROGATES: Final = re.compile(rf"(?P<kept>{_LEAD}{_TRAIL}|\\[^u])|{_LEAD}|{_TRAIL}", re.DOTALL)
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def replace_invalid(raw: bytes) -> bytes:
    """The text with U+FFFD for each sequence that is not UTF-8, and for each lone surrogate in an escape."""
    return _replaced(raw.decode("utf-8", "replace"))


def read_marked(raw: bytes) -> bytes:
    """The text in UTF-8, without the mark that names its encoding; U+FFFD replaces what is invalid."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if raw.startswith(mark):
            return _replaced(raw[len(mark) :].decode(encoding, "replace"))
    return replace_invalid(raw)


def _replaced(text: str) -> bytes:
    return _SURROGATES.sub(lambda found: found["kept"] or REPLACEMENT, text).encode()
