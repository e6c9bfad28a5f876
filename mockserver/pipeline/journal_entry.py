"""What the journal says of an exchange."""

from dataclasses import asdict, dataclass, field
from json import JSONEncoder
from typing import Any, Final
from urllib.parse import quote

from mockserver.binding.vendor import Vendor
from mockserver.call import Answer, Call
from mockserver.contract.hints import expected, nearest
from mockserver.contract.operation import Operation
from mockserver.contract.redaction import BLANK, Redaction
from mockserver.contract.validation import Unknown, Violation
from mockserver.pipeline.rate_limiting import Allowance
from mockserver.state.faults import Fault
from mockserver.state.journal import readable

_PLAIN: Final = "/:@!$&'()*+,;="  # what a path may carry as it is (RFC 3986)
_LONGEST_VALUE: Final = 200
_MOST_VIOLATIONS: Final = 50
_NAMING: Final = frozenset({"required", "additionalProperties", "unevaluatedProperties"})
"""The keywords whose messages name members, and quote no values."""
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
    redaction = vendor.contract.redaction.for_misspelt((one.pointer, one.nearest) for one in note.unknown)
    violations = [_violation(redaction, *one) for one in note.violations[:_MOST_VIOLATIONS]]
    # What a violation would have said is said again in the reply and in a confession.
    pairs = zip(note.violations, violations, strict=False)
    hidden = [one.message for (_side, one), shown in pairs if shown["message"] != one.message]
    unquoted = redaction.unquoting(call, hidden)
    return {
        "id": call.id,
        "operation": note.operation.id if note.operation else None,
        "call": {
            "method": call.method,
            "url": shown_url(redaction, call),
            "path": call.path,
            "headers": redaction.headers(call.headers),
            "body": readable(redaction.body(call.raw, call.headers.get("content-type", ""))),
        },
        "reply": {
            "status": sent.status,
            "headers": redaction.headers(sent.headers),
            "body": unquoted(readable(redaction.body(sent.body))),
        },
        "problem": note.problem,
        "violations": [one | {"message": unquoted(one["message"])} for one in violations],
        "unknown": [asdict(one) for one in note.unknown],
        "flaw": note.flaw,
        "nearest": note.nearest,
        "why": note.why and unquoted(note.why),
        "fault": {"id": note.faults[0].id, "kind": note.faults[0].kind} if note.faults else None,
        "remarks": [*map(unquoted, call.remarks), *_left_out(note)],
    }


def shown_url(redaction: Redaction, call: Call) -> str:
    """The call's URL, what is secret in it blanked."""
    query = redaction.query(call.query)
    return call.origin + quote(call.path, _PLAIN) + (f"?{query}" if query else "")


def _left_out(note: Note) -> list[str]:
    more = len(note.violations) - _MOST_VIOLATIONS
    return [f"{more} more violations are not told here"] if more > 0 else []


def _violation(redaction: Redaction, side: str, violation: Violation) -> dict[str, Any]:
    keyword, rule, value, message = violation.keyword, violation.rule, violation.value, violation.message
    if redaction.hides(violation.place, violation.pointer) and value is not None:
        value, message = BLANK, f"does not fit ({keyword})"
    elif redaction.is_within(value):
        value = BLANK
        message = message if keyword in _NAMING else f"does not fit ({keyword})"
    # Where something is missing, the value would be all that encloses it.
    shown = keyword != "required" and not (value is None and rule is None)
    return {
        "side": side,
        "place": violation.place,
        "pointer": violation.pointer,
        "keyword": keyword,
        "message": message,
        "value": _excerpt(value) if shown else None,
        "expected": expected(keyword, rule),
        "nearest": nearest(keyword, rule, value),
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
