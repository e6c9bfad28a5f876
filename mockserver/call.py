"""Calls, replies and exchanges, free of any HTTP library."""

import hashlib
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
"""No body, as distinct from the JSON value `null`."""


READ_METHODS: Final = ("GET", "HEAD")

MAX_JOURNALLED_BODY: Final = 64_000
"""The bytes of a body that the journal keeps."""


@dataclass(slots=True)
class Call:
    """One request to one vendor. The pipeline fills it in stage by stage; handlers only read it.

    As received: `method`, `path` (the vendor's own, decoded), `raw_path` (the same percent-encoded; "" if
    unknown), `query` (raw), `headers` (lower-case names), `raw` (the body's bytes), `origin` (the vendor's
    base URL in this world), `address` (the caller's).
    Known after validation: `route` (the normalized path), `operation`, `params` (typed, by name, with
    defaults), `body` (parsed JSON or None) and `credential` (the one that authenticated the call).
    `number` is that of its exchange, and `seed` that of its world. `remarks` are journalled, for developers,
    like `notes`, which are about how it was received. `redelivered` marks a call that arrives a second time.
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
    seed: int = 0
    number: int = 0
    remarks: list[str] = field(default_factory=list)
    redelivered: bool = False
    raw_path: str = ""
    notes: tuple[str, ...] = ()
    _id: str = ""

    @property
    def id(self) -> str:
        """A UUID that differs for every call, and is the same for the same history."""
        if not self._id:
            digits = hashlib.blake2b(f"{self.seed}/{self.number}".encode(), digest_size=16).hexdigest()
            self._id = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"
        return self._id

    @id.setter
    def id(self, id: str) -> None:
        self._id = id

    @property
    def has_id(self) -> bool:
        """Whether anybody has asked for the id."""
        return bool(self._id)

    def copy(self, redelivered: bool) -> "Call":
        """The call as it was received, without what the pipeline has filled in."""
        received = (self.method, self.path, self.query, self.headers, self.raw, self.origin, self.address)
        return Call(*received, redelivered=redelivered, raw_path=self.raw_path, notes=self.notes)


@dataclass(frozen=True, slots=True)
class Reply:
    """A handler's reply: JSON value (or NOTHING), status (None: the operation's 2xx) and further headers."""

    body: Any = NOTHING
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class WireReply:
    """A reply as bytes on the wire.

    It is sent after `delay` seconds. `dropped`: the connection is closed instead; `reset`: it is reset
    instead. `cut`: the connection is closed after this many bytes of the body, while Content-Length is that
    of the whole. `trickle`: the body is sent in pieces over this many seconds. `waited`: of these
    seconds and of `delay`, those that the client has waited, once the whole is sent.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    delay: float = 0.0
    dropped: bool = False
    cut: int | None = None
    reset: bool = False
    trickle: float = 0.0
    waited: float = 0.0

    @property
    def breaks_connection(self) -> bool:
        """Whether the client does not get the whole reply, or only piece by piece."""
        return self.dropped or self.reset or self.cut is not None or self.trickle > 0


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
    """The fault that affected an exchange; `profile` is the one that it belongs to, if any.

    `waited` are the seconds that it delayed a reply for which the client waited to the end.
    """

    id: str
    kind: str
    waited: NotRequired[float]
    profile: NotRequired[str]


class MemberChange(TypedDict):
    """One member of a record that changed, with its values where it has one."""

    pointer: str
    before: NotRequired[Any]
    after: NotRequired[Any]


class EffectEntry(TypedDict):
    """One record that was added, updated or removed (`change`).

    `members` are those of an updated record that changed (`more_members`: how many are left out); `record` is
    an added or removed one. Secrets are blanked, and of values of more than 1,000 characters, or records of
    more than 8,000, the start is shown as text.
    """

    vendor: str
    collection: str
    id: str
    change: str
    members: NotRequired[list[MemberChange]]
    more_members: NotRequired[int]
    record: NotRequired[Any]


class JobEntry(TypedDict):
    """A job that ran in a call, with what it changed (as of the exchange)."""

    vendor: str
    job: str
    due: str
    effects: list[EffectEntry]
    effect_counts: dict[str, dict[str, int]]


class ActionEntry(TypedDict):
    """Something that happened to a world besides calls.

    `operation` is one of the control API, or a backstage action of the `vendor`.
    `after` is the number of the last exchange before it, `arguments` the start of what was sent, as JSON.
    `effects` and `effect_counts` are those of a backstage action, `jobs` the first jobs that changed
    something (`jobs_run`: the number of all).
    """

    number: int
    after: int
    at: str
    operation: str
    vendor: str | None
    arguments: str
    effects: list[EffectEntry]
    effect_counts: dict[str, dict[str, int]]
    jobs_run: int
    jobs: list[JobEntry]


class PageEntry(TypedDict):
    """The number of items of a page, and whether its reply names a next one."""

    items: int
    has_next: bool


class Exchange(TypedDict):
    """A call with its reply, as the journal stores it and the control API returns it.

    `flaw` is the kind of error that no test should overlook (unknown_vendor, unknown_path, unknown_method,
    broken_promise), `why` its message, `nearest` the suggested operation or vendor. `remarks` are for
    developers. `inferred`, `verdict` (fine, refused, violation, fault or broken) and `test` (the label of the
    world) are added when the control API returns it.
    `effects` are the first records that the call changed, `effect_counts` the numbers of all, by collection
    and kind of change; `jobs` are the first jobs that ran in it and changed something. `page` is that of a
    list whose reply is too long to be kept whole.
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
    effects: list[EffectEntry]
    effect_counts: dict[str, dict[str, int]]
    jobs: list[JobEntry]
    page: NotRequired[PageEntry]
    inferred: NotRequired[list[str]]
    verdict: NotRequired[str]
    test: NotRequired[str | None]


class ConductFinding(TypedDict):
    """A finding of a rule of conduct; `exchanges` are the numbers of the first exchanges that show it."""

    rule: str
    severity: str
    vendor: str
    operation: str | None
    exchanges: list[int]
    what: str
    why: str
    fix: str
    known_from: str
