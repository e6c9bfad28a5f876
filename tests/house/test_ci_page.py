"""The page, the action and the hook for CI: their commands exist, and the shell of the action works."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver.server.http_server import Server
from tests.house.commands import unknown_part
from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "how-to" / "ci.md").read_text(encoding="utf-8")
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
WORKFLOWS = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
PLUGIN = (ROOT / "mockserver" / "testing" / "plugin_options.py").read_text(encoding="utf-8")


def shells(node: Any) -> Iterator[str]:
    """Every script in a workflow or an action."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name in ("run", "entry") and isinstance(value, str):
                yield value
            yield from shells(value)
    elif isinstance(node, list):
        for one in node:
            yield from shells(one)


SCRIPTS = [*shells(WORKFLOWS), *shells(ACTION), *shells(HOOKS)]
COMMANDS = [
    found
    for script in SCRIPTS
    for line in script.replace("\\\n", " ").splitlines()
    if not line.lstrip().startswith(("#", "echo"))
    for found in re.findall(r"(?:^|nohup |python -m )\s*mockserver ([^>|;&]+)", line)
]


def test_commands_are_found() -> None:
    assert len(COMMANDS) >= 9
    assert {line.split()[0] for line in COMMANDS} == {
        *("serve", "wait", "worlds", "journal", "coverage", "verify", "diff", "check", "lint")
    }


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_exists_with_these_options(line: str) -> None:
    assert unknown_part(line) is None


def test_unknown_commands_and_options_are_found() -> None:
    assert unknown_part("verfy ortto") == "no command verfy"
    assert unknown_part("verify ortto --uri x") == "--uri"
    assert unknown_part("faults add --when=x") == "--when=x"


def test_every_option_of_pytest_exists() -> None:
    named = set(re.findall(r"--mockserver-[a-z-]+", PAGE))
    assert {"--mockserver-url", "--mockserver-coverage", "--mockserver-fail-under"} <= named
    assert [name for name in named if f'"{name}"' not in PLUGIN] == []


def test_every_input_is_documented_and_every_documented_one_exists() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert rows == list(ACTION["inputs"])
    used = [step["with"] for one in WORKFLOWS for step in steps(one) if "mockserver@" in step.get("uses", "")]
    assert used
    assert all(set(given) <= set(ACTION["inputs"]) for given in used)
    assert set(re.findall(r"Outputs: `(\w+)` and `(\w+)`", PAGE)[0]) == set(ACTION["outputs"])


def steps(workflow: Any) -> list[dict[str, Any]]:
    jobs = workflow.get("jobs", {}) if isinstance(workflow, dict) else {}
    return [step for job in jobs.values() for step in job["steps"]]


def test_workflows_are_valid() -> None:
    whole = [one for one in WORKFLOWS if isinstance(one, dict) and "jobs" in one]
    assert len(whole) == 3
    for workflow in whole:
        # YAML 1.1 reads the key `on` as true.
        assert {"name", True, "jobs"} <= set(workflow)
        assert all(("run" in step) != ("uses" in step) for step in steps(workflow))


def test_scripts_contain_no_inputs() -> None:
    """It would be executed as part of the script."""
    assert all("${{" not in script for script in shells(ACTION))
    assert all(step.get("shell") == "bash" for step in STEPS.values() if "run" in step)


def test_the_hook_is_valid() -> None:
    (hook,) = HOOKS
    assert {"id", "name", "entry", "language"} <= set(hook)
    assert hook["id"] in PAGE
    pattern = re.compile(hook["files"])
    assert pattern.search("contracts/ortto/openapi.yaml")
    assert not pattern.search("docs/how-to/ci.md")


def test_the_command_of_the_hook_lints_the_contracts_of_its_folder() -> None:
    words = [sys.executable, *shlex.split(HOOKS[0]["entry"])[1:], "digitalaudience"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout) == (0, "digitalaudience: nothing found\n")


