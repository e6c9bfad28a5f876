"""The journal entry of a call: an exchange without secrets."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

import orjson

from mockserver.binding.vendor import Vendor
from mockserver.call import (
    MAX_JOURNALLED_BODY,
    Call,
    CallEntry,
    Exchange,
    FaultEntry,
    PageEntry,
    UnknownEntry,
    ViolationEntry,
    WireReply,
)
from mockserver.contract.hints import expected_hint, nearest_valid
from mockserver.contract.redaction import REDACTED, Redaction
from mockserver.contract.schema import MAX_VIOLATIONS
from mockserver.contract.validation import UnknownProperty, Violation
from mockserver.formats.bounded_text import clip, json_excerpt
from mockserver.formats.json_pointer import MISSING, resolve
from mockserver.formats.timestamps import to_iso
from mockserver.formats.url_path import quote_path
from mockserver.pipeline.effect_entries import counts_of, effects_of, size_of
from mockserver.pipeline.request_context import RequestContext
from mockserver.pipeline.sealed_call import seal
from mockserver.state.events import CallEvent
from mockserver.state.exchange_brief import Brief
from mockserver.state.journal import decode_body, encode
from mockserver.state.verdicts import verdict

_UNQUOTED: Final = "/:@!$&'()*+,;="  # characters that a path need not escape (RFC 3986)
_MAX_VALUE_LENGTH: Final = 200
_BYTES_OF_OBJECTS: Final = 2_000  # those of a call, roughly
_PARSED: Final = 25  # bytes of parsed JSON for each of its text, at most
_MAX_POINTER_LENGTH: Final = 300
_MAX_TEXT_LENGTH: Final = 8_192  # of a URL, a path, a remark
_MAX_HEADERS: Final = 100
_MAX_HEADER_LENGTH: Final = 4_096
_NAMING: Final = frozenset({"required", "additionalProperties", "unevaluatedProperties"})
"""The keywords whose messages name properties and quote no values."""


class JournalEntry:
    """A call with its reply, kept as references: the exchange is built, secrets blanked, when it is read."""

    __slots__ = ("_at", "_call", "_context", "_duration_us", "_key", "_reply", "_size", "_vendor")

    def __init__(
        self,
        vendor: Vendor,
        call: Call,
        reply: WireReply,
        context: RequestContext,
        at: datetime,
        started: int,
        key: str = "",
    ) -> None:
        """`at` is the world's time, `started` the start of the call in `perf_counter` nanoseconds.

        `key` is the world's secret.
        """
        self._vendor = vendor
        self._call = call
        self._reply = reply
        self._context = context
        self._at = at
        self._key = key
        self._duration_us = (time.perf_counter_ns() - started) // 1000
        texts = (call.raw, reply.body, call.path, call.query, *call.headers.values())
        self._size = sum(map(len, texts)) + _BYTES_OF_OBJECTS
        if context.violations:  # their values are parts of the parsed body
            self._size += _PARSED * len(call.raw)
        if context.changes is not None:
            self._size += size_of(context.changes)

    def __len__(self) -> int:
        return self._size

    def encode(self) -> bytes:
        """The exchange as it is stored."""
        return encode(self.exchange())

    def encode_whole(self) -> bytes:
        """The exchange with its call as capsules have it."""
        exchange = self.exchange()
        parts = (self._vendor, self._call, self._reply, self._context)
        return encode(exchange, seal(*parts, exchange, self._key))

    def exchange(self) -> Exchange:
        """The exchange as it is journalled."""
        call, reply, context = self._call, self._reply, self._context
        redaction = self._redaction()
        has_secret = _SecretSearch(redaction)
        violations = [_violation(redaction, has_secret, *one) for one in context.violations[:MAX_VIOLATIONS]]
        # The reply and an error message may repeat what a violation's message had to hide.
        pairs = zip(context.violations, violations, strict=False)
        hidden = [one.message for (_side, one), entry in pairs if entry["message"] != one.message]
        scrub = redaction.secret_scrubber(call, hidden)
        for entry in violations:
            entry["message"], entry["pointer"] = scrub(entry["message"]), _pointer(entry["pointer"], scrub)
            entry["value"] = entry["value"] and scrub(entry["value"])
        effects = effects_of(self._vendor, context, redaction)
        exchange: Exchange = {
            "id": call.id,
            "operation": context.operation.id if context.operation else None,
            "call": _call_entry(redaction, call),
            "reply": {
                "status": reply.status,
                "headers": _headers(redaction, reply.headers),
                "body": scrub.scrub_known(decode_body(redaction.reply_body(reply.body))),
            },
            "problem": context.problem,
            "violations": violations,
            "unknown": [_unknown(one, scrub) for one in context.unknown_properties],
            "flaw": context.kind_of_error,
            "nearest": context.suggestion,
            "why": context.error_message and _clip(scrub(context.error_message)),
            "fault": _fault(context, reply),
            "remarks": [
                *(_clip(scrub(one)) for one in (*call.notes, *call.remarks)),
                *_omitted(context),
            ],
            "number": call.number,
            "at": to_iso(self._at),
            "vendor": self._vendor.name,
            "duration_us": self._duration_us,
            "effects": effects.effects,
            "effect_counts": effects.counts,
            "jobs": effects.jobs,
        }
        if page := _page(context, reply):
            exchange["page"] = page
        return exchange

    def brief(self) -> Brief:
        """The exchange in brief, as `brief_of` makes it, for a fraction of the time."""
        call, context, reply = self._call, self._context, self._reply
        method, _url, path = _line(self._redaction(), call)
        struck = bool(context.faults)
        violates = bool(context.violations or context.unknown_properties)
        return {
            "number": call.number,
            "at": to_iso(self._at),
            "vendor": self._vendor.name,
            "operation": context.operation.id if context.operation else None,
            "method": method,
            "path": _clip(path),
            "status": reply.status,
            "verdict": verdict(context.kind_of_error, struck, violates, context.problem, reply.status),
            "problem": context.problem,
            "flaw": context.kind_of_error,
            "fault": _fault(context, reply),
            "duration_us": self._duration_us,
            "effect_counts": counts_of(self._vendor, context),
        }

    def event(self, world: str) -> CallEvent:
        """The event for observers; `world` is the name of the world."""
        context = self._context
        return CallEvent(
            method=self._call.method,
            url=redacted_url(self._redaction(), self._call),
            status=self._reply.status,
            duration_us=self._duration_us,
            id=self._call.id,
            world=world,
            vendor=self._vendor.name,
            operation=context.operation.id if context.operation else None,
            problem=context.problem,
            flaw=context.kind_of_error,
            faults=tuple((fault.id, fault.kind) for fault in context.faults),
            sides=tuple(side for side, _ in context.violations[:MAX_VIOLATIONS]),
        )

    def _redaction(self) -> Redaction:
        misspelt = [(one.pointer, one.nearest) for one in self._context.unknown_properties]
        return self._vendor.contract.redaction.with_misspelt(misspelt)


def redacted_url(redaction: Redaction, call: Call) -> str:
    """The call's URL with its secrets blanked."""
    return _line(redaction, call)[1]


