"""What the journal says of an exchange."""

from dataclasses import dataclass, field
from json import JSONEncoder
from typing import Any, Final
from urllib.parse import quote

from mockserver.binding.vendor import Vendor
from mockserver.call import Call, WireReply
from mockserver.contract.hints import expected_hint, nearest_valid
from mockserver.contract.operation import Operation
from mockserver.contract.redaction import BLANK, Redaction
from mockserver.contract.validation import UnknownProperty, Violation
from mockserver.pipeline.rate_limiting import RateLimiter
from mockserver.state.faults import Fault
from mockserver.state.journal import decode_body

_PLAIN: Final = "/:@!$&'()*+,;="  # what a path may carry as it is (RFC 3986)
_LONGEST_VALUE: Final = 200
_MOST_VIOLATIONS: Final = 50
_NAMING: Final = frozenset({"required", "additionalProperties", "unevaluatedProperties"})
"""The keywords whose messages name members, and quote no values."""
_JSON: Final = JSONEncoder(ensure_ascii=False, default=str)


@dataclass(slots=True)
class RequestContext:
    """What is found out about an exchange on its way."""

    operation: Operation | None = None
    problem: str | None = None
    violations: list[tuple[str, Violation]] = field(default_factory=list)
    unknown_properties: tuple[UnknownProperty, ...] = ()
    kind_of_error: str | None = None
    suggestion: str | None = None
    error_message: str | None = None
    faults: list[Fault] = field(default_factory=list)
    rate_limiter: RateLimiter | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What the vendor's limits have stand on the reply."""
        return self.rate_limiter.headers if self.rate_limiter else {}

    def record_result(self, status: int) -> None:
        """Tells the limits how it went."""
        if self.rate_limiter:
            self.rate_limiter.record_result(status)


def build_entry(vendor: Vendor, call: Call, sent: WireReply, note: RequestContext) -> dict[str, Any]:
    """The exchange but for its number, its time and its vendor."""
    redaction = vendor.contract.redaction.for_misspelt(
        (one.pointer, one.nearest) for one in note.unknown_properties
    )
    violations = [_violation(redaction, *one) for one in note.violations[:_MOST_VIOLATIONS]]
    # What a violation would have said is said again in the reply and in a confession.
    pairs = zip(note.violations, violations, strict=False)
    hidden = [one.message for (_side, one), shown in pairs if shown["message"] != one.message]
    unquoted = redaction.secret_scrubber(call, hidden)
    return {
        "id": call.id,
        "operation": note.operation.id if note.operation else None,
        "call": {
            "method": call.method,
            "url": redacted_url(redaction, call),
            "path": call.path,
            "headers": redaction.headers(call.headers),
            "body": decode_body(redaction.body(call.raw, call.headers.get("content-type", ""))),
        },
        "reply": {
            "status": sent.status,
            "headers": redaction.headers(sent.headers),
            "body": unquoted(decode_body(redaction.body(sent.body))),
        },
        "problem": note.problem,
        "violations": [one | {"message": unquoted(one["message"])} for one in violations],
        "unknown": [_unknown(one) for one in note.unknown_properties],
        "flaw": note.kind_of_error,
        "nearest": note.suggestion,
        "why": note.error_message and unquoted(note.error_message),
        "fault": {"id": note.faults[0].id, "kind": note.faults[0].kind} if note.faults else None,
        "remarks": [*map(unquoted, call.remarks), *_left_out(note)],
    }


def _unknown(found: UnknownProperty) -> dict[str, Any]:
    return {"place": found.location, "pointer": found.pointer, "nearest": found.nearest}


def redacted_url(redaction: Redaction, call: Call) -> str:
    """The call's URL, what is secret in it blanked."""
    query = redaction.query(call.query)
    return call.origin + quote(call.path, _PLAIN) + (f"?{query}" if query else "")


def _left_out(note: RequestContext) -> list[str]:
    more = len(note.violations) - _MOST_VIOLATIONS
    return [f"{more} more violations are not told here"] if more > 0 else []


def _violation(redaction: Redaction, side: str, violation: Violation) -> dict[str, Any]:
    keyword, rule, value, message = violation.keyword, violation.rule, violation.value, violation.message
    if redaction.is_secret(violation.location, violation.pointer) and value is not None:
        value, message = BLANK, f"does not fit ({keyword})"
    elif redaction.contains_secret(value):
        value = BLANK
        message = message if keyword in _NAMING else f"does not fit ({keyword})"
    # Where something is missing, the value would be all that encloses it.
    shown = keyword != "required" and not (value is None and rule is None)
    return {
        "side": side,
        "place": violation.location,
        "pointer": violation.pointer,
        "keyword": keyword,
        "message": message,
        "value": _excerpt(value) if shown else None,
        "expected": expected_hint(keyword, rule),
        "nearest": nearest_valid(keyword, rule, value),
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
