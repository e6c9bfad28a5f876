"""Holds recorded traffic against a contract, both directions, offline: what was sent and what came back."""

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from mockserver.call import Call
from mockserver.contract.contract import Contract, UnroutedSpec
from mockserver.contract.hints import nearest_valid
from mockserver.contract.operation import Operation
from mockserver.contract.redaction import REDACTED, SecretScrubber
from mockserver.contract.servers import host_name
from mockserver.contract.validation import UnknownProperty, Violation, validate_call
from mockserver.verify.finding import Finding
from mockserver.verify.har import Left, Recorded
from mockserver.verify.http_client import Came
from mockserver.verify.reply_validation import general, judge
from mockserver.verify.result import Case, Exchange

PHASE: Final = "traffic"
_OF_CLIENTS: Final = ("", "fetch", "xhr", "empty", "eventsource")
"""What browsers call calls that a script makes (`_resourceType`, Sec-Fetch-Dest); all else pages fetch."""
_OWN_NAMES: Final = (".localhost", ".local", ".internal", ".test")
_PORTS: Final = MappingProxyType({"http": 80, "https": 443})
_MISSING: Final = re.compile(r"'([^']+)' is a required property")  # in JSON Schema's own words


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found of one entry, and what of it could not be looked at, since it was not recorded."""

    number: int
    case: Case
    unseen: tuple[str, ...] = ()


class Addresses:
    """Where a vendor is called: the hosts of its contract's servers, `bases`, and on machines near by the
    paths that a mock server has for it.
    """

    def __init__(self, contract: Contract, bases: Iterable[str] = ()) -> None:
        self._contract = contract
        self._bases = sorted(map(urlsplit, bases), key=lambda one: -len(one.path))

    def path(self, url: str) -> str | None:
        """The vendor's own path that a URL leads to; None where it leads to somebody else."""
        parts = urlsplit(url)
        path = unquote(parts.path) or "/"
        for one in self._bases:
            base = unquote(one.path).rstrip("/")
            if _port(one) == _port(parts) and one.hostname == parts.hostname and _within(path, base):
                return path[len(base) :] or "/"
        host = host_name(parts.netloc)
        for server in self._contract.servers:
            if server.matches(host):
                return (path[len(server.base_path) :] or "/") if _within(path, server.base_path) else path
        return self._faked(path) if _is_near(host) else None

    def _faked(self, path: str) -> str | None:
        first, _, rest = path.lstrip("/").partition("/")
        if first == "w":
            _world, _, rest = rest.partition("/")
            first, _, rest = rest.partition("/")
        return f"/{rest}" if first == self._contract.name.partition("/")[0] else None


def _within(path: str, base: str) -> bool:
    return f"{path}/".startswith(f"{base}/")


def _port(parts: SplitResult) -> int | None:
    return parts.port or _PORTS.get(parts.scheme.lower())


def _is_near(host: str) -> bool:
    """Whether a host's name is an address, or one that no public server has."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return "." not in host or host.endswith(_OWN_NAMES)
    return True


def check(contract: Contract, entries: Sequence[Recorded | Left], addresses: Addresses) -> Iterator[Looked]:
    """Every entry that is the vendor's, as it was found, in order."""
    for entry in entries:
        if isinstance(entry, Left):
            continue
        path = addresses.path(entry.sent.url)
        if path is not None:
            yield _looked(contract, entry, path)


def _looked(contract: Contract, entry: Recorded, path: str) -> Looked:
    parts = urlsplit(entry.sent.url)
    call = Call(entry.sent.method, path, parts.query, entry.sent.headers, entry.sent.body or b"")
    call.route = contract.normalize_path(path)
    found = contract.route(call.method, call.route)
    name = f"entry {entry.number} {call.method} {path}"
    if not isinstance(found, Operation):
        why = _no_call(entry, path)
        if why:
            return Looked(entry.number, Case(PHASE, name, skipped=why))
    promised = found if isinstance(found, Operation) else contract.unrouted
    flaws = [("call", one) for one in _of_call(contract, promised, call, entry.call_whole)]
    if entry.came:
        of_reply = _of_reply(contract, promised, call, entry.came, entry.reply_whole)
        flaws += [("reply", one) for one in of_reply]
    operation = found.id if isinstance(found, Operation) else None
    place = f"{found.method} {found.path}" if isinstance(found, Operation) else f"{call.method} {path}"
    findings = tuple(_finding(side, flaw, operation, place) for side, flaw in flaws)
    whole = (Exchange(operation, entry.sent, entry.came),) if entry.came and entry.reply_whole else ()
    case = Case(PHASE, name, findings, whole, entry.came.seconds if entry.came else 0.0)
    return Looked(entry.number, case, tuple(_unseen(entry)))


