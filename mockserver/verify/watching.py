"""Repeated readings of a live service: what is new in each, compared with those before it.

The first two readings come one after the other. Whatever differs between them is volatile (times, counters,
ids) and is not compared later; the other values are.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.formats.json_pointer import MISSING, format_pointer, json_equal
from mockserver.verify.drift import find_drift
from mockserver.verify.result import VerificationResult
from mockserver.verify.schema_inference import is_volatile

_MAX_VALUES: Final = 5_000
"""The values of one reply that are compared."""

Call = tuple[str, int, str]
"""The step of a story, the number of its call, and its operation."""
Values = dict[str, Any]
"""The values of a reply by JSON pointer; that of a list is its length, that of an object is None."""


class _Length(str):
    """The length of a list, in words."""

    __slots__ = ()


class Watch:
    """All readings of one service so far."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._enumerated = frozenset(_enumerated(contract.document.root))
        self._known: dict[Call, Values] = {}
        self._volatile: dict[Call, set[str]] = {}
        self._deviations: dict[str, None] = {}
        self.readings: int = 0

    def add(self, result: VerificationResult) -> list[str]:
        """The news of this reading: what is new and what is gone, one line each."""
        found = self._found_deviations(result)
        news = [text for text in found if text not in self._deviations]
        # What was not read this time may still be there.
        gone = [text for text in self._deviations if text not in found] if not result.hindered else []
        self._deviations = dict.fromkeys([*found, *(self._deviations if result.hindered else ())])
        self.readings += 1
        return [*news, *(f"gone: {text}" for text in gone), *self._changes(result)]

    @property
    def volatile(self) -> int:
        """The number of values that the first two readings have shown to be volatile."""
        return sum(map(len, self._volatile.values()))

    @property
    def deviations(self) -> int:
        """The number of deviations from the contract in the last reading."""
        return len(self._deviations)

    def _found_deviations(self, result: VerificationResult) -> dict[str, None]:
        drifts = find_drift(self._contract, result.exchanges)
        drift = [f"drift: {str(one).rpartition(' (')[0]}" for one in drifts]
        return dict.fromkeys([*drift, *(f"found: {one.key}" for one in result.new_findings)])

    def _changes(self, result: VerificationResult) -> list[str]:
        news: list[str] = []
        for call, values in _values(result).items():
            before, volatile = self._known.get(call), self._volatile.setdefault(call, set())
            self._known[call] = values
            if before is None:
                continue
            changed = [*_changed(before, values, volatile)]
            if self.readings <= 2:
                volatile.update(changed)
            else:
                news += [self._describe(call, where, before, values) for where in changed]
        return news

    def _describe(self, call: Call, where: str, before: Values, after: Values) -> str:
        secret = self._contract.redaction.is_secret("body", where)
        values = [one.get(where, MISSING) for one in (before, after)]
        old, new = ("a value" if secret or self._is_data(one) else _word(one) for one in values)
        new = "another value" if old == new == "a value" else new
        return f"changed: {f'{call[2]} {where}'.strip()}: {old} → {new} ({call[0]})"

    def _is_data(self, value: Any) -> bool:
        """Whether the value may say something about a person or the account, and is not repeated."""
        if value is MISSING or isinstance(value, _Length):
            return False
        return is_volatile(value) or (isinstance(value, str) and value not in self._enumerated)


def _values(result: VerificationResult) -> dict[Call, Values]:
    """The values of every successful reply."""
    found: dict[Call, Values] = {}
    for exchange in result.exchanges:
        if exchange.operation is not None and exchange.response.status < 300:
            number = sum(1 for call in found if call[0] == exchange.place)
            leaves: Values = {}
            for where, value in _leaves(exchange.response.body, ()):
                if len(leaves) >= _MAX_VALUES:
                    break
                leaves[where] = value
            found[exchange.place, number, exchange.operation] = leaves
    return found


def _leaves(value: Any, tokens: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        yield format_pointer(tokens), None
        for name, member in value.items():
            yield from _leaves(member, (*tokens, name))
    elif isinstance(value, list):
        yield format_pointer(tokens), _Length("1 item" if len(value) == 1 else f"{len(value)} items")
        for index, item in enumerate(value):
            yield from _leaves(item, (*tokens, str(index)))
    else:
        yield format_pointer(tokens), value


def _changed(before: Mapping[str, Any], after: Mapping[str, Any], volatile: set[str]) -> Iterator[str]:
    """The places whose values differ, but for volatile ones, and for those below one that differs."""
    skipped = [f"{where}/" for where in volatile]
    for where in sorted({*before, *after}):
        if where in volatile or where.startswith(tuple(skipped)):
            continue
        if not json_equal(before.get(where, MISSING), after.get(where, MISSING)):
            skipped.append(f"{where}/")
            yield where


def _word(value: Any) -> str:
    if value is MISSING:
        return "nothing"
    return str(value) if isinstance(value, _Length) else repr(value)


def _enumerated(node: Any) -> Iterator[str]:
    """The texts that a contract enumerates."""
    if isinstance(node, dict):
        listed = node.get("enum")
        values = [*(listed if isinstance(listed, list) else ()), node.get("const")]
        yield from (one for one in values if isinstance(one, str))
    below = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    for one in below:
        yield from _enumerated(one)
