"""Secrets are redacted wherever they are sent, parsable or not."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from mockserver.call import Call
from mockserver.contract.redaction import MAX_NAMES, MAX_SECRETS, Redaction, SecretScrubber
from mockserver.contract.sensitive_fields import SensitiveFields
from mockserver.formats.secret_mark import mark
from tests.hostile.caller import counted

SECRET = 'it\'s "hush" å'
SECRETS = SensitiveFields(
    headers=frozenset({"authorization", "cookie", "x-key"}),
    query=frozenset({"signature"}),
    members=frozenset({"password"}),
    prefixes=("oauth_",),
)
NONE = Redaction(SensitiveFields())
SOME = Redaction(SECRETS)


def test_headers() -> None:
    sent = {"X-Key": "a", "Accept": "b", "authorization": "c", "Cookie": "d"}
    assert SOME.headers(sent) == {"X-Key": "…", "Accept": "b", "authorization": "…", "Cookie": "…"}


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ""),
        ("a=1&b", "a=1&b"),
        ("a=1&Signature=abc&b=2", "a=1&Signature=%E2%80%A6&b=2"),
        ("sign%61ture=abc", "sign%61ture=%E2%80%A6"),
        ("oauth_signature=abc&oauth_x=%20", "oauth_signature=%E2%80%A6&oauth_x=%E2%80%A6"),
        ("signature", "signature"),
    ],
)
def test_queries(query: str, shown: str) -> None:
    assert SOME.query(query) == shown
    assert NONE.query(query) == query


JSON = "application/json"
FORM = "application/x-www-form-urlencoded; charset=utf-8"


@pytest.mark.parametrize(
    ("raw", "media_type", "shown"),
    [
        ('{"a": 1}', JSON, '{"a": 1}'),
        ('{"user": "ada", "password": "geheim"}', JSON, '{"user":"ada","password":"…"}'),
        ('{"user": "ada", "PassWord": {"a": "geheim"}}', JSON, '{"user":"ada","PassWord":"…"}'),
        ('[[{"password": 1234}]]', JSON, '[[{"password":"…"}]]'),
        ('{"password": null}', JSON, '{"password": null}'),
        ('{"pass\\u0077ord": "geheim"}', JSON, '{"password":"…"}'),
        ('{"name": "\\u00e5"}', JSON, '{"name": "\\u00e5"}'),
        ('{"password": "geheim"', JSON, "… (21 bytes)"),
        ('{"password": "geheim", "x": NaN}', JSON, "… (32 bytes)"),
        ("<login><password>geheim</password></login>", "application/xml", "… (42 bytes)"),
        ("user=ada&password=geheim", JSON, "… (24 bytes)"),
        ("user=ada&password=geheim", FORM, "user=ada&password=%E2%80%A6"),
        (
            "user=ada&p%61ssword=geheim&oauth_token=x",
            FORM,
            "user=ada&p%61ssword=%E2%80%A6&oauth_token=%E2%80%A6",
        ),
        ('{"a": "the word password"}', JSON, '{"a": "the word password"}'),
        ("no JSON", JSON, "no JSON"),
        ("", JSON, ""),
        (
            '{"url":"http://h/x?a=1&Signature=abc&b=2"}',
            JSON,
            '{"url":"http://h/x?a=1&Signature=%E2%80%A6&b=2"}',
        ),
        ("see http://h/x?signature=abc now", "text/plain", "see http://h/x?signature=%E2%80%A6 now"),
    ],
)
def test_bodies(raw: str, media_type: str, shown: str) -> None:
    assert SOME.body(raw.encode(), media_type).decode() == shown
    assert NONE.body(raw.encode(), media_type) == raw.encode()


def test_deeply_nested_bodies_are_omitted() -> None:
    deep: Any = {"password": "geheim"}
    for _ in range(400):
        deep = [deep]
    assert "geheim" not in SOME.body(json.dumps(deep).encode()).decode()
    assert SOME.contains_secret(deep)


def test_binary_bodies() -> None:
    assert SOME.body(b"\xff\xfe\x00") == b"\xff\xfe\x00"
    assert b"geheim" not in SOME.body(b"\xff password=geheim")


@pytest.mark.parametrize(
    ("place", "pointer", "hidden"),
    [
        ("body", "/password", True),
        ("body", "/users/0/Password/x", True),
        ("body", "/user", False),
        ("body", "", False),
        ("query", "/signature", True),
        ("header", "/X-Key", True),
        ("header", "/Accept", False),
        ("cookie", "/session", True),
    ],
)
def test_locations_of_secrets(place: str, pointer: str, hidden: bool) -> None:
    assert SOME.is_secret(place, pointer) is hidden


def test_secrets_of_the_call_are_scrubbed() -> None:
    headers = {"authorization": "Bearer abcdef", "x-key": "key-1", "cookie": "a=b", "accept": "plain"}
    body = {"password": "geheim", "more": [{"password": 12345}, {"password": True}, {"password": None}]}
    call = Call("POST", "/", "signature=s%20ig&a=plain", headers, body=body)
    assert sorted(SOME.secret_scrubber(call).forms) == [
        "12345",
        "Bearer abcdef",
        "abcdef",
        "geheim",
        "key-1",
        "s ig",
    ]
    assert NONE.secret_scrubber(Call("GET", "/", "signature=abcd")).forms == []


def test_a_misspelt_secret_name_is_redacted() -> None:
    meant = SOME.with_misspelt(
        [("/passwrd", "password"), ("/signatur", "signature"), ("/usr", "user"), ("/x", None)]
    )
    assert meant.body(b'{"passwrd": "geheim", "usr": "ada"}') == '{"passwrd":"…","usr":"ada"}'.encode()
    assert meant.query("signatur=abc&usr=ada") == "signatur=%E2%80%A6&usr=ada"
    assert SOME.with_misspelt([("/usr", "user")]) is SOME


@pytest.mark.parametrize("quote", [str, repr, json.dumps, lambda text: json.dumps(text, ensure_ascii=False)])
@pytest.mark.parametrize("again", [str, lambda text: json.dumps(text, ensure_ascii=False)])
def test_quoted_forms_are_scrubbed(quote: Callable[[str], str], again: Callable[[str], str]) -> None:
    text = again(f"the pin is {quote(SECRET)}.")
    assert "hush" not in SecretScrubber([SECRET])(text)
    assert SecretScrubber([])(text) == text


def test_the_longest_form_is_scrubbed_first() -> None:
    assert SecretScrubber(["abcd", "Bearer abcd"])("Bearer abcd, abcd") == "…, …"


@pytest.mark.parametrize(
    ("raw", "media_type", "shown"),
    [
        ('{"a": "{\\"password\\": \\"geheim\\"}"}', JSON, '{"a":"{\\"password\\":\\"…\\"}"}'),
        ('{"a": "x=1&password=geheim"}', JSON, '{"a":"x=1&password=%E2%80%A6"}'),
        ('{"name": "password", "value": "geheim"}', JSON, '{"name":"password","value":"…"}'),
        ('{"name": "colour", "value": "red"}', JSON, '{"name": "colour", "value": "red"}'),
        ('{"password": "geheim", "password": null}', JSON, '{"password":null}'),
        ('"password=geheim"', JSON, '"…"'),
        ('<login password = "geheim"/>', "text/xml", "… (28 bytes)"),
        ("email,password\na,geheim", "text/csv", "… (23 bytes)"),
        ('x\r\nform-data; name="password"\r\n\r\ngeheim', "multipart/form-data", "… (39 bytes)"),
        ("a=1;password=geheim", FORM, "a=1;password=%E2%80%A6"),
        ("a=%7B%22password%22%3A1%7D", FORM, "a=%E2%80%A6"),
    ],
)
def test_secrets_in_other_texts(raw: str, media_type: str, shown: str) -> None:
    assert SOME.body(raw.encode(), media_type).decode() == shown


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("Basic Z2VoZWlt", "…"),
        ("bearer geheim", "…"),
        ("basic", "basic"),
        ("http://example.com/?a=1&signature=geheim", "http://example.com/?a=1&signature=%E2%80%A6"),
        ("http%3A%2F%2Fh%2F%3Fpassword%3Dgeheim", "…"),
        ("text/html;q=0.9, */*", "text/html;q=0.9, */*"),
    ],
)
def test_headers_of_any_name(sent: str, shown: str) -> None:
    assert SOME.headers({"X-Note": sent, "Accept": "b"}) == {"X-Note": shown, "Accept": "b"}


def test_a_long_body_with_a_secret_is_omitted() -> None:
    rest = '"x": "' + "x" * 64_000 + '"}'
    assert SOME.body(f'{{"a": 1, {rest}'.encode()) == f'{{"a": 1, {rest}'.encode()
    assert SOME.body(f'{{"password": "geheim", {rest}'.encode()).decode() == "… (64031 bytes)"
    assert SOME.body(b"a=1&password=geheim&" + b"x" * 64_000, FORM).decode() == "… (64020 bytes)"
    # What is not journalled needs no search.
    late = b'{"a": "' + b"x" * 65_000 + b'", "password": "geheim"}'
    assert SOME.body(late) is late


def test_replies_are_parsed_only_where_they_may_have_a_secret() -> None:
    assert SOME.reply_body(b'{"password": "geheim"}') == '{"password":"…"}'.encode()
    plain = b'{"name": "Ada"}'
    assert SOME.reply_body(plain) is plain


@pytest.mark.parametrize("name", ["password", "field"])
def test_a_great_number_of_secrets_is_bounded(name: str) -> None:
    body = [{f"{name}{number}": f"geheim{number}"} for number in range(5_000)]
    scrub = SOME.secret_scrubber(Call("POST", "/", body=[{"password": "a-first-one"}, *body]))
    assert scrub.forms == []
    assert scrub("geheim17") == "…"
    assert SOME.contains_secret(body)
    long = {"password": "x" * 70_000}
    assert SOME.secret_scrubber(Call("POST", "/", raw=json.dumps(long).encode(), body=long))("x") == "…"


@pytest.mark.parametrize(("number", "omits"), [(MAX_NAMES, False), (MAX_NAMES + 1, True), (3_500, True)])
@pytest.mark.parametrize("depth", [0, 1])
def test_what_was_read_before_does_not_decide_on_too_many_names(number: int, omits: bool, depth: int) -> None:
    redaction = Redaction(SECRETS)
    names = {f"field{one}": one for one in range(number - depth)}
    body = {"inner": [names, names]} if depth else names
    raw = json.dumps(body).encode()
    for _ in range(2):  # the second time, the names are known
        for call in (Call("POST", "/", raw=raw), Call("POST", "/", raw=raw, body=body)):
            assert redaction.secret_scrubber(call)("geheim") == ("…" if omits else "geheim")
            assert (len(redaction.secrets_in_body(call)) > MAX_SECRETS) is omits
        assert redaction.contains_secret(body) is omits
        redaction.body(raw)
    assert names.keys() <= redaction._names.plain


def test_a_name_costs_as_much_in_many_objects_as_in_one() -> None:
    body = [{f"{'long' * 20}{number}": 1 for number in range(10)}] * 2_000
    with counted() as calls:
        assert not Redaction(SECRETS).contains_secret(body)
    assert calls[0] < 10 * len(body)


def test_the_secrets_of_a_body_that_was_not_parsed_are_scrubbed() -> None:
    for raw, media_type in (
        ("password=gehe%69m&a=plain", FORM),
        ('{"password": "geheim", "a": "plain"}', JSON),
        ('{"password": "geheim", "a": "plain"}', FORM),
        ("<a><password>geheim</password><b>plain</b></a>", "text/xml"),
    ):
        call = Call("POST", "/", headers={"content-type": media_type}, raw=raw.encode())
        assert SOME.secret_scrubber(call).forms == ["geheim"], media_type


@pytest.mark.parametrize(
    "text",
    [
        "password=geheim",
        '{"password": "geheim"}',
        '[{"a": ["password=geheim"]}]',
        "a%3Dpassword%3Dgeheim",
    ],
)
def test_a_value_is_searched_as_far_as_its_texts_can_hide_a_secret(text: str) -> None:
    """A record without any sign of a secret is not searched text by text; the others are, at any depth."""
    value: dict[str, Any] = {"note": text, "inner": [{"note": text, "other": "plain"}], "plain": "å"}
    SOME.blank(value)
    assert "geheim" not in json.dumps(value, ensure_ascii=False)
    assert value["inner"][0]["other"] == "plain"
    assert value["plain"] == "å"


def test_a_value_that_cannot_be_encoded_is_searched_too() -> None:
    value: Any = {"password": "geheim", "note": "password=geheim"}
    for _ in range(400):
        value = {"inner": value}
    SOME.blank(value)
    while "inner" in value:
        value = value["inner"]
    assert value["password"] == "…"
    assert "geheim" not in value["note"]


ISSUED = mark("0123456789abcdef0123456789abcdef")
KEYED = Redaction(SensitiveFields(value_prefixes=("PRK-",)))


@pytest.mark.parametrize("escaped", ["\\u0035", "\\x35", "%u0035", "%252535", "&#53;"])
def test_escapes_in_queries_and_forms(escaped: str) -> None:
    query = f"a=1&b={ISSUED.replace('5', escaped)}"
    for shown in (SOME.query(query), SOME.body(query.encode(), "application/x-www-form-urlencoded").decode()):
        assert "%E2%80%A6" in shown
        assert "eed" not in shown
    assert SOME.query(f"a=1&b=7{escaped}") == f"a=1&b=7{escaped}"


@pytest.mark.parametrize("name", [f"x-{ISSUED}", "x-prk-abcd1234", "PRK-abcd1234"])
def test_a_name_that_is_a_secret_stays_hidden(name: str) -> None:
    for _ in range(2):  # the second time, the name is known
        shown = KEYED.headers({name: "a", "Accept": "b"})
        assert "a" in shown.values()
        assert [one for one in shown if "…" in one]
        assert name not in shown
    body = json.dumps({ISSUED: 1}).encode()
    assert [KEYED.body(body), KEYED.body(body)] == ['{"…":1}'.encode()] * 2


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize(
    "text", [f"a,{ISSUED}", "password=abc", '{"password": "abc"}', "x" * 70_000 + ISSUED]
)
def test_wide_characters(encoding: str, text: str) -> None:
    raw = text.encode(encoding)
    for kind in ("text/plain", "application/json", "application/x-www-form-urlencoded"):
        shown = SOME.body(raw, kind)
        assert (shown == f"… ({len(raw)} bytes)".encode()) == (len(text) < 70_000)
    assert SOME.body("harmless".encode(encoding)) == "harmless".encode(encoding)
