"""What OpenAPI cannot say of the calls of a vendor holds, and stands in the description of its contract."""

import json
from codecs import BOM_UTF8
from collections.abc import Callable
from typing import Any

import pytest
import requests

from mockserver.client import World
from tests.read_vendors import read_vendor
from tests.vendors.spotler import Spotler

pytestmark = pytest.mark.mockserver(strict=False, scenario="empty")
Send = Callable[..., requests.Response]
STATUSES = {
    # one call: as documented, without Content-Type, as text, accepting CSV only, with a slash, in upper case,
    # and with a byte order mark, as .NET's StreamWriter begins
    "digitalaudience": (200, 415, 415, 200, 200, 200, 200),
    "fanfare": (200, 200, 200, 200, 404, 404, 200),
    "ortto": (200, 200, 200, 200, 404, 404, 400),
    "spotler": (200, 415, 415, 406, 200, 404, 200),
    "voyado": (201, 500, 201, 201, 201, 201, 201),
}
LOGIN = "/account/login"
CALLS: dict[str, tuple[str, Callable[[str], dict[str, Any]]]] = {
    "fanfare": ("/api/v1/audiences", lambda name: {"name": name, "type": "STATIC"}),
    "ortto": ("/v1/audiences/get", lambda _name: {"limit": 1}),
    "spotler": ("/audience", lambda name: {"externalId": name, "name": name}),
    "voyado": ("/api/v3/contacts", lambda name: {"email": f"{name}@example.com"}),
}
KEYS = {
    "fanfare": {"Authorization": "Bearer {secret_key}"},
    "ortto": {"X-Api-Key": "{api_key}"},
    "voyado": {"apikey": "{apikey}"},
}


def caller(world: World, vendor: str) -> tuple[str, Send]:
    """The path of the vendor's call, and what posts it: the path as spelt, the name in the body, headers."""
    keys, base, session = world.credentials(vendor), world.url(vendor), requests.Session()
    login = {name: keys[name] for name in ("userName", "password") if name in keys}
    path, body = CALLS.get(vendor, (LOGIN, lambda _name: login))
    if vendor == "spotler":
        base, session = Spotler(world).url, Spotler(world).session
        del session.headers["Accept"]
    secret = {name: text.format_map(keys) for name, text in KEYS.get(vendor, {}).items()}

    def send(path: str, name: str, headers: dict[str, str], mark: bytes = b"") -> requests.Response:
        content = mark + json.dumps(body(name)).encode()
        return session.post(base + path, content, headers={**secret, **headers}, timeout=30)

    return path, send


@pytest.mark.parametrize("vendor", STATUSES)
def test_calls_are_read_as_the_contract_describes(mockserver: World, vendor: str) -> None:
    path, send = caller(mockserver, vendor)
    typed = {"Content-Type": "application/json"}
    got = [
        send(path, "plain", typed),
        send(path, "untyped", {}),
        send(path, "text", {"Content-Type": "text/plain"}),
        send(path, "csv", {**typed, "Accept": "text/csv"}),
        send(f"{path}/", "slash", typed),
        send(path.upper(), "upper", typed),
        send(path, "mark", typed, BOM_UTF8),
    ]
    assert tuple(one.status_code for one in got) == STATUSES[vendor]
    text = read_vendor(vendor).contract.document.root["info"]["description"]
    words = ("`Content-Type", "`Accept`", "slash", "case-", *(["byte order mark"] if got[-1].ok else []))
    for word in words:
        assert word in text, word
