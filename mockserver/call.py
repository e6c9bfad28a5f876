"""What comes in and what goes out, free of any HTTP library."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NotRequired, TypedDict


class Nothing:
    """The type of NOTHING."""

    def __repr__(self) -> str:
        return "NOTHING"

    def __bool__(self) -> bool:
        return False


NOTHING: Final = Nothing()
"""No body at all, as distinct from the JSON value `null`."""


@dataclass(slots=True)
class Call:
    """One request to one vendor. The way of a call fills it in step by step; operations only read it.

    As received: `method`, `path` (the vendor's own, decoded), `query` (raw), `headers` (lower-case names),
    `raw` (the body's bytes), `origin` (the vendor's base URL in this world), `address` (the caller's).
    Known after the checks: `route` (the path as the contract would write it), `operation`, `params` (typed,
    by name, defaults filled in), `body` (parsed JSON or None), `credential` (what the caller presented, as it
    was minted) and `id`, a UUID that is fresh for every call and the same for the same history. What is put
    into `remarks` stands in the journal, for developers.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""
    origin: str = ""
    address: str = ""
    route: str = ""
    operation: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    credential: Mapping[str, Any] | None = None
    id: str = ""
    remarks: list[str] = field(default_factory=list)
    redelivered: bool = False

    def copy(self, redelivered: bool) -> "Call":
        """The same call as it was received; `again`: something on the way has it arrive a second time."""
        received = (self.method, self.path, self.query, self.headers, self.raw, self.origin, self.address)
        return Call(*received, redelivered=redelivered)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: a JSON value (or NOTHING), a status (None: the operation's one 2xx) and further headers."""

    body: Any = NOTHING
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class WireReply:
    """What goes over the wire.

    `delay` seconds pass before anything does; then a `dropped` one is no answer at all: the connection is
    closed. Of a `cut` one only so many bytes of the body are sent, under the length of the whole.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    delay: float = 0.0
    dropped: bool = False
    cut: int | None = None


class CallEntry(TypedDict):
    """The call of an exchange; secrets are blanked."""

    method: str
    url: str
    path: str
    headers: dict[str, str]
    body: str


class ReplyEntry(TypedDict):
    """The reply of an exchange; secrets are blanked."""

    status: int
    headers: dict[str, str]
    body: str


class ViolationEntry(TypedDict):
    """One violation of the contract, by the call or by the reply (`side`)."""

    side: str
    place: str
    pointer: str
    keyword: str
    message: str
    value: str | None
    expected: str | None
    nearest: str | None


class UnknownEntry(TypedDict):
    """A query parameter or body member that the contract does not know."""

    place: str
    pointer: str
    nearest: str | None


class FaultEntry(TypedDict):
    """The fault that affected an exchange."""

    id: str
    kind: str


class Exchange(TypedDict):
    """A call with its reply, as the journal stores it and the control API returns it.

    `flaw` is the kind of error that no test should overlook (unknown_vendor, unknown_path, unknown_method,
    broken_promise), `why` its message, `nearest` the suggested operation or vendor. `remarks` are for
    developers. `inferred` is added when the control API returns it.
    """

    number: int
    id: str
    at: str
    vendor: str | None
    operation: str | None
    call: CallEntry
    reply: ReplyEntry
    problem: str | None
    violations: list[ViolationEntry]
    unknown: list[UnknownEntry]
    flaw: str | None
    nearest: str | None
    why: str | None
    fault: FaultEntry | None
    remarks: list[str]
    duration_us: int
    inferred: NotRequired[list[str]]
