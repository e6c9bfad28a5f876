"""Redaction of secrets in logs and the journal: by field name, by value, and wherever a secret is quoted.

It depends on nothing but the contracts and the exchange, so that an exchange can be redacted at any time.
The names are those of the contracts (see `SensitiveFields`), however they are spelt; the values are those
that the server issues (see `SecretValues`).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import islice, repeat
from typing import Any, Final
from urllib.parse import parse_qsl, quote, quote_plus

import orjson

from mockserver.call import MAX_JOURNALLED_BODY, Call
from mockserver.contract.secret_names import SecretNames
from mockserver.contract.secret_values import REDACTED as REDACTED
from mockserver.contract.secret_values import SecretValues, contains_any
from mockserver.contract.sensitive_fields import SensitiveFields
from mockserver.contract.text_redaction import Place, TextRedaction
from mockserver.formats.json_pointer import parse_pointer

_MIN_LENGTH: Final = 4  # shorter secrets would match everywhere
MAX_SECRETS: Final = 100  # of one call; a text that could repeat one of more is omitted
MAX_NAMES: Final = 2_000  # different ones in one value; one of more counts as having too many secrets
_NEVER_ESCAPED: Final = re.compile(r"[ !#-&(-\[\]-~]+")  # the same text in every kind of quotation
_MAX_CACHED_TEXTS: Final = 20
_MAX_CACHED_LENGTH: Final = 2_000
_SCHEMES: Final = frozenset({"bearer", "basic", "digest", "oauth", "token"})
_SCHEME_ENDS: Final = ("earer ", "asic ", "Auth ", "oken ", "EARER ", "ASIC ")
_CONTAINERS: Final = frozenset({dict, list})
_MAX_CLEAN: Final = 1_000
_MAX_CLEAN_LENGTH: Final = 256


class Redaction:
    """Redacts the fields that contracts declare secret, and secret values."""

    def __init__(self, secrets: SensitiveFields) -> None:
        self._secrets = secrets
        names = secrets.headers | secrets.members | secrets.query
        prefixes, values = secrets.value_prefixes, secrets.values
        self._values = SecretValues(prefixes, values)
        # The names of headers arrive in lower case.
        self._in_names = SecretValues(
            {*prefixes, *map(str.lower, prefixes)}, {*values, *map(str.lower, values)}
        )
        self._names = SecretNames(names, secrets.prefixes, secrets.stems, self._hides)
        self._texts = TextRedaction(self._names, self._values)
        self._header_signs = (*self._texts.signs, "{", *_SCHEME_ENDS)
        self._clean: set[str] = {REDACTED}
        """Values of headers without secrets: most are the same in every call."""

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers, with secret values redacted."""
        shown = dict(headers)
        for name in headers.keys() - self._names.plain:
            if name in self._names:
                shown[name] = REDACTED
            elif (clean := self._in_names.redact(name)) != name:
                shown[clean] = shown.pop(name)
        new = {*shown.values()} - self._clean
        if new and contains_any("\n".join(new), self._header_signs):
            shown = {name: self._header(text) for name, text in shown.items()}
            new &= {*shown.values()}
        if new:
            self._remember(new)
        return shown

    def query(self, query: str) -> str:
        """The raw query, with secret values redacted."""
        return self._texts.query(query) if query else query

    def text(self, text: str) -> str:
        """A path, a host name or a message, with secret values redacted."""
        return self._texts.text(text)

    def body(self, raw: bytes, media_type: str = "") -> bytes:
        """The body, with secret values redacted; the same object if it has none."""
        return self._texts.body(raw, media_type)

    def blank(self, value: Any) -> None:
        """Redacts the secrets of a JSON value in place."""
        self._texts.blank(value)

    def reply_body(self, raw: bytes) -> bytes:
        """The body of a reply, with secret values redacted; the same object if it has none."""
        return self._texts.reply_body(raw)

    def contains_secret(self, value: Any) -> bool:
        """Whether a JSON value contains a secret, at any depth, or is too large to tell."""
        return next(self._secrets_within(value), None) is not None

    def is_secret(self, location: str, pointer: str) -> bool:
        """Whether the value at a JSON pointer into the body, query, headers or cookies is secret."""
        return location == "cookie" or any(token in self._names for token in parse_pointer(pointer))

    def is_secret_name(self, name: str) -> bool:
        """Whether a header, a parameter or a member of this name is secret."""
        return name in self._names

    def secrets_in_text(self, text: str) -> list[str]:
        """The secret values in a text, recognized by their form."""
        return self._values.find(text)

    def secrets_in_query(self, query: str) -> list[str]:
        """The values of secret parameters, decoded; at most a hundred and one."""
        return self._secret_pairs(query)[: MAX_SECRETS + 1]

    def secrets_in_body(self, call: Call) -> list[str]:
        """The values of secret members, at most a hundred and one."""
        if not call.raw:
            return []
        return [*islice(self._secrets_in_raw(call), MAX_SECRETS + 1)]

    def places_in_query(self, query: str) -> list[Place]:
        """The places of the values of secret parameters."""
        return self._texts.secret_places_of_query(query)

    def places_in_body(self, text: str, media_type: str) -> list[Place]:
        """The places of the values of secrets in a form, or in JSON and the queries within it."""
        return self._texts.secret_places(text, media_type)

    def with_misspelt(self, names: Iterable[tuple[str, str | None]]) -> "Redaction":
        """This redaction, extended by misspelt secret names; each is a pointer and the nearest known name."""
        secret = [where for where, nearest in names if nearest and nearest in self._names]
        unknown = {last for where in secret if (last := parse_pointer(where)[-1]) not in self._names}
        if not unknown:
            return self
        return Redaction(replace(self._secrets, members=self._secrets.members | unknown))

    def secret_scrubber(self, call: Call, more: Iterable[str] = ()) -> "SecretScrubber":
        """A scrubber of the secret values that the call carries, and of `more`, in free text."""
        found = [*islice(self._secrets_of_call(call), MAX_SECRETS + 1)]
        texts = (*(one for one in found if len(one) >= _MIN_LENGTH), *more)
        is_long = len(call.raw) > MAX_JOURNALLED_BODY and sum(map(len, texts)) > MAX_JOURNALLED_BODY
        if len(found) > MAX_SECRETS or is_long:
            return SecretScrubber(texts, self._values, omits=True)
        # What is cached is bounded: callers choose the texts.
        is_short = len(texts) <= _MAX_CACHED_TEXTS and sum(map(len, texts)) <= _MAX_CACHED_LENGTH
        return _scrubber(texts, self._values) if is_short else SecretScrubber(texts, self._values)

    def _hides(self, name: str) -> bool:
        """Whether the name has a secret value in it."""
        return self._in_names.redact(name) != name

    def _remember(self, clean: set[str]) -> None:
        if len(self._clean) > _MAX_CLEAN:  # callers choose them
            self._clean = {REDACTED}
        self._clean.update(text for text in clean if len(text) <= _MAX_CLEAN_LENGTH)

    def _header(self, text: str) -> str:
        scheme, space, _credentials = text.partition(" ")
        return REDACTED if space and scheme.lower() in _SCHEMES else self._texts.text(text)

    def _secrets_of_call(self, call: Call) -> Iterator[str]:
        for name in call.headers.keys() - self._names.plain:
            if name in self._names:
                text = call.headers[name]
                kind, _, token = text.partition(" ")
                yield from [text, token.strip()] if kind.lower() in _SCHEMES else [text]
        if call.query:
            yield from self._secret_pairs(call.query)
        if call.body is not None:
            if not self._is_plain(call.body):
                yield from self._secret_values(call.body)
        elif call.raw:
            yield from self._secrets_in_raw(call)

    def _is_plain(self, body: Any) -> bool:
        """Whether it is an object without secrets and objects inside it, as most are: the fast case."""
        if type(body) is not dict or len(body) > MAX_NAMES or not body.keys() <= self._names.plain:
            return False
        return _CONTAINERS.isdisjoint(map(type, body.values()))

    def _secret_pairs(self, query: str) -> list[str]:
        return [text for name, text in parse_qsl(query, errors="replace") if name in self._names]

    def _secrets_in_raw(self, call: Call) -> Iterable[str]:
        """The secrets of a body that is not parsed; JSON may come as any media type."""
        try:
            return self._secret_values(orjson.loads(call.raw))
        except ValueError:
            if "urlencoded" in call.headers.get("content-type", ""):
                return self._secret_pairs(call.raw[:MAX_JOURNALLED_BODY].decode("utf-8", "replace"))
            return self._texts.values_in_text(call.raw)

    def _secret_values(self, body: Any) -> Iterator[str]:
        for value in self._secrets_within(body):
            if isinstance(value, str | int | float) and value is not True:
                yield str(value)

    def _secrets_within(self, value: Any) -> Iterator[Any]:
        """The values of all secret members; more than anybody looks for if there are too many names.

        Names that are known to be plain count too: else it would depend on what was read before.
        """
        seen: set[str] = set()
        secret: set[str] = set()
        for one in _objects(value):
            if not one.keys() <= seen:
                new = one.keys() - seen
                seen |= new
                if len(seen) > MAX_NAMES:
                    yield from repeat(REDACTED, MAX_SECRETS + 1)
                    return
                if unknown := new - self._names.plain:
                    secret.update(name for name in unknown if name in self._names)
            if secret:
                yield from (one[name] for name in one.keys() & secret if one[name] is not None)


