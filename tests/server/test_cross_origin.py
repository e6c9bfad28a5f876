"""Pages of other origins: they may call the vendors if the server was told so, and never the control API."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from mockserver.app import create_app
from mockserver.call import WireReply
from mockserver.client import Control
from mockserver.server.cross_origin import CrossOrigin
from mockserver.server.http_request import HttpRequest
from mockserver.server.http_server import Server
from mockserver.state.scenario import load_scenario
from tests.server.wire import serving
from tests.verify.chromium import chromium, program

SHOP = "https://shop.example"
ASKED = {
    "Origin": SHOP,
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "authorization,content-type",
}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    app = create_app(load_scenario("demo"), cors=[SHOP], people=20)
    yield Client(app)
    app.close()


def shared(reply: TestResponse) -> dict[str, str]:
    return {name[15:]: text for name, text in reply.headers.items() if name.startswith("Access-Control-")}


def test_a_preflight_is_answered_for_vendors(client: Client) -> None:
    reply = client.options("/fanfare/api/v1/audiences/1", headers=ASKED)
    assert (reply.status_code, reply.data) == (204, b"")
    assert shared(reply) == {
        "Allow-Origin": SHOP,
        "Allow-Credentials": "true",
        "Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        "Allow-Headers": "authorization,content-type",
        "Max-Age": "600",
    }
    assert reply.headers["Vary"] == "Origin"
    local = client.options("/fanfare/x", headers={**ASKED, "Access-Control-Request-Private-Network": "true"})
    assert shared(local)["Allow-Private-Network"] == "true"
    page: Any = client.get("/_mock/worlds/default/journal").json
    assert page["exchanges"] == []


def test_a_reply_can_be_read(client: Client) -> None:
    headers = {"apikey": "5eed0000-0000-4000-8000-000000000001"}
    path = "/voyado/api/v3/contacts/count"
    alone = client.get(path, headers=headers)
    reply = client.get(path, headers={**headers, "Origin": SHOP})
    assert (reply.status_code, reply.data) == (200, alone.data)
    assert shared(reply)["Allow-Origin"] == SHOP
    assert shared(client.get(path, headers=headers)) == {}  # the kept reply is as before
    refused = client.get(path, headers={"Origin": SHOP})
    assert (refused.status_code, shared(refused)["Allow-Origin"]) == (401, SHOP)


def test_a_contract_can_be_read(client: Client) -> None:
    """A page that shows contracts, such as Swagger UI, reads them with or without a preflight."""
    for path in ("/fanfare/openapi.json", "/w/default/fanfare/openapi.json"):
        assert shared(client.options(path, headers=ASKED))["Allow-Origin"] == SHOP
        reply = client.get(path, headers={"Origin": SHOP})
        assert (reply.status_code, shared(reply)["Allow-Origin"]) == (200, SHOP)
        assert reply.headers["Vary"] == "Origin"
        for other in ({}, {"Origin": "https://shop.example.evil"}):
            assert shared(client.get(path, headers=other)) == {}
    unknown = client.get("/w/nobody/fanfare/openapi.json", headers={"Origin": SHOP})
    assert (unknown.status_code, shared(unknown)["Allow-Origin"]) == (404, SHOP)
    assert shared(client.get("/_mock/openapi.json", headers={"Origin": SHOP})) == {}


def test_what_a_vendor_answers_itself_wins(client: Client) -> None:
    plain = create_app(load_scenario("empty"))
    for path in ("/ortto/v1/audiences/get", "/spotler/integrationservice/audience"):
        own = Client(plain).options(path, headers=ASKED)
        reply = client.options(path, headers=ASKED)
        assert (reply.status_code, reply.data) == (own.status_code, own.data)
        kept = {name: text for name, text in reply.headers.items() if name in own.headers}
        assert kept == dict(own.headers)
    plain.close()


def test_headers_of_a_vendor_stay_as_they_are(client: Client) -> None:
    """A vendor that allows origins itself has said all; otherwise only what it leaves out is added."""
    preflight = client.options("/ortto/v1/audiences/get", headers=ASKED)
    assert "Allow-Origin" in shared(preflight)
    assert "Allow-Credentials" not in shared(preflight)
    request = HttpRequest("GET", "/", "/", "", {"origin": SHOP}, b"", "", "http", "here")
    sharing = CrossOrigin([SHOP])
    own = WireReply(200, {"access-control-allow-origin": "*", "X-Total": "1"}, b"")
    assert sharing.share(request, own).headers == own.headers
    partly = WireReply(200, {"access-control-expose-headers": "X-Own", "X-Total": "1"}, b"")
    assert sharing.share(request, partly).headers == {
        **partly.headers,
        "Access-Control-Allow-Origin": SHOP,
        "Access-Control-Allow-Credentials": "true",
        "Vary": "Origin",
    }


@pytest.mark.parametrize(
    ("own", "joined"),
    [("Accept", "Accept, Origin"), ("Accept, origin", "Accept, origin"), ("*", "*"), ("", "Origin")],
)
def test_a_reply_that_varies_already_varies_by_origin_too(own: str, joined: str) -> None:
    """Otherwise a cache would give the reply for one origin to the page of another."""
    request = HttpRequest("GET", "/", "/", "", {"origin": SHOP}, b"", "", "http", "here")
    reply = CrossOrigin([SHOP]).share(request, WireReply(200, {"vary": own}, b""))
    assert {name: text for name, text in reply.headers.items() if name.lower() == "vary"} == {"vary": joined}


@pytest.mark.parametrize("path", ["/_mock/worlds", "/_mock/worlds/default/clock", "/", "/nobody/x"])
def test_other_paths_stay_closed(client: Client, path: str) -> None:
    for reply in (
        client.options(path, headers=ASKED),
        client.get(path, headers={"Origin": SHOP}),
        client.put(path, headers={"Origin": SHOP}, json={}),
    ):
        assert shared(reply) == {}
    assert client.put("/_mock/worlds/default/clock", headers={"Origin": SHOP}, json={}).status_code == 403


@pytest.mark.parametrize("origin", ["https://shop.example.evil", "http://shop.example", "null", ""])
def test_other_origins_stay_out(client: Client, origin: str) -> None:
    reply = client.options("/fanfare/api/v1/audiences", headers={**ASKED, "Origin": origin})
    assert shared(reply) == {}
    assert shared(client.get("/fanfare/api/v1/audiences", headers={"Origin": origin})) == {}


def test_every_origin() -> None:
    app = create_app(load_scenario("empty"), cors=["*"])
    assert shared(Client(app).options("/fanfare/x", headers=ASKED))["Allow-Origin"] == SHOP
    app.close()


PAGE = """<!doctype html><title>A shop</title><script>
const call = (url, options) => fetch(url, options).then(
  async it => ({status: it.status, text: await it.text()}), error => ({error: error.name}));
