"""References in place of secrets in an exported state.

A credential that the world was created with becomes `{{credential:<vendor>.<field>}}`, which is replaced by
the value of the world that imports the state. One that was minted or issued later becomes
`{{credential:gone}}`, which is replaced by a new random value: it is valid nowhere.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Final

import orjson

from mockserver.formats.secret_mark import MARK, mark
from mockserver.state.credentials import CredentialField, KnownCredential
from mockserver.state.vendor_protocol import VendorProtocol
from mockserver.storage.layout import RATE_LIMIT
from mockserver.storage.store import Row

_GONE: Final = "gone"
_START: Final = "{{credential:"
_REFERENCE: Final = re.compile(r"\{\{credential:([a-zA-Z0-9_.]*)\}\}")
_ESCAPED_START: Final = f"{_START}}}}}{_START[2:]}"
"""A text that looks like a reference already: the empty reference stands for two braces."""


class SecretReferences:
    """Replaces the credentials of one world: `initial` by vendor and field, and all `known` ones."""

    def __init__(
        self,
        vendors: Mapping[str, VendorProtocol],
        initial: Mapping[str, Mapping[str, str]],
        known: Iterable[KnownCredential],
    ) -> None:
        self._secrets: dict[str, str] = {}
        self._callers: dict[str, str | None] = {}
        """Callers counted by rate limits, with what replaces the value; None: they are left out."""
        self._ended: set[str] = set()
        for vendor, fields in initial.items():
            for field, value in fields.items():
                self._callers[f"{vendor}/{field}/{value}"] = _reference(f"{vendor}.{field}")
                self._secrets[value] = _reference(f"{vendor}.{field}")
        for one in known:
            self._callers.setdefault(f"{one['vendor']}/{one['field']}/{one['value']}", None)
            if "id" not in one:
                self._ended.add(one["value"])
            for field, value in one.get("fields", {one["field"]: one["value"]}).items():
                if one["vendor"] in vendors and (
                    "id" not in one or _is_secret(vendors[one["vendor"]].credentials, field)
                ):
                    self._secrets.setdefault(value, _reference(_GONE))
        # Values without the mark are those of the default world, which are documented, and common words.
        shapes = {(len(one), one.index(MARK)) for one in self._secrets if MARK in one}
        self._shapes = sorted(shapes, reverse=True)
        """The length of secrets and the place of the mark in them: few, while callers open many sessions."""

    def hide(self, kind: str, row: Row) -> Row | None:
        """The row without secrets; None for a session, and for the calls counted of one that has ended."""
        if row.id in self._ended:
            return None
        if kind == RATE_LIMIT:
            vendor, _, rest = row.id.partition("/")
            limit, _, key = rest.partition("/")
            caller = f"{vendor}/{key}"
            if caller not in self._callers:
                return row
            replacement = self._callers[caller]
            field = key.partition("/")[0]
            return row._replace(id=f"{vendor}/{limit}/{field}/{replacement}") if replacement else None
        body = self._hidden(row.body.decode()).encode() if row.body is not None else None
        return Row(self._hidden(row.id), self._hidden(row.parent), row.rank, body)

    def _hidden(self, text: str) -> str:
        text = text.replace(_START, _ESCAPED_START)
        parts, start = [], 0
        at = text.find(MARK)
        while at >= 0:
            secret = self._secret_at(text, at, start)
            if secret is not None:
                end = at - secret.index(MARK) + len(secret)
                parts += [text[start : end - len(secret)], self._secrets[secret]]
                start = end
            at = text.find(MARK, max(at + 1, start))
        return "".join([*parts, text[start:]]) if parts else text

    def _secret_at(self, text: str, at: int, start: int) -> str | None:
        """The longest secret that has its mark at this place and does not begin before `start`."""
        for length, offset in self._shapes:
            first = at - offset
            secret = text[first : first + length] if first >= start else ""
            if len(secret) == length and secret in self._secrets:
                return secret
        return None


def reveal(row: Row, credentials: Mapping[str, Mapping[str, str]]) -> Row:
    """The row with the credentials of the world that imports it."""

    def value(reference: re.Match[str]) -> str:
        if not reference[1]:
            return "{{"
        vendor, _, field = reference[1].partition(".")
        return credentials.get(vendor, {}).get(field) or mark(secrets.token_hex(32))

    def value_in_json(reference: re.Match[str]) -> str:
        return orjson.dumps(value(reference)).decode()[1:-1]

    body = row.body
    if body is not None and _START.encode() in body:
        body = _REFERENCE.sub(value_in_json, body.decode()).encode()
    if _START in row.id or _START in row.parent:
        row = row._replace(id=_REFERENCE.sub(value, row.id), parent=_REFERENCE.sub(value, row.parent))
    return row._replace(body=body)


def _reference(name: str) -> str:
    return f"{_START}{name}}}}}"


def _is_secret(fields: Iterable[CredentialField], name: str) -> bool:
    """Whether the field is a secret: a password, or a key that has none beside it."""
    fields = list(fields)
    paired = {one.beside for one in fields}
    return any(one.name == name and (one.beside or name not in paired) for one in fields)
