"""Credentials that a call carries in its query, in a cookie, or by basic authentication."""

import base64
import binascii
from urllib.parse import parse_qsl, unquote_plus

from mockserver.call import Call


def query_credentials(call: Call, field: str, name: str) -> list[tuple[str, str]]:
    """The values of a query parameter, as credentials of this field."""
    return [(field, value) for key, value in parse_qsl(call.query) if key == name and value]


def cookie_credentials(call: Call, field: str, name: str) -> list[tuple[str, str]]:
    """The values of a cookie, as credentials of this field."""
    pairs = (pair.strip().partition("=") for pair in call.headers.get("cookie", "").split(";"))
    return [(field, unquote_plus(value)) for key, _, value in pairs if key == name and value]


def basic_credentials(call: Call, field: str) -> list[tuple[str, str]]:
    """User name and password of basic authentication: either may be the credential of this field."""
    kind, _, token = call.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return []
    try:
        user, _, password = base64.b64decode(token.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return []
    return [(field, value) for value in (password, user) if value]