window.work = (async () => ({
  vendor: await call('URL/fanfare/api/v1/audiences', {headers: {Authorization: 'Bearer sk_test_mockserver'}}),
  control: await call('URL/_mock/worlds'),
  change: await call('URL/_mock/worlds/default/clock', {
    method: 'PUT', body: '{"advance": 60}', headers: {'Content-Type': 'application/json'}}),
}))();
</script>"""


@pytest.mark.skipif(program() is None, reason="Chromium is not installed")
def test_a_page_in_chromium(tmp_path: Path) -> None:
    """Two pages of the same shop, of which one server knows the origin and the other does not."""

    def page(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/html")])
        return [PAGE.replace("URL", environ["QUERY_STRING"]).encode()]

    with serving(page) as shop, chromium(tmp_path) as browser:
        origin = f"http://localhost:{shop.port}"
        results = []
        for cors in ([origin], []):
            app = create_app(load_scenario("demo"), cors=cors, people=20)
            with Server(app) as server:
                results.append(browser.result(f"{origin}/?{server.url}"))
                assert Control(server.url).world().actions() == []
            app.close()
    allowed, refused = results
    assert allowed["vendor"]["status"] == 200, allowed
    assert json.loads(allowed["vendor"]["text"])
    assert refused["vendor"] == {"error": "TypeError"}
    for one in results:
        assert one["control"] == one["change"] == {"error": "TypeError"}
