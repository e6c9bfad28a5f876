"""Validates recorded traffic (HAR) against a contract, requests and responses, offline."""

import ipaddress
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from mockserver.call import READ_METHODS, Call
from mockserver.contract.contract import Contract, UnroutedSpec
from mockserver.contract.hints import nearest_valid
from mockserver.contract.json_body import MAX_DEPTH
from mockserver.contract.operation import Operation
from mockserver.contract.redaction import REDACTED, SecretScrubber
from mockserver.contract.servers import host_name
from mockserver.contract.validation import UnknownProperty, Violation, validate_call
from mockserver.verify.cause import violated_member
from mockserver.verify.finding import Finding
from mockserver.verify.har import HarEntry, SkippedEntry
from mockserver.verify.http_client import Response
from mockserver.verify.reply_validation import validate_response
from mockserver.verify.result import Case, HttpExchange

PHASE: Final = "traffic"
_CLIENT_TYPES: Final = ("", "fetch", "xhr", "empty", "eventsource")
"""Resource types (`_resourceType`, Sec-Fetch-Dest) of calls made by scripts; pages fetch all others."""
_LOCAL_SUFFIXES: Final = (".localhost", ".local", ".internal", ".test")
_PORTS: Final = MappingProxyType({"http": 80, "https": 443})


@dataclass(frozen=True, slots=True)
class CheckedEntry:
    """The result for one entry; `not_recorded` names the parts that the recording lacks."""

    number: int
    case: Case
    not_recorded: tuple[str, ...] = ()


class VendorUrls:
    """Recognizes a vendor's URLs: the hosts of the contract's servers, URLs below `bases`, and on local hosts
    the paths of a mock server.
    """

    def __init__(self, contract: Contract, bases: Iterable[str] = ()) -> None:
        self._contract = contract
        self._bases = sorted(map(urlsplit, bases), key=lambda one: -len(one.path))

    def vendor_path(self, url: str) -> str | None:
        """The path in the contract that a URL refers to; None if the URL is not the vendor's."""
        parts = urlsplit(url)
        path = self._real_path(parts)
        return (
            self._mock_path(unquote(parts.path))
            if path is None and _is_local(host_name(parts.netloc))
            else path
        )

    def is_real(self, url: str) -> bool:
        """Whether the URL is at a host of the vendor or below a base, not one of a mock server."""
        return self._real_path(urlsplit(url)) is not None

    def _real_path(self, parts: SplitResult) -> str | None:
        path = unquote(parts.path) or "/"
        for one in self._bases:
            base = unquote(one.path).rstrip("/")
            if _port(one) == _port(parts) and one.hostname == parts.hostname and _within(path, base):
                return path[len(base) :] or "/"
        host = host_name(parts.netloc)
        for server in self._contract.servers:
            if server.matches(host):
                return (path[len(server.base_path) :] or "/") if _within(path, server.base_path) else path
        return None

    def _mock_path(self, path: str) -> str | None:
        first, _, rest = path.lstrip("/").partition("/")
        if first == "w":
            _world, _, rest = rest.partition("/")
            first, _, rest = rest.partition("/")
        return f"/{rest}" if first == self._contract.name.partition("/")[0] else None


def _within(path: str, base: str) -> bool:
    return f"{path}/".startswith(f"{base}/")


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port or _PORTS.get(parts.scheme.lower())
    except ValueError:  # above 65535
        return None


def _is_local(host: str) -> bool:
    """Whether the host is an IP address or a name that no public server has."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return "." not in host or host.endswith(_LOCAL_SUFFIXES)
    return True


def check_entries(
    contract: Contract, entries: Sequence[HarEntry | SkippedEntry], urls: VendorUrls
) -> Iterator[CheckedEntry]:
    """Yields the result of each entry that is a call to the vendor, in order."""
    for entry in entries:
        if isinstance(entry, SkippedEntry):
            continue
        path = urls.vendor_path(entry.request.url)
        if path is not None:
            yield _check_entry(contract, entry, path)


def _check_entry(contract: Contract, entry: HarEntry, path: str) -> CheckedEntry:
    parts = urlsplit(entry.request.url)
    call = Call(entry.request.method, path, parts.query, entry.request.headers, entry.request.body or b"")
    call.route = contract.normalize_path(path)
    found = contract.routes.find(call.method, call.route)
    name = f"entry {entry.number} {call.method} {path}"
    if not isinstance(found, Operation):
        reason = _skip_reason(entry, path)
        if reason:
            return CheckedEntry(entry.number, Case(PHASE, name, skipped=reason))
    spec = found if isinstance(found, Operation) else contract.unrouted
    mismatches = [("call", one) for one in _check_request(contract, spec, call, entry.has_request_body)]
    if entry.response and not entry.response.is_too_deep:
        of_reply = _check_response(contract, spec, call, entry.response, entry.has_response_body)
        mismatches += [("reply", one) for one in of_reply]
    operation = found.id if isinstance(found, Operation) else None
    place = f"{found.method} {found.path}" if isinstance(found, Operation) else f"{call.method} {path}"
    findings = tuple(_finding(side, mismatch, operation, place) for side, mismatch in mismatches)
    exchanges = (
        (HttpExchange(operation, entry.request, entry.response),)
        if entry.response and entry.has_response_body and not entry.response.is_too_deep
        else ()
    )
    seconds = entry.response.seconds if entry.response else 0.0
    case = Case(PHASE, name, findings, exchanges, seconds, obstacle=_obstacle(entry))
    return CheckedEntry(entry.number, case, tuple(_missing_parts(entry)))


def _obstacle(entry: HarEntry) -> str | None:
    if entry.response is None or not entry.response.is_too_deep:
        return None
    return f"the response is nested deeper than {MAX_DEPTH} levels and was not validated; remove the entry"


def _finding(side: str, mismatch: "_Mismatch", operation: str | None, place: str) -> Finding:
    pointer = violated_member(mismatch.pointer, mismatch.message)
    return Finding(side, mismatch.check, operation, place, mismatch.message, pointer)


def _skip_reason(entry: HarEntry, path: str) -> str | None:
    """Why a call without an operation is not a client's; None if it is."""
    if entry.resource_type.lower() not in _CLIENT_TYPES:
        return f"fetched by a page as {entry.resource_type.lower()}"
    if path == "/openapi.json" and entry.request.method in READ_METHODS:
        return "download of the contract from a mock server"
    return None


