"""A call as capsules have it: all that is needed to send it again, without the secrets in it.

A secret becomes a reference with a keyed digest of it. `issued` has the digests of the secrets in the reply,
with the place of each: what later calls present is found there.
"""

import base64
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from itertools import islice
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from mockserver.binding.vendor import Vendor
from mockserver.call import MAX_JOURNALLED_BODY, Call, Exchange, ReplyEntry, WireReply
from mockserver.contract.redaction import MAX_SECRETS, Redaction, quoted_forms
from mockserver.errors import TooManySecretsError
from mockserver.formats.capsule_reference import escape, in_base64, reference, secret_digest, secret_reference
from mockserver.formats.json_pointer import format_pointer, resolve
from mockserver.pipeline.request_context import RequestContext

_MIN_LENGTH: Final = 4  # shorter secrets would match everywhere
_MAX_FORMS: Final = 1_000  # of secrets in one text
_FIRST_MARK: Final = 0x100000  # characters that no text has a use for
_MAX_HEADERS: Final = 100  # that a sealer remembers
_MAX_HEADER_LENGTH: Final = 1_000
_MIN_ISSUED: Final = 12
_MAX_ISSUED: Final = 200
_REFUSALS: Final = (401, 403)
_SEPARATORS: Final = re.compile(r"[?&=;,\s\"'<>]+")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]* +")
_PAIR: Final = re.compile(r"(?<![\w-])([\w-]+)=(\"?)([^\",;\s]+)")
_PUBLIC: Final = frozenset(
    {"oauth_nonce", "oauth_timestamp", "oauth_signature_method", "oauth_version", "signedheaders"}
)
"""The parameters of signatures that are not secret."""


def seal(
    vendor: Vendor, call: Call, reply: WireReply, context: RequestContext, shown: Exchange, key: str
) -> dict[str, Any] | None:
    """The call with references in place of secrets and addresses.

    `shown` is its exchange, and `key` the world's secret. None for a call whose body is too large to be kept,
    or that has too many secrets to look for.
    """
    if len(call.raw) > MAX_JOURNALLED_BODY:
        return None
    sealer = _sealer(vendor.contract.redaction, key, call.origin)
    try:
        return _sealed(sealer, call, reply, context, shown)
    except TooManySecretsError:
        return None


def _sealed(
    sealer: "Sealer", call: Call, reply: WireReply, context: RequestContext, shown: Exchange
) -> dict[str, Any]:
    schemes = context.operation.schemes if context.operation else ()
    authenticated = call.credential is not None and schemes
    is_refused = reply.status in _REFUSALS and context.problem is not None and not authenticated
    sealed: dict[str, Any] = {
        "method": sealer.text(call.method),
        "path": sealer.text(call.path),
        "raw_path": sealer.text(call.raw_path),
        "query": sealer.query(call.query),
        "headers": sealer.headers(call.headers),
        **sealer.body(call),
        "notes": [sealer.text(note) for note in call.notes],
        "address": call.address,
        "origin": call.origin,
        "refused": is_refused and not context.faults,
        "issued": sealer.issued(reply, shown["reply"]),
    }
    if call.redelivered:
        sealed["redelivered"] = True
    if call.credential is not None and "id" in call.credential:
        sealed["signer"] = call.credential["id"]
    step = sum((fault.clock_step for fault in context.faults), timedelta())  # the sum of whole microseconds
    return sealed | {"clock_step": step.total_seconds()} if step else sealed


