"""Text that somebody else chose, made fit for a line of a log or of a terminal."""

import traceback
from collections.abc import Iterator


def escape(text: str) -> str:
    """The text without anything that would move a cursor, end a line or turn writing round: escaped."""
    return (
        text if text.isprintable() else "".join(one if one.isprintable() else _escaped(one) for one in text)
    )


def format_traceback(error: BaseException) -> str:
    """How an exception came about, for a log; what a caller sent may be in its words, and makes no lines."""
    return "\n".join(f"  {line}" for line in _traced(error))


def _traced(error: BaseException) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before:
        yield from _traced(before)
        yield "which led to"
    for frame in traceback.format_tb(error.__traceback__):
        yield from frame.rstrip("\n").split("\n")
    yield escape(f"{type(error).__name__}: {error}")


def _escaped(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
