"""Who may drive a server: the token, the names it answers to, the pages of other sites, what is too much."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from flask.testing import FlaskClient

from mockserver.app import create_app
from mockserver.client import Control
from mockserver.errors import ControlError, Problem
from mockserver.server.access_control import AccessControl, is_loopback, normalized_hosts
from mockserver.server.http_server import Server
from mockserver.state.scenario import load_scenario
from tests.processes import Served, refuse, run

TOKEN = "only-for-those-who-know"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
EVERYBODYS = {"X-Api-Key": "PRK-mockserver"}


def basic(password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {b64encode(f'anybody:{password}'.encode()).decode()}"}


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    """A server that asks for a token; it answers to mocks.test too."""
    server = Server(create_app(load_scenario("empty"), token=TOKEN, hosts=("mocks.test",))).start()
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def open_to_all() -> FlaskClient:
    """A server on loopback that asks for nothing."""
    client: FlaskClient = create_app(load_scenario("empty")).test_client()
    return client


def error(reply: requests.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["error"]


# The token


@pytest.mark.parametrize("token", ["a=b", "k=v,x=y", "c2VjcmV0=x", "abc==", "=", "a:b", '"quoted"'])
def test_any_printable_token_is_accepted(token: str) -> None:
    client = create_app(load_scenario("empty"), token=token).test_client()
    for given in (f"Bearer {token}", basic(token)["Authorization"]):
        assert client.get("/_mock/worlds", headers={"Authorization": given}).status_code == 200
    assert client.get("/_mock/worlds", headers={"Authorization": f"Bearer x{token}"}).status_code == 401


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({}, "token_missing"),
        ({"Authorization": "Bearer"}, "token_missing"),
        ({"Authorization": "Bearer "}, "token_missing"),
        ({"Authorization": TOKEN}, "token_missing"),
        (EVERYBODYS, "token_missing"),
        ({"Authorization": f"Bearer {TOKEN}x"}, "token_unknown"),
        ({"Authorization": f"Bearer {TOKEN[:-1]}"}, "token_unknown"),
        ({"Authorization": f"Bearer {TOKEN.upper()}"}, "token_unknown"),
        ({"Authorization": "Bearer \xfc\xff"}, "token_unknown"),
        (basic("guess"), "token_unknown"),
        ({"Authorization": "Basic \xff!"}, "token_missing"),
    ],
)
def test_the_control_api_asks_for_the_token(guarded: str, headers: dict[str, str], said: str) -> None:
    sent = {name: text.encode("latin-1") for name, text in headers.items()}
    for path in ("/worlds", "/vendors", "/worlds/default/journal", "/nowhere"):
        reply = requests.get(f"{guarded}/_mock{path}", headers=sent, timeout=20)
        assert error(reply) == (401, said)
        assert reply.headers["WWW-Authenticate"] == "Bearer"
        assert TOKEN not in reply.text


def test_who_knows_it_comes_in(guarded: str) -> None:
    for kind in ("Bearer", "bearer", "BEARER"):
        headers = {"Authorization": f"{kind} {TOKEN}"}
        assert requests.get(f"{guarded}/_mock/worlds", headers=headers, timeout=20).status_code == 200
    made = requests.post(f"{guarded}/_mock/worlds", headers=BEARER, json={"people": 0}, timeout=20)
    assert made.status_code == 201
    gone = requests.delete(f"{guarded}/_mock/worlds/{made.json()['name']}", headers=BEARER, timeout=20)
    assert gone.status_code == 204


def test_nothing_is_changed_without_it(guarded: str) -> None:
    for headers in ({}, basic(TOKEN)):
        reply = requests.post(f"{guarded}/_mock/worlds", headers=headers, json={"name": "mine"}, timeout=20)
        assert reply.status_code == 401
    worlds = requests.get(f"{guarded}/_mock/worlds", headers=BEARER, timeout=20).json()["worlds"]
    assert "mine" not in [world["name"] for world in worlds]


def test_health_contract_and_vendors_need_none(guarded: str) -> None:
    assert requests.get(f"{guarded}/_mock/health", timeout=20).json()["status"] == "ok"
    contract = requests.get(f"{guarded}/_mock/openapi.json", timeout=20).json()
    assert contract["security"] == [{"Token": []}]
    call = requests.post(f"{guarded}/ortto/v1/audiences/get", json={}, headers=EVERYBODYS, timeout=20)
    assert call.status_code == 200
    assert requests.get(f"{guarded}/ortto/openapi.json", timeout=20).status_code == 200


def test_the_contract_of_an_open_server_asks_for_nothing(open_to_all: FlaskClient) -> None:
    contract: Any = open_to_all.get("/_mock/openapi.json").json
    assert contract["security"] == []
    assert open_to_all.get("/_mock/worlds").status_code == 200


def test_the_console_is_served_without_it_and_holds_nothing(guarded: str, open_to_all: FlaskClient) -> None:
    page = requests.get(guarded, timeout=20)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.content == open_to_all.get("/").data
    assert requests.get(f"{guarded}/_console/main.js", timeout=20).status_code == 200
    assert error(requests.get(f"{guarded}/_mock/worlds", timeout=20)) == (401, "token_missing")


def test_a_browser_may_read_with_it_as_a_password(guarded: str) -> None:
    journal = f"{guarded}/_mock/worlds/default/journal"
    assert requests.get(journal, headers=basic(TOKEN), timeout=20).status_code == 200
    assert requests.get(journal, headers=basic("another"), timeout=20).status_code == 401
    assert requests.delete(journal, headers=basic(TOKEN), timeout=20).status_code == 401


def test_the_client_sends_it(guarded: str) -> None:
    assert Control(guarded, token=TOKEN).world().name == "default"
    with pytest.raises(ControlError, match="requires a token") as missing:
        Control(guarded).worlds()
    assert (missing.value.problem, missing.value.status) == ("token_missing", 401)
    with pytest.raises(ControlError, match="wrong token"):
        Control(guarded, token="another").worlds()


def test_the_shell_sends_it(guarded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MOCKSERVER_TOKEN", raising=False)
    commands = (["worlds"], ["worlds", "list"], ["clock"], ["journal"], ["reset"])
    refused = run("worlds", "--url", guarded)
    assert refused.returncode == 2
    assert "requires a token" in refused.stderr
    assert "--token" in refused.stderr
    for command in commands[:1] + commands[2:]:
        done = run(*command, "--url", guarded, "--token", TOKEN)
        assert done.returncode == 0, done.stderr
    monkeypatch.setenv("MOCKSERVER_TOKEN", TOKEN)
    monkeypatch.setenv("MOCKSERVER_URL", guarded)
    assert run("worlds", "list").returncode == 0


def test_a_token_that_is_given_is_asked_for_on_loopback_too(serve: Callable[..., Served]) -> None:
    server = serve("--scenario", "empty", "--vendor", "ortto", "--token", TOKEN)
    assert TOKEN not in server.printed, "who gave it knows it"
    assert requests.get(f"{server.url}/_mock/worlds", timeout=20).status_code == 401
    assert requests.get(f"{server.url}/_mock/worlds", headers=BEARER, timeout=20).status_code == 200


def test_a_token_is_made_for_a_name_that_others_may_reach(
    serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Loopback, but not by a spelling that says so: only what is plainly this machine goes without a token.
    monkeypatch.delenv("MOCKSERVER_TOKEN", raising=False)
    server = serve("--scenario", "empty", "--vendor", "ortto", "--host", "127.1")
    found = re.search(r"token of the control API and the console:  (\S{32})\n", server.printed)
    assert found, server.printed
    assert requests.get(f"{server.url}/_mock/worlds", timeout=20).status_code == 401
    assert Control(server.url, token=found[1]).worlds()


def test_a_token_that_no_header_can_carry() -> None:
    refused = refuse("serve", "--token", "two words")
    assert refused.returncode == 2
    assert "cannot be sent in a header" in refused.stderr


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("LOCALHOST", True),
        ("api.localhost", True),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
        ("", False),
        ("0", False),
        ("192.168.1.5", False),
        ("localhost.evil.test", False),
        ("notlocalhost", False),
    ],
)
def test_what_only_this_machine_can_mean(host: str, own: bool) -> None:
    assert is_loopback(host) is own


# The names


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1:4700", True),
        ("localhost", True),
        ("localhost.", True),
        ("LocalHost:80", True),
        ("api.localhost:4700", True),
        ("[::1]:4700", True),
        ("[2001:db8::1]", True),
        ("192.168.1.5:4700", True),
        ("mocks.test", True),
        ("MOCKS.test:4700", True),
        ("evil.test", False),
        ("evil.test:4700", False),
        ("mocks.test.evil.test", False),
        ("127.0.0.1.evil.test", False),
        ("localhost.evil.test", False),
        ("evil.test\x1b[31m", False),
    ],
)
def test_the_names_that_it_answers_to(host: str, allowed: bool) -> None:
    guard = AccessControl(hosts=normalized_hosts("mocks.test:4700", ""))
    if allowed:
        guard.check_host({"HTTP_HOST": host})
        return
    with pytest.raises(Problem) as refusal:
        guard.check_host({"HTTP_HOST": host})
    assert refusal.value.name == "host_not_allowed"


def test_a_name_that_was_pointed_here_drives_nothing(guarded: str) -> None:
    for path in ("/", "/_mock/worlds", "/_mock/health", "/_mock/openapi.json", "/_mock/nowhere"):
        reply = requests.get(guarded + path, headers={"Host": "evil.test", **BEARER}, timeout=20)
        assert error(reply) == (403, "host_not_allowed")
        assert "--allow-host 'evil.test'" in reply.json()["message"]
        assert requests.get(guarded + path, headers={"Host": "mocks.test", **BEARER}, timeout=20).ok is (
            path != "/_mock/nowhere"
        )


def test_a_vendor_answers_to_any_name(guarded: str) -> None:
    url = f"{guarded}/ortto/v1/audiences/get"
    for host in ("evil.test", "mocks.test", "ortto.example:8080"):
        reply = requests.post(url, json={}, headers={"Host": host, **EVERYBODYS}, timeout=20)
        assert reply.status_code == 200


# The pages of other sites


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Origin": "http://localhost:3000"},
        {"Origin": "http://[evil"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_elsewhere_changes_nothing(open_to_all: FlaskClient, headers: dict[str, str]) -> None:
    for method, path in (
        ("POST", "/_mock/worlds"),
        ("POST", "/_mock/worlds/default/reset"),
        ("DELETE", "/_mock/worlds/default/journal"),
        ("PUT", "/_mock/worlds/default/clock"),
    ):
        reply = open_to_all.open(path, method=method, headers=headers, json={"frozen": True})
        assert reply.status_code == 403
        assert reply.json
        assert reply.json["error"] == "cross_site"
    clock: Any = open_to_all.get("/_mock/worlds/default/clock").json
    assert clock["mode"] == "real"


def test_a_page_of_its_own_may(open_to_all: FlaskClient) -> None:
    for headers in (
        {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {},
    ):
        reply = open_to_all.delete("/_mock/worlds/default/journal", headers=headers)
        assert reply.status_code == 204


def test_no_browser_is_given_leave(guarded: str) -> None:
    asked = {"Origin": "https://evil.test", "Access-Control-Request-Method": "POST", **BEARER}
    preflight = requests.options(f"{guarded}/_mock/worlds", headers=asked, timeout=20)
    reading = requests.get(f"{guarded}/_mock/worlds", headers=asked, timeout=20)
    assert (preflight.status_code, reading.status_code) == (403, 200)
    for reply in (preflight, reading):
        assert not [name for name in reply.headers if name.lower().startswith("access-control-")]


@pytest.mark.parametrize(
    "declared", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None]
)
def test_what_a_form_can_send_is_no_body_of_ours(open_to_all: FlaskClient, declared: str | None) -> None:
    for method, path in (("POST", "/_mock/worlds"), ("PUT", "/_mock/worlds/default/clock")):
        reply = open_to_all.open(path, method=method, data=b'{"frozen": true}', content_type=declared)
        assert reply.status_code == 415
        assert reply.json
        assert reply.json["error"] == "media_type_unsupported"


# Behind a proxy


PROXIED = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "Via", "X-Real-IP")


@pytest.mark.parametrize("header", PROXIED)
def test_a_server_without_a_token_is_closed_behind_a_proxy(open_to_all: FlaskClient, header: str) -> None:
    sent = {header: "203.0.113.7"}
    for path in ("/_mock/worlds", "/_mock/vendors", "/_mock/nowhere"):
        reply: Any = open_to_all.get(path, headers=sent)
        assert (reply.status_code, reply.json["error"]) == (403, "proxied_without_token")
        assert f"({header.title()})" in reply.json["message"]
        assert reply.json["message"].endswith("start it with --token")
    assert open_to_all.post("/_mock/worlds", json={"name": "theirs"}, headers=sent).status_code == 403
    assert open_to_all.get("/_mock/worlds/theirs").status_code == 404
    assert open_to_all.get("/_mock/health", headers=sent).status_code == 200
    call = open_to_all.post("/ortto/v1/audiences/get", json={}, headers={**sent, **EVERYBODYS})
    assert call.status_code == 200


def test_a_server_with_a_token_is_open_behind_a_proxy(guarded: str) -> None:
    headers = {**dict.fromkeys(PROXIED, "x"), **BEARER}
    assert requests.get(f"{guarded}/_mock/worlds", headers=headers, timeout=20).status_code == 200


def test_the_console_says_why_it_is_closed_in_one_line(open_to_all: FlaskClient) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    reply = open_to_all.get("/", headers={"Host": "evil.example", **browser})
    assert (reply.status_code, reply.mimetype, reply.text.count("\n")) == (403, "text/plain", 1)
    assert "--allow-host 'evil.example'" in reply.text
    # Through a proxy the page comes, and shows what the control API says.
    assert open_to_all.get("/", headers={"Via": "1.1 x", **browser}).status_code == 200
    unsure: Any = open_to_all.get("/_mock/worlds", headers={"Via": "1.1 x", **browser})
    assert unsure.json["error"] == "proxied_without_token"


# What browsers show


PROTECTION = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/_console/main.js", 200),
        ("/_console/nothing.js", 404),
        ("/_mock/worlds", 200),
        ("/_mock/openapi.json", 200),
        ("/_mock/nowhere", 404),
        ("/ortto/openapi.json", 200),
        ("/w/nowhere/ortto/openapi.json", 404),
        ("/w/nowhere/ortto/v1/audiences/get", 404),
        ("/nobody", 404),
    ],
)
def test_what_this_server_shows_in_browsers_is_protected(
    open_to_all: FlaskClient, path: str, status: int
) -> None:
    reply = open_to_all.get(path)
    assert reply.status_code == status
    assert {name: reply.headers.get(name) for name in PROTECTION} == PROTECTION
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


def test_refusals_are_protected(open_to_all: FlaskClient, guarded: str) -> None:
    large = open_to_all.post("/ortto/v1/audiences/get", data=bytes(33 * 1024 * 1024))
    assert large.status_code == 413
    host = open_to_all.get("/", headers={"Host": "evil.example"})
    missing = requests.get(f"{guarded}/_mock/worlds", timeout=20)
    for headers in (large.headers, host.headers, missing.headers):
        assert {name: headers.get(name) for name in PROTECTION} == PROTECTION


def test_replies_of_vendors_have_the_vendors_headers(open_to_all: FlaskClient) -> None:
    for path, status in (
        ("/ortto/v1/audiences/get", 200),
        ("/ortto/nowhere", 404),
        ("/fanfare/api/v1/audiences", 401),
    ):
        reply = open_to_all.post(path, json={}, headers=EVERYBODYS)
        assert reply.status_code == status
        assert not {*PROTECTION, "Content-Security-Policy"} & {*reply.headers.keys()}
