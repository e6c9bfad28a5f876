"""Sealed calls: references in place of secrets and addresses, and where the secrets of a reply are."""

import base64
import json
from typing import Any

import pytest

from mockserver.call import Call, WireReply
from mockserver.contract.redaction import Redaction
from mockserver.contract.sensitive_fields import SensitiveFields
from mockserver.formats.capsule_reference import reference, secret_digest, secret_reference
from mockserver.pipeline.sealed_call import Sealer, read_issued

KEY = "the secret of a world"
ORIGIN = "http://mock.test/w/one/shop"
SECRET, OTHER = "Geheim7Xq99", "Verborgen-1234"
REDACTION = Redaction(
    SensitiveFields(
        headers=frozenset({"authorization", "x-key"}),
        query=frozenset({"signature"}),
        members=frozenset({"password"}),
    )
)


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(REDACTION, KEY, ORIGIN)


def sealed(secret: str) -> str:
    return secret_reference(secret, KEY)


def test_addresses_of_the_world_and_of_the_server(sealer: Sealer) -> None:
    text = f"{ORIGIN}/a http://mock.test/b http://other.test/c"
    origin, server = reference("origin"), reference("server")
    assert sealer.text(text) == f"{origin}/a {server}/b http://other.test/c"
    assert Sealer(REDACTION, KEY).text(text) == text


def test_secrets_of_a_query(sealer: Sealer) -> None:
    assert sealer.query(f"signature={SECRET}&a=1") == f"signature={sealed(SECRET)}&a=1"
    assert sealer.query("") == ""


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("accept", "text/html", "text/html"),
        ("host", "mock.test", reference("host")),
        ("host", "other.test", "other.test"),
        ("x-key", SECRET, sealed(SECRET)),
        ("authorization", f"Bearer {SECRET}", f"Bearer {sealed(SECRET)}"),
        (
            "authorization",
            f'OAuth oauth_nonce="{OTHER}", oauth_token="{SECRET}"',
            f'OAuth oauth_nonce="{OTHER}", oauth_token="{sealed(SECRET)}"',
        ),
        ("authorization", f"V4 Credential={SECRET}/today", f"V4 Credential={sealed(SECRET)}/today"),
    ],
)
def test_a_header_keeps_its_form(sealer: Sealer, name: str, text: str, shown: str) -> None:
    for _ in range(2):  # the second time it is remembered
        assert sealer.headers({name: text}) == {name: shown}


@pytest.mark.parametrize("start", [b"", b"\xff"])
def test_a_body_is_text_or_base64(sealer: Sealer, start: bytes) -> None:
    raw = start + json.dumps({"password": SECRET, "name": "Kim"}).encode()
    found = sealer.body(Call("POST", "/", raw=raw))
    shown = base64.b64decode(found["base64"]) if start else found["text"].encode()
    assert shown == raw.replace(SECRET.encode(), sealed(SECRET).encode())


def test_no_body(sealer: Sealer) -> None:
    assert sealer.body(Call("GET", "/")) == {}


def issued(sealer: Sealer, body: bytes, **headers: str) -> dict[str, list[Any]]:
    names = {name.replace("_", "-"): text for name, text in headers.items()}
    shown = {"status": 200, "headers": REDACTION.headers(names), "body": REDACTION.body(body).decode()}
    return sealer.issued(WireReply(200, names, body), shown)  # type: ignore[arg-type]


def test_what_a_reply_issues_is_found_at_its_place(sealer: Sealer) -> None:
    body = json.dumps({"name": OTHER, "keys": [{"password": f"v1 {OTHER}"}]}).encode()
    found = issued(sealer, body, X_Key=f"{OTHER}5;fresh", Accept=OTHER)
    assert found == {
        secret_digest(OTHER, KEY): [-1, "/keys/0/password"],
        secret_digest(f"{OTHER}5", KEY): [-2, "#x-key"],
    }


def test_a_short_text_is_not_issued(sealer: Sealer) -> None:
    assert issued(sealer, b'{"password": "elevenchars"}') == {}
    assert [*issued(sealer, b'{"password": "twelve-chars"}').values()] == [[-1, "/password"]]


@pytest.mark.parametrize(
    ("place", "parts"),
    [
        ("/keys/0", ["v1", OTHER]),
        ("#x-key", ["fresh", SECRET]),
        ("/keys", None),
        ("/no", None),
        ("#no", None),
    ],
)
def test_a_place_of_a_reply_is_read(place: str, parts: list[str] | None) -> None:
    body = json.dumps({"keys": [f"v1 {OTHER}"]}).encode()
    read = read_issued(place, body, {"X-Key": f"fresh;{SECRET}"})
    assert (read and [read(-2), read(-1)]) == parts


def test_a_body_that_is_no_json_has_no_places() -> None:
    assert read_issued("/keys", b"{", {}) is None
