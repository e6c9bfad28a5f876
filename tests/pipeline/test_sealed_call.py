"""Sealed calls: references in place of secrets and addresses, and where the secrets of a reply are."""

import base64
import json
import re
from typing import Any

import pytest

from mockserver.call import Call, WireReply
from mockserver.contract.redaction import MAX_SECRETS, Redaction
from mockserver.contract.sensitive_fields import SensitiveFields
from mockserver.errors import UnsealableError
from mockserver.formats.capsule_reference import reference, secret_digest, secret_reference, without_secrets
from mockserver.pipeline.sealed_call import Sealer, read_issued
from tests.hostile.caller import counted

KEY = "the secret of a world"
ORIGIN = "http://mock.test/w/one/shop"
SECRET, OTHER = "Geheim7Xq99", "Verborgen-1234"
REDACTION = Redaction(
    SensitiveFields(
        headers=frozenset({"authorization", "cookie", "x-key"}),
        query=frozenset({"signature"}),
        members=frozenset({"password", "token"}),
        value_prefixes=("sk_test_",),
    )
)


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(REDACTION, KEY, ORIGIN)


def sealed(secret: str) -> str:
    return secret_reference(secret, KEY)


DIGEST = f'Digest response="{sealed("a b c")}", opaque={sealed("d")}'
AWS = "AWS4-HMAC-SHA256"
REFERER = f"https://shop.test/?password={SECRET}"


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
        ("authorization", "Basic abcdef a=b", f"Basic {sealed('abcdef a=b')}"),
        ("authorization", "Basic a2ltOmdlaGVpbQ==", f"Basic {sealed('a2ltOmdlaGVpbQ==')}"),
        ("x-key", "a2ltOmdlaGVpbQ==", sealed("a2ltOmdlaGVpbQ==")),
        ("x-key", "my/secret with=equals", sealed("my/secret with=equals")),
        ("x-key", "correct horse", sealed("correct horse")),
        ("x-key", f"signedheaders={SECRET}", sealed(f"signedheaders={SECRET}")),
        ("authorization", f"{SECRET}=1, b=2", sealed(f"{SECRET}=1, b=2")),
        ("authorization", 'Digest response="a b c", opaque=d', DIGEST),
        ("x-forwarded", f"Bearer {SECRET}", f"Bearer {sealed(SECRET)}"),
        ("referer", REFERER, sealed(REFERER)),
        ("authorization", f"{AWS} Credential={SECRET}/today", f"{AWS} Credential={sealed(SECRET)}/today"),
    ],
)
def test_a_header_keeps_its_form(sealer: Sealer, name: str, text: str, shown: str) -> None:
    for _ in range(2):  # the second time it is remembered
        assert sealer.headers({name: text}) == {name: shown}


def test_a_body_is_text_or_base64(sealer: Sealer) -> None:
    raw = json.dumps({"password": SECRET, "name": "Kim"}).encode()
    assert sealer.body(Call("POST", "/", raw=raw)) == {"text": raw.decode().replace(SECRET, sealed(SECRET))}
    other = f"{ORIGIN}/a".encode() + b"\xff"
    found = sealer.body(Call("POST", "/", raw=other))
    assert base64.b64decode(found["base64"]) == f"{reference('origin')}/a".encode() + b"\xff"


@pytest.mark.parametrize(
    "other", ["_ga=GA1.2", 'prefs={"x":1}', "seen", "t=abc==", "a=x,y", 'f="q r"', "n=", "YWJj=="]
)
def test_each_cookie_is_a_secret_of_its_own(sealer: Sealer, other: str) -> None:
    """The session is found among those that replies have issued, whatever stands beside it."""
    found = sealer.headers({"cookie": f"session={SECRET}; {other}"})["cookie"]
    assert found.startswith(f"session={sealed(SECRET)}; ")
    value = other if other.endswith("=") and other != "t=abc==" else other.partition("=")[2] or other
    value = value.strip('"')
    assert found.partition("; ")[2] == other.replace(value, sealed(value))


FORM = "application/x-www-form-urlencoded"
WRITTEN = [
    r'{"password": "Geheim\/7Xq"}',
    r'{"password": "\u0047eheim7Xq"}',
    '{"password": "x7"}',
    '{"people": [{"Password" : "Geheim7Xq"}, {"password":"Geheim7Xq"}]}',
    '{"hook": "https://shop.test/?signature=Geheim7Xq&a=1"}',
    '{"password": 7654321, "a": [7654321]}',
    '{"password": ["Geheim7Xq", "x7"], "a": ["b", "c"]}',
    '{"note": "author=Kim, token=Geheim7Xq"}',
    '{"password": true, "token": 5, "name": "x7"}'.replace("x7", "x"),
    '{"password": 7654321}',
]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_secret_is_taken_out_as_it_is_written(sealer: Sealer, text: str) -> None:
    found = sealer.body(Call("POST", "/", raw=text.encode()))["text"]
    left = without_secrets(found, "-")
    assert left == re.sub(r"Geheim\\?/?7Xq|\\u0047eheim7Xq|x7|7654321", "-", text)


