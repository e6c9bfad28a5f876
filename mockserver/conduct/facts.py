"""Facts besides the calls: the people and records of the world, and how long a client may wait."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from mockserver.call import Exchange

PATIENCE: Final = 30.0
"""The seconds after which a client should have given up waiting for a reply."""
# With limits, since a body of one long word would take the square of its length.
_ADDRESS: Final = re.compile(r"[^@\s\"',;<>]{1,64}+@(?:[^@\s\"',;<>.]{1,63}+\.){1,8}[^@\s\"',;<>.]{1,63}+")
_PHONE: Final = re.compile(r"(?<![\w.:-])(?:\+|00?)[0-9][0-9 ()/.-]{6,18}[0-9](?![\w:-])", re.ASCII)
_MOST: Final = 10_000


@dataclass(frozen=True)
class Facts:
    """Facts besides the calls.

    `identifiers` returns e-mail addresses and telephone numbers, of the world's people and of those whose
    hashes the client sends. `record` returns a record of a vendor's collection by its id; None without it.
    """

    identifiers: Callable[[], Iterable[str]] = tuple
    record: Callable[[str, str, str], Any] = lambda _vendor, _collection, _id: None
    patience: float = PATIENCE


class KnownIdentifiers:
    """The identifiers in the calls of a world and of its people, found when a rule first asks for them."""

    def __init__(self, exchanges: list[Exchange], facts: Facts) -> None:
        self._exchanges = exchanges
        self._facts = facts
        self._found: set[str] | None = None

    def __call__(self) -> set[str]:
        """The identifiers, as they are written; about 10,000 at most."""
        if self._found is None:
            self._found = {*self._facts.identifiers()}
            for exchange in self._exchanges:
                for text in (exchange["call"]["body"], exchange["reply"]["body"]):
                    self._found.update(_ADDRESS.findall(text))
                    self._found.update(_PHONE.findall(text))
                if len(self._found) > _MOST:
                    break
        return self._found
