"""What the journal says of an exchange."""

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from mockserver.call import Answer, Call
from mockserver.contract.check import Violation
from mockserver.contract.operation import Operation
from mockserver.vendor import Vendor
from mockserver.world.journal import readable

_PLAIN: Final = "/:@!$&'()*+,;="  # what a path may carry as it is (RFC 3986)


@dataclass(slots=True)
class Note:
    """What is found out about an exchange on its way."""

    operation: Operation | None = None
    problem: str | None = None
    violations: list[tuple[str, Violation]] = field(default_factory=list)
    unknown: list[dict[str, str | None]] = field(default_factory=list)
    flaw: str | None = None
    nearest: str | None = None
    why: str | None = None


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
        "violations": [
            {
                "side": side,
                "place": violation.place,
                "pointer": violation.pointer,
                "keyword": violation.keyword,
                "message": violation.message,
            }
            for side, violation in note.violations
        ],
        "unknown": note.unknown,
        "flaw": note.flaw,
        "nearest": note.nearest,
        "why": note.why,
        "remarks": call.remarks,
    }
