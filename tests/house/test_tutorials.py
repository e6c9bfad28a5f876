"""Every command and file of the tutorials, in their order; test_readme.py runs those in Python."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from mockserver import cli
from mockserver.app import create_app
from mockserver.client import Control
from mockserver.server.http_server import Server
from mockserver.state.scenario import load_scenario
from tests.house.pages import DOCS, blocks

ANY_LANGUAGE = DOCS["docs/tutorial/first-test-in-any-language.md"]
DEMO = DOCS["docs/tutorial/first-demo.md"]


def commands(page: str) -> list[str]:
    found = [line for block in blocks("text", page) for line in block.splitlines()]
    assert found
    assert [one for one in found if not one.startswith("mockserver ")] == []
    return found


def test_a_client_in_any_language_is_tested(tmp_path: Path) -> None:
    files = {re.findall(r"^# (\w+\.sh)\n", block)[0]: block for block in blocks("sh", ANY_LANGUAGE)}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")}

    def run(command: str) -> "subprocess.CompletedProcess[str]":
        words = [sys.executable, "-m", *shlex.split(command)]
        return subprocess.run(
            words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    find, test = commands(ANY_LANGUAGE)
    assert '"subscribers":' in run(find).stdout
    passed = run(test)
    assert passed.returncode == 0, passed.stdout + passed.stderr
    (tmp_path / "find.sh").write_text(files["find.sh"].replace(" --retry 2", ""), encoding="utf-8")
    assert run(test).returncode != 0, "as the page says: without --retry it fails"


def test_the_showcase_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    first, *rest = commands(DEMO)
    assert first == "mockserver demo"
    with Server(create_app(load_scenario("showcase"))) as server:
        monkeypatch.setenv("MOCKSERVER_URL", server.url)
        outputs: list[str] = []
        for command in rest:
            done = CliRunner().invoke(cli.mockserver, shlex.split(command)[1:])
            assert done.exit_code == 0, f"{command}\n{done.output}"
            outputs.append(done.output)
        assert "Ingrid" in outputs[0]
        assert outputs[1] != outputs[3], "the audience has other members"
        assert "ortto" in outputs[4]
        assert Control(server.url).send("GET", "/worlds/default/diff")["changes"] == []
