"""A call as capsules have it: all that is needed to send it again, without the secrets in it.

A secret becomes a reference with a keyed digest of it. `issued` has the digests of the secrets in the reply,
with the place of each: what later calls present is found there.
"""

import base64
import json
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
from mockserver.contract.redaction import MAX_SECRETS, REDACTED, Redaction, quoted_forms
from mockserver.contract.text_redaction import REDACTED_IN_QUERY, Place
from mockserver.errors import UnsealableError
from mockserver.formats.capsule_reference import (
    escape,
    in_base64,
    reference,
    secret_digest,
    secret_reference,
    without_secrets,
)
from mockserver.formats.json_pointer import format_pointer, resolve
from mockserver.pipeline.request_context import RequestContext
from mockserver.state.journal import decode_body

_MIN_LENGTH: Final = 4  # shorter secrets would match everywhere
_MAX_FORMS: Final = 1_000  # of secrets in one text
_FIRST_MARK: Final = 0x100000  # characters that no text has a use for
_MAX_HEADERS: Final = 100  # that a sealer remembers
_MAX_HEADER_LENGTH: Final = 1_000
_MIN_ISSUED: Final = 12
_MAX_ISSUED: Final = 200
_REFUSALS: Final = (401, 403)
_SEPARATORS: Final = re.compile(r"[?&=;,\s\"'<>]+")
_VALUE: Final = r"[^\",\s=][^\",\s]*+"
_PAIR: Final = re.compile(rf"(?<![\w-])([\w-]++)=(?:\"([^\"]*+)\"|({_VALUE}))")
_PAIRS: Final = re.compile(rf"(?:[\w-]++=(?:\"[^\"]*+\"|{_VALUE})(?:[,\s]++|\Z))++")
_SCHEMES: Final = frozenset({"bearer", "basic", "token", "apikey"})
_SIGNING_SCHEMES: Final = frozenset({"oauth", "digest", "signature", "aws4-hmac-sha256"})
"""The schemes whose credentials are pairs."""
_NAME: Final = re.compile(r'"([^"\\]*+)"\s*+:')
_UNQUOTED: Final = re.compile(r"(?<=[:,\[])\s*\{\{capsule:secret:[^{}]*\}\}(?=\s*[,\]}])")
"""A reference in place of a number of JSON."""
_PUBLIC: Final = frozenset(
    {"oauth_nonce", "oauth_timestamp", "oauth_signature_method", "oauth_version", "signedheaders"}
)
"""The parameters of signatures that are not secret."""


def seal(
    vendor: Vendor, call: Call, reply: WireReply, context: RequestContext, shown: Exchange, key: str
) -> dict[str, Any] | None:
    """The call with references in place of secrets and addresses.

    `shown` is its exchange, and `key` the world's secret. None for a call whose body is too large to be kept,
    or with secrets that cannot be taken out: too many, or such that only the journal hides, with what is
    around them.
    """
    if len(call.raw) > MAX_JOURNALLED_BODY:
        return None
    sealer = _sealer(vendor.contract.redaction, key, call.origin)
    try:
        return _sealed(sealer, call, reply, context, shown)
    except UnsealableError:
        return None


