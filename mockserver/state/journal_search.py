"""The search language of the journal: `op:get_* status:4xx -is:fault "new members"`.

Terms are separated by spaces, and all of them must fit. `key:value` compares one property, with `*` for any
text, and several values after commas; other words, and what is in quotes, are searched for in the call and
its reply. A `-` in front of a term excludes what it finds. Upper and lower case are the same.
"""

import re
from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from mockserver.call import Exchange
from mockserver.errors import InvalidSearchError
from mockserver.formats.suggestions import nearest
from mockserver.state.verdicts import VERDICTS, verdict_of

MAX_LENGTH: Final = 500

_TERM: Final = re.compile(r'(?P<no>-?)(?:(?P<key>[A-Za-z_]+):)?(?:"(?P<quoted>[^"]*)"(?=\s|$)|(?P<word>\S*))')
_STATUS: Final = re.compile(r"(?P<first>[1-5]\d\d)(?:-(?P<last>[1-5]\d\d))?|(?P<class>[1-5])xx")
_COMPARED: Final = re.compile(r"(?P<sign>[<>]=?)(?P<number>\d{3})")
_COMPARISONS: Final[Mapping[str, Callable[[int, int], bool]]] = MappingProxyType(
    {
        "<": lambda status, number: status < number,
        "<=": lambda status, number: status <= number,
        ">": lambda status, number: status > number,
        ">=": lambda status, number: status >= number,
    }
)


class Found(NamedTuple):
    """An exchange to be searched, and the test that made it."""

    exchange: Exchange
    test: str | None


Test = Callable[[Found], bool]

_TEXTS: Final[Mapping[str, Callable[[Found], str | None]]] = MappingProxyType(
    {
        "vendor": lambda found: found.exchange["vendor"],
        "op": lambda found: found.exchange["operation"],
        "problem": lambda found: found.exchange["problem"],
        "fault": lambda found: found.exchange["fault"] and found.exchange["fault"]["kind"],
        "method": lambda found: found.exchange["call"]["method"],
    }
)
"""The keys whose values are the whole text, but for `*`."""
_PARTS: Final[Mapping[str, Callable[[Found], str | None]]] = MappingProxyType(
    {"path": lambda found: found.exchange["call"]["path"], "test": lambda found: found.test}
)
"""The keys whose values are a part of the text."""
_STATES: Final[Mapping[str, Test]] = MappingProxyType(
    {
        "flawed": lambda found: found.exchange["flaw"] is not None,
        "changed": lambda found: bool(found.exchange["effect_counts"]),
        "unknown": lambda found: (found.exchange["flaw"] or "").startswith("unknown_"),
    }
)
_YES_OR_NO: Final[Mapping[str, bool]] = MappingProxyType(
    {"true": True, "yes": True, "false": False, "no": False}
)
_ALIASES: Final[Mapping[str, str]] = MappingProxyType({"operation": "op"})
KEYS: Final = (
    "vendor",
    "op",
    "status",
    "problem",
    "fault",
    "verdict",
    "is",
    "flawed",
    "path",
    "method",
    "test",
)
"""The keys of the language; `operation` is another name of `op`."""


