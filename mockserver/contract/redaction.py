"""Redaction of secrets in logs and the journal: by field name, and wherever a secret value is quoted.

The names are those of the contract (see `SensitiveFields`). A body that cannot be parsed and contains such a
name is omitted as a whole.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_plus

import orjson

from mockserver.call import Call
from mockserver.contract.sensitive_fields import SensitiveFields
from mockserver.formats.json_pointer import parse_pointer

REDACTED: Final = "…"
_REDACTED_IN_QUERY: Final = "%E2%80%A6"
_FORM: Final = "application/x-www-form-urlencoded"
_MIN_LENGTH: Final = 4  # shorter secrets would match everywhere
_NEVER_ESCAPED: Final = re.compile(r"[ !#-&(-\[\]-~]+")  # the same text in every kind of quotation
_MAX_CACHED_TEXTS: Final = 20
_MAX_CACHED_LENGTH: Final = 2_000
_TOKENS: Final = frozenset({"bearer", "basic", "token"})


class Redaction:
    """Redacts the fields that one contract declares secret."""

    def __init__(self, secrets: SensitiveFields) -> None:
        self._secrets = secrets
        self._headers = secrets.headers
        self._query = secrets.query
        self._members = secrets.members
        self._prefixes = secrets.prefixes
        self._names = secrets.members | secrets.query

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers, with secret values redacted."""
        secret = self._headers
        return {name: REDACTED if name.lower() in secret else text for name, text in headers.items()}

    def query(self, query: str) -> str:
        """The raw query, with secret values redacted."""
        if not query or not (self._query or self._prefixes):
            return query
        return "&".join(map(self._redact_pair, query.split("&")))

    def body(self, raw: bytes, media_type: str = "") -> bytes:
        """The body, with secret values redacted; the same object if it has none."""
        if not raw or not self._names:
            return raw
        if media_type.partition(";")[0].strip().lower() == _FORM:
            return "&".join(map(self._redact_pair, raw.decode("utf-8", "replace").split("&"))).encode()
        lowered = raw.lower()
        if not any(name in lowered for name in self._search_terms):
            return raw
        try:
            value = orjson.loads(raw)
            raw = orjson.dumps(value) if self._redact_members(value) else raw
        except (ValueError, TypeError):  # not JSON, or nested deeper than orjson encodes
            if any(name.encode() in lowered for name in self._members):
                return f"{REDACTED} ({len(raw)} bytes)".encode()
        # URLs in a body can have queries too.
        return self._address.sub(rb"\1" + _REDACTED_IN_QUERY.encode(), raw) if self._query else raw

    def contains_secret(self, value: Any) -> bool:
        """Whether a JSON value contains a secret, at any depth."""
        return bool(self._members) and any(self._secret_members(one) for one in _objects(value))

    def is_secret(self, location: str, pointer: str) -> bool:
        """Whether the value at a JSON pointer into the body, query, headers or cookies is secret."""
        secret = self._names if location in ("body", "query") else self._headers
        return location == "cookie" or any(token.lower() in secret for token in parse_pointer(pointer))

    def with_misspelt(self, names: Iterable[tuple[str, str | None]]) -> "Redaction":
        """This redaction, extended by misspelt secret names; each is a pointer and the nearest known name."""
        secret = [where for where, nearest in names if nearest and nearest.lower() in self._names]
        if not secret:
            return self
        misspelt = {parse_pointer(where)[-1].lower() for where in secret}
        members, query = self._members | misspelt, self._query | misspelt
        return Redaction(replace(self._secrets, members=members, query=query))

    def secret_scrubber(self, call: Call, more: Iterable[str] = ()) -> "SecretScrubber":
        """A scrubber of the secret values that the call carries, and of `more`, in free text."""
        texts = (*self._secrets_of_call(call), *more)
        # What is cached is bounded: callers choose the texts.
        is_short = len(texts) <= _MAX_CACHED_TEXTS and sum(map(len, texts)) <= _MAX_CACHED_LENGTH
        return _scrubber(texts) if is_short else SecretScrubber(texts)

    def _secrets_of_call(self, call: Call) -> list[str]:
        found = []
        for name in call.headers.keys() & self._headers:
            text = call.headers[name]
            kind, _, token = text.partition(" ")
            found += [text, token.strip()] if kind.lower() in _TOKENS else [text]
        if self._query and call.query:
            pairs = parse_qsl(call.query, errors="replace")
            found += [text for name, text in pairs if name.lower() in self._query]
        if self._members and call.body is not None:
            found += self._secret_values(call.body)
        return [one for one in found if len(one) >= _MIN_LENGTH]

    def _secret_values(self, body: Any) -> Iterator[str]:
        for one in _objects(body):
            values = [one[name] for name in self._secret_members(one)]
            yield from (
                str(value) for value in values if isinstance(value, str | int | float) and value is not True
            )

    def _redact_members(self, value: Any) -> bool:
        """Redacts the secret members of a JSON value, in place and at all depths; True if there were any."""
        found = False
        for one in _objects(value):
            for name in self._secret_members(one):
                one[name], found = REDACTED, True
        return found

    def _secret_members(self, value: Mapping[str, Any]) -> list[str]:
        """The names of an object's secret members, without those of objects inside it."""
        return [name for name, one in value.items() if one is not None and name.lower() in self._members]

    def _redact_pair(self, pair: str) -> str:
        """One `name=text` of a query or a form, redacted if the name is secret."""
        name, equals, _text = pair.partition("=")
        plain = unquote_plus(name).strip().lower()
        secret = plain in self._names or plain.startswith(self._prefixes)
        return f"{name}={_REDACTED_IN_QUERY}" if equals and secret else pair

    @cached_property
    def _search_terms(self) -> list[bytes]:
        """The secret names, and the JSON escape that could disguise one."""
        return [*(name.encode() for name in self._names), rb"\u00"]

    @cached_property
    def _address(self) -> re.Pattern[bytes]:
        names = b"|".join(re.escape(name.encode()) for name in self._query)
        return re.compile(rb"(?i)([?&](?:" + names + rb")=)[^&\"'<>\s\\]+")


class SecretScrubber:
    """Replaces secret texts inside a text, in every form in which they may be quoted."""

    def __init__(self, texts: Iterable[str]) -> None:
        forms = {
            form
            for one in texts
            for form in ((one,) if _NEVER_ESCAPED.fullmatch(one) else _quoted_forms(one))
        }
        self.forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for form in self.forms:
            if form in text:
                text = text.replace(form, REDACTED)
        return text


@lru_cache(256)
def _scrubber(texts: tuple[str, ...]) -> SecretScrubber:
    """A scrubber of these texts; cached, since the same callers make many calls."""
    return SecretScrubber(texts)


def _quoted_forms(text: str) -> set[str]:
    once = {text, repr(text)[1:-1], json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    # A reply may quote a message that already quotes the text.
    return once | {json.dumps(form, ensure_ascii=False)[1:-1] for form in once}


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within a JSON value, at any depth."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
