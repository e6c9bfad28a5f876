"""What a caller sends reaches a path, a log line or a page as text and nothing else; too much is refused."""

import logging
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import yaml
from flask.testing import FlaskClient

from mockserver.app import Application, create_app
from mockserver.errors import InvalidScenarioError
from mockserver.formats import yaml_loader
from mockserver.formats.sanitize import escape, format_traceback
from mockserver.server.http_server import Server
from mockserver.state import snapshots
from mockserver.state.scenario import load_scenario
from tests.processes import run

TRAVERSALS = (
    "..",
    ".",
    "../x",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e",
    "a/../../b",
    "/etc/passwd",
    "./mine.yaml",
    "file:///etc/passwd",
    "c:\\\\x",
    "\x00",
    "a\nb",
    "\x1b[31mred",
    "<script>alert(1)</script>",
    "x" * 65,
    "Default",
    "å",
    "",
)


@pytest.fixture
def app() -> Application:
    return create_app(load_scenario("empty"), max_worlds=4)


@pytest.fixture
def client(app: Application) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = Server(create_app(load_scenario("empty"))).start()
    yield server.url
    server.stop()


# Names


@pytest.mark.parametrize("name", TRAVERSALS)
def test_a_name_is_a_name(client: FlaskClient, name: str) -> None:
    for path, body in (
        ("/_mock/worlds", {"name": name}),
        ("/_mock/worlds", {"scenario": name}),
        ("/_mock/worlds", {"from": name}),
        ("/_mock/worlds/default/snapshots", {"name": name}),
        ("/_mock/worlds/default/credentials", {"vendor": name}),
        ("/_mock/worlds/default/credentials", {"vendor": "ortto", "kind": name}),
    ):
        reply = client.post(path, json=body)
        assert reply.status_code in (400, 404), (body, reply.text)
        assert reply.json
        assert reply.json["error"] in ("call_does_not_fit", "unknown_scenario", "unknown_credential_kind")
        assert reply.json["message"].isprintable()


