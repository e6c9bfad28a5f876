"""Bodies that are not UTF-8, as the decoder of each vendor reads them."""

import json
from typing import Any

import pytest

from tests.vendors.limited import Limited

CALLS: dict[str, tuple[str, str, str]] = {
    "fanfare": ("/api/v1/consumers", '{"email":"%s@example.com","fullName":"%s"}', "secret_key"),
    "voyado": ("/api/v3/contacts", '{"email":"%s@example.com","lastName":"%s"}', "apikey"),
    "ortto": (
        "/v1/person/merge",
        '{"people":[{"fields":{"str::email":"%s@example.com","str::last":"%s"}}]}',
        "api_key",
    ),
}
LONE = {"invalid": ("Åberg", "latin-1"), "lone": (r"\ud800berg", "utf-8")}


def call(vendor: str, raw: bytes) -> tuple[Limited, int, Any]:
    """A world with the status of the reply to this body, and what it says."""
    one = Limited(vendor, limits=False)
    path, _, key = CALLS[vendor]
    text = one.credentials[key]
    headers = {"fanfare": {"authorization": f"Bearer {text}"}, "voyado": {"apikey": text}}
    reply = one.answer("POST", path, raw, **headers.get(vendor, {"x_api_key": text}))
    return one, reply.status, json.loads(reply.body)


@pytest.mark.parametrize("kind", LONE)
@pytest.mark.parametrize("vendor", CALLS)
def test_what_is_no_character_is_replaced(vendor: str, kind: str) -> None:
    name, encoding = LONE[kind]
    one, status, reply = call(vendor, (CALLS[vendor][1] % ("a", name)).encode(encoding))
    assert status in (200, 201), reply
    if vendor == "ortto":
        body = {"fields": ["str::last"], "q": "a@example.com"}
        found = one.answer("POST", "/v1/person/get", body, x_api_key=one.credentials["api_key"])
        assert json.loads(found.body)["contacts"][0]["fields"] == {"str::last": "\ufffdberg"}
    else:
        assert "\ufffdberg" in json.dumps(reply, ensure_ascii=False)


@pytest.mark.parametrize(
    ("vendor", "encoding", "status"),
    [
        ("voyado", "utf-8-sig", 201),
        ("voyado", "utf-16", 201),
        ("fanfare", "utf-8-sig", 200),
        ("fanfare", "utf-16", 400),
        ("ortto", "utf-8-sig", 400),
    ],
)
def test_a_byte_order_mark_is_read_or_not(vendor: str, encoding: str, status: int) -> None:
    _, answered, reply = call(vendor, (CALLS[vendor][1] % ("a", "Åberg")).encode(encoding))
    assert answered == status, reply
    if vendor == "ortto":
        assert reply["error"].endswith("invalid character 'ï' looking for beginning of value")