def _finding(side: str, flaw: "_Flaw", operation: str | None, place: str) -> Finding:
    missing = _MISSING.fullmatch(flaw.message)
    pointer = general(flaw.pointer) + (f"/{missing[1]}" if missing else "")
    return Finding(side, flaw.check, operation, place, flaw.message, pointer)


def _no_call(entry: Recorded, path: str) -> str | None:
    """Why a call that no operation answers is none of a client's, if it is none."""
    if entry.kind.lower() not in _OF_CLIENTS:
        return f"fetched by a page as {entry.kind.lower()}"
    if path == "/openapi.json" and entry.sent.method in ("GET", "HEAD"):
        return "the contract itself, as a mock server gives it"
    return None


def _unseen(entry: Recorded) -> Iterator[str]:
    if not entry.call_whole:
        yield "the call's body was not recorded"
    if entry.came is None:
        yield "no reply was recorded"
    elif not entry.reply_whole:
        yield "the reply's body was not recorded"


@dataclass(frozen=True, slots=True)
class _Flaw:
    check: str
    pointer: str
    message: str


def _of_call(
    contract: Contract, promised: Operation | UnroutedSpec, call: Call, whole: bool
) -> Iterator[_Flaw]:
    if not isinstance(promised, Operation):
        there = contract.route(call.method, call.route)
        close = contract.suggest_operation(call.method, call.path)
        fix = f"nearest: {close.method} {close.path} ({close.id})" if close else "nothing is at all like it"
        if not isinstance(there, Operation) and there:
            yield _Flaw("method", "", f"the path knows only {', '.join(there)}; {fix}")
        else:
            yield _Flaw("path", "", f"no operation has this path; {fix}")
        return
    if contract.content_type_required and "content-type" not in call.headers:
        yield _Flaw("header", "/content-type", "Content-Type is required")
    finding = validate_call(promised, call)
    call.body = finding.body
    unquoted = contract.redaction.secret_scrubber(call)
    for violation in finding.violations:
        if (whole or violation.location != "body") and not _taken_out(contract, violation, call.headers):
            yield _violated(contract, violation, unquoted)
    yield from (_stray(one) for one in finding.unknown_properties)


def _violated(contract: Contract, one: Violation, unquoted: SecretScrubber) -> _Flaw:
    if contract.redaction.is_secret(one.location, one.pointer) and one.value is not None:
        return _Flaw(one.location, one.pointer, f"does not fit ({one.keyword})")
    close = nearest_valid(one.keyword, one.rule, one.value)
    return _Flaw(one.location, one.pointer, unquoted(one.message) + (f"; nearest: {close}" if close else ""))


def _taken_out(contract: Contract, one: Violation, headers: Mapping[str, str]) -> bool:
    """Whether a call lacks only what whoever recorded it kept secret."""
    if one.location == "cookie":
        return headers.get("cookie", REDACTED) == REDACTED
    return one.value == REDACTED or (one.location == "header" and _left_out(contract, one.pointer, headers))


def _left_out(contract: Contract, pointer: str, headers: Mapping[str, str]) -> bool:
    name = pointer[1:].lower()
    return contract.redaction.is_secret("header", pointer) and headers.get(name, REDACTED) == REDACTED


def _stray(one: UnknownProperty) -> _Flaw:
    fix = f"nearest: {one.nearest}" if one.nearest else "nothing is at all like it"
    return _Flaw(one.location, one.pointer, f"the contract does not know it; {fix}")


def _of_reply(
    contract: Contract, promised: Operation | UnroutedSpec, call: Call, came: Came, whole: bool
) -> Iterator[_Flaw]:
    # What the caller sent may be quoted in the reply, and what is secret in the reply in a finding about it.
    theirs = contract.redaction.secret_scrubber(call)
    reply = Call("", "", headers=came.headers, body=came.body if whole else None)
    own = contract.redaction.secret_scrubber(reply)
    for verdict in judge(promised, came):
        if verdict.check == "headers" and _left_out(contract, verdict.pointer, came.headers):
            continue
        if whole or verdict.check not in ("schema", "problem"):
            yield _Flaw(verdict.check, verdict.pointer, own(theirs(verdict.message)))
