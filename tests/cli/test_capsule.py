"""`mockserver capsule record` and `replay`: files, exit codes, steps, and a run's capsule."""

import json
import sys
from pathlib import Path

import pytest
import requests

from mockserver.client import Control
from mockserver.server.http_server import Server
from mockserver.state.capsule_file import pack, unpack
from tests.processes import Shell, Terminal, one_line, run

SCRIPT = """
import os, requests
url = "https://api.ap3api.com/v1/person/merge"
headers = {"X-Api-Key": os.environ["KEY"], "Content-Type": "application/json"}
body = {"people": [{"fields": {"str::email": "kim@example.com"}}], "merge_by": ["str::email"]}
for _ in range(2):
    assert requests.post(url, json=body, headers=headers, timeout=20).status_code == 200
raise SystemExit(3)
"""


@pytest.fixture
def recorded(served: Server, mocks: Shell, tmp_path: Path) -> Path:
    """A capsule of three calls, with a move of the clock before the last."""
    world = Control(served.url).create_world(people=3)
    for number in range(3):
        people = [{"fields": {"str::email": f"new-{number}@example.com"}}]
        body = {"people": people, "merge_by": ["str::email"]}
        url = f"{world.url('ortto')}/v1/person/merge"
        assert requests.post(url, json=body, headers=world.headers("ortto"), timeout=20).status_code == 200
        if number == 1:
            world.clock.advance(60)
    file = tmp_path / "three.zip"
    done = mocks("capsule", "record", world.name, str(file))
    assert json.loads(done.stdout) == {
        "file": str(file),
        "bytes": file.stat().st_size,
        "world": world.name,
    }
    return file


def test_a_capsule_replays_here_and_on_a_server(recorded: Path, served: Server, mocks: Shell) -> None:
    done = run("replay", str(recorded))
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["difference"], result["exchanges"], len(result["steps"])) == (None, 3, 4)
    done = run("replay", str(recorded), "--url", served.url, "--world", "rebuilt", "--until", "2")
    assert done.returncode == 0, done.stderr
    rebuilt = Control(served.url).world("rebuilt")
    assert len(rebuilt.journal()) == 2
    assert len(rebuilt.records("ortto", "people", search="new-")) == 2
    text = run("replay", str(recorded), "--step", "--format", "text").stdout.splitlines()
    assert text[:-1] == [
        "200  exchange 1 (ortto merge_people)",
        "200  exchange 2 (ortto merge_people)",
        "200  action 1 (set_clock)",
        "200  exchange 3 (ortto merge_people)",
    ]
    assert text[-1].startswith("replayed 3 of 3 exchanges and 1 actions in replay-")
    assert text[-1].endswith(": no difference")
    assert "already" in one_line(run("replay", str(recorded), "--url", served.url, "--world", "rebuilt"))


def test_a_difference_ends_with_1_and_names_the_step(recorded: Path) -> None:
    capsule = unpack(recorded.read_bytes())
    body = capsule.steps[1]["reply"]["body"]
    texts = [one.replace("created", "merged") if at == body else one for at, one in enumerate(capsule.bodies)]
    recorded.write_bytes(pack(capsule._replace(bodies=texts)))
    done = run("replay", str(recorded), "--format", "text")
    assert (done.returncode, done.stderr) == (1, "")
    expected = 'exchange 2 (ortto merge_people): /people/0/status: recorded "merged"; replayed "created"'
    assert done.stdout.rstrip("\n").endswith(expected)


def test_steps_wait_on_a_terminal(recorded: Path, terminal: Terminal) -> None:
    shown = terminal("replay", str(recorded), "--until", "1", "--step")
    assert "200  exchange 1 (ortto merge_people)" in shown


def test_what_cannot_be_recorded_or_replayed_is_one_line(tmp_path: Path, mocks: Shell) -> None:
    file = tmp_path / "no.zip"
    assert "cannot be read" in one_line(run("replay", str(file)))
    file.write_bytes(b"no")
    assert "damaged or no capsule" in one_line(run("replay", str(file)))
    assert "unknown" in one_line(mocks("capsule", "record", "nobody", str(file)))
    both = run("replay", str(file), "--url", "http://127.0.0.1:1", "--store", "memory:")
    assert "leave out --url" in one_line(both)


def test_a_failed_run_leaves_a_capsule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    options = ["--vendor", "ortto", "--people", "3", "--env", "KEY=ortto.api_key"]
    folder = tmp_path / "capsules"
    done = run("run", *options, "--capsule", str(folder), "--", sys.executable, "-c", SCRIPT)
    assert done.returncode == 3, done.stderr
    (file,) = folder.iterdir()
    assert f"mockserver replay {file}" in done.stderr
    result = run("replay", str(file))
    assert (result.returncode, result.stderr) == (0, "")
    assert json.loads(result.stdout)["exchanges"] == 2
