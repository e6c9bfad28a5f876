"""Commands for worlds, clock, snapshots, jobs and settings: JSON in a pipe, tables on a terminal."""

import json
import re
from typing import Any

import pytest
import requests

from mockserver.cli.display import printable
from mockserver.client import Control
from mockserver.server.http_server import Server
from tests.processes import PATIENCE, Shell, Terminal, one_line


@pytest.fixture
def world(served: Server) -> str:
    """A small world of the module's server, as it is at its start."""
    control = Control(served.url)
    if "small" not in [one.name for one in control.worlds()]:
        control.create_world("small", seed=3, people=4)
    control.world("small").reset()
    return "small"


def read(mocks: Shell, *arguments: str) -> Any:
    done = mocks(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_create_list_and_delete_worlds(mocks: Shell, terminal: Terminal) -> None:
    made = read(
        mocks, "worlds", "create", "from-the-shell", "--seed", "3", "--people", "4", "--label", "mine"
    )
    assert made["label"] == "mine"
    assert made["vendors"]["ortto"]["url"].endswith("/w/from-the-shell/ortto")
    assert made in read(mocks, "worlds") == read(mocks, "worlds", "list")
    assert re.search(r"from-the-shell +demo +3 +4 +20", terminal("worlds"))
    shown = terminal("worlds", "create", "its-fork", "--from", "from-the-shell")
    assert shown.startswith("its-fork  scenario demo, seed 3, 4 people\n")
    assert "/w/its-fork/ortto" in shown
    assert read(mocks, "worlds", "delete", "from-the-shell") == {"deleted": ["from-the-shell"]}
    assert terminal("worlds", "delete", "its-fork") == "deleted world its-fork\n"
    assert "from-the-shell" in one_line(mocks("worlds", "delete", "from-the-shell"))
    assert "serve --scenario ./my.yaml" in one_line(mocks("worlds", "create", "--scenario", "./my.yaml"))


def test_read_and_move_the_clock(mocks: Shell, terminal: Terminal, world: str) -> None:
    assert read(mocks, "clock", world)["mode"] == "real"
    frozen = {"now": "2026-01-01T00:00:00Z", "mode": "frozen", "jobs_run": 0}
    assert read(mocks, "clock", world, "--set", "2026-01-01T00:00:00Z", "--freeze") == frozen
    assert terminal("clock", world) == "2026-01-01T00:00:00Z (frozen)\n"
    assert read(mocks, "clock", world, "--advance", "1d2h30m")["now"] == "2026-01-02T02:30:00Z"
    assert "(shifted" in terminal("clock", world, "--unfreeze")
    assert read(mocks, "reset", world)["name"] == world
    assert terminal("reset", world) == "reset world small\n"
    assert read(mocks, "clock", world)["mode"] == "real"


def test_make_restore_and_delete_snapshots(mocks: Shell, terminal: Terminal, world: str) -> None:
    assert terminal("snapshot", "--world", world) == "small has no snapshots\n"
    assert read(mocks, "snapshot", "make", "one", "--world", world) == {"name": "one", "world": world}
    read(mocks, "clock", world, "--set", "2026-01-01T00:00:00Z", "--freeze")
    assert terminal("snapshot", "--world", world, "make", "two") == "saved snapshot two\n"
    assert read(mocks, "snapshot", "list", "--world", world) == ["one", "two"]
    assert terminal("snapshot", "restore", "one", "--world", world) == "restored small to snapshot one\n"
    assert read(mocks, "clock", world)["mode"] == "real"
    assert read(mocks, "snapshot", "restore", "two", "--world", world)["name"] == world
    assert read(mocks, "snapshot", "delete", "one", "two", "--world", world) == {"deleted": ["one", "two"]}
    assert read(mocks, "snapshot", "--world", world) == []
    assert "'one'" in one_line(mocks("snapshot", "restore", "one", "--world", world))


def test_list_and_run_jobs(served: Server, mocks: Shell, terminal: Terminal, world: str) -> None:
    requests.get(
        f"{Control(served.url).world(world).url('voyado')}/api/v3/target-audiences", timeout=PATIENCE
    )
    waiting = read(mocks, "jobs", "list", "--vendor", "voyado", "--world", world)
    assert waiting[0]["vendor"] == "voyado"
    assert waiting[0]["due"] in terminal("jobs", "--world", world)
    assert read(mocks, "jobs", "run", "--world", world) == {"jobs_run": 0}
    assert read(mocks, "jobs", "run", "--all", "--world", world)["jobs_run"] >= 1
    assert terminal("jobs", "run", "--world", world) == "0 jobs run\n"
    assert "ortto" in one_line(mocks("jobs", "list", "--vendor", "orto"))


def test_show_and_change_settings(mocks: Shell, terminal: Terminal, world: str) -> None:
    before = read(mocks, "settings", world)
    changed = read(mocks, "settings", world, "--jobs", "manual", "--limits", "--rate", "fanfare.calls=7")
    assert (changed["jobs"], changed["limits"], changed["rates"]["fanfare"]["calls"]) == (
        "manual",
        True,
        7,
    )
    assert re.search(r"rates\.fanfare\.calls +7", terminal("settings", world))
    back = ("--jobs", "default", "--no-limits", "--rate", "fanfare.calls=default")
    assert read(mocks, "settings", world, *back) == before
    assert "the nearest is strict" in one_line(mocks("settings", world, "--strictness", "strct"))
    assert "'grumpy'" in one_line(mocks("settings", world, "--switch", "ortto.grumpy=true"))


def test_untrusted_text_is_escaped_on_a_terminal() -> None:
    assert printable("a\x1b[2Jb\n[red]ü") == "a\\x1b[2Jb\\n[red]ü"
    assert (printable([1, None]), printable({"a": 1, "b": "c"}), printable(None)) == (
        "[1, null]",
        "a=1  b=c",
        "",
    )
