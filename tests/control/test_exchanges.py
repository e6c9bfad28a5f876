"""One exchange of a journal: read, as code that runs, and sent again."""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import requests

from mockserver.client import Control, World
from mockserver.control.repeated_call import without_secrets
from mockserver.formats.secret_mark import REDACTED
from tests.control.api import Api, refusal
from tests.live_server import honest_headers, served
from tests.signing import PLEASE_SIGN, signed

# A read of each vendor that needs a credential: a header, a session, a signature.
READS = {
    "digitalaudience": ("GET", "/audience/loadaudiences", None),
    "fanfare": ("GET", "/api/v1/audiences?limit=2", None),
    "ortto": ("POST", "/v1/audiences/get", {"limit": 2, "search_term": "it's “new”"}),
    "spotler": ("GET", "/integrationservice/contact/properties/list", None),
    "voyado": ("GET", "/api/v3/target-audiences", None),
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with served() as url:
        yield url


@pytest.fixture(scope="module")
def world(server: str) -> World:
    return Control(server).world("default")


@pytest.fixture
def api(server: str) -> Iterator[Api]:
    api = Api(server)
    yield api
    api.session.close()


def call(world: World, server: str, vendor: str) -> int:
    """The number of a successful read."""
    method, path, body = READS[vendor]
    headers = honest_headers(server, vendor)
    url = world.url(vendor) + path
    if headers.get("Authorization") == PLEASE_SIGN:
        headers["Authorization"] = signed(method, url, world.credentials(vendor))
    reply = requests.request(method, url, headers=headers, json=body, timeout=20)
    assert reply.status_code == 200, reply.text
    return world.journal.newest()


def code(api: Api, number: int, language: str) -> str:
    reply = api("GET", f"/worlds/default/journal/{number}/code?language={language}")
    assert reply.json()["language"] == language, reply.text
    text: str = reply.json()["code"]
    return text


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the command `mockserver`, which signs calls to Spotler in the code, on the PATH."""
    path = [str(Path(sys.executable).parent), os.environ["PATH"]]
    monkeypatch.setenv("PATH", os.pathsep.join(path))


def run_in_shell(text: str, folder: Path) -> None:
    done = subprocess.run(
        ["bash", "-ec", text],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def as_sent(exchange: dict[str, Any]) -> tuple[Any, ...]:
    sent, reply = exchange["call"], exchange["reply"]
    return exchange["operation"], sent["method"], sent["url"], sent["body"], reply["status"], reply["body"]


@pytest.mark.usefixtures("command")
@pytest.mark.parametrize("vendor", READS)
def test_a_call_is_sent_again_and_as_code(
    server: str, world: World, api: Api, vendor: str, tmp_path: Path
) -> None:
    number = call(world, server, vendor)
    first = api("GET", f"/worlds/default/journal/{number}").json()
    assert (first["number"], first["vendor"]) == (number, vendor)
    again = api("POST", f"/worlds/default/journal/{number}/resend")
    assert again.status_code == 201, again.text
    assert as_sent(again.json()) == as_sent(first)
    assert again.json()["number"] == world.journal.newest() > number
    run_in_shell(code(api, number, "curl"), tmp_path)
    by_curl = api("GET", f"/worlds/default/journal/{world.journal.newest()}").json()
    assert as_sent(by_curl)[:-1] == as_sent(first)[:-1]
    with redirect_stdout(io.StringIO()) as printed:
        exec(code(api, number, "python"), {"__name__": "__main__"})  # noqa: S102
    assert printed.getvalue().startswith("200 ")
    exec(code(api, number, "pytest"), {"mockserver": world})  # noqa: S102


def test_the_assertion_expects_this_call(server: str, world: World, api: Api) -> None:
    expected = code(api, call(world, server, "ortto"), "pytest")
    assert "'ortto',\n    'get_audiences',\n    status=200,\n    body={'limit': 2, " in expected
    world.journal.clear()
    with pytest.raises(AssertionError, match="expected a call of ortto get_audiences"):
        exec(expected, {"mockserver": world})  # noqa: S102


def test_secrets_are_in_no_assertion_and_filled_where_a_call_needs_them(world: World, api: Api) -> None:
    url, secrets = world.url("digitalaudience"), world.credentials("digitalaudience")
    body = {"userName": secrets["userName"], "password": secrets["password"]}
    assert requests.post(f"{url}/account/login", json=body, timeout=20).status_code == 200
    number = world.journal.newest()
    assertion = code(api, number, "pytest")
    assert "password" not in assertion
    exec(assertion, {"mockserver": world})  # noqa: S102
    assert secrets["password"] in code(api, number, "curl")
    again = api("POST", f"/worlds/default/journal/{number}/resend").json()
    assert (again["operation"], again["reply"]["status"]) == ("login", 200)


def test_a_call_without_a_credential_stays_without(world: World, api: Api) -> None:
    requests.post(f"{world.url('ortto')}/v1/audiences/get", json={}, timeout=20)
    number = world.journal.newest()
    assert "X-Api-Key" not in code(api, number, "curl")
    again = api("POST", f"/worlds/default/journal/{number}/resend").json()
    assert again["reply"]["status"] == 401
    exec(code(api, number, "pytest"), {"mockserver": world})  # noqa: S102


def test_where_a_call_came_from_is_not_sent_again(world: World, api: Api) -> None:
    """Nor what a client's library sets by itself; its own headers are."""
    ways = ("X-Forwarded-For", "X-Real-IP", "Sec-Fetch-Mode", "Forwarded", "User-Agent", "X-Mockserver-Delay")
    headers = {**dict.fromkeys(ways, "for=203.0.113.7"), "X-Tenant": "nine"}
    requests.post(f"{world.url('ortto')}/v1/audiences/get", json={}, headers=headers, timeout=20)
    number = world.journal.newest()
    text = code(api, number, "curl")
    assert "x-tenant: nine" in text
    assert "203.0.113.7" not in text
    sent = api("GET", f"/worlds/default/journal/{number}").json()["call"]["headers"]
    assert {name.lower() for name in ways} < {name.lower() for name in sent}
    again = api("POST", f"/worlds/default/journal/{number}/resend").json()["call"]["headers"]
    assert "203.0.113.7" not in str(again)


def test_a_list_with_a_secret_is_in_no_assertion() -> None:
    """A shorter list would be another one, which no call has sent."""
    body = {"keys": [REDACTED, 1], "plain": [1, 2], "deep": [[{"key": REDACTED, "id": 1}], [f"a {REDACTED}"]]}
    assert without_secrets(body) == {"plain": [1, 2]}
    assert without_secrets([REDACTED, 1]) is ...
    assert without_secrets([{"key": REDACTED, "id": 1}]) == [{"id": 1}]


def test_an_unknown_path_and_a_text_body(world: World, api: Api) -> None:
    url = f"{world.url('ortto')}/v1/nowhere/ø?a=1&a=2&b="
    requests.post(url, data="a=1&b='2'", headers={"Content-Type": "text/plain"}, timeout=20)
    number = world.journal.newest()
    assertion = code(api, number, "pytest")
    assert "path='/v1/nowhere/ø'" in assertion
    exec(assertion, {"mockserver": world})  # noqa: S102
    first = api("GET", f"/worlds/default/journal/{number}").json()
    again = api("POST", f"/worlds/default/journal/{number}/resend").json()
    assert as_sent(again)[:-1] == as_sent(first)[:-1]


def test_a_fault_strikes_what_is_sent_again(server: str, world: World, api: Api) -> None:
    number = call(world, server, "ortto")
    world.faults.add("ortto", "get_audiences", "status", status=503)
    struck = api("POST", f"/worlds/default/journal/{number}/resend").json()
    assert (struck["reply"]["status"], struck["fault"]["kind"]) == (503, "status")
    exec(code(api, struck["number"], "pytest"), {"mockserver": world})  # noqa: S102


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"x" * 70_000])
def test_what_the_journal_does_not_have_is_not_sent(world: World, api: Api, body: bytes) -> None:
    headers = world.headers("ortto")
    requests.post(f"{world.url('ortto')}/v1/audiences/get", data=body, headers=headers, timeout=20)
    number = world.journal.newest()
    for method, path in (("POST", "resend"), ("GET", "code?language=curl")):
        reply = api(method, f"/worlds/default/journal/{number}/{path}")
        assert refusal(reply) == (409, "not_repeatable")


def test_a_call_to_no_vendor_is_not_sent(server: str, world: World, api: Api) -> None:
    requests.get(f"{server}/nobody/at/home", timeout=20)
    number = world.journal.newest()
    assert refusal(api("POST", f"/worlds/default/journal/{number}/resend")) == (409, "not_repeatable")
    exec(code(api, number, "pytest"), {"mockserver": world})  # noqa: S102


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("GET", "/code?language=curl"), ("POST", "/resend")]
)
def test_an_unknown_exchange(api: Api, method: str, path: str) -> None:
    assert refusal(api(method, f"/worlds/default/journal/99999{path}")) == (404, "unknown_exchange")
    assert refusal(api(method, f"/worlds/nowhere/journal/1{path}")) == (404, "unknown_world")