class Runner:
    """A stand-in for a CI runner: passes inputs, outputs and environment from step to step."""

    def __init__(self, folder: Path, **inputs: str) -> None:
        self.folder = folder
        self.python = Path(sys.executable).parent
        self.inputs = {name: str(one.get("default", "")) for name, one in ACTION["inputs"].items()} | inputs
        self.files = {name: folder / name for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in self.files.values():
            file.touch()

    def variables(self, name: str) -> dict[str, str]:
        lines = self.files[name].read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def run(self, name: str) -> "subprocess.CompletedProcess[str]":
        step = STEPS[name]
        own = {key: self._filled(text) for key, text in step["env"].items()}
        paths = {key: str(file) for key, file in self.files.items()}
        path = f"{self.python}:{os.environ['PATH']}"
        python = {"PYTHONPATH": str(ROOT)}
        environment = {**os.environ, **python, **self.variables("GITHUB_ENV"), **paths, **own, "PATH": path}
        words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        return subprocess.run(
            words, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=90
        )

    def _filled(self, text: str) -> str:
        def value(found: re.Match[str]) -> str:
            kind, _, name = found[1].partition(".")
            if kind == "inputs":
                return self.inputs[name]
            assert found[1].startswith("steps.start.outputs."), found[1]
            return self.variables("GITHUB_OUTPUT")[name.rpartition(".")[2]]

        return re.sub(r"\$\{\{ ([a-z.]+) \}\}", value, text)


@pytest.fixture
def port() -> str:
    """A free port."""
    server = Server(lambda _environ, _start: []).start()
    server.stop()
    return server.url.rpartition(":")[2]


CALL = """curl --silent --fail --output "$MOCKSERVER_REPORTS/own.json" --header 'X-Api-Key: PRK-mockserver' \\
  --json '{}' "$MOCKSERVER_URL/ortto/v1/tags/get" """


def test_the_steps_of_the_action(tmp_path: Path, port: str) -> None:
    runner = Runner(tmp_path, port=port, serve="--vendor ortto --seed 7 --people 20", run=CALL)
    started = runner.run("Start mockserver")
    assert started.returncode == 0, started.stdout + started.stderr
    reports = tmp_path / "mockserver-reports"
    pid = int((reports / "serve.pid").read_text())
    try:
        assert runner.variables("GITHUB_ENV")["MOCKSERVER_URL"] == f"http://127.0.0.1:{port}"
        assert runner.variables("GITHUB_OUTPUT")["reports"] == str(reports)
        ran = runner.run("Run the tests")
        assert ran.returncode == 0, ran.stderr
        runner.inputs["run"] = "true\nexit 3"
        assert runner.run("Run the tests").returncode == 3
        kept = runner.run("Keep what they did")
        assert kept.returncode == 0, kept.stdout + kept.stderr
    except BaseException:
        os.kill(pid, signal.SIGTERM)
        raise
    assert json.loads((reports / "own.json").read_text())
    assert [one["operation"] for one in json.loads((reports / "journal-default.json").read_text())] == [
        "get_tags"
    ]
    archive = (reports / "journal-default.har").read_text()
    assert len(json.loads(archive)["log"]["entries"]) == 1
    assert "PRK-mockserver" not in archive
    assert json.loads((reports / "coverage-default.json").read_text())["vendors"]["ortto"]
    assert "is ready at" in (reports / "serve.log").read_text()
    assert "| default | 1 |" in runner.files["GITHUB_STEP_SUMMARY"].read_text()
    assert not (reports / "serve.pid").exists()


def test_a_server_that_fails_to_start(tmp_path: Path, port: str) -> None:
    started = Runner(tmp_path, port=port, serve="--vendor nobody").run("Start mockserver")
    assert started.returncode == 1
    assert "::error title=mockserver::the server did not start" in started.stdout
    assert "unknown vendor 'nobody'" in started.stdout


def test_the_action_installs_its_own_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the command is tested here; test_wheel.py tests the installed package."""
    assert ACTION["inputs"]["package"]["default"] == "${{ github.action_path }}"
    assert (ROOT / "action.yml").parent == (ROOT / "pyproject.toml").parent
    runner = Runner(tmp_path, package="a folder; $(touch oops)")
    runner.python = tmp_path / "bin"
    runner.python.mkdir()
    stub = runner.python / "python3"
    stub.write_text('#!/bin/sh\nprintf "%s\\n" "$@" >words\n')
    stub.chmod(0o755)
    assert runner.run("Install mockserver").returncode == 0
    words = (tmp_path / "words").read_text().splitlines()
    assert words[:3] == ["-m", "pip", "install"]
    assert words[-1] == "a folder; $(touch oops)"
    command = [sys.executable, "-m", "pip", "install", "--help"]
    help_text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert [word for word in words[3:-1] if word not in help_text] == []
