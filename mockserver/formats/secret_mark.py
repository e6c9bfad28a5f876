"""The mark of the random values that this server issues: they are recognized wherever a caller puts them."""

from typing import Final

MARK: Final = "5eed5eed"
"""The first hexadecimal digits of every random value that the server issues."""


REDACTED: Final = "…"
"""What is shown in place of a secret."""


def mark(digits: str) -> str:
    """The hexadecimal digits (of a UUID, too) with the mark in the first places."""
    return MARK + digits[len(MARK) :]
