"""`mockserver journal`: a table on a terminal, JSON in a pipe."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import requests
from click.testing import CliRunner

from mockserver import cli
from mockserver.app import create_app
from mockserver.cli import journal as journal_command
from mockserver.client import Control
from mockserver.server.http_server import Server
from mockserver.state.scenario import load_scenario
from mockserver.storage.sql_store import SqlStore
from mockserver.storage.sqlite import SQLite

EVIL = "a\x1b[2J\u202eb"


@pytest.fixture
def url() -> Iterator[str]:
    server = Server(create_app(load_scenario("empty"))).start()
    yield server.url
    server.stop()


def call(url: str, body: Any, path: str = "/v1/audiences/get") -> None:
    requests.post(f"{url}/ortto{path}", json=body, headers={"X-Api-Key": "PRK-mockserver"}, timeout=20)


def shown(url: str, *arguments: str) -> str:
    done = CliRunner().invoke(cli.mockserver, ["journal", "--url", url, *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def test_json_in_a_pipe(url: str) -> None:
    call(url, {"limit": "x"})
    call(url, {})
    (exchange,) = json.loads(shown(url, "--since", "1", "--until", "1"))
    assert exchange["violations"][0]["pointer"] == "/limit"


def test_a_search(url: str) -> None:
    call(url, {"limit": "x"})
    call(url, {})
    (exchange,) = json.loads(shown(url, "--q", "is:violation op:get_*"))
    assert exchange["number"] == 1
    (exchange,) = Control(url).world().journal(q="status:2xx", order="newest")
    assert (exchange["number"], exchange["verdict"]) == (2, "fine")


def test_full_exchanges(url: str) -> None:
    call(url, {"limit": "x", "ofset": 1})
    full = shown(url, "--full")
    assert 'body/limit: expected integer or null, got string "x"' in full
    assert "body/ofset, nearest: offset" in full


def test_control_characters_are_escaped(url: str) -> None:
    call(url, {EVIL: EVIL}, f"/{EVIL}")
    full = shown(url, "--full")
    assert "\x1b" not in full
    assert "\u202e" not in full
    exchange = Control(url).world().journal()[0]
    assert all(str(cell).isprintable() for cell in journal_command._row(exchange))


def test_table_on_a_terminal(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call(url, {"limit": "x"})
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "250")
    with pytest.raises(SystemExit):
        cli.main(["journal", "--url", url])
    shown = capsys.readouterr().out
    assert "world's time" in shown
    assert "POST /ortto/v1/audiences/get" in shown
    assert 'expected integer or null, got string "x"' in shown


def test_har_file_is_written(url: str, tmp_path: Path) -> None:
    call(url, {})
    call(url, {"limit": 2})
    file = tmp_path / "calls.har"
    assert shown(url, "--har", str(file), "--until", "1") == f"1 exchanges in {file}\n"
    (entry,) = json.loads(file.read_text(encoding="utf-8"))["log"]["entries"]
    assert entry["request"]["url"].endswith("/ortto/v1/audiences/get")
    done = CliRunner().invoke(cli.mockserver, ["journal", "--url", url, "--har", str(tmp_path)])
    assert done.exit_code != 0
    assert "choose another file" in done.output


def test_follow_continues_after_a_reset(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world = Control(url).world()
    call(url, {})
    call(url, {})
    turns = iter(["call", "reset", "call", "end"])

    def pause(_seconds: float) -> None:
        turn = next(turns)
        if turn == "end":
            raise KeyboardInterrupt
        if turn == "reset":
            world.reset()
        else:
            call(url, {"limit": 3})

    monkeypatch.setattr("mockserver.cli.journal.time.sleep", pause)
    numbers = [json.loads(line)["number"] for line in shown(url, "--follow").splitlines()]
    assert numbers == [1, 2, 3, 1]


def test_journal_in_a_file_survives_a_restart(tmp_path: Path) -> None:
    for number in (1, 2):
        store = SqlStore(SQLite(str(tmp_path / "worlds.db")))
        server = Server(create_app(load_scenario("empty"), store=store)).start()
        call(server.url, {"limit": number})
        kept = Control(server.url).world().journal()
        server.stop()
        store.close()
        assert [one["number"] for one in kept] == list(range(1, number + 1))
    assert [json.loads(one["call"]["body"])["limit"] for one in kept] == [1, 2]


def test_every_filter_is_an_option() -> None:
    command = journal_command.journal
    assert isinstance(command, click.Command)
    options = {parameter.name for parameter in command.params}
    filters = {
        "vendor",
        "operation",
        "status",
        "problem",
        "fault",
        "method",
        "path",
        "since",
        "until",
        "flawed",
    }
    assert filters <= options


@pytest.mark.parametrize("name", ["api-key", "Authorisation", "X-API-Key", "consumer_secret", "passwrod"])
def test_secrets_are_shown_nowhere(url: str, name: str, tmp_path: Path) -> None:
    """Those of another vendor, misspelt, in every place; and an issued value under a harmless name."""
    world = Control(url).create_world(scenario="empty")
    issued = world.credentials("voyado")["apikey"]
    sent: dict[str, Any] = {
        "params": {name: "geheim-1", "limit": issued},
        "headers": {name: "geheim-2", **world.headers("ortto")},
        "json": {"limit": "x", "deep": [{name: "geheim-3"}], "note": f"it is {issued}"},
    }
    requests.post(f"{world.url('ortto')}/v1/audiences/get", timeout=20, **sent)
    har = tmp_path / "journal.har"
    outputs = [
        shown(url, world.name),
        shown(url, world.name, "--full"),
        shown(url, world.name, "--har", str(har)) + har.read_text(),
        repr(world.journal()),
    ]
    with pytest.raises(AssertionError) as failed:
        world.journal.assert_called("ortto", "get_audiences", status=299)
    for output in [*outputs, str(failed.value)]:
        assert "audiences" in output
        assert "geheim" not in output
        assert issued not in output