def _line(redaction: Redaction, call: Call) -> tuple[str, str, str]:
    """Method, URL and path."""
    line = method, origin, path = call.method, call.origin, call.path
    together = "\n".join(line)
    if redaction.text(together) != together:
        method, origin, path = map(redaction.text, line)
    query = redaction.query(call.query)
    shown = quote_path(call.raw_path, path, _UNQUOTED) if path == call.path else quote(path, _UNQUOTED)
    return method, origin + shown + (f"?{query}" if query else ""), path


def _call_entry(redaction: Redaction, call: Call) -> CallEntry:
    method, url, path = _line(redaction, call)
    return {
        "method": method,
        "url": _clip(url),
        "path": _clip(path),
        "headers": _headers(redaction, call.headers),
        "body": decode_body(redaction.body(call.raw, call.headers.get("content-type", ""))),
    }


def _fault(context: RequestContext, reply: WireReply) -> FaultEntry | None:
    """The fault that decided the outcome; a latency beside it only delayed it."""
    for fault in sorted(context.faults, key=lambda one: one.kind == "latency"):
        entry: FaultEntry = {"id": fault.id, "kind": fault.kind}
        if "profile" in fault.record:
            entry["profile"] = fault.record["profile"]
        if reply.waited:
            entry["waited"] = reply.waited
        return entry
    return None


