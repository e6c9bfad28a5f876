"""Magic values: identities in a call that provoke a named problem of its operation, without any other means.

Those of a problem are derived from its name: `fail+<problem>@mockserver.test` (an e-mail address; as an id or
a name, `fail-<problem>`), a number, and a UUID that ends in the number's digits.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

_DOMAIN: Final = "@mockserver.test"
_NUMBERS: Final = 990_000_000  # 1,000,000 of them, that 32 bits can hold
_UUID: Final = "fa11ed00-0000-4000-8000-000"
_FORM: Final = "application/x-www-form-urlencoded"
# each begins with text that is searched for quickly
_PATTERNS: Final = (
    (b"fail", re.compile(rb"fail[-+]([a-z0-9_]+)(?:@mockserver\.test)?", re.ASCII)),
    (b"990", re.compile(rb"(990[0-9]{6})(?![0-9])", re.ASCII)),
)
_ADDRESS: Final = re.compile(rb"fail\+([\w.-]{1,100})@mockserver\.test", re.ASCII | re.IGNORECASE)


class Spellings(NamedTuple):
    """The magic values of a problem."""

    email: str
    text: str
    number: int
    uuid: str


class MagicValue(NamedTuple):
    """A magic value in a call, and the problem that it provokes."""

    value: str
    problem: str


def spellings(problem: str) -> Spellings:
    """The magic values of the problem."""
    number = _number(problem)
    return Spellings(f"fail+{problem}{_DOMAIN}", f"fail-{problem}", number, f"{_UUID}{number:09d}")


def find_magic_value(
    problems: Iterable[str], path: str, query: str, headers: Mapping[str, str], body: bytes
) -> MagicValue | None:
    """The first magic value of one of the problems in the path, the query or the body of a call."""
    names: Mapping[str, str] | None = None
    for text in _texts(path, query, headers, body):
        for prefix, pattern in _PATTERNS:
            if prefix not in text:
                continue
            names = _names(tuple(problems)) if names is None else names
            for found in pattern.finditer(text):
                problem = names.get(found[1].decode())
                value = _whole_value(text, found)
                if problem and value:
                    return MagicValue(value, problem)
    return None


def find_address(path: str, query: str, headers: Mapping[str, str], body: bytes) -> MagicValue | None:
    """The first e-mail address that has the form of a magic value, of whatever problem."""
    for text in _texts(path, query, headers, body):
        found = _ADDRESS.search(text) if b"@mockserver" in text.lower() else None
        if found:
            return MagicValue(found[0].decode(), found[1].decode())
    return None


def _whole_value(text: bytes, found: re.Match[bytes]) -> str | None:
    """The magic value with its beginning; None for the end of another word or number."""
    before = text[max(0, found.start() - len(_UUID)) : found.start()].decode(errors="replace").lower()
    if before == _UUID:
        return before + found[0].decode()
    return None if before[-1:].isalnum() else found[0].decode()


def _texts(path: str, query: str, headers: Mapping[str, str], body: bytes) -> Iterator[bytes]:
    yield path.encode(errors="replace")
    if query:
        yield unquote_to_bytes(query)
    if body:
        yield unquote_to_bytes(body) if headers.get("content-type", "").startswith(_FORM) else body


@lru_cache(1_000)
def _names(problems: tuple[str, ...]) -> Mapping[str, str]:
    """The problems by their names and by the digits of their numbers."""
    return MappingProxyType({key: one for one in problems for key in (one, str(_number(one)))})


def _number(problem: str) -> int:
    digest = hashlib.blake2b(problem.encode(), digest_size=8).digest()
    return _NUMBERS + int.from_bytes(digest) % 1_000_000
