"""Redaction of texts and bodies of any kind: JSON, forms, XML, plain text, and one within another."""

import re
from typing import Any, Final
from urllib.parse import unquote_plus

import orjson

from mockserver.call import MAX_JOURNALLED_BODY
from mockserver.contract.secret_names import SecretNames
from mockserver.contract.secret_values import ESCAPES, REDACTED, SecretValues, contains_any

REDACTED_IN_QUERY: Final = "%E2%80%A6"
_FORM: Final = "application/x-www-form-urlencoded"
_MAX_DEPTH: Final = 3  # of texts within texts
_MARGIN: Final = 512  # bytes after the journalled part, in which a secret may end
_PAIR: Final = re.compile(r"(?<![\w.%-])([\w.%\[\]-]{2,100})=([^&;\s\"'<>]+)")
_QUERY_PAIR: Final = re.compile(r"(?<![^&;])([^&;=]*+)=([^&;]*+)")
_QUERY_IN_TEXT: Final = re.compile(r"\?([^\s\"'<>\\]+)")
_NAME_BEFORE_VALUE: Final = re.compile(
    r"(?<![\w.-])name=[\"']([\w.\[\]-]{2,100})[\"']"  # a part of a multipart form
    rf"|(?<![\w.-])([\w.-]{{2,100}}+)(?:\\?[\"'])?\s{{0,9}}+(?:[:>]|=(?!{REDACTED_IN_QUERY}))"
)
_VALUE_IN_TEXT: Final = re.compile(r"\s{0,9}[\"']?([^\s\"'<>&,;]{4,500})")
_JSON_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*+)(?:"(\s*+:)?|\\?\Z)', re.DOTALL)
"""A string of JSON, and the colon after a name. One that does not end goes to the end of the text, so that
every character is read once.
"""
_LONG_NUMBER: Final = re.compile(r"\s*+(-?\d[\d.eE+-]{3,})")
_OTHER, _NAME, _LIST = range(3)
"""What precedes a text of JSON: anything, the name of a secret, or a list of secrets."""
_SECRET_VALUES: Final = frozenset({(_NAME, ""), (_NAME, "["), (_LIST, ",")})
"""What precedes the text of a secret, and what is between them."""
_MAX_NAME: Final = 400
_CELL: Final = re.compile(r"[^,;\t]+")
_CONTAINERS: Final = frozenset({dict, list})
_NAMING: Final = ("name", "key", "field", "id")
Place = tuple[int, int]
"""Where a part of a text begins and ends."""
_FRAGMENTS: Final = (b"assw", b"ecret", b"oken", b"ignature")
"""What the usual names of secrets contain, in capitals or not."""


class TextRedaction:
    """Redacts what follows the name of a secret, and secret values wherever they are."""

    def __init__(self, names: SecretNames, values: SecretValues) -> None:
        self.names = names
        self.values = values
        self.signs: tuple[str, ...] = (*values.signs, "=", '\\"', *ESCAPES)
        """Texts without any of these, which are not JSON, contain no secret."""
        self._signs_in_bytes = tuple(sign.encode() for sign in self.signs)
        self._signs_in_pairs = (*values.signs, "%", "\\")
        self._signs_in_replies = (*(sign.encode() for sign in values.signs), *_FRAGMENTS)

    def text(self, text: str, depth: int = 0) -> str:
        """The text, which may contain `name=value` pairs, be JSON, or quote secret values in any escaping."""
        if not contains_any(text, self.signs):
            return text if text[:1] not in ("{", "[") else self._nested(text, depth)
        if text[:1] in ("{", "["):
            text = self._nested(text, depth)
        if "=" in text:
            text = _PAIR.sub(lambda found: self._pair(found[0]), text)
        text = self.values.redact(text)
        if "%" in text and "%3" in text:
            decoded = unquote_plus(text)
            if depth < _MAX_DEPTH and self.text(decoded, depth + 1) != decoded:
                return REDACTED
        return text

    def query(self, query: str) -> str:
        """The pairs of a query or of a form."""
        if "&#" in query and self.values.redact(query) == REDACTED:  # an escape that would be cut in two
            return REDACTED_IN_QUERY
        if ";" in query:
            return "&".join(";".join(map(self._pair, one.split(";"))) for one in query.split("&"))
        return "&".join(map(self._pair, query.split("&")))

    def body(self, raw: bytes, media_type: str = "") -> bytes:
        """The body; the same object if there is no secret in it.

        One that cannot be parsed, or of which only the start is journalled, is omitted if it has a secret.
        """
        if not raw:
            return raw
        if b"\0" in raw and self._hides_in_wide(raw[: MAX_JOURNALLED_BODY + _MARGIN]):
            return _omitted(raw)
        if len(raw) > MAX_JOURNALLED_BODY:
            return self._long_body(raw, is_form=_is_url_encoded(media_type))
        if _is_url_encoded(media_type):
            text = raw.decode("utf-8", "replace")
            redacted = self.query(text)
            return redacted.encode() if redacted != text else raw
        try:
            value = orjson.loads(raw)
        except ValueError:
            return self._plain_body(raw)
        return self._json_body(raw, value)

    def reply_body(self, raw: bytes) -> bytes:
        """The body of a reply, whose members have the names that this server gives them.

        It is parsed only where it can have a secret: lists are long, and every call has a reply.
        """
        return self.body(raw) if contains_any(raw, self._signs_in_replies) else raw

    def json(self, value: Any, deep: bool = True, depth: int = 0) -> bool:
        """Redacts a JSON value in place, `deep` in its texts too; returns whether it has secret members.

        One that is null counts: in the text, another value may precede it, and the parser took the last.
        """
        found, waiting, plain = False, [value], self.names.plain
        while waiting:
            one = waiting.pop()
            if isinstance(one, dict):
                if not one.keys() <= plain:
                    found |= self._members(one, deep)
                found |= self._named_value(one)
                parts = one.items()
            elif isinstance(one, list):
                parts = enumerate(one)  # type: ignore[assignment]
            else:
                continue
            if deep:
                for at, text in [*parts]:
                    if isinstance(text, str) and (redacted := self.text(text, depth + 1)) != text:
                        one[at], found = redacted, True
            inner = one.values() if isinstance(one, dict) else one
            waiting += [part for part in inner if type(part) in _CONTAINERS]  # most are texts or numbers
        return found

    def blank(self, value: Any) -> None:
        """Redacts a JSON value in place. Its texts are searched one by one only if there can be a secret."""
        try:
            raw = orjson.dumps(value)
        except TypeError:  # nested deeper than orjson encodes
            self.json(value)
        else:
            self.json(value, contains_any(raw, self._signs_in_bytes))

    def secret_places(self, text: str, media_type: str) -> list[Place]:
        """The places of the values of secrets in a body, in their order, if it is a form or JSON."""
        if _is_url_encoded(media_type):
            return self.secret_places_of_query(text)
        return self._secret_places_of_json(text) if text.lstrip()[:1] in ("{", "[") else []

    def _secret_places_of_json(self, text: str) -> list[Place]:
        """Those of texts, lists of texts and numbers, and of pairs such as `token=…` in other texts."""
        found: list[Place] = []
        after = _OTHER
        end = 0
        for one in _JSON_STRING.finditer(text):
            between = text[end : one.start()].strip()
            if one[2]:
                after = _NAME if _unescape(one[1]) in self.names else _OTHER
                if after == _NAME and (number := _LONG_NUMBER.match(text, one.end())):
                    found.append(number.span(1))
            elif (after, between) in _SECRET_VALUES:
                after = _OTHER if not between else _LIST
                found.append(one.span(1))
            else:
                after = _OTHER
                found += [
                    pair.span(2) for pair in _PAIR.finditer(text, *one.span(1)) if pair[1] in self.names
                ]
            end = one.end()
        return found

    def secret_places_of_query(self, query: str) -> list[Place]:
        """The places of the values of secrets in a query or a form."""
        return [pair.span(2) for pair in _QUERY_PAIR.finditer(query) if pair[2] and pair[1] in self.names]

    def values_in_text(self, raw: bytes) -> list[str]:
        """The values that follow names of secrets in the journalled part of a body that is not JSON."""
        text = raw[:MAX_JOURNALLED_BODY].decode("utf-8", "replace")
        found = []
        for name in _NAME_BEFORE_VALUE.finditer(text):
            if (name[1] or name[2]) in self.names:
                value = _VALUE_IN_TEXT.match(text, name.end())
                found += [value[1]] if value else []
        return found

    def _members(self, one: dict[str, Any], deep: bool) -> bool:
        found = False
        for name in [*one]:
            if name in self.names:
                one[name], found = None if one[name] is None else REDACTED, True
            if deep and (redacted := self.values.redact(name)) != name:
                one[redacted], found = one.pop(name), True
        return found

    def _named_value(self, one: dict[str, Any]) -> bool:
        """Redacts the `value` of an object that names it in another member."""
        if "value" not in one:
            return False
        names = [one[member] for member in _NAMING if isinstance(one.get(member), str)]
        if one["value"] is None or not any(name in self.names for name in names):
            return False
        one["value"] = REDACTED
        return True

    def _json_body(self, raw: bytes, value: Any) -> bytes:
        deep = contains_any(raw, self._signs_in_bytes)
        if isinstance(value, str):
            return raw if self.text(value) == value else orjson.dumps(REDACTED)
        if self.json(value, deep):
            try:
                dumped = orjson.dumps(value)
                raw = raw if _is_same(dumped, raw) else dumped
            except TypeError:  # nested deeper than orjson encodes
                return _omitted(raw)
        if not deep and b"?" not in raw:
            return raw
        text = raw.decode("utf-8", "replace")
        redacted = _QUERY_IN_TEXT.sub(lambda found: f"?{self.query(found[1])}", text)
        # A member that is given twice is parsed once.
        redacted = self.values.redact(redacted)
        return raw if redacted == text else redacted.encode()

    def _plain_body(self, raw: bytes) -> bytes:
        text = raw.decode("utf-8", "replace")
        redacted = _QUERY_IN_TEXT.sub(lambda found: f"?{self.query(found[1])}", text)
        if self._names_a_secret(redacted):
            return _omitted(raw)
        redacted = self.values.redact(redacted)
        return raw if redacted == text else redacted.encode()

    def _hides_in_wide(self, raw: bytes) -> bool:
        """Whether there is a secret between NULs, as in UTF-16 and UTF-32."""
        text = raw.replace(b"\0", b"").decode("utf-8", "replace")
        return self._names_a_secret(text) or self.values.redact(text) != text

    def _names_a_secret(self, text: str) -> bool:
        names = {name[1] or name[2] for name in _NAME_BEFORE_VALUE.finditer(text)}
        header = text[:2_000].partition("\n")[0]
        names |= {cell.strip(" \r\"'") for cell in _CELL.findall(header)}  # the columns of a CSV file
        return any(name in self.names for name in names)

    def _long_body(self, raw: bytes, *, is_form: bool) -> bytes:
        text = raw[: MAX_JOURNALLED_BODY + _MARGIN].decode("utf-8", "replace")
        if is_form:
            return _omitted(raw) if self.query(text) != text else raw
        found = _JSON_STRING.findall(text)
        names = {_unescape(name) for name, colon in found if colon and len(name) <= _MAX_NAME}
        secret = any(name in self.names for name in names) or self._names_a_secret(text)
        return _omitted(raw) if secret or self.values.redact(text) != text else raw

    def _nested(self, text: str, depth: int) -> str:
        """JSON inside a text."""
        if depth > _MAX_DEPTH:
            return REDACTED
        try:
            value = orjson.loads(text)
            return orjson.dumps(value).decode() if self.json(value, depth=depth) else text
        except (ValueError, TypeError):
            return REDACTED if self._names_a_secret(text) else text

    def _pair(self, pair: str) -> str:
        """One `name=text` of a query or a form, redacted if the name is secret or the text contains one."""
        name, equals, text = pair.partition("=")
        if equals and name in self.names:
            return f"{name}={REDACTED_IN_QUERY}"
        if "=" not in text and not contains_any(pair, self._signs_in_pairs):
            return pair
        if self.values.redact(name) != name:
            return f"{REDACTED_IN_QUERY}{equals}"
        plain = unquote_plus(text)
        return f"{name}{equals}{REDACTED_IN_QUERY}" if self.text(plain, 1) != plain else pair


def _is_url_encoded(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower() == _FORM


def _omitted(raw: bytes) -> bytes:
    return f"{REDACTED} ({len(raw)} bytes)".encode()


def _is_same(dumped: bytes, raw: bytes) -> bool:
    """Whether they differ in blanks only, because all secrets were null."""
    return len(dumped) <= len(raw) and dumped.translate(None, b" ") == raw.translate(None, b" \t\r\n")


def _unescape(name: str) -> str:
    if "\\" not in name:
        return name
    try:
        return str(orjson.loads(f'"{name}"'))
    except ValueError:
        return name
