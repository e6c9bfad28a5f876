"""Spotler: authentication with signatures of requests-oauthlib, of RFC 5849, and with wrong ones."""

import time
import uuid
from random import Random
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest
import requests
from oauthlib.oauth1 import Client
from oauthlib.oauth1.rfc5849 import signature as rfc5849
from requests_oauthlib import OAuth1

from mockserver.app import create_app
from mockserver.call import Call
from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from mockserver.vendors.spotler import nonce_records, oauth_signature
from tests.signing import encoded, signature
from tests.vendors.spotler import BASE, OLD_BASE, Spotler

VECTORS = [
    (
        "GET",
        "https://restapi.mailplus.nl",
        "/integrationservice/audience/top-100",
        "",
        "phyoPiJtK6sJ5MfsyHjo85rkF1M=",
    ),
    (
        "POST",
        "https://restapi.mailplus.nl",
        "/integrationservice/audience",
        "",
        "CI88V9hvP0CocPAbK84jrZeONhY=",
    ),
    (
        "GET",
        "https://restapi.mailplus.nl",
        "/integrationservice/contact/search",
        "pageSize=1&MPSearchQuery=email%3Djan%40example.com",
        "4htxW95Itwczm2WxgCwI6HqJPxQ=",
    ),
    (
        "GET",
        "http://localhost:8080",
        "/integrationservice/audience/top-100",
        "",
        "bSjvYRfs/9qpsAa2zP23YStjYkM=",
    ),
]
VECTOR = {
    "oauth_consumer_key": "key123",
    "oauth_nonce": "abc123",
    "oauth_signature_method": "HMAC-SHA1",
    "oauth_timestamp": "1700000000",
    "oauth_version": "1.0",
}
JSON = {"Accept": "application/json"}
AUTH_NOT_FOUND = {"errorType": "AUTH_NOT_FOUND", "message": "Authentication not found"}
NOT_AUTHORIZED = {"errorType": "NOT_AUTHORIZED", "message": "Not authorized"}


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    return Spotler(mockserver)


def oauth_parameters(spotler: Spotler, **changed: str) -> dict[str, str]:
    fresh = {"oauth_nonce": uuid.uuid4().hex, "oauth_timestamp": str(int(time.time()))}
    return VECTOR | fresh | {"oauth_consumer_key": spotler.key} | changed


def call(
    spotler: Spotler,
    parameters: dict[str, str],
    *,
    path: str = "/contact/properties/list",
    form: Any = '{}="{}"'.format,
    separator: str = ", ",
    encode: Any = encoded,
    extra: dict[str, str] | None = None,
    secret: str | None = None,
) -> requests.Response:
    """Sends a GET with the Authorization header in a variant of some client."""
    url = spotler.url + path
    sent = {**(extra or {}), **parameters}
    sent["oauth_signature"] = signature("GET", url, secret or spotler.secret, parameters)
    header = "OAuth " + separator.join(form(name, encode(text)) for name, text in sent.items())
    return requests.get(url, headers={"Authorization": header, **JSON}, timeout=10)


@pytest.mark.parametrize(("method", "origin", "path", "query", "expected"), VECTORS)
def test_published_signature_vectors(method: str, origin: str, path: str, query: str, expected: str) -> None:
    url = origin + path + (f"?{query}" if query else "")
    assert signature(method, url, "secret456", VECTOR) == expected
    bases = oauth_signature.base_strings(Call(method, path, query, origin=origin), VECTOR)
    assert oauth_signature.sign(bases[0], "secret456") == expected
    assert oauth_signature.is_valid(expected, bases[0], "secret456")
    theirs = OAuth1("key123", "secret456", nonce="abc123", timestamp="1700000000")
    prepared = theirs(requests.Request(method, url).prepare())
    assert f'oauth_signature="{encoded(expected)}"' in str(prepared.headers["Authorization"])


def test_a_client_signed_by_requests_oauthlib(spotler: Spotler) -> None:
    spotler.contact("p1", email="jan@example.com", firstName="Jan")
    found = spotler.get("/contact/search", pageSize=1, MPSearchQuery="email=jan@example.com")
    assert [one["externalId"] for one in found["contacts"]] == ["p1"]
    spotler.url = spotler.world.url("spotler") + OLD_BASE
    assert spotler.get("/contact/p1")["properties"]["firstName"] == "Jan"


@pytest.mark.parametrize(
    "query", ["a=[1]", "a=1&a=0", "a", "a=%20+b", "a=ä", "b=~!*'()", "a=%5B%5D&x=%25", "a=;&c"]
)
def test_any_query_is_signed(spotler: Spotler, query: str) -> None:
    path = f"/contact/properties/list?{query}"
    assert call(spotler, oauth_parameters(spotler), path=path).status_code == 200


