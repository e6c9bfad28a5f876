"""The e-mail addresses and telephone numbers that are known: those in exchanges, and those of people."""

import re
from collections.abc import Callable, Iterable
from typing import Final

from mockserver.call import Exchange

_EMAIL: Final = re.compile(r"[^@\s\"',;<>]+@[^@\s\"',;<>]+\.[^@\s\"',;<>]+")
_PHONE: Final = re.compile(r"(?<![\w.:-])(?:\+|00?)[0-9][0-9 ()/.-]{6,18}[0-9](?![\w:-])", re.ASCII)
_MOST: Final = 5_000


class KnownIdentifiers:
    """The identifiers in the calls of a world and of its people, found when a rule first asks for them."""

    def __init__(self, exchanges: list[Exchange], people: Callable[[], Iterable[str]]) -> None:
        """`people` returns the identifiers of the world's people."""
        self._exchanges = exchanges
        self._people = people
        self._found: set[str] | None = None

    def __call__(self) -> set[str]:
        """The identifiers, as they are written; at most about 10,000."""
        if self._found is None:
            self._found = {*self._people()}
            for exchange in self._exchanges:
                for text in (exchange["call"]["body"], exchange["reply"]["body"]):
                    self._found.update(_EMAIL.findall(text))
                    self._found.update(_PHONE.findall(text))
                if len(self._found) > 2 * _MOST:
                    break
        return self._found
