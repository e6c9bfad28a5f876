"""Hosts that are none: no operation and no vendor meets one, however the request names it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from mockserver.app import Application, create_app
from mockserver.formats.authority import is_authority
from mockserver.server.http_server import Server
from mockserver.state.scenario import load_scenario
from tests.server.wire import exchange, get, parse, serving

NONE = ("127.0.0.1:99999", "localhost:0", "localhost:x", "[::", "[::]:x", "[::x]", "[]", "::1", ":80", "a[b]")
UNUSUAL = ("localhost:", "[::1]", "[::1]:4700", "127.0.0.1:1", "LOCALHOST.:65535", "127.0.0.1")
LONGEST = f"{'a' * 245}.localhost"
TOO_LONG = (f"a{LONGEST}", f"a{LONGEST}:80", f"{'a' * 30_000}.localhost")


def shortened(host: str) -> str:
    return host if len(host) < 20 else f"{host[:10]} of {len(host)}"


@pytest.fixture(scope="module")
def app() -> Iterator[Application]:
    app = create_app(load_scenario("empty"))
    yield app
    app.close()


@pytest.fixture(scope="module")
def server(app: Application) -> Iterator[Server]:
    with serving(app) as server:
        yield server


def reads(app: Application) -> list[str]:
    """The paths of all reads of the control API, and one of each vendor."""
    contract: Any = app.context.control.contract.document.root
    values = {"world": "default", "vendor": "spotler"}
    found = [
        re.sub(r"\{(\w+)\}", lambda name: values.get(name[1], "1"), f"/_mock{path}")
        for path, item in contract["paths"].items()
        if "get" in item and not path.endswith("/stream")
    ]
    vendors = [f"/{name}/x" for name in app.context.vendors]
    return [*found, *vendors, *(f"/{name}/openapi.json" for name in app.context.vendors), "/", "/nobody/x"]


@pytest.mark.parametrize("host", NONE + TOO_LONG, ids=shortened)
def test_a_host_that_is_none_gets_a_line(server: Server, host: str) -> None:
    head = f"GET /_mock/vendors HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    absolute = get(f"http://{host}/_mock/vendors", "Connection: close")
    for request in (head, absolute):
        (reply,) = parse(exchange(server, request))
        assert reply.status == 400
        error = json.loads(reply.body)
        assert error["error"] == "invalid_request"
        assert "host and port" in error["message"].lower()


def test_no_path_fails_for_a_host_that_another_server_let_pass(app: Application) -> None:
    for headers in ({"Host": NONE[0]}, {"X-Mockserver-Origin": f"http://{NONE[0]}"}):
        assert_no_failure(app, headers, *reads(app))


@pytest.mark.parametrize("host", [*NONE, *TOO_LONG, *UNUSUAL, f"{LONGEST}:65535"], ids=shortened)
def test_no_host_fails(app: Application, host: str) -> None:
    assert is_authority(host) == (host not in NONE + TOO_LONG)
    for headers in ({"Host": host}, {"X-Mockserver-Origin": f"http://{host}"}):
        assert_no_failure(app, headers, "/_mock/vendors", "/spotler/x")


def assert_no_failure(app: Application, headers: dict[str, str], *paths: str) -> None:
    client = app.test_client()
    for path in paths:
        reply = client.get(path, headers=headers)
        assert reply.status_code < 500, (path, reply.text)