def _sealed(
    sealer: "Sealer", call: Call, reply: WireReply, context: RequestContext, shown: Exchange
) -> dict[str, Any]:
    schemes = context.operation.schemes if context.operation else ()
    authenticated = call.credential is not None and schemes
    is_refused = reply.status in _REFUSALS and context.problem is not None and not authenticated
    path = sealer.text(call.path)
    sealed: dict[str, Any] = {
        "method": sealer.text(call.method),
        "path": path,
        "raw_path": path if call.raw_path == call.path else sealer.text(call.raw_path),
        "query": sealer.query(call.query),
        "headers": sealer.headers(call.headers),
        **sealer.body(call, is_clean=shown["call"]["body"] == decode_body(call.raw)),
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

    Its methods raise `UnsealableError`.
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

    def text(self, text: str) -> str:
        """A text without the addresses and secrets."""
        return self._checked(self._without(text), self._redaction.text)

    def query(self, query: str) -> str:
        """The query without the values of secret parameters."""
        if not query:
            return query
        forms = _forms(self._redaction.secrets_in_query(query))
        sealed = self._without(query, forms, self._redaction.places_in_query(query))
        return self._checked(sealed, self._redaction.query, REDACTED_IN_QUERY)

    def _without(self, text: str, forms: Iterable[str] = (), places: Collection[Place] = ()) -> str:
        """The text with references at these places, and to addresses, secrets by their form, and `forms`.

        The longest is replaced first, and nothing within what replaced another. Patterns of them would take
        several times as long: callers choose them, and how long they are.
        """
        if len(places) > MAX_SECRETS:
            raise UnsealableError
        marks = _unused_characters(text)
        shown, parts, end = dict[int, str](), list[str](), 0
        for (start, stop), mark in zip(places, marks, strict=False):
            shown[ord(mark)] = secret_reference(text[start:stop], self._key)
            parts += [escape(text[end:start]), mark]
            end = stop
        text = "".join([*parts, escape(text[end:])])
        found = {one for one in forms if one in text}
        found |= set(self._redaction.secrets_in_text(text))
        if len(found) > _MAX_FORMS:
            raise UnsealableError
        replaced = {one: secret_reference(one, self._key) for one in found}
        if "://" in text:
            replaced |= {one: to for one, to in self._addresses.items() if one in text}
        for part, mark in zip(sorted(replaced, key=len, reverse=True), marks, strict=False):
            text = text.replace(part, mark)
            shown[ord(mark)] = replaced[part]
        return text.translate(shown) if shown else text

    def _checked(self, sealed: str, redact: Callable[[str], str], blank: str = REDACTED) -> str:
        """The sealed text. Raises `UnsealableError` if the journal would hide more of it."""
        left = without_secrets(sealed, blank)
        if redact(left) != left:
            raise UnsealableError
        return sealed

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
        sealed = self._without(text)
        left = {name: without_secrets(sealed, REDACTED)}
        hidden = self._redaction.headers(left)
        if name not in hidden:  # a secret is in the name
            raise UnsealableError
        return name, sealed if hidden == left else self._secret_header(name, text)

    def body(self, call: Call, *, is_clean: bool = False) -> dict[str, str]:
        """The member with the body: `text`, or `base64` if it is not UTF-8; a clean one has no secret."""
        if not call.raw:
            return {}
        if is_clean:
            return _text_or_base64(call.raw, self._without)
        forms = _forms(self._redaction.secrets_in_body(call))
        media_type = call.headers.get("content-type", "")

        def without(text: str) -> str:
            places = self._redaction.places_in_body(text, media_type)
            return self._without(text, forms - {*_NAME.findall(text)}, places)

        sealed = _text_or_base64(call.raw, without)
        raw = sealed["text"].encode() if "text" in sealed else base64.b64decode(sealed["base64"])
        self._check_body(raw, media_type)
        return sealed

    def _check_body(self, sealed: bytes, media_type: str) -> None:
        """Raises `UnsealableError` if the journal would hide more of it."""
        text = sealed.decode("utf-8", "surrogateescape")
        left = without_secrets(_UNQUOTED.sub("null", text), REDACTED)
        hidden = self._redaction.body(left.encode("utf-8", "surrogateescape"), media_type)
        shown = hidden.decode("utf-8", "surrogateescape").replace(REDACTED_IN_QUERY, REDACTED)
        left = left.replace(REDACTED_IN_QUERY, REDACTED)
        if shown != left and _reveals(_members(left), _members(shown)):
            raise UnsealableError

    def json(self, value: Any) -> Any:
        """A JSON value without the values of secret members; their booleans and short numbers stay."""
        forms = _forms(self._redaction.secrets_in_body(Call("", "", raw=orjson.dumps(value))))

        def without(part: Any, name: str = "") -> Any:
            if isinstance(part, dict):
                return {self._without(key): without(one, key) for key, one in part.items()}
            if isinstance(part, list):
                return [without(one) for one in part]
            if not isinstance(part, str):
                return part
            is_secret = part and self._redaction.is_secret_name(name)
            return secret_reference(part, self._key) if is_secret else self._without(part, forms)

        sealed = without(value)
        text = without_secrets(orjson.dumps(sealed).decode(), REDACTED)
        left, hidden = orjson.loads(text), orjson.loads(text)
        self._redaction.blank(hidden)
        if _reveals(left, hidden):
            raise UnsealableError
        return sealed

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

    def _secret_header(self, name: str, text: str) -> str:
        """The header with references in place of its secret parts, so that its form stays."""
        text = escape(text)
        if name == "cookie":
            return ";".join(map(self._secret_cookie, text.split(";")))
        scheme, blanks, rest = re.split(r"( +|\Z)", text, maxsplit=1)
        if scheme.lower() in _SIGNING_SCHEMES and _PAIRS.fullmatch(rest):
            return scheme + blanks + _PAIR.sub(self._secret_pair, rest)
        start = scheme + blanks if scheme.lower() in (_SCHEMES | _SIGNING_SCHEMES) else ""
        secret = text[len(start) :]
        return start + (secret_reference(secret, self._key) if secret else "")

    def _secret_cookie(self, item: str) -> str:
        """One cookie, whose name stays unless it may be a value in Base64."""
        name, _equals, value = item.partition("=")
        start, secret = (f"{name}=", value) if value.strip('= "') else ("", item)
        core = secret.strip(' "')
        return start + secret.replace(core, secret_reference(core, self._key), 1) if core else item

    def _secret_pair(self, pair: re.Match[str]) -> str:
        name, quoted, plain = pair.groups()
        value = plain if quoted is None else quoted
        if name.lower() in _PUBLIC or not value:
            return pair[0]
        first, slash, scope = value.partition("/") if name.lower() == "credential" else (value, "", "")
        quote = "" if quoted is None else '"'
        return f"{name}={quote}{secret_reference(first, self._key)}{slash}{scope}{quote}"


@lru_cache(64)
def _sealer(redaction: Redaction, key: str, origin: str) -> Sealer:
    """A sealer for the calls to one vendor of a world."""
    return Sealer(redaction, key, origin)


def _unused_characters(text: str) -> Iterator[str]:
    used = set(text)
    yield from (one for one in map(chr, range(_FIRST_MARK, sys.maxunicode)) if one not in used)


def _text_or_base64(raw: bytes, change: Callable[[str], str]) -> dict[str, str]:
    """The member with a changed body."""
    try:
        return {"text": change(raw.decode())}
    except UnicodeDecodeError:
        return {"base64": in_base64(base64.b64encode(raw).decode(), change)}


def _forms(secrets: Collection[str]) -> set[str]:
    """The secrets in every form in which they may be quoted, but those that would match everywhere."""
    if len(secrets) > MAX_SECRETS:
        raise UnsealableError
    return {form for one in secrets if len(one) >= _MIN_LENGTH for form in (one, *quoted_forms(one))}


def _members(text: str) -> Any:
    """The value of a JSON text, each object as a list of all its members; other texts as they are."""
    try:
        return json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return text


def _reveals(value: Any, hidden: Any) -> bool:
    """Whether a value has a part that the other hides, and that is more than a boolean or a short number."""
    if value in (hidden, REDACTED) or value is None or isinstance(value, bool):
        return False
    if isinstance(value, int | float):
        return len(str(value)) >= _MIN_LENGTH
    if not isinstance(value, dict | list | tuple):
        return True
    parts = [*value.items()] if isinstance(value, dict) else [*value]
    if hidden == REDACTED:
        return any(
            _reveals(part, REDACTED) for part in (value.values() if isinstance(value, dict) else parts)
        )
    others = [*hidden.items()] if isinstance(hidden, dict) else hidden
    if not isinstance(others, list | tuple) or len(parts) != len(others):
        return True
    return any(map(_reveals, parts, others))


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