class SecretScrubber:
    """Replaces secret texts inside a text, in every form in which they may be quoted.

    If it `omits`, it replaces every text as a whole: there are too many secrets to look for.
    """

    def __init__(
        self, texts: Iterable[str], values: SecretValues | None = None, *, omits: bool = False
    ) -> None:
        self._omits = omits
        self._values = values
        forms = {
            form
            for one in (() if omits else texts)
            for form in ((one,) if _NEVER_ESCAPED.fullmatch(one) else quoted_forms(one))
        }
        self.forms: list[str] = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        text = self.scrub_known(text)
        return self._values.redact(text) if self._values else text

    def scrub_known(self, text: str) -> str:
        """The text without the secrets of the call; enough for a reply that was redacted."""
        if self._omits:
            return REDACTED if text else text
        for form in self.forms:
            if form in text:
                text = text.replace(form, REDACTED)
        return text


@lru_cache(256)
def _scrubber(texts: tuple[str, ...], values: SecretValues) -> SecretScrubber:
    """A scrubber of these texts; cached, since the same callers make many calls."""
    return SecretScrubber(texts, values)


def quoted_forms(text: str) -> set[str]:
    """The text in every form in which it may be quoted in JSON, a URL or a message."""
    once = {text, repr(text)[1:-1], json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]}
    once |= {quote(text), quote_plus(text)}
    # A reply may quote a message that already quotes the text.
    return once | {json.dumps(form, ensure_ascii=False)[1:-1] for form in once}


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object within a JSON value, at any depth."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
            waiting += [part for part in one.values() if type(part) in _CONTAINERS]
        elif isinstance(one, list):  # most lists have texts or numbers only
            waiting += [part for part in one if type(part) in _CONTAINERS]
