"""Did-you-mean suggestions: the known name nearest to an unknown one."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Final

_MAX_LENGTH: Final = 200  # a longer word is not a misspelling, and comparing it takes long


def suggest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name most similar to this one, ignoring case; None if none is similar enough.

    `cutoff` is the least similarity, from 0 (any name) to 1 (the same).
    """
    if len(word) > _MAX_LENGTH:
        return None
    folded = {one.lower(): one for one in sorted(known, reverse=True)}
    close = get_close_matches(word.lower(), folded, n=1, cutoff=cutoff)
    return folded[close[0]] if close else None


def nearest(word: str, known: Collection[str]) -> str:
    """The known name most similar to this one, with no threshold; "none" if no name is known."""
    return suggest(word[:_MAX_LENGTH], known, cutoff=0) or min(known, default="none")