@pytest.mark.parametrize(
    "variant",
    [
        {"separator": ","},
        {"separator": ",\t"},
        {"encode": str},
        {"extra": {"realm": "any thing"}},
        {"form": "{}={}".format},
    ],
)
def test_header_variants_of_known_clients(spotler: Spotler, variant: dict[str, Any]) -> None:
    for _ in range(12):  # about half of the signatures contain "+" or "/"
        assert call(spotler, oauth_parameters(spotler), **variant).status_code == 200


def test_parameters_in_any_order_and_an_empty_token(spotler: Spotler) -> None:
    backwards = dict(reversed(oauth_parameters(spotler).items()))
    assert call(spotler, backwards).status_code == 200
    assert call(spotler, oauth_parameters(spotler, oauth_token="")).status_code == 200
    without_version = oauth_parameters(spotler)
    del without_version["oauth_version"]
    assert call(spotler, without_version).status_code == 200


@pytest.mark.parametrize(
    "header", [None, "", "Bearer x", "Basic eDp5", "OAuth", "OAuth x", 'OAuth oauth_nonce="1"']
)
def test_unsigned_calls(spotler: Spotler, header: str | None) -> None:
    headers = JSON if header is None else {"Authorization": header, **JSON}
    reply = requests.get(f"{spotler.url}/audience/ours", headers=headers, timeout=10)
    assert (reply.status_code, reply.json()) == (401, AUTH_NOT_FOUND)


def test_an_unknown_key(spotler: Spotler) -> None:
    reply = call(spotler, oauth_parameters(spotler, oauth_consumer_key="nobody"))
    assert (reply.status_code, reply.json()) == (401, AUTH_NOT_FOUND)


def test_a_parameter_sent_twice(spotler: Spotler) -> None:
    url, parameters = f"{spotler.url}/contact/properties/list", oauth_parameters(spotler)
    parameters["oauth_signature"] = signature("GET", url, spotler.secret, parameters)
    twice = [*parameters.items(), ("oauth_nonce", parameters["oauth_nonce"])]
    reply = requests.get(url, twice, headers=JSON, timeout=10)
    assert (reply.status_code, reply.json()) == (401, AUTH_NOT_FOUND)
    assert spotler.remarks() == ["parameters sent twice: in the query; send each once"]
    assert requests.get(url, parameters, headers=JSON, timeout=10).status_code == 200


def test_a_form_body_is_signed(spotler: Spotler) -> None:
    spotler.create("ours")
    request = requests.Request("DELETE", f"{spotler.url}/audience/ours", data={"a": "1", "b": "é 2"})
    signed = spotler.session.prepare_request(request)
    assert signed.body == b"a=1&b=%C3%A9+2"
    signed.body = b"a=2&b=%C3%A9+2"
    assert spotler.session.send(signed, timeout=10).status_code == 401
    signed.body = b"a=1&b=%C3%A9+2"
    assert spotler.session.send(signed, timeout=10).status_code == 204


@pytest.mark.parametrize("method", ["PLAINTEXT", "HMAC-SHA256", "RSA-SHA1", "hmac-sha1"])
def test_unsupported_signature_methods(spotler: Spotler, method: str) -> None:
    reply = call(spotler, oauth_parameters(spotler, oauth_signature_method=method))
    assert (reply.status_code, reply.json()) == (401, NOT_AUTHORIZED)


def test_a_rejected_signature_is_explained(spotler: Spotler) -> None:
    reply = call(spotler, oauth_parameters(spotler), secret="not the secret")
    assert (reply.status_code, reply.json()) == (401, NOT_AUTHORIZED)
    explained = "\n".join(spotler.remarks())
    assert "GET&http%3A%2F%2F127.0.0.1%3A" in explained
    assert "oauth_nonce=" in explained
    assert spotler.secret not in explained


def test_a_common_mistake_is_named(spotler: Spotler) -> None:
    url = f"{spotler.url}/contact/search?pageSize=1&MPSearchQuery=email%3Da"
    parameters = oauth_parameters(spotler)
    without_query = signature("GET", url.partition("?")[0], spotler.secret, parameters)
    sent = {**parameters, "oauth_signature": without_query}
    header = "OAuth " + ", ".join(f'{name}="{encoded(text)}"' for name, text in sent.items())
    reply = requests.get(url, headers={"Authorization": header, **JSON}, timeout=10)
    assert reply.json() == NOT_AUTHORIZED
    assert any("the query omitted" in remark for remark in spotler.remarks())


def test_a_signature_is_valid_for_one_call(spotler: Spotler) -> None:
    parameters = oauth_parameters(spotler)
    assert call(spotler, parameters).status_code == 200
    again = call(spotler, parameters)
    assert (again.status_code, again.json()) == (401, NOT_AUTHORIZED)
    assert "nonce" in spotler.remarks()[0]
    assert call(spotler, parameters, path="/templist").status_code == 401
    assert call(spotler, parameters | {"oauth_nonce": "another"}).status_code == 200


