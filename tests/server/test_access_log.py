"""What is written of calls: a line each, whatever was sent in them, and nothing that is secret."""

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from mockserver.app import Application, create_app
from mockserver.errors import StoreUnavailableError
from mockserver.server import access_log
from mockserver.storage.sql_store import SqlStore
from mockserver.storage.sqlite import SQLite
from tests.server.wire import exchange, get, parse, serving

KEY = {"X-Api-Key": "PRK-mockserver"}
GET = "/ortto/v1/audiences/get"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """The test's own process goes on logging as it did."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


@pytest.fixture
def app() -> Application:
    return create_app(people=0, vendors=("ortto", "spotler"), observers=[access_log.CallLog()])


@pytest.fixture
def client(app: Application) -> FlaskClient:
    return app.test_client()


def written(form: str) -> io.StringIO:
    stream = io.StringIO()
    access_log.configure(form, stream)
    return stream


def objects(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_call_is_an_object_with_the_id_of_the_journal(client: FlaskClient) -> None:
    stream = written("json")
    client.post(GET, json={}, headers=KEY)
    (told,) = objects(stream)
    journal = client.get("/_mock/worlds/default/journal").json
    assert journal is not None
    (exchange,) = journal["exchanges"]
    assert told["id"] == exchange["id"]
    assert (told["vendor"], told["world"], told["operation"]) == ("ortto", "default", "get_audiences")
    assert (told["method"], told["url"], told["status"]) == ("POST", f"http://localhost{GET}", 200)
    assert told["duration_ms"] == exchange["duration_us"] / 1000 > 0
    assert (told["level"], told["problem"], told["flaw"], told["faults"]) == ("INFO", None, None, [])


def test_refusals_and_faults_are_named(client: FlaskClient) -> None:
    for kind, more in (("latency", {"seconds": 0}), ("status", {"status": 503})):
        fault = {"kind": kind, "vendor": "ortto", **more}
        assert client.post("/_mock/worlds/default/faults", json=fault).status_code == 201
    stream = written("json")
    client.post(GET, json={}, headers=KEY)
    client.post(GET, json={})
    faulty, refused = objects(stream)
    assert (faulty["status"], faulty["faults"]) == (503, ["fault-1:latency", "fault-2:status"])
    assert (refused["status"], refused["problem"]) == (401, "unauthorized")


def test_what_reaches_no_vendor_is_told_too(client: FlaskClient) -> None:
    stream = written("json")
    client.get("/voyadoo/x")
    client.get("/w/nowhere/ortto/v1")
    client.post("/_mock/worlds", json={"name": "mine"})
    stranger, nowhere, control = objects(stream)
    assert (stranger["vendor"], stranger["flaw"], stranger["status"]) == (None, "unknown_vendor", 404)
    assert (nowhere["problem"], nowhere["status"]) == ("unknown_world", 404)
    assert (control["vendor"], control["operation"], control["status"]) == ("control", "create_world", 201)


def test_what_fails_before_it_is_a_call_is_told_too(
    client: FlaskClient, app: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", 1000)
    stream = written("json")
    for path in (GET, "/_mock/worlds"):
        client.post(f"{path}?key=topsecret", data=b"a" * 1001, headers=KEY)
    large, control = objects(stream)
    assert (large["status"], large["url"]) == (413, f"http://localhost{GET}")
    assert (control["status"], control["url"]) == (413, "http://localhost/_mock/worlds")


def test_why_the_store_is_gone_is_told_in_the_log_alone(
    app: Application, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> NoReturn:
        raise StoreUnavailableError("database secret.internal", again=False)

    monkeypatch.setattr(app.context.worlds.store, "lock", gone)
    stream = written("json")
    refused = client.get("/ortto/openapi.json")
    assert refused.status_code == 503
    assert "secret.internal" not in refused.text
    why, call = objects(stream)
    assert "secret.internal" in why["message"]
    assert (call["status"], call["level"]) == (503, "INFO")


def test_a_store_that_is_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engine = SQLite(str(tmp_path / "store.db"))
    client = create_app(
        people=0, vendors=("ortto",), store=SqlStore(engine), observers=[access_log.CallLog()]
    ).test_client()

    def gone() -> None:
        raise StoreUnavailableError("it is\ngone", again=False)

    monkeypatch.setattr(engine, "enter", gone)
    stream = written("json")
    assert client.post(GET, json={}, headers=KEY).status_code == 503
    why, call = objects(stream)
    assert (why["level"], call["status"], call["vendor"]) == ("WARNING", 503, "ortto")
    assert str(UUID(call["id"])) == call["id"], "it has no place in the journal, but a request id of its own"
    assert "it is\ngone" in why["message"]


def test_lines_for_people(client: FlaskClient) -> None:
    stream = written("text")
    client.post(GET, json={})
    (line,) = stream.getvalue().splitlines()
    told = " INFO mockserver.calls: POST http://localhost/ortto/v1/audiences/get 401 id="
    assert told in line
    assert "world=default vendor=ortto operation=get_audiences problem=unauthorized duration_ms=" in line


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    "path", ["/ortto/v1/%0A2026 fake\x1b[2J%E2%80%A8", "/nobody%0D%0Afake", "/w/%0Afake/ortto/"]
)
def test_nothing_that_is_sent_makes_a_line(client: FlaskClient, form: str, path: str) -> None:
    stream = written(form)
    client.get(path, query_string="a=\u2028b\x85c")
    (line,) = stream.getvalue().splitlines()
    assert line.isprintable()


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_others_log_comes_the_same_way(form: str) -> None:
    stream = written(form)
    logging.getLogger("psycopg.pool").warning(
        "error connecting in 'pool-1': %s", "refused\nIs the server\nup?"
    )
    try:
        raise ZeroDivisionError("a\nb")
    except ZeroDivisionError:
        logging.getLogger("mockserver").exception("failed")
    lines = stream.getvalue().splitlines()
    begins = [line for line in lines if not line.startswith("    ")]
    assert len(begins) == 2
    assert "psycopg.pool" in begins[0]
    assert "ZeroDivisionError" in stream.getvalue()


def test_calls_are_told_of_only_if_wished_for(client: FlaskClient) -> None:
    stream = written("none")
    client.post(GET, json={}, headers=KEY)
    logging.getLogger("psycopg.pool").warning("lost")
    (line,) = stream.getvalue().splitlines()
    assert "psycopg.pool: lost" in line


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_stay_secret(client: FlaskClient, form: str) -> None:
    stream = written(form)
    client.get("/spotler/integrationservice/audience?oauth_signature=topsecret&oauth_token=topsecret")
    client.get("/nobody/x?key=topsecret", headers={"X-Api-Key": "topsecret"})
    client.get("/w/nowhere/spotler/x?oauth_signature=topsecret")
    client.post(GET, json={"key": "topsecret"}, headers={"X-Api-Key": "topsecret"})
    assert len(stream.getvalue().splitlines()) == 4
    assert "topsecret" not in stream.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_member_of_a_line_has_a_credential(client: FlaskClient, form: str) -> None:
    stream = written(form)
    for path in (
        "/_mock/worlds/NAME/journal",
        "/w/NAME/ortto/v1/audiences/get",
        "/NAME/x",
        "/w/NAME/nobody/x",
    ):
        client.get(path.replace("NAME", "PRK-mockserver"), headers={"Host": "PRK-mockserver.example"})
        client.open(path.replace("NAME", "default"), method="PRK-mockserver")
    client.post("/_mock/worlds", json={"name": "prk-mockserver", "people": 0})
    client.get("/w/prk-mockserver/ortto/x")
    assert stream.getvalue().count("\n") > 8
    assert "PRK-mockserver" not in stream.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_world_that_is_named_like_a_credential_is_used_but_not_logged(form: str) -> None:
    name = "sk_test_of_mine"
    app = create_app(people=0, vendors=("fanfare",), observers=[access_log.CallLog()])
    client = app.test_client()
    assert client.post("/_mock/worlds", json={"name": name, "people": 0}).status_code == 201
    stream = written(form)
    client.get(f"/_mock/worlds/{name}/journal")
    client.get(f"/w/{name}/fanfare/api/v1/audiences")
    client.get(f"/w/{name}/nobody/x")
    assert stream.getvalue().count("\n") == 3
    assert name not in stream.getvalue()


def test_what_fails_outside_of_calls_is_logged_without_credentials(caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(people=0, vendors=("ortto",))

    class Failing:
        threads, redact = app.threads, app.redact

        def __call__(self, *_: object) -> NoReturn:
            raise RuntimeError("PRK-mockserver is too much")

    with serving(Failing()) as server:
        assert parse(exchange(server, get("/PRK-mockserver", "Connection: close")))[0].status == 500
    assert "RuntimeError" in caplog.text
    assert "PRK-mockserver" not in caplog.text
    app.close()
