"""The nearest right name to a wrong one."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_LONGEST: Final = 200  # a longer one is no misspelling, and comparing takes its time


def suggest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known word that this one is most like, whatever the case of its letters; None if none is alike."""
    if len(word) > _LONGEST:
        return None
    folded = {one.lower(): one for one in sorted(known, reverse=True)}
    close = get_close_matches(word.lower(), folded, n=1, cutoff=cutoff)
    return folded[close[0]] if close else None
