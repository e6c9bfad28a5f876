"""How replies differ from the contract, folded: one line for what may have come a thousand times."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from mockserver.contract.check import Violation, check_reply, reply_for
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.verify.judging import general
from mockserver.verify.outcome import Exchange
from mockserver.verify.wire import Came

_NAMES = re.compile(r"'([^']+)'")


@dataclass(frozen=True, slots=True, order=True)
class Difference:
    """One way in which an operation's replies of one status differ: where, and how. No value is told
    but a new one of an enumeration."""

    operation: str
    status: int
    pointer: str
    what: str

    def __str__(self) -> str:
        return " ".join(f"{self.operation} {self.status} {self.pointer} {self.what}".split())


def drift(contract: Contract, exchanges: Iterable[Exchange]) -> dict[Difference, int]:
    """Every difference, with how many replies have it; the operations in the contract's order."""
    found: Counter[Difference] = Counter()
    for exchange in exchanges:
        if exchange.operation is not None:
            found.update(set(_differences(contract.operations[exchange.operation], exchange.came)))
    order = list(contract.operations)
    return dict(sorted(found.items(), key=lambda one: (order.index(one[0].operation), one[0])))


def _differences(operation: Operation, came: Came) -> Iterator[Difference]:
    spec = reply_for(operation.replies, came.status)
    if spec is None:
        yield Difference(operation.id, came.status, "", "is an undocumented status")
        return
    if spec.media_type is not None and came.raw and came.media_type != spec.media_type:
        if came.media_type not in spec.others:
            yield Difference(operation.id, came.status, "", f"came as {came.media_type or 'no media type'}")
        return
    for violation in check_reply(operation.replies, came.status, came.headers, came.body):
        for pointer, what in _folded(violation):
            yield Difference(operation.id, came.status, pointer, what)


def _folded(violation: Violation) -> Iterator[tuple[str, str]]:
    where = general(violation.pointer)
    names = _NAMES.findall(violation.message)
    if violation.keyword == "required":
        # JSON Schema's own words: 'name' is a required property; a header's name is in its pointer already.
        yield (where if violation.place == "header" else f"{where}/{names[0]}"), "is missing"
    elif violation.keyword in ("additionalProperties", "unevaluatedProperties"):
        yield from ((f"{where}/{name}", "is new") for name in names)
    elif violation.keyword == "type":
        yield where, "is null" if violation.value is None else f"is {_kind(violation.value)}"
    elif violation.keyword in ("enum", "const"):
        yield where, f"has the new value {violation.value!r}"
    else:
        yield where, f"does not fit ({violation.keyword})"


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    kinds = {int: "an integer", float: "a number", str: "a text", list: "an array", dict: "an object"}
    return kinds.get(type(value), "of another type")
