"""Law 7: what exists is documented, and what is documented runs."""

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click import Parameter
from click.testing import CliRunner

from mockserver import cli, environment, vendors
from mockserver.cli.serve import serve
from mockserver.client import Journal, World
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.paths import contracts
from mockserver.state.faults import KINDS
from tests.house.sources import ROOT
from tests.live_server import served

README = (ROOT / "README.md").read_text(encoding="utf-8")
GATE = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
CONTRACT = Contract.read(contracts() / "control" / "openapi.yaml")
CONTROL = CONTRACT.operations
PAGES = {page.stem: page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("*.md")}
WORLDS, KIT = PAGES["worlds"], PAGES["pytest-plugin"]
COMMANDS = re.findall(r"^\$ (.+)$", README + WORLDS, re.MULTILINE)
PLUGIN = (ROOT / "mockserver" / "pytest_plugin.py").read_text(encoding="utf-8")
SETTINGS = re.findall(r'addini\("(\w+)"', PLUGIN)
PYTHON = re.findall(r"```python\n(.*?)```", "\n".join([README, *PAGES.values()]), re.DOTALL)


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = CONTRACT.document.root["components"]["schemas"][name]
    return found


def test_the_test_command_is_what_the_gate_runs() -> None:
    assert len([command for command in COMMANDS if "install -e" in command and "pytest" in command]) == 1
    assert "README.md" in GATE


def test_the_serve_command_serves() -> None:
    """Its last part, that is; what it installs is the wheel, which has tests of its own."""
    install, serve = COMMANDS[0].rsplit(" && ", 1)
    assert install.endswith("pip install .")
    words = [sys.executable, "-m", *serve.replace(".venv/bin/", "").split(), "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert "http://127.0.0.1:" in server.stdout.readline()
        finally:
            server.terminate()
    assert server.returncode == 0


@pytest.mark.parametrize("example", [text for text in PYTHON if "def test_" in text])
def test_the_tests_in_it_pass(example: str, tmp_path: Path) -> None:
    (tmp_path / "test_my_client.py").write_text(example, encoding="utf-8")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_my_client.py"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_curls_in_it_work() -> None:
    curls = [command for command in COMMANDS if command.startswith("curl ")]
    assert len(curls) >= 3
    with served() as url:
        for command in curls:
            words = command.replace("curl", "curl --silent --show-error --fail-with-body", 1)
            shell = words.replace("http://127.0.0.1:4700", url)
            done = subprocess.run(shell, shell=True, capture_output=True, text=True, check=False, timeout=30)  # noqa: S602
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def test_every_command_of_it_is_known_here() -> None:
    known = ("python3 -m venv", "curl ", "pytest test_my_client.py")
    assert [command for command in COMMANDS if not command.startswith(known)] == []


@pytest.mark.parametrize("command", list(cli.mockserver.list_commands(None)))  # type: ignore[arg-type]
def test_every_command_line_command_is_documented(command: str) -> None:
    assert re.search(rf"`(mockserver )?{command}\b", README)
    assert CliRunner().invoke(cli.mockserver, [command, "--help"]).exit_code == 0


@pytest.mark.parametrize("option", [one for one in serve.params if one.name != "help"], ids=str)
def test_every_option_of_serve_is_documented(option: Parameter) -> None:
    row = next(line for line in README.splitlines() if line.startswith("| `mockserver serve` |"))
    assert any(f"`{word}`" in row for word in [*option.opts, *option.secondary_opts])


@pytest.mark.parametrize("variable", re.findall(r"`(MOCKSERVER_\w+)`", inspect.getsource(environment)))
def test_every_variable_of_the_environment_is_documented(variable: str) -> None:
    assert f"`{variable}`" in "\n".join([README, *PAGES.values()])


@pytest.mark.parametrize("vendor", vendors.names())
def test_every_vendor_is_documented(vendor: str) -> None:
    assert f"| `{vendor}` | `/{vendor}` |" in README


@pytest.mark.parametrize(
    "name", [name for name in {**vars(World), **World.__annotations__} if not name.startswith("_")]
)
def test_the_face_of_a_world_is_documented(name: str) -> None:
    plain = {"name", "scenario", "seed", "people", "vendors", "delete", "clear_journal", "snapshots", "facts"}
    assert name in plain or f".{name}" in KIT, f"docs/pytest.md does not mention .{name}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fault_is_documented(kind: str) -> None:
    assert f"\n| `{kind}` |" in WORLDS


@pytest.mark.parametrize("option", [*schema("Fault")["properties"]])
def test_every_option_of_a_fault_is_documented(option: str) -> None:
    assert option in {"id", "kind"} or f"`{option}`" in WORLDS


@pytest.mark.parametrize(("setting", "values"), schema("Settings")["properties"].items())
def test_every_setting_of_a_world_is_documented(setting: str, values: dict[str, Any]) -> None:
    assert f"\n| `{setting}` |" in WORLDS
    assert [value for value in values.get("enum", ()) if f"| `{value}` |" not in WORLDS] == []


@pytest.mark.parametrize("group", ["faults", "snapshot", "jobs"])
def test_every_command_of_a_group_is_documented(group: str) -> None:
    command = cli.mockserver.get_command(None, group)  # type: ignore[arg-type]
    for name in command.commands:  # type: ignore[union-attr]
        words = re.search(rf"mockserver {group} ([a-z|]+\|)?{name}\b", WORLDS)
        assert words or (name == "list" and f"`mockserver {group}`" in WORLDS), f"{group} {name}"


@pytest.mark.parametrize("operation", CONTROL.values(), ids=list(CONTROL))
def test_every_endpoint_of_the_control_api_is_documented(operation: Operation) -> None:
    path = operation.path.replace("/worlds/{world}/", "…/")
    assert any(
        f"`{operation.method}`" in row or f"`{operation.method} " in row
        for row in WORLDS.splitlines()
        if f" {path}`" in row
    ), f"docs/worlds.md does not mention {operation.method} {path}"


@pytest.mark.parametrize("name", [name for name in vars(Journal) if not name.startswith("_")])
def test_the_face_of_a_journal_is_documented(name: str) -> None:
    assert f".{name}(" in KIT, f"docs/pytest.md does not mention .{name}"


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_of_the_plugin_is_documented(name: str) -> None:
    assert f"`--{name.replace('_', '-')}" in KIT
    assert f"ini: `{name}" in " ".join(KIT.split())


def test_every_setting_of_the_plugin_has_an_ini_twin() -> None:
    assert sorted(re.findall(r'"--(mockserver-[a-z-]+)"', PLUGIN)) == sorted(
        name.replace("_", "-") for name in SETTINGS
    )


def test_every_word_of_the_marker_is_documented() -> None:
    words = re.findall(r"(\w+)=", re.search(r'"mockserver\((.*?)\)', PLUGIN)[1])  # type: ignore[index]
    assert "strict" in words
    assert [word for word in words if f"{word}=" not in KIT and f"`{word}`" not in KIT] == []


@pytest.mark.parametrize(
    "page",
    [*ROOT.glob("*.md"), *ROOT.glob("[a-z]*/*.md"), *(ROOT / "docs").rglob("*.md")],
    ids=lambda page: page.stem,
)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\((?!https?:)([^)#]*)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert not link or (page.parent / link).exists(), f"{page.name} links to {link}"
