"""`mockserver profile`: starting, listing and ending profiles, and one-line errors."""

import json
from pathlib import Path

from tests.processes import Shell, Terminal, one_line


def test_start_list_and_end(mocks: Shell, terminal: Terminal, tmp_path: Path) -> None:
    started = json.loads(mocks("profile", "start", "night-stuck", "--lasts", "2h").stdout)
    assert (started["name"], started["settings"]) == ("night-stuck", {"jobs": "no_events"})
    own = tmp_path / "slow.yaml"
    own.write_text("faults: [{kind: latency, seconds: 1ms, times: null}]")
    assert terminal("profile", "start", str(own)) == "started profile slow without an end\n"
    active = json.loads(mocks("profile").stdout)
    assert active == json.loads(mocks("profile", "list").stdout)
    assert [one["name"] for one in active] == ["night-stuck", "slow"]
    assert "jobs=no_events" in terminal("profile")
    assert "misspelt" in one_line(mocks("profile", "end", "misspelt"))
    assert json.loads(mocks("profile", "end", "night-stuck").stdout) == {"ended": ["night-stuck"]}
    assert terminal("profile", "end") == "ended profile slow\n"
    assert "no active profile" in terminal("profile")


def test_those_of_the_server(mocks: Shell, terminal: Terminal) -> None:
    known = json.loads(mocks("profile", "available").stdout)
    assert "degraded" in [one["name"] for one in known]
    assert "2 days, 0:00:00" in terminal("profile", "available")


def test_errors_in_one_line(mocks: Shell, tmp_path: Path) -> None:
    assert "unknown profile 'degradet'" in one_line(mocks("profile", "start", "degradet"))
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("fauts: []")
    assert 'did you mean "faults"?' in one_line(mocks("profile", "start", str(wrong)))