def parse_search(text: str, known: Mapping[str, Collection[str]] = MappingProxyType({})) -> Test:
    """The test that an exchange passes if the search finds it.

    `known` has the values that exist, by key: another one is an error, as an empty result would look like
    proof. Raises `InvalidSearchError`.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidSearchError(f"the search has more than {MAX_LENGTH} characters; shorten it")
    tests: list[Test] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        term = _TERM.match(text, at)
        if term is None:  # it matches the empty text, too
            break
        try:
            tests.append(_test_of_term(term, known))
        except InvalidSearchError as error:
            raise InvalidSearchError(f"the search at character {at + 1}: {error}") from None
        at = term.end()
    return lambda found: all(test(found) for test in tests)


def _test_of_term(term: re.Match[str], known: Mapping[str, Collection[str]]) -> Test:
    key, quoted, word = term["key"], term["quoted"], term["word"] or ""
    if quoted is None and word.startswith('"'):
        raise InvalidSearchError('the quote is not closed; end the text with " and a space')
    value = word if quoted is None else quoted
    if key is None:
        if not value:
            raise InvalidSearchError("there is no text; write what to search for")
        test = _anywhere(value)
    else:
        values = [value] if quoted is not None else value.split(",")
        test = _test_of_key(key.lower(), values, known)
    return (lambda found: not test(found)) if term["no"] else test


def _test_of_key(key: str, values: list[str], known: Mapping[str, Collection[str]]) -> Test:
    key = _ALIASES.get(key, key)
    if key not in KEYS:
        close = nearest(key, KEYS)
        raise InvalidSearchError(
            f"unknown key {key!r}, the nearest is {close}; put text with a colon in quotes"
        )
    if not all(values):
        raise InvalidSearchError(f"{key}: has no value; write {key}:VALUE")
    if key in _TEXTS:
        for one in values:
            if key in known and "*" not in one:
                _check_known(key, one, known[key])
        return _any([_wildcard(_TEXTS[key], one) for one in values])
    if key in _PARTS:
        return _any([_wildcard(_PARTS[key], f"*{one}*") for one in values])
    return _any([_PARSERS[key](one) for one in values])


def _any(tests: list[Test]) -> Test:
    return tests[0] if len(tests) == 1 else lambda found: any(test(found) for test in tests)


def _check_known(key: str, value: str, known: Collection[str]) -> None:
    if value.lower() not in {one.lower() for one in known}:
        close = nearest(value, known)
        raise InvalidSearchError(f"unknown value {value!r} of {key}, the nearest is {close}")


def _status(value: str) -> Test:
    compared = _COMPARED.fullmatch(value)
    if compared:
        compare, number = _COMPARISONS[compared["sign"]], int(compared["number"])
        return lambda found: compare(found.exchange["reply"]["status"], number)
    status = _STATUS.fullmatch(value.lower())
    if status is None:
        raise InvalidSearchError(f"invalid status {value!r}; write 404, 4xx, 400-499 or >=400")
    first = int(status["first"] or f"{status['class']}00")
    last = int(status["last"] or (first if status["first"] else first + 99))
    return lambda found: first <= found.exchange["reply"]["status"] <= last


def _verdict(value: str) -> Test:
    _check_known("verdict", value, VERDICTS)
    wanted = value.lower()
    return lambda found: verdict_of(found.exchange) == wanted


def _state(value: str) -> Test:
    _check_known("is", value, (*_STATES, *VERDICTS))
    return _STATES.get(value.lower()) or _verdict(value)


def _flawed(value: str) -> Test:
    _check_known("flawed", value, _YES_OR_NO)
    wanted = _YES_OR_NO[value.lower()]
    return lambda found: (found.exchange["flaw"] is not None) is wanted


_PARSERS: Final[Mapping[str, Callable[[str], Test]]] = MappingProxyType(
    {"status": _status, "verdict": _verdict, "is": _state, "flawed": _flawed}
)


def _wildcard(read: Callable[[Found], str | None], pattern: str) -> Test:
    """Whether a text is the pattern, whose `*` stand for any text, in linear time."""
    first, *rest = pattern.lower().split("*")

    def test(found: Found) -> bool:
        text = read(found)
        if text is None:
            return False
        text = text.lower()
        if not rest:
            return text == first
        if not text.startswith(first):
            return False
        at = len(first)
        for part in rest[:-1]:
            at = text.find(part, at)
            if at < 0:
                return False
            at += len(part)
        return len(text) - at >= len(rest[-1]) and text.endswith(rest[-1])

    return test


def _anywhere(text: str) -> Test:
    """Whether the text occurs in the call, its reply or what is known of them."""
    wanted = text.lower()

    def test(found: Found) -> bool:
        exchange, call, reply = found.exchange, found.exchange["call"], found.exchange["reply"]
        names = (exchange["operation"], exchange["problem"], exchange["why"], exchange["id"], call["url"])
        bodies = (call["body"], reply["body"])
        headers = (f"{name}: {value}" for side in (call, reply) for name, value in side["headers"].items())
        return any(wanted in one.lower() for one in (*names, *bodies, *headers) if one)

    return test
