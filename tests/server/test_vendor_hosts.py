"""Under a vendor's own host name, as with `curl --resolve` or a reverse proxy, there is that vendor."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1

from mockserver.client import Control, World
from tests.live_server import served

TLS = {"X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served() as url:
        yield url


@pytest.fixture(scope="module")
def world(url: str) -> World:
    return Control(url).create_world("other", people=20)


def call(url: str, host: str, method: str, path: str, **options: Any) -> requests.Response:
    headers = {"Host": host, **options.pop("headers", {})}
    return requests.request(method, url + path, headers=headers, timeout=20, **options)


@pytest.mark.parametrize("host", ["api.ap3api.com", "api.ap3api.com:8080", "API.AP3API.COM:443"])
def test_a_vendors_own_paths_answer(host: str, url: str, world: World) -> None:
    for lives in (Control(url).world(), world):
        before = len(lives.journal(vendor="ortto"))
        reply = call(url, host, "POST", "/v1/audiences/get", json={}, headers=lives.headers("ortto") | TLS)
        assert reply.status_code == 200, reply.text
        [exchange] = lives.journal(vendor="ortto")[before:]
        assert exchange["call"]["url"] == f"https://{host}/v1/audiences/get"


def test_a_host_with_a_variable_is_every_customers(url: str) -> None:
    headers = {**Control(url).world().headers("voyado"), "Content-Type": "application/json"}
    for host in ("abc123.voyado.com", "another-shop.voyado.com", "a.staging.voyado.com:8080"):
        assert call(url, host, "GET", "/api/v3/target-audiences", headers=headers).status_code == 200


def test_a_wrong_credential_is_the_vendors_to_refuse(url: str) -> None:
    refused = call(url, "api.ap3api.com", "POST", "/v1/audiences/get", json={}, headers={"X-Api-Key": "no"})
    assert refused.status_code == 401


@pytest.mark.parametrize(
    "path", ["/", "/_mock/health", "/_mock/worlds", "/w/other/ortto/v1/audiences/get", "/openapi.json"]
)
def test_nothing_else_is_there(path: str, url: str, world: World) -> None:
    headers = world.headers("ortto")
    for method in ("GET", "POST"):
        unknown = call(url, "api.ap3api.com", method, path, headers=headers)
        assert unknown.status_code == 404
    assert [one["call"]["path"] for one in world.journal(vendor="ortto")[-2:]] == [path, path]


def test_signatures_are_over_the_url_that_was_called(url: str, world: World) -> None:
    given = world.credentials("spotler")
    auth = OAuth1(given["consumer_key"], client_secret=given["consumer_secret"])
    for scheme, headers in (("http", {}), ("https", TLS), ("https", {"X-Forwarded-Proto": "HTTPS, http"})):
        address = f"{scheme}://restapi.mailplus.nl/integrationservice/contact/properties/list?x=0"
        signed = requests.Request("GET", address, auth=auth).prepare()
        said = headers | {"Authorization": signed.headers["Authorization"]}
        path = address.partition("restapi.mailplus.nl")[2]
        reply = call(url, "restapi.mailplus.nl", "GET", path, headers=said)
        assert reply.status_code == 200, reply.text
        wrong = call(url, "restapi.mailplus.nl", "GET", f"{path}1", headers=said)
        assert wrong.status_code == 401


def test_a_session_is_of_its_world(url: str, world: World) -> None:
    host = "digitalaudience.example"
    login = call(url, host, "POST", "/account/login", json=world.credentials("digitalaudience"))
    assert login.status_code == 200, login.text
    cookie = {"Cookie": login.headers["Set-Cookie"].partition(";")[0]}
    path = "/campaign/loadcampaigns"
    assert call(url, host, "GET", path, headers=cookie).status_code == 200
    assert world.journal(vendor="digitalaudience")[-1]["call"]["path"] == path


def test_an_unknown_host_is_this_servers(url: str) -> None:
    assert requests.get(f"{url}/_mock/health", headers={"Host": "127.0.0.1:1"}, timeout=20).ok


def test_behind_a_proxy_that_speaks_tls_every_url_says_so(url: str) -> None:
    health = requests.get(f"{url}/ortto/openapi.json", headers=TLS, timeout=20).json()
    assert health["servers"] == [{"url": f"{url.replace('http', 'https', 1)}/ortto"}]
    odd = {"X-Forwarded-Proto": "gopher"}
    document = requests.get(f"{url}/ortto/openapi.json", headers=odd, timeout=20).json()
    assert document["servers"] == [{"url": f"{url}/ortto"}]


def test_a_world_tells_the_hosts(world: World, url: str) -> None:
    doors = Control(url).send("GET", f"/worlds/{world.name}")["vendors"]
    assert "https://{client}.voyado.com" in doors["voyado"]["servers"]
    assert doors["digitalaudience"]["servers"] == ["https://digitalaudience.example"]
