"""What the journal says of an exchange."""

from dataclasses import asdict, dataclass, field
from json import JSONEncoder
from typing import Any, Final
from urllib.parse import quote

from mockserver.call import Answer, Call
from mockserver.contract.check import Unknown, Violation
from mockserver.contract.expectation import expected, nearest
from mockserver.contract.operation import Operation
from mockserver.limiting import Allowance
from mockserver.vendor import Vendor
from mockserver.world.faults import Fault
from mockserver.world.journal import readable

_PLAIN: Final = "/:@!$&'()*+,;="  # what a path may carry as it is (RFC 3986)
_LONGEST_VALUE: Final = 200
_JSON: Final = JSONEncoder(ensure_ascii=False, default=str)


@dataclass(slots=True)
class Note:
    """What is found out about an exchange on its way."""

    operation: Operation | None = None
    problem: str | None = None
    violations: list[tuple[str, Violation]] = field(default_factory=list)
    unknown: tuple[Unknown, ...] = ()
    flaw: str | None = None
    nearest: str | None = None
    why: str | None = None
    faults: list[Fault] = field(default_factory=list)
    allowance: Allowance | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What the vendor's limits have stand on the reply."""
        return self.allowance.headers if self.allowance else {}

    def settle(self, status: int) -> None:
        """Tells the limits how it went."""
        if self.allowance:
            self.allowance.settle(status)


def entry(vendor: Vendor, call: Call, sent: Answer, note: Note) -> dict[str, Any]:
    """The exchange but for its number, its time and its vendor."""
    secret = vendor.contract.secret_headers
    return {
        "id": call.id,
        "operation": note.operation.id if note.operation else None,
        "call": {
            "method": call.method,
            "url": call.origin + quote(call.path, _PLAIN) + (f"?{call.query}" if call.query else ""),
            "path": call.path,
            "headers": {name: "…" if name in secret else text for name, text in call.headers.items()},
            "body": readable(call.raw),
        },
        "reply": {
            "status": sent.status,
            "headers": {name: "…" if name.lower() in secret else text for name, text in sent.headers.items()},
            "body": readable(sent.body),
        },
        "problem": note.problem,
        "violations": [_violation(side, violation) for side, violation in note.violations],
        "unknown": [asdict(one) for one in note.unknown],
        "flaw": note.flaw,
        "nearest": note.nearest,
        "why": note.why,
        "fault": {"id": note.faults[0].id, "kind": note.faults[0].kind} if note.faults else None,
        "remarks": call.remarks,
    }


def _violation(side: str, violation: Violation) -> dict[str, Any]:
    keyword, rule = violation.keyword, violation.rule
    # Where something is missing, the value would be all that encloses it.
    shown = None if (violation.value is None and rule is None) or keyword == "required" else violation
    return {
        "side": side,
        "place": violation.place,
        "pointer": violation.pointer,
        "keyword": keyword,
        "message": violation.message,
        "value": _excerpt(shown.value) if shown else None,
        "expected": expected(keyword, rule),
        "nearest": nearest(keyword, rule, violation.value),
    }


def _excerpt(value: Any) -> str:
    """The start of the value's JSON: however large and deep it is, no more of it is written than is kept."""
    if isinstance(value, str):
        value = value[: _LONGEST_VALUE + 1]
    text = ""
    for part in _JSON.iterencode(value):
        text += part
        if len(text) > _LONGEST_VALUE:
            return f"{text[:_LONGEST_VALUE]} …"
    return text