def test_no_file_is_named_over_the_network(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.joinpath("mine.yaml").write_text("people: 1")
    monkeypatch.chdir(tmp_path)
    assert load_scenario("mine.yaml").people == 1, "the shell may"
    refused = client.post("/_mock/worlds", json={"scenario": "mine.yaml"})
    assert refused.status_code in (400, 404)
    assert refused.json
    assert refused.json["error"] == "unknown_scenario"


@pytest.mark.parametrize("name", [*TRAVERSALS[:-1], "nobody"])
def test_a_path_leads_nowhere_but_to_names(client: FlaskClient, name: str) -> None:
    for template in (
        "/_mock/worlds/{}",
        "/_mock/worlds/{}/journal",
        "/w/{}/ortto/openapi.json",
        "/{}/openapi.json",
        "/_mock/{}",
    ):
        path = template.format(name)
        reply = client.open("/", method="GET", environ_overrides={"PATH_INFO": _as_wsgi(path)})
        assert reply.status_code in (400, 404), path
        assert reply.content_type == "application/json"
        assert reply.json
        assert reply.json["message"].isprintable()


def _as_wsgi(path: str) -> str:
    return path.encode().decode("latin-1")


# Pages and lines


def test_what_callers_send_is_no_markup_on_the_page(client: FlaskClient) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    before = client.get("/").text
    client.post(f"/ortto/{hostile}", headers={"X-Api-Key": hostile, "User-Agent": hostile}, data=hostile)
    client.get(f"/{hostile}")
    page = client.get("/").text
    assert page == before
    assert "<img" not in page


@pytest.mark.parametrize("view", ["vendor", "control"])
def test_what_callers_send_begins_no_line_of_the_log(
    app: Application,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    view: str,
) -> None:
    forged = "2026-01-01 CRITICAL all is lost"
    hostile = f"a\n{forged}\r\x1b[2J\x9b31m\u202e"

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(hostile)

    monkeypatch.setattr(
        "mockserver.server.vendor_middleware.handle_call"
        if view == "vendor"
        else "mockserver.server.control_blueprint.handle_internal_call",
        fail,
    )
    app.config["PROPAGATE_EXCEPTIONS"] = False
    first = "/ortto/" if view == "vendor" else "/_mock/"
    with caplog.at_level(logging.DEBUG):
        reply = app.test_client().open(
            "/", method="GET", environ_overrides={"PATH_INFO": _as_wsgi(first + hostile)}
        )
    assert reply.status_code == 500
    assert forged not in reply.text
    (record,) = [one for one in caplog.records if "failed" in one.getMessage()]
    assert record.exc_info is None, "a handler would write the traceback as it is"
    title, *lines = record.getMessage().split("\n")
    assert title.startswith(f"GET {first}a\\n{forged}")
    assert all(line.startswith("  ") for line in lines)
    assert all(line.isprintable() for line in [title, *lines])


def test_a_failing_operation_is_logged_in_lines_of_its_own(
    app: Application, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a\nCRITICAL forged\x1b[2J")

    monkeypatch.setitem(app.context.vendors["ortto"].handlers, "get_audiences", fail)
    reply = app.test_client().post(
        "/ortto/v1/audiences/get", json={}, headers={"X-Api-Key": "PRK-mockserver"}
    )
    assert reply.status_code == 500
    (record,) = [one for one in caplog.records if "an operation failed" in one.getMessage()]
    assert all(line.isprintable() and line.startswith("  ") for line in record.getMessage().split("\n")[1:])


def test_plain_is_one_printable_line() -> None:
    assert escape("a b") == "a b"
    assert escape("a\nb\x1b[0m\x9b\u202e\ud800") == "a\\nb\\x1b[0m\\x9b\\u202e\\ud800"
    assert format_traceback(ValueError("x\ny")) == "  ValueError: x\\ny"


def test_the_terminal_is_not_written_to(url: str) -> None:
    hostile = "%1b%5b2J%0aforged%c2%9b31m"
    requests.get(f"{url}/ortto/{hostile}?q=%1b%5b2J", headers={"X-Api-Key": "PRK-mockserver"}, timeout=20)
    shown = run("journal", "--url", url)
    assert shown.returncode == 0
    assert "forged" in shown.stdout
    assert chr(27) not in shown.stdout
    refused = run("clock", "\x1b[2J\nforged", "--url", url)
    assert refused.returncode == 2
    assert refused.stderr.rstrip("\n").isprintable()


# YAML


@pytest.mark.parametrize(
    "text",
    [
        "!!python/object/apply:os.system ['touch /tmp/never']",
        "people: !!python/object/apply:os.getpid []",
        "a: !!python/name:os.system",
        "!!python/object/new:subprocess.Popen [['true']]",
    ],
)
def test_yaml_makes_nothing_but_data(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text)
    with pytest.raises(InvalidScenarioError, match=r"tag .* is not allowed"):
        load_scenario(str(file))
    with pytest.raises(yaml.YAMLError):
        yaml_loader.parse(text)


def test_a_billion_laughs_are_not_laughed(tmp_path: Path) -> None:
    lines = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    file = tmp_path / "mine.yaml"
    file.write_text("\n".join(lines))
    started = time.monotonic()
    with pytest.raises(InvalidScenarioError, match=r"alias .* is not allowed"):
        load_scenario(str(file))
    assert time.monotonic() - started < 30


def test_a_scenario_is_a_megabyte_at_most(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("description: " + "x" * 1_000_001)
    with pytest.raises(InvalidScenarioError, match="larger than 1000000 bytes"):
        load_scenario(str(file))


# Bounds


def test_there_are_as_many_worlds_as_there_may_be(client: FlaskClient) -> None:
    for _ in range(3):
        assert client.post("/_mock/worlds", json={}).status_code == 201
    for body in ({}, {"from": "default"}, {"name": "one-more"}):
        refused = client.post("/_mock/worlds", json=body)
        assert refused.status_code == 409
        assert refused.json
        assert refused.json["error"] == "too_many_worlds"
        assert "--max-worlds" in refused.json["message"]
    names = [world["name"] for world in (client.get("/_mock/worlds").json or {})["worlds"]]
    assert len(names) == 4
    assert client.delete(f"/_mock/worlds/{names[-1]}").status_code == 204
    assert client.post("/_mock/worlds", json={}).status_code == 201


def test_snapshots_of_a_world_are_bounded(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert snapshots.MAX_SNAPSHOTS == 100
    monkeypatch.setattr(snapshots, "MAX_SNAPSHOTS", 2)
    path = "/_mock/worlds/default/snapshots"
    assert [client.post(path, json={"name": name}).status_code for name in "abcb"] == [201, 201, 409, 201]
    refused = client.post(path, json={"name": "c"}).json
    assert refused
    assert refused["error"] == "too_many_snapshots"


def test_people_are_bounded(client: FlaskClient) -> None:
    refused = client.post("/_mock/worlds", json={"people": 250_001})
    assert refused.status_code == 400
    assert "250000" in refused.text


def _said(url: str, head: bytes) -> bytes:
    """What a raw call is answered with, its first line."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as wire:
        wire.sendall(head)
        return wire.recv(4096).split(b"\r\n")[0]


def test_headers_and_addresses_are_bounded(url: str) -> None:
    fits = b"GET /_mock/health HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 60_000 + b"\r\n\r\n"
    assert b" 200 " in _said(url, fits)
    too_long = b"GET /_mock/health HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 70_000 + b"\r\n\r\n"
    assert b" 431 " in _said(url, too_long)
    assert b" 414 " in _said(url, b"GET /_mock/" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert requests.get(f"{url}/_mock/health", timeout=20).status_code == 200


def test_a_body_that_is_promised_too_large_is_not_waited_for(url: str) -> None:
    head = b"POST /_mock/worlds HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000000\r\n\r\n"
    assert b" 413 " in _said(url, head)