class Sealer:
    """Replaces the secrets that calls to one vendor carry, and the addresses of the world.

    Its methods raise `TooManySecretsError`.
    """

    def __init__(self, redaction: Redaction, key: str, origin: str = "") -> None:
        self._redaction = redaction
        self._key = key
        host = urlsplit(origin).netloc if origin else ""
        self._host = host
        self._addresses = {origin: reference("origin")} if origin else {}
        if host:
            self._addresses[f"{urlsplit(origin).scheme}://{host}"] = reference("server")
        self._headers: dict[tuple[str, str], tuple[str, str]] = {}
        """Sealed headers: those of most calls are the same."""

    def text(self, text: str, forms: Iterable[str] = ()) -> str:
        """The text without addresses, secrets that their form tells, and those of these quoted `forms`."""
        text = escape(text)
        found = {one for one in forms if one in text}
        found |= set(self._redaction.secrets_in_text(text))
        if len(found) > _MAX_FORMS:
            raise TooManySecretsError
        replaced = {one: secret_reference(one, self._key) for one in found}
        if "://" in text:
            replaced |= {one: to for one, to in self._addresses.items() if one in text}
        return _replace_all(text, replaced) if replaced else text

    def query(self, query: str) -> str:
        """The query without the values of secret parameters."""
        return self.text(query, _forms(self._redaction.secrets_in_query(query))) if query else query

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers without secrets; the host is a reference."""
        sealed = {}
        for header in headers.items():
            found = self._headers.get(header)
            if found is None:
                found = self._sealed_header(*header)
                if len(self._headers) < _MAX_HEADERS and len(header[1]) < _MAX_HEADER_LENGTH:
                    self._headers[header] = found
            sealed[found[0]] = found[1]
        return sealed

    def _sealed_header(self, name: str, text: str) -> tuple[str, str]:
        if name == "host" and text == self._host:
            return name, reference("host")
        secret = self._redaction.is_secret_name(name)
        return self.text(name), self._secret_header(text) if secret else self.text(text)

    def body(self, call: Call) -> dict[str, str]:
        """The member with the body: `text`, or `base64` for one that is not UTF-8."""
        if not call.raw:
            return {}
        forms = _forms(self._redaction.secrets_in_body(call))
        try:
            return {"text": self.text(call.raw.decode(), forms)}
        except UnicodeDecodeError:
            encoded = base64.b64encode(call.raw).decode()
            return {"base64": in_base64(encoded, lambda text: self.text(text, forms))}

    def json(self, value: Any) -> Any:
        """A JSON value without the values of secret members."""
        forms = _forms(self._redaction.secrets_in_body(Call("", "", raw=orjson.dumps(value))))

        def without(part: Any) -> Any:
            if isinstance(part, dict):
                return {self.text(name): without(one) for name, one in part.items()}
            if isinstance(part, list):
                return [without(one) for one in part]
            return self.text(part, forms) if isinstance(part, str) else part

        return without(value)

    def issued(self, reply: WireReply, shown: ReplyEntry) -> dict[str, list[Any]]:
        """The digests of the secrets in a reply, each with its place: index from the end, and pointer.

        `shown` is the reply as the journal has it.
        """
        found: dict[str, list[Any]] = {}
        if len(reply.body) <= MAX_JOURNALLED_BODY and shown["body"].encode() != reply.body:
            redacted = self._redaction.reply_body(reply.body)
            self._add_issued(found, _differing(_json(reply.body), _json(redacted), ()))
        if shown["headers"] != reply.headers:
            hidden = self._redaction.headers(reply.headers)
            texts = [
                (f"#{name.lower()}", text) for name, text in reply.headers.items() if hidden[name] != text
            ]
            self._add_issued(found, iter(texts))
        return found

    def issued_value(self, value: Any) -> dict[str, list[Any]]:
        """The digests of all texts of a JSON value that could be a secret, as those of a reply."""
        found: dict[str, list[Any]] = {}
        self._add_issued(found, _differing(value, None, ()))
        return found

    def _add_issued(self, found: dict[str, list[Any]], texts: Iterator[tuple[str, str]]) -> None:
        for pointer, text in islice(texts, _MAX_ISSUED):
            parts = split(text)
            for index, part in enumerate(parts):
                if len(part) >= _MIN_ISSUED:
                    found.setdefault(secret_digest(part, self._key), [index - len(parts), pointer])

    def _secret_header(self, text: str) -> str:
        """The header with references in place of its secret parts, so that its form stays."""
        text = escape(text)
        if "=" in text.rstrip("=") and _PAIR.search(text):
            return _PAIR.sub(self._secret_pair, text)
        scheme = _SCHEME.match(text)
        start = scheme[0] if scheme else ""
        return start + (secret_reference(text[len(start) :], self._key) if text[len(start) :] else "")

    def _secret_pair(self, pair: re.Match[str]) -> str:
        name, quote, value = pair.groups()
        if name.lower() in _PUBLIC:
            return pair[0]
        first, slash, scope = value.partition("/") if name.lower() == "credential" else (value, "", "")
        return f"{name}={quote}{secret_reference(first, self._key)}{slash}{scope}"


@lru_cache(64)
def _sealer(redaction: Redaction, key: str, origin: str) -> Sealer:
    """A sealer for the calls to one vendor of a world."""
    return Sealer(redaction, key, origin)


def _forms(secrets: Collection[str]) -> set[str]:
    """The secrets in every form in which they may be quoted, but those that would match everywhere."""
    if len(secrets) > MAX_SECRETS:
        raise TooManySecretsError
    return {form for one in secrets if len(one) >= _MIN_LENGTH for form in (one, *quoted_forms(one))}


def _replace_all(text: str, replaced: Mapping[str, str]) -> str:
    """The text with each part replaced, the longest first, and no part of what replaced another.

    A pattern of the parts would take several times as long: callers choose them, and how long they are.
    """
    used = set(text)
    marks = (mark for mark in map(chr, range(_FIRST_MARK, sys.maxunicode)) if mark not in used)
    shown = {}
    for part, mark in zip(sorted(replaced, key=len, reverse=True), marks, strict=False):
        text = text.replace(part, mark)
        shown[ord(mark)] = replaced[part]
    return text.translate(shown)


def split(text: str) -> list[str]:
    """The parts of a text that may be a secret each."""
    return _SEPARATORS.split(text)


def read_issued(place: str, body: bytes, headers: Mapping[str, str]) -> Callable[[int], str] | None:
    """The parts of the text at a place of a reply, by their index; None if it does not have the place."""
    if place.startswith("#"):
        text: Any = {name.lower(): one for name, one in headers.items()}.get(place[1:])
    else:
        text = resolve(_json(body), place)
    return split(text).__getitem__ if isinstance(text, str) else None


def _differing(value: Any, shown: Any, place: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The texts of a JSON value that its redacted form does not have, each with its pointer."""
    if isinstance(value, str):
        if value != shown:
            yield format_pointer(place), value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _differing(one, shown.get(name) if isinstance(shown, dict) else None, (*place, name))
    elif isinstance(value, list):
        for at, one in enumerate(value):
            other = shown[at] if isinstance(shown, list) and at < len(shown) else None
            yield from _differing(one, other, (*place, str(at)))


def _json(raw: bytes) -> Any:
    try:
        return orjson.loads(raw)
    except ValueError:
        return None