def test_a_nonce_is_used_even_if_the_call_fails_later(spotler: Spotler) -> None:
    parameters = oauth_parameters(spotler)
    assert call(spotler, parameters, path="/contact/nobody").status_code == 404
    assert call(spotler, parameters, path="/contact/nobody").status_code == 401


def test_a_forged_call_does_not_use_the_nonce(spotler: Spotler) -> None:
    parameters = oauth_parameters(spotler)
    assert call(spotler, parameters, secret="forged").status_code == 401
    assert call(spotler, parameters).status_code == 200


@pytest.mark.parametrize(("away", "status"), [(-310, 401), (-290, 200), (290, 200), (310, 401)])
def test_timestamps_are_valid_for_five_minutes(spotler: Spotler, away: int, status: int) -> None:
    parameters = oauth_parameters(spotler, oauth_timestamp=str(int(time.time()) + away))
    assert call(spotler, parameters).status_code == status


@pytest.mark.parametrize("timestamp", ["", "now", "-1", "1e9", "9" * 40, "１２３"])
def test_invalid_timestamps(spotler: Spotler, timestamp: str) -> None:
    assert call(spotler, oauth_parameters(spotler, oauth_timestamp=timestamp)).status_code == 401


def test_a_frozen_clock_rejects_no_valid_call(spotler: Spotler) -> None:
    frozen = spotler.world.clock.freeze("2020-02-02T00:00:00Z")
    assert call(spotler, oauth_parameters(spotler)).status_code == 200
    in_the_world = str(int(frozen.now.timestamp()) + 200)
    assert call(spotler, oauth_parameters(spotler, oauth_timestamp=in_the_world)).status_code == 200
    between = str(int(frozen.now.timestamp()) + 400)
    assert call(spotler, oauth_parameters(spotler, oauth_timestamp=between)).status_code == 401


def test_the_key_alone_finds_the_world(spotler: Spotler) -> None:
    spotler.create("only-here")
    root = spotler.world.url("spotler").partition("/w/")[0]
    reply = requests.get(f"{root}/spotler{BASE}/audience/only-here", auth=spotler.session.auth, timeout=10)
    assert reply.status_code == 200, reply.text


def test_a_key_is_unknown_in_another_world(spotler: Spotler, mockserver_server: MockServer) -> None:
    other = mockserver_server.control.create_world()
    try:
        there = Spotler(other)
        there.session.auth = spotler.session.auth
        assert there.fail(401, "GET", "/templist") == AUTH_NOT_FOUND
    finally:
        other.delete()


ORIGINS = [
    "http://localhost:4700/spotler", "http://LocalHost:80/w/a/spotler", "https://restapi.mailplus.nl:443", "http://[::1]:5/x",
    "http://127.0.0.1/x", "http://a.b/c;d", "http://a b/x", "http://a.b/x?y", "http://a.b/x#y", "HTTP://A.B/Q",
]  # fmt: skip


@pytest.mark.parametrize("seed", range(30))
def test_base_strings_are_those_of_oauthlib(seed: int) -> None:
    random = Random(seed)
    characters = "abcXYZ019-._~/;:@!$&'()*+,=% é€?#[]"

    def text(most: int) -> str:
        return "".join(random.choice(characters) for _ in range(random.randrange(most)))

    for _ in range(30):
        path, origin = "/" + text(6), random.choice(ORIGINS)
        query = "&".join(f"{quote(text(4))}={quote(text(4))}" for _ in range(random.randrange(3)))
        parameters = VECTOR | {"oauth_nonce": text(9), "realm": text(3), "oauth_signature": text(5)}
        pairs: Any = parse_qsl(query, keep_blank_values=True)
        pairs += [(name, one) for name, one in parameters.items() if name not in ("realm", "oauth_signature")]
        normalized = rfc5849.normalize_parameters(pairs)
        url = origin + quote(path, "/:@!$&'()*+,;=")
        expected = rfc5849.signature_base_string("GET", rfc5849.base_string_uri(url), normalized)
        call = Call("GET", path, query, origin=origin)
        bases = oauth_signature.base_strings(call, parameters)
        assert bases[0] == expected
        secret = text(8)
        client = Client("", client_secret=secret, resource_owner_secret="")
        assert oauth_signature.sign(expected, secret) == rfc5849.sign_hmac_sha1_with_client(expected, client)


def test_used_nonces_are_deleted_when_their_timestamp_has_expired() -> None:
    app = create_app(people=1, vendors=("spotler",))
    try:
        worlds = app.context.worlds
        world, now = worlds.load(worlds.get("default"), "spotler"), int(time.time())
        limit, old = int(world.switches["timestamp_seconds"]), now - now % 10
        for number in range(30):
            nonce_records.register(world, "key", old - limit - 60 - number * 10 - 1, f"n{number}")
        assert world.records("nonce").count() == 30
        assert nonce_records.register(world, "key", old, "new")
        assert world.records("nonce").count() == 1
        assert not nonce_records.register(world, "key", old, "new")
    finally:
        app.close()
