"""Store URLs in messages: without their passwords, however malformed the URL is."""

import re
from typing import Final, NamedTuple
from urllib.parse import unquote

_HIDDEN: Final = "…"
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?::/*|//+)")
_COLON: Final = re.compile(r":|%3[aA]")
_PUBLIC: Final = frozenset(
    ["application_name", "connect_timeout", "dbname", "host", "hostaddr", "port", "sslmode", "user"]
)
"""The parameters whose values are shown; another one may be a misspelt password."""
_IN_QUERY: Final = re.compile(r"(?<![\w%.-])([\w%.-]++)(=)([^&]*)")
_IN_SETTINGS: Final = re.compile(r"(?<![\w%.-])([\w%.-]++)(\s*=\s*)('(?:[^'\\]|\\.)*'?|[^\s&]*)")
_NO_PORT: Final = re.compile(r"([^/?#:\s\[\]]*):(?![0-9]{0,5}(?:[/?#,]|$))([^/?#]*)")
_SETTING_FIRST: Final = re.compile(r"(?:(?!%3[aA])[^:@])*[/?#=\s]")
_RESERVED: Final = re.compile(r"[/?#@\s]")


class StoreURL(NamedTuple):
    """A store URL as it may be shown, its password (""), and all secrets in it."""

    shown: str
    password: str
    secrets: tuple[str, ...]

    @classmethod
    def read(cls, url: str) -> "StoreURL":
        """Any text: a URL, another one than a store's, or settings like `host=db password=…`."""
        scheme, rest = _split_scheme(url)
        user, at, tail = rest.rpartition("@") if "@" in rest else (rest, "", "")
        # In `h/db?user=a@b` and `host=h user=a@b`, what precedes the `@` is no user.
        parts = _COLON.split(user, maxsplit=1) if at and not _SETTING_FIRST.match(user) else [user]
        password = "".join(parts[1:])
        if not at and (forgotten := _NO_PORT.match(rest)):  # `user:password`, without a host
            password = forgotten[2]
            parts = [f"{forgotten[1]}:{_HIDDEN}{rest[forgotten.end() :]}"]
        shown, found = _hide_settings(f"{parts[0]}{at}{tail}", _IN_QUERY if scheme else _IN_SETTINGS)
        return cls(scheme + shown, password, tuple(filter(None, [password, *found])))

    def hide(self, message: str) -> str:
        """A message that may quote the URL, without the secrets in it."""
        if _RESERVED.search(self.password):
            return "the message is not shown, because it may quote a part of the password"
        for secret in sorted({*self.secrets, *map(unquote, self.secrets)}, key=len, reverse=True):
            message = message.replace(secret, _HIDDEN)
        return message


def _split_scheme(url: str) -> tuple[str, str]:
    scheme = _SCHEME.match(url)
    # Without slashes it may be the name of a user: `user:password@host`.
    if scheme and (scheme[0].endswith("/") or "@" not in url):
        return scheme[0], url[scheme.end() :]
    return "", url


def _hide_settings(text: str, form: re.Pattern[str]) -> tuple[str, list[str]]:
    """The text with the values of secret parameters hidden, and these values."""
    secrets: list[str] = []

    def hide(found: re.Match[str]) -> str:
        if unquote(found[1]) in _PUBLIC:
            return found[0]
        secrets.append(found[3].strip("'"))
        return f"{found[1]}{found[2]}{_HIDDEN}"

    return form.sub(hide, text), secrets