@pytest.mark.parametrize("text", ["signature=a%2fb7Xq", "a=1;signature=x", "a&signature=%47eheim&b=%2f"])
def test_a_secret_of_a_query_or_a_form_is_taken_out_as_it_is_written(sealer: Sealer, text: str) -> None:
    body = sealer.body(Call("POST", "/", headers={"content-type": FORM}, raw=text.encode()))
    assert body["text"] == sealer.query(text)
    assert without_secrets(sealer.query(text), "-") == re.sub("(signature=)[^&]*", r"\1-", text)


HIDDEN = [
    b'{"password": "first", "password": "second"}',
    b'{"password": {"value": "Geheim7Xq"}}',
    b'{"name": "password", "value": "Geheim7Xq"}',
    rb'{"data": "{\"password\": \"Geheim7Xq\"}"}',
    b"<a><password>correct horse battery</password></a>",
    b"email,password\nkim@example.com,Geheim7Xq\n",
    b"password=Geh\xe4im7Xq\n",
    '{"password": "Geheim7Xq"}'.encode("utf-16"),
]


@pytest.mark.parametrize("raw", HIDDEN)
def test_a_body_whose_secret_cannot_be_taken_out(sealer: Sealer, raw: bytes) -> None:
    """The journal hides more of these than what is found in them."""
    with pytest.raises(UnsealableError):
        sealer.body(Call("POST", "/", raw=raw))


def test_a_path_and_an_action_whose_secret_cannot_be_taken_out(sealer: Sealer) -> None:
    with pytest.raises(UnsealableError):
        sealer.text(f"/contacts;password={SECRET}")
    with pytest.raises(UnsealableError):
        sealer.json({"body": {"password": [SECRET]}})
    with pytest.raises(UnsealableError):
        sealer.json({"password": 12345})
    with pytest.raises(UnsealableError):
        sealer.headers({"sk_test_geheim": "x"})
    assert sealer.json({"password": "x", "limit": 5, "token": True}) == {
        "password": sealed("x"),
        "limit": 5,
        "token": True,
    }


def test_no_body(sealer: Sealer) -> None:
    assert sealer.body(Call("GET", "/")) == {}


@pytest.mark.parametrize("distinct", [True, False])
def test_as_many_secrets_as_are_looked_for(sealer: Sealer, distinct: bool) -> None:
    secrets = [f"{OTHER}{number if distinct else ''}" for number in range(MAX_SECRETS)]
    raw = json.dumps([{"password": one} for one in secrets]).encode()
    query = "&".join(f"signature={one}" for one in secrets)
    assert OTHER not in sealer.body(Call("POST", "/", raw=raw))["text"]
    assert OTHER not in sealer.query(query)
    assert OTHER not in json.dumps(sealer.json(json.loads(raw)))
    with pytest.raises(UnsealableError):
        sealer.body(Call("POST", "/", raw=raw[:-1] + b', {"password": "one more"}]'))
    with pytest.raises(UnsealableError):
        sealer.query(f"{query}&signature=one+more")
    with pytest.raises(UnsealableError):
        sealer.json([*json.loads(raw), {"password": "one more"}])


def test_a_body_with_too_many_unknown_names_is_not_kept(sealer: Sealer) -> None:
    names = {f"name {number}": number for number in range(5_000)}
    with pytest.raises(UnsealableError):
        sealer.body(Call("POST", "/", raw=json.dumps({**names, "password": SECRET}).encode()))


def test_too_many_secrets_that_their_form_tells() -> None:
    sealer = Sealer(Redaction(SensitiveFields(value_prefixes=("sk_test_",))), KEY)
    keys = [f"sk_test_{number:05}" for number in range(2_000)]
    assert "sk_test_" not in sealer.text(" ".join(keys[:1_000]))
    with pytest.raises(UnsealableError):
        sealer.text(" ".join(keys))


def test_of_secrets_within_secrets_the_longest_is_replaced(sealer: Sealer) -> None:
    marks = "".join(map(chr, range(0x100000, 0x100010)))  # what stands for a secret while others are sought
    longer, shorter = f"{SECRET}{OTHER}", OTHER
    query = f"signature={shorter}&signature={longer}&a={marks}&b={longer}{shorter}"
    expected = query.replace(longer, sealed(longer)).replace(shorter, sealed(shorter))
    assert sealer.query(query) == expected


@pytest.mark.parametrize("character", ["x", '"', "é"])
def test_a_long_secret_costs_a_few_function_calls_a_character(sealer: Sealer, character: str) -> None:
    raw = json.dumps({"password": character * 10_000}).encode()
    with counted() as calls:
        sealer.body(Call("POST", "/", raw=raw))
    assert calls[0] < 6 * 10_000


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
