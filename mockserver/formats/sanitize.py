"""Escapes untrusted text for logs and terminals."""

import traceback
from collections.abc import Iterator


def escape(text: str) -> str:
    """The text with every unprintable character escaped: line ends, control codes, direction marks."""
    return text if text.isprintable() else "".join(map(_escaped, text))


def format_traceback(error: BaseException) -> str:
    """The indented traceback of an exception for a log; its message is escaped, as callers can affect it."""
    return "\n".join(f"  {line}" for line in _traceback_lines(error))


def _traceback_lines(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause:
        yield from _traceback_lines(cause)
        yield "which led to"
    for frame in traceback.format_tb(error.__traceback__):
        yield from frame.rstrip("\n").split("\n")
    yield escape(f"{type(error).__name__}: {error}")


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