def _page(context: RequestContext, reply: WireReply) -> PageEntry | None:
    """The place in a list of a reply that is too long to be kept whole."""
    pagination = context.operation.pagination if context.operation else None
    if pagination is None or len(reply.body) <= MAX_JOURNALLED_BODY:
        return None
    try:
        body = orjson.loads(reply.body)
    except ValueError:
        return None
    items = resolve(body, pagination.items)
    following = resolve(body, pagination.next) if pagination.next is not None else MISSING
    if not isinstance(items, list):
        return None
    return {"items": len(items), "has_next": following is not MISSING and bool(following)}


def _unknown(found: UnknownProperty, scrub: Callable[[str], str]) -> UnknownEntry:
    return {"place": found.location, "pointer": _pointer(found.pointer, scrub), "nearest": found.nearest}


def _pointer(text: str, scrub: Callable[[str], str]) -> str:
    """The pointer, clipped after it is searched: a part of a secret would not be recognized.

    Of one that is too long to be searched for each violation, the length alone.
    """
    if len(text) > _MAX_TEXT_LENGTH:
        return clip(text, 0)
    return clip(scrub(text), _MAX_POINTER_LENGTH)


def _headers(redaction: Redaction, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers, with secrets blanked; the first hundred, each as far as the journal keeps it."""
    kept = redaction.headers(dict(islice(headers.items(), _MAX_HEADERS)))
    return {clip(name, _MAX_POINTER_LENGTH): clip(text, _MAX_HEADER_LENGTH) for name, text in kept.items()}


def _clip(text: str) -> str:
    return clip(text, _MAX_TEXT_LENGTH)


def _omitted(context: RequestContext) -> list[str]:
    more = len(context.violations) - MAX_VIOLATIONS
    return [f"more than {MAX_VIOLATIONS} violations; the others are not listed"] if more > 0 else []


class _SecretSearch:
    """Whether values contain secrets; each is searched once, as many violations have the same one."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._found: dict[int, bool] = {}

    def __call__(self, value: Any) -> bool:
        if id(value) not in self._found:
            self._found[id(value)] = self._redaction.contains_secret(value)
        return self._found[id(value)]


def _violation(
    redaction: Redaction, has_secret: _SecretSearch, side: str, violation: Violation
) -> ViolationEntry:
    keyword, rule, value, message = violation.keyword, violation.rule, violation.value, violation.message
    if redaction.is_secret(violation.location, violation.pointer) and value is not None:
        value, message = REDACTED, f"does not fit ({keyword})"
    elif has_secret(value):
        value = REDACTED
        message = message if keyword in _NAMING else f"does not fit ({keyword})"
    # The value of a missing property would be the whole object around it.
    shown = keyword != "required" and not (value is None and rule is None)
    return {
        "side": side,
        "place": violation.location,
        "pointer": violation.pointer,
        "keyword": keyword,
        "message": message,
        "value": json_excerpt(value, _MAX_VALUE_LENGTH, spaced=True) if shown else None,
        "expected": expected_hint(keyword, rule),
        "nearest": nearest_valid(keyword, rule, value),
    }
