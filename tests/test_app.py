"""The HTTP door: which path leads where, whatever bytes it is made of."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from mockserver.app import Application, create_app
from mockserver.errors import InvalidContractError, WouldBlockError
from mockserver.server import app_context, vendor_middleware
from mockserver.server.app_context import AppContext
from mockserver.server.http_server import Server
from mockserver.state.events import CallEvent
from mockserver.state.worlds import DEFAULT_WORLD
from mockserver.storage.sql_store import SqlStore
from mockserver.storage.sqlite import SQLite

VOYADO = "/voyado/api/v3/target-audiences"


@pytest.fixture(scope="module")
def app() -> Application:
    app = create_app(people=5)
    context_of(app).worlds.create("x", people=5)
    return app


@pytest.fixture
def client(app: Application) -> FlaskClient:
    context_of(app).worlds.reset(DEFAULT_WORLD)
    context_of(app).worlds.reset("x")
    return app.test_client()


@pytest.fixture(scope="module")
def url(app: Application) -> Iterator[str]:
    """The same application on a real socket."""
    server = Server(app).start()
    yield server.url
    server.stop()


def context_of(app: Application) -> AppContext:
    found: AppContext = app.context
    return found


def key(app: Application, world: str = DEFAULT_WORLD) -> dict[str, str]:
    credentials = context_of(app).worlds.get(world)["credentials"]
    return {"apikey": credentials["voyado"]["apikey"], "Content-Type": "application/json"}


def journal(app: Application, world: str = DEFAULT_WORLD) -> list[Any]:
    return context_of(app).worlds.journal(world).read(limit=1000)


def raw(client: FlaskClient, method: str, path: str, **environ: str) -> TestResponse:
    """A call whose path is not touched by any client."""
    return client.open("/", method=method, environ_overrides={"PATH_INFO": path, **environ})


def error(response: TestResponse) -> tuple[int, str]:
    assert response.content_type == "application/json"
    return response.status_code, response.json["error"] if response.json else ""


def test_the_default_world_and_a_named_one(client: FlaskClient, app: Application) -> None:
    assert client.get(VOYADO, headers=key(app)).status_code == 200
    assert client.get(f"/w/x{VOYADO}", headers=key(app, "x")).status_code == 200
    assert client.get(f"/w/{DEFAULT_WORLD}{VOYADO}", headers=key(app)).status_code == 200
    assert [exchange["call"]["url"] for exchange in journal(app)] == [
        f"http://localhost{VOYADO}",
        f"http://localhost/w/default{VOYADO}",
    ]
    assert [exchange["call"]["url"] for exchange in journal(app, "x")] == [f"http://localhost/w/x{VOYADO}"]


def test_a_credential_alone_finds_its_world(client: FlaskClient, app: Application) -> None:
    assert client.get(VOYADO, headers=key(app, "x")).status_code == 200
    assert (len(journal(app)), len(journal(app, "x"))) == (0, 1)


def test_the_credential_of_another_world_is_refused(client: FlaskClient, app: Application) -> None:
    assert client.get(f"/w/x{VOYADO}", headers=key(app)).status_code == 401


@pytest.mark.parametrize("path", ["/nowhere", "/nowhere/v1", "/w/x/nowhere/v1", "/w/x", "/w/x/", "/w", "/w/"])
def test_a_vendor_that_is_none(client: FlaskClient, path: str) -> None:
    response = client.get(path)
    assert error(response) == (404, "unknown_vendor")
    assert "ortto" in response.text


@pytest.mark.parametrize("path", [f"/w/nowhere{VOYADO}", f"/w/{VOYADO}", "/w/nowhere/voyado/openapi.json"])
def test_a_world_that_is_none(client: FlaskClient, app: Application, path: str) -> None:
    response = raw(client, "GET", path)
    assert error(response) == (404, "unknown_world")
    assert journal(app) == []


@pytest.mark.parametrize("method", ["PROPFIND", "TRACE", "OPTIONS", "PUT", "get", "BREW-COFFEE"])
def test_any_method_reaches_the_vendor(client: FlaskClient, app: Application, method: str) -> None:
    response = client.open(VOYADO, method=method, headers=key(app))
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET"
    (exchange,) = journal(app)
    assert (exchange["flaw"], exchange["call"]["method"]) == ("unknown_method", method)


def test_any_method_reaches_the_vendor_over_the_wire(url: str, app: Application) -> None:
    for method in ("PROPFIND", "OPTIONS"):
        assert requests.request(method, url + VOYADO, headers=key(app), timeout=30).status_code == 405


def test_head_is_the_vendors_to_refuse_and_has_no_body(url: str, app: Application) -> None:
    response = requests.head(url + VOYADO, headers=key(app), timeout=30)
    assert (response.status_code, response.content) == (405, b"")


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/voyado", "/"),
        ("/voyado/", "/"),
        ("/voyado//", "//"),
        ("/voyado//api//v3/", "//api//v3/"),
        ("/voyado/w/x/voyado", "/w/x/voyado"),
        ("/voyado/a%20b", "/a b"),
        ("/voyado/%C3%A5", "/å"),
        ("/voyado/å", "/å"),
        ("/voyado/%FF", "/\ufffd"),
        ("/voyado/a%2Fb", "/a/b"),
        ("/voyado/a%3Fb", "/a?b"),
        ("/voyado/a%0Ab", "/a\nb"),
        ("/voyado/%00", "/\x00"),
        ("/voyado/a;b=c", "/a;b=c"),
        ("/voyado/../ortto", "/../ortto"),
    ],
)
def test_a_path_of_any_bytes_reaches_the_vendor(
    client: FlaskClient, app: Application, path: str, seen: str
) -> None:
    assert client.get(path, headers=key(app)).status_code == 404
    (exchange,) = journal(app)
    assert exchange["call"]["path"] == seen
    assert exchange["flaw"] == "unknown_path"


def test_paths_and_queries_over_the_wire(url: str, app: Application) -> None:
    context_of(app).worlds.reset(DEFAULT_WORLD)
    for path in ("/voyado/å%2F?q=%FF&q=å&=&&a", "/voyado//x", "/voyado/%E2%82%AC"):
        assert requests.get(url + path, headers=key(app), timeout=30).status_code == 404
    assert [exchange["call"]["path"] for exchange in journal(app)] == ["/å/", "//x", "/€"]
    assert journal(app)[0]["call"]["url"] == f"{url}/voyado/%C3%A5%2F?q=%FF&q=%C3%A5&=&&a"


@pytest.mark.parametrize("way", ["the wire", "WSGI"])
def test_an_encoded_slash_belongs_to_its_segment(
    way: str, url: str, client: FlaskClient, app: Application
) -> None:
    context_of(app).worlds.reset(DEFAULT_WORLD)
    headers = {"Authorization": "Bearer sk_test_mockserver"}
    operations = []
    for path in ("a%2Fb", "a%2fb", "a/b", "a%2Fmembers", "a/members"):
        target = f"/fanfare/api/v1/audiences/{path}"
        if way == "WSGI":
            client.get(target, headers=headers)
        else:
            requests.get(url + target, headers=headers, timeout=30)
        operations.append(journal(app)[-1]["operation"])
    assert operations == ["get_audience", "get_audience", None, "get_audience", "list_audience_members"]
    first, second, third, *_ = journal(app)
    assert first["call"]["path"] == third["call"]["path"] == "/api/v1/audiences/a/b"
    assert first["call"]["url"].endswith("/a%2Fb")
    assert second["call"]["url"].endswith("/a%2Fb")
    assert third["call"]["url"].endswith("/a/b")


def test_a_world_name_with_an_encoded_slash_is_one_name(url: str) -> None:
    missing = requests.get(f"{url}/_mock/worlds/default%2Fjournal", timeout=30)
    assert (missing.status_code, missing.json()["error"]) == (400, "call_does_not_fit")
    assert requests.get(f"{url}/_mock/worlds/default/journal", timeout=30).ok


def test_refusals_by_the_server_are_events() -> None:
    seen: list[CallEvent] = []
    observer = SimpleNamespace(on_call=seen.append)
    application = create_app(people=0, vendors=("ortto",), observers=[observer])
    with Server(application) as server:
        size = str(app_context.MAX_BODY_BYTES + 1)
        with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
            head = f"POST /ortto/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n"
            line.sendall(head.encode())
            assert line.recv(4096).startswith(b"HTTP/1.1 413 ")
    assert [(event.method, event.url, event.status) for event in seen] == [
        ("POST", "http://localhost/ortto/x", 413)
    ]


def test_an_observer_that_fails_changes_no_reply(caplog: pytest.LogCaptureFixture) -> None:
    """What it hears of has been committed: a 500 would be wrong, and a repeated call would happen twice."""
    seen: list[CallEvent] = []

    def fail(_event: CallEvent) -> None:
        raise WouldBlockError("x")

    observers = [SimpleNamespace(on_call=fail), SimpleNamespace(on_call=seen.append)]
    with Server(create_app(people=0, vendors=("ortto",), observers=observers)) as server:
        headers = {"X-Api-Key": "PRK-mockserver"}
        for path, status in (("/ortto/v1/audiences/get", 200), ("/_mock/worlds", 201), ("/nobody/x", 404)):
            assert (
                requests.post(server.url + path, json={}, headers=headers, timeout=30).status_code == status
            )
    assert [event.status for event in seen] == [200, 201, 404]
    assert caplog.text.count("an observer failed") == 3


def test_slashes_at_the_start_are_as_one(client: FlaskClient, app: Application) -> None:
    """As when a base URL with a slash at its end is joined with a path."""
    assert raw(client, "GET", f"//{VOYADO}").status_code == 401
    assert journal(app)[0]["operation"] == "list_target_audiences"


def test_a_query_that_is_no_unicode(client: FlaskClient, app: Application) -> None:
    environ = {"QUERY_STRING": "%ff=%fe&\xff=1", "HTTP_APIKEY": key(app)["apikey"]}
    response = raw(client, "GET", VOYADO, CONTENT_TYPE="application/json", **environ)
    assert response.status_code == 200
    assert journal(app)[0]["call"]["url"].endswith("?%ff=%fe&\xff=1")


def test_headers_of_any_bytes(client: FlaskClient, app: Application) -> None:
    headers = {"HTTP_APIKEY": "\xff\xfe", "HTTP_X_ODD": "\xe5", "HTTP_COOKIE": "\xff;;=;a"}
    assert raw(client, "GET", VOYADO, **headers).status_code == 401
    assert journal(app)[0]["call"]["headers"]["x-odd"] == "\xe5"


@pytest.mark.parametrize(
    ("path", "server"),
    [
        ("/voyado/openapi.json", "http://localhost/voyado"),
        ("/w/x/ortto/openapi.json", "http://localhost/w/x/ortto"),
        ("/_mock/openapi.json", "http://localhost/_mock"),
    ],
)
def test_the_contract_is_served_for_this_address(
    client: FlaskClient, app: Application, path: str, server: str
) -> None:
    document = client.get(path).json
    assert document is not None
    assert document["servers"] == [{"url": server}]
    assert document["openapi"].startswith("3.1")
    head = client.head(path)
    assert (head.status_code, head.content_type, head.data) == (200, "application/json", b"")
    assert (journal(app), journal(app, "x")) == ([], [])


def test_serving_the_contract_does_not_change_it(client: FlaskClient, app: Application) -> None:
    written = json.dumps(context_of(app).vendors["voyado"].contract.document.root)
    client.get("/voyado/openapi.json")
    assert json.dumps(context_of(app).vendors["voyado"].contract.document.root) == written


def test_the_contract_is_not_there_to_be_written(client: FlaskClient, app: Application) -> None:
    assert client.post("/voyado/openapi.json", headers=key(app), json={}).status_code == 404


def test_the_address_is_as_the_caller_wrote_it(client: FlaskClient) -> None:
    document = client.get("/voyado/openapi.json", base_url="https://mocks.example:8443").json
    assert document is not None
    assert document["servers"] == [{"url": "https://mocks.example:8443/voyado"}]
    below = raw(client, "GET", "/voyado/openapi.json", SCRIPT_NAME="/below").json
    assert below is not None
    assert below["servers"] == [{"url": "http://localhost/below/voyado"}]


def test_the_console(client: FlaskClient) -> None:
    response = client.get("/")
    assert response.content_type == "text/html; charset=utf-8"
    assert '<script type="module" src="_console/main.js">' in response.text
    assert client.get("/_console/main.js").status_code == 200
    assert client.head("/").data == b""


def test_the_console_takes_no_calls(client: FlaskClient) -> None:
    """A client whose base URL lacks the vendor must not be told that all is well."""
    assert error(client.post("/", json={})) == (404, "unknown_vendor")


def test_the_control_api(client: FlaskClient) -> None:
    assert client.get("/_mock/health").json["status"] == "ok"  # type: ignore[index]
    assert error(client.get("/_mock")) == (404, "unknown_path")
    assert error(client.get("/_mock/")) == (404, "unknown_path")
    assert error(client.get("/w/x/_mock/health")) == (404, "unknown_vendor")


@pytest.mark.parametrize("path", [VOYADO, "/_mock/worlds", "/w/nowhere/voyado/"])
def test_a_huge_body_is_refused(
    client: FlaskClient, app: Application, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1000)
    response = client.post(path, data=b"a" * 1001, headers=key(app))
    assert error(response) == (413, "body_too_large")
    assert journal(app) == []


def test_the_largest_body_over_the_wire(url: str, app: Application) -> None:
    largest = b" " * (app_context.MAX_BODY_BYTES + 1)
    assert requests.post(url + VOYADO, data=largest, headers=key(app), timeout=30).status_code == 413
    assert requests.get(url + VOYADO, headers=key(app), timeout=30).status_code == 200


def test_a_body_in_chunks(url: str, app: Application) -> None:
    context_of(app).worlds.reset(DEFAULT_WORLD)
    requests.post(url + VOYADO, data=iter([b'{"a":', b" 1}"]), headers=key(app), timeout=30)
    assert journal(app)[0]["call"]["body"] == '{"a": 1}'


def test_a_failure_of_ours_is_told_in_json(
    client: FlaskClient, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(vendor_middleware, "handle_call", fail)
    assert error(client.get(VOYADO)) == (500, "http")


def test_replies_without_a_body_promise_no_type(url: str, app: Application) -> None:
    name = requests.post(f"{url}/_mock/worlds", json={"people": 0}, timeout=30).json()["name"]
    gone = requests.delete(f"{url}/_mock/worlds/{name}", timeout=30)
    assert (gone.status_code, gone.content) == (204, b"")
    assert "Content-Type" not in gone.headers


def test_worlds_come_and_go_while_others_are_called(url: str, app: Application) -> None:
    def live(_: int) -> list[int]:
        world = requests.post(f"{url}/_mock/worlds", json={"people": 3}, timeout=20).json()
        voyado = world["vendors"]["voyado"]
        headers = {"apikey": voyado["credentials"]["apikey"], "Content-Type": "application/json"}
        return [
            requests.get(f"{voyado['url']}/api/v3/target-audiences", headers=headers, timeout=20).status_code,
            requests.get(url + VOYADO, headers=headers, timeout=20).status_code,
            requests.get(url + VOYADO, headers=key(app), timeout=20).status_code,
            requests.delete(f"{url}/_mock/worlds/{world['name']}", timeout=20).status_code,
            requests.get(url + VOYADO, headers=headers, timeout=20).status_code,
        ]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(live, range(24))) == [[200, 200, 200, 204, 401]] * 24


def test_only_the_vendors_chosen() -> None:
    client = create_app(people=0, vendors=("voyado",)).test_client()
    assert client.get(VOYADO).status_code == 401
    assert error(client.get("/ortto/v1")) == (404, "unknown_vendor")
    with pytest.raises(InvalidContractError, match="unknown vendor 'nobody'"):
        create_app(vendors=("nobody",))


def test_the_default_world_is_as_the_store_has_it(tmp_path: Any) -> None:
    path = str(tmp_path / "x.db")
    store = SqlStore(SQLite(path))
    create_app(seed=9, people=3, vendors=("voyado",), store=store)
    store.close()
    store = SqlStore(SQLite(path))
    again = create_app(seed=10, people=4, store=store)
    world = context_of(again).worlds.get(DEFAULT_WORLD)
    assert (world["seed"], world["people"]) == (9, 3)
    # vendors that the first server did not serve are let in with the credentials that everybody knows
    assert world["credentials"]["ortto"] == {"api_key": "PRK-mockserver"}
    assert again.test_client().get(VOYADO, headers=key(again)).status_code == 200
    store.close()
