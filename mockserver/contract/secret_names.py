"""Recognition of the names of secret fields, however a caller spells them."""

import re
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import unquote_plus

_SEPARATORS: Final = re.compile(r"[^a-z0-9]+")
_NOTHING: Final = "(?!)"  # the pattern that matches no text
_MAX_KNOWN: Final = 4096
_MAX_LENGTH: Final = 64  # longer names are not remembered, nor compared by their spelling
_MIN_LENGTH: Final = 6  # the names of this length or more are also recognized with a typing error


class SecretNames:
    """A set of names of secret fields that ignores case, separators and one typing error.

    A name is secret too if it starts with one of `prefixes`, or if it contains one of `stems`.
    """

    def __init__(
        self,
        names: Iterable[str],
        prefixes: tuple[str, ...] = (),
        stems: tuple[str, ...] = (),
        hides: Callable[[str], bool] = lambda _name: False,
    ) -> None:
        """`hides` says whether a name has a secret value in it: it is never `plain`."""
        self._names = frozenset(map(_normalize, names)) - {""}
        self._prefixes = tuple(map(_normalize, prefixes))
        self._stem = re.compile("|".join(map(re.escape, stems)) or _NOTHING)
        long = [name for name in self._names if len(name) >= _MIN_LENGTH]
        self._misspelt = frozenset([*long, *(shorter for name in long for shorter in _shortened(name))])
        self._hides = hides
        self._verdicts: dict[str, bool] = {}
        self.plain: set[str] = set()
        """The names that are and hide no secret, as was found, so that one comparison checks an object."""

    def __contains__(self, name: str) -> bool:
        verdict = self._verdicts.get(name)
        if verdict is None:
            verdict = self._is_secret(name)
            if len(self._verdicts) >= _MAX_KNOWN:  # callers choose the names
                self._verdicts.clear()
                self.plain.clear()
            if len(name) <= _MAX_LENGTH:
                self._verdicts[name] = verdict
                if not verdict and not self._hides(name):
                    self.plain.add(name)
        return verdict

    def _is_secret(self, name: str) -> bool:
        plain = _normalize(unquote_plus(name))
        if plain in self._names or plain.startswith(self._prefixes):
            return True
        if self._stem.search(plain):
            return True
        return len(plain) <= _MAX_LENGTH and not self._misspelt.isdisjoint((plain, *_shortened(plain)))


def _normalize(name: str) -> str:
    return _SEPARATORS.sub("", name.lower())


def _shortened(name: str) -> list[str]:
    """The name without one of its letters.

    Two names differ by one typing error (a letter added, left out, replaced, or two swapped) only if they, or
    these forms of them, have one in common.
    """
    return [name[:at] + name[at + 1 :] for at in range(len(name))]
