"""Limits on what a verified service may send and how long a run may take."""

from dataclasses import dataclass
from typing import Final

MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one run; a reply or a run beyond them raises `ReplyLimitError`."""

    reply_bytes: int = 8 * MEBIBYTE
    """Of one reply: as sent, headers included, and again when decompressed."""
    run_bytes: int = 256 * MEBIBYTE
    """Of all replies of one run: they are kept for the reports."""
    call_seconds: float = 30.0
    """From the connection to the last byte of the reply."""
    run_seconds: float = 3600.0


DEFAULTS: Final = Limits()


def describe_bytes(count: int) -> str:
    """A number of bytes as in `8 MiB`."""
    whole, rest = divmod(count, MEBIBYTE)
    return f"{whole} MiB" if whole and not rest else f"{count} bytes"
