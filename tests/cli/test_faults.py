"""`mockserver faults`: adding, listing and removing faults, and one-line errors."""

import json
import re

import pytest

from mockserver import cli
from mockserver.client import Control, World
from mockserver.server.http_server import Server
from mockserver.state.faults import KINDS
from tests import audiences
from tests.processes import Shell, Terminal, one_line, run


@pytest.fixture
def world(served: Server) -> World:
    """The default world of the module's server, without faults."""
    world = Control(served.url).world()
    world.faults.clear()
    return world


def test_add_list_and_remove(mocks: Shell, terminal: Terminal, world: World) -> None:
    armed = json.loads(
        mocks(
            *(
                "faults",
                "add",
                "status",
                "--vendor",
                "ortto",
                "--operation",
                "get_audiences",
                "--status",
                "503",
            ),
            *("--body", '{"sorry": true}', "--times", "2", "--after", "1", "--where", "/limit=40"),
        ).stdout
    )
    assert armed == {
        "id": armed["id"],
        **{"kind": "status", "vendor": "ortto", "operation": "get_audiences", "where": {"/limit": 40}},
        **{"after": 1, "times": 2, "status": 503, "body": {"sorry": True}, "seen": 0, "spent": 0},
    }
    assert json.loads(mocks("faults").stdout) == [armed] == json.loads(mocks("faults", "list").stdout)
    shown = terminal("faults")
    assert re.search(rf"{armed['id']} +status +vendor ortto, operation get_audiences", shown)
    assert re.search(r"after 1, times 2 +status 503", shown)
    assert json.loads(mocks("faults", "remove", armed["id"]).stdout) == {"removed": [armed["id"]]}
    assert terminal("faults") == "default has no faults\n"
    assert armed["id"] in one_line(mocks("faults", "remove", armed["id"]))


def test_query_headers_and_reply_headers(mocks: Shell, terminal: Terminal, world: World) -> None:
    options = ("--query", "limit=100", "--query", "x=", "--header", "Accept=text/csv")
    added = mocks("faults", "add", "status", "--status", "503", *options, "--reply-header", "Retry-After=30")
    armed = json.loads(added.stdout)
    assert (armed["query"], armed["headers"]) == ({"limit": "100", "x": ""}, {"Accept": "text/csv"})
    assert armed["reply_headers"] == {"Retry-After": "30"}
    shown = terminal("faults")
    assert 'query {"limit": "100", "x": ""}, headers {"Accept": "text/csv"}' in " ".join(shown.split())
    assert "write it like limit=100" in one_line(mocks("faults", "add", "garbage", "--query", "limit"))
    assert "write it like /name=VIP" in one_line(mocks("faults", "add", "garbage", "--where", "/limit"))


def test_fault_applies_until_cleared(mocks: Shell, terminal: Terminal, world: World) -> None:
    shown = terminal("faults", "add", "rate_limited", "--vendor", "ortto", "--times", "always")
    assert re.fullmatch(r"added fault fault-\d+\n", shown)
    assert [audiences.call(world).status_code for _ in range(2)] == [429, 429]
    assert "always" in terminal("faults")
    assert terminal("faults", "clear") == "removed all faults of default\n"
    assert json.loads(mocks("faults", "clear").stdout) == []
    assert audiences.call(world).status_code == 200


def test_world_option_before_or_after_the_command(mocks: Shell, served: Server) -> None:
    control = Control(served.url)
    control.create_world("elsewhere", people=3)
    json.loads(mocks("faults", "--world", "elsewhere", "add", "garbage").stdout)
    json.loads(mocks("faults", "add", "latency", "--seconds", "0.5", "--world", "elsewhere").stdout)
    kinds = [one.kind for one in control.world("elsewhere").faults.all()]
    assert kinds == ["garbage", "latency"]
    assert "mockserver serve" in one_line(run("faults", "list", "--url", "http://127.0.0.1:9"))
    assert "mockserver serve" in one_line(run("faults", "--url", "http://127.0.0.1:9", "list"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lantency",), "the nearest is latency"),
        (("latency",), "'seconds' is a required property"),
        (("garbage", "--vendor", "orto"), "ortto"),
        (("garbage", "--operation", "get_audienses"), "the nearest is get_audiences"),
        (("problem", "--vendor", "fanfare", "--problem", "sync_in_progres"), "nearest is sync_in_progress"),
    ],
)
def test_misspelt_names_get_a_suggestion(mocks: Shell, words: tuple[str, ...], said: str) -> None:
    assert said in one_line(mocks("faults", "add", *words))


def test_help_names_every_kind() -> None:
    command = cli.mockserver.get_command(None, "faults")  # type: ignore[arg-type]
    text = command.commands["add"].help  # type: ignore[union-attr]
    assert [kind for kind in KINDS if kind not in text] == []