def _missing_parts(entry: HarEntry) -> Iterator[str]:
    if not entry.has_request_body:
        yield "the request body was not recorded"
    if entry.response is None:
        yield "no response was recorded"
    elif not entry.has_response_body:
        yield "the response body was not recorded"


@dataclass(frozen=True, slots=True)
class _Mismatch:
    check: str
    pointer: str
    message: str


def _check_request(
    contract: Contract, spec: Operation | UnroutedSpec, call: Call, has_body: bool
) -> Iterator[_Mismatch]:
    if not isinstance(spec, Operation):
        found = contract.routes.find(call.method, call.route)
        nearest = contract.suggest_operation(call.method, call.path)
        fix = (
            f"nearest: {nearest.method} {nearest.path} ({nearest.id})" if nearest else "no similar operation"
        )
        if not isinstance(found, Operation) and found:
            yield _Mismatch("method", "", f"the path supports only {', '.join(found)}; {fix}")
        else:
            yield _Mismatch("path", "", f"unknown path; {fix}")
        return
    rules = contract.rules()
    if rules.requires_content_type(has_body) and "content-type" not in call.headers:
        yield _Mismatch("header", "/content-type", "Content-Type is required")
    finding = validate_call(spec, call, rules.assumed_content_type, rules.names_ignore_case)
    call.body = finding.body
    scrub = contract.redaction.secret_scrubber(call)
    for violation in finding.violations:
        if (has_body or violation.location != "body") and not _is_redacted(contract, violation, call.headers):
            yield _violation(contract, violation, scrub)
    yield from (_unknown_property(one) for one in finding.unknown_properties)


def _violation(contract: Contract, one: Violation, scrub: SecretScrubber) -> _Mismatch:
    if contract.redaction.is_secret(one.location, one.pointer) and one.value is not None:
        return _Mismatch(one.location, one.pointer, f"is invalid ({one.keyword})")
    nearest = nearest_valid(one.keyword, one.rule, one.value)
    return _Mismatch(
        one.location, one.pointer, scrub(one.message) + (f"; nearest: {nearest}" if nearest else "")
    )


def _is_redacted(contract: Contract, one: Violation, headers: Mapping[str, str]) -> bool:
    """Whether the violation is only due to a secret that was removed from the recording."""
    if one.location == "cookie":
        return headers.get("cookie", REDACTED) == REDACTED
    return one.value == REDACTED or (
        one.location == "header" and _is_redacted_header(contract, one.pointer, headers)
    )


def _is_redacted_header(contract: Contract, pointer: str, headers: Mapping[str, str]) -> bool:
    name = pointer[1:].lower()
    return contract.redaction.is_secret("header", pointer) and headers.get(name, REDACTED) == REDACTED


def _unknown_property(one: UnknownProperty) -> _Mismatch:
    fix = f"nearest: {one.nearest}" if one.nearest else "no similar name"
    return _Mismatch(one.location, one.pointer, f"unknown to the contract; {fix}")


def _check_response(
    contract: Contract, spec: Operation | UnroutedSpec, call: Call, response: Response, has_body: bool
) -> Iterator[_Mismatch]:
    # A response may quote secrets of the request, and a message may quote secrets of the response.
    scrub_request = contract.redaction.secret_scrubber(call)
    reply = Call("", "", headers=response.headers, body=response.body if has_body else None)
    scrub_response = contract.redaction.secret_scrubber(reply)
    for violation in validate_response(spec, response):
        if violation.check == "headers" and _is_redacted_header(
            contract, violation.pointer, response.headers
        ):
            continue
        if has_body or violation.check not in ("schema", "problem"):
            yield _Mismatch(
                violation.check, violation.pointer, scrub_response(scrub_request(violation.message))
            )
