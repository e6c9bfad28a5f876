"""Rule 7: what exists is documented, and what is documented runs."""

import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click import Parameter
from click.testing import CliRunner

import mockserver
from mockserver import cli, environment, vendors
from mockserver.cli.check import check
from mockserver.cli.diff import diff
from mockserver.cli.serve import serve
from mockserver.cli.verify import verify
from mockserver.client import Journal, World
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.paths import contracts
from mockserver.state.faults import KINDS
from tests.child_pytest import run_alone
from tests.house.commands import spans, unknown_part
from tests.house.pages import DOCS, PAGES, PATHS, README, anchors, blocks, prose
from tests.house.sources import ROOT
from tests.live_server import served
from tests.processes import run
from tests.read_vendors import read_vendor

GATE = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
CONTRACT = Contract.read(contracts() / "control" / "openapi.yaml")
CONTROL = CONTRACT.operations
COMMAND_LINE = DOCS["docs/reference/command-line.md"]
PLUGIN_PAGE = DOCS["docs/reference/pytest-plugin.md"]
PYTHON_API = DOCS["docs/reference/python-api.md"]
CONTROL_API = DOCS["docs/reference/control-api.md"]
WORLDS = DOCS["docs/reference/worlds.md"]
FAULTS = DOCS["docs/reference/faults.md"]
TEXT = "\n".join([README, *DOCS.values()])
COMMANDS = re.findall(r"^\$ (.+)$", TEXT, re.MULTILINE)
SERVE_COMMANDS = [*dict.fromkeys(one for one in COMMANDS if re.search("mockserver (serve|demo)", one))]
PLUGIN = "".join(
    (ROOT / "mockserver" / name).read_text(encoding="utf-8")
    for name in (
        "pytest_plugin.py",
        "testing/plugin_options.py",
        "testing/conduct_plugin.py",
        "testing/needs_plugin.py",
    )
)
SETTINGS = re.findall(r'addini\("(\w+)"', PLUGIN)
OPTIONS = [
    pytest.param(command.name, option, id=f"{command.name}-{option.name}")
    for command in (serve, verify, check, diff)
    for option in command.params
    if option.name != "help" and option.opts[0].startswith("-")
]


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = CONTRACT.document.root["components"]["schemas"][name]
    return found


def section(page: str, heading: str) -> str:
    """The part of a page below a heading of the second level."""
    return re.split(r"^## ", page.split(f"\n## {heading}\n")[1], flags=re.MULTILINE)[0]


def test_the_test_command_is_what_the_gate_runs() -> None:
    assert len([command for command in COMMANDS if "install -e" in command and "pytest" in command]) == 1
    assert "README.md" in GATE


def test_the_first_command_installs_and_serves() -> None:
    install, start = COMMANDS[0].rsplit(" && ", 1)
    assert install.endswith("pip install .")
    assert start == ".venv/bin/mockserver serve"


@pytest.mark.parametrize("command", SERVE_COMMANDS)
def test_the_serve_commands_serve(command: str) -> None:
    """Only the last part of the command runs here; test_wheel.py tests the installation."""
    start = command.rpartition(" && ")[2]
    words = [sys.executable, "-m", *start.replace(".venv/bin/", "").split(), "--port", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert "http://127.0.0.1:" in server.stdout.readline()
        finally:
            server.terminate()
    assert server.returncode == 0


def test_the_verify_command_of_the_readme_finds_nothing() -> None:
    """Without lint and the fuzzer, which have tests of their own (tests/verify/test_verify_command.py)."""
    (command,) = [command for command in COMMANDS if "mockserver verify" in command]
    install, start = command.rsplit(" && ", 1)
    assert install.endswith("pip install '.[verify]'")
    program, *words = start.split()
    assert program == ".venv/bin/mockserver"
    done = run(*words, "--phase", "stories")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_python_examples_pass(tmp_path: Path) -> None:
    examples = blocks("python", TEXT)
    assert len(examples) >= 8
    for number, example in enumerate(examples):
        assert "def test_" in example
        (tmp_path / f"test_example_{number}.py").write_text(example, encoding="utf-8")
    done = run_alone(cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_curl_commands_work() -> None:
    curls = [command for command in COMMANDS if command.startswith("curl ")]
    assert len(curls) >= 7
    with served() as url:
        for command in curls:
            words = command.replace("curl", "curl --silent --show-error --fail-with-body", 1)
            shell = words.replace("http://127.0.0.1:4700", url)
            done = subprocess.run(shell, shell=True, capture_output=True, text=True, check=False, timeout=30)  # noqa: S602
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def test_every_command_is_run_by_a_test() -> None:
    tested = (
        "python3 -m venv",
        "curl ",
        "pytest test_my_client.py",
        ".venv/bin/mockserver serve ",
        ".venv/bin/mockserver demo",
        ".venv/bin/pip install '.[verify]' && .venv/bin/mockserver verify ortto",
    )
    assert [command for command in COMMANDS if not command.startswith(tested)] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_command_of_a_page_exists(name: str) -> None:
    lines = re.findall(
        r"^(?:- run: )?mockserver (.+)$", "\n".join(blocks("(?:text|yaml)", PAGES[name])), re.MULTILINE
    )
    used = [*spans(prose(PAGES[name])), *lines]
    assert [f"mockserver {arguments}" for arguments in used if unknown_part(arguments) is not None] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_pytest_option_of_a_page_exists(name: str) -> None:
    named = set(re.findall(r"--mockserver-[a-z-]*[a-z]", PAGES[name]))
    assert [option for option in named if f'"{option}"' not in PLUGIN] == []


@pytest.mark.parametrize("command", list(cli.mockserver.list_commands(None)))  # type: ignore[arg-type]
def test_every_command_line_command_is_documented(command: str) -> None:
    assert re.search(rf"`(mockserver )?{command}\b", COMMAND_LINE)
    assert CliRunner().invoke(cli.mockserver, [command, "--help"]).exit_code == 0


def test_readme_and_reference_group_the_commands_like_the_help() -> None:
    groups = cli.command_groups()
    assert groups
    for title, commands in groups.items():
        (row,) = re.findall(rf"^\| {title.lower()} \| (.+) \|$", README, re.MULTILINE)
        assert re.findall(r"[a-z]+", row.replace("mockserver ", "")) == commands
        rows = re.split(r"^(?:\| \*\*|$)", COMMAND_LINE.split(f"| **{title}** | |\n")[1], flags=re.MULTILINE)[
            0
        ]
        names = " ".join(line.split(" | ")[0] for line in rows.splitlines())
        documented = re.findall(r"`(?:mockserver )?([a-z]+)", names)
        assert list(dict.fromkeys(documented)) == commands


@pytest.mark.parametrize(("command", "option"), OPTIONS)
def test_every_option_of_a_command_is_documented(command: str, option: Parameter) -> None:
    text = section(COMMAND_LINE, f"mockserver {'serve' if command == 'serve' else 'verify'}")
    assert any(re.search(rf"`{word}[` ]", text) for word in [*option.opts, *option.secondary_opts])


@pytest.mark.parametrize("variable", re.findall(r"`(MOCKSERVER_\w+)`", inspect.getsource(environment)))
def test_every_variable_of_the_environment_is_documented(variable: str) -> None:
    assert f"`{variable}`" in TEXT


@pytest.mark.parametrize("vendor", vendors.names())
def test_every_vendor_is_documented(vendor: str) -> None:
    assert f"| `{vendor}` | `/{vendor}` |" in README


@pytest.mark.parametrize(
    "name", [name for name in {**vars(World), **World.__annotations__} if not name.startswith("_")]
)
def test_every_member_of_a_world_is_documented(name: str) -> None:
    plain = {"name", "scenario", "seed", "people", "vendors", "delete", "clear_journal", "snapshots", "facts"}
    assert name in plain or f".{name}" in PLUGIN_PAGE, f"pytest-plugin.md does not mention .{name}"


@pytest.mark.parametrize("name", mockserver.__all__)
def test_every_name_of_the_python_api_is_documented(name: str) -> None:
    assert re.search(rf"^\| `{name}[`(]", PYTHON_API, re.MULTILINE)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fault_is_documented(kind: str) -> None:
    assert f"\n| `{kind}` |" in FAULTS


@pytest.mark.parametrize("option", [*schema("Fault")["properties"]])
def test_every_option_of_a_fault_is_documented(option: str) -> None:
    assert option in {"id", "kind"} or f"`{option}`" in FAULTS


@pytest.mark.parametrize(("setting", "values"), schema("Settings")["properties"].items())
def test_every_setting_of_a_world_is_documented(setting: str, values: dict[str, Any]) -> None:
    assert f"\n| `{setting}` |" in WORLDS
    assert [value for value in values.get("enum", ()) if f"| `{value}` |" not in WORLDS] == []


@pytest.mark.parametrize(
    ("group", "page"),
    [("faults", FAULTS), ("snapshot", WORLDS), ("jobs", WORLDS), ("credentials", WORLDS)],
)
def test_every_command_of_a_group_is_documented(group: str, page: str) -> None:
    command = cli.mockserver.get_command(None, group)  # type: ignore[arg-type]
    assert command.commands  # type: ignore[union-attr]
    for name in command.commands:  # type: ignore[union-attr]
        words = re.search(rf"mockserver {group} {name}\b", page)
        assert words or (name == "list" and f"`mockserver {group}`" in page), f"{group} {name}"


@pytest.mark.parametrize("operation", CONTROL.values(), ids=list(CONTROL))
def test_every_endpoint_of_the_control_api_is_documented(operation: Operation) -> None:
    path = operation.path.replace("/worlds/{world}/", "…/")
    assert any(
        f"`{operation.method}`" in row or f"`{operation.method} " in row
        for row in CONTROL_API.splitlines()
        if f" {path}`" in row
    ), f"control-api.md does not mention {operation.method} {path}"


@pytest.mark.parametrize("name", schema("NewWorld")["properties"])
def test_every_member_of_a_new_world_is_documented(name: str) -> None:
    assert f"`{name}`" in CONTROL_API


@pytest.mark.parametrize("vendor", vendors.names())
def test_every_credential_of_a_world_is_documented(vendor: str) -> None:
    assert all(f"`{field}`" in CONTROL_API for field in default_fields(vendor))


def default_fields(vendor: str) -> set[str]:
    """The credential fields of the vendor's first customer."""
    return {one.name for one in read_vendor(vendor).contract.credentials if not one.tenant}


@pytest.mark.parametrize("name", [name for name in vars(Journal) if not name.startswith("_")])
def test_every_member_of_the_journal_is_documented(name: str) -> None:
    assert f".{name}(" in PLUGIN_PAGE, f"pytest-plugin.md does not mention .{name}"


@pytest.mark.parametrize("name", SETTINGS)
def test_every_setting_of_the_plugin_is_documented(name: str) -> None:
    assert re.search(rf"^\| `--{name.replace('_', '-')}[` ].*\| `{name}` \|", PLUGIN_PAGE, re.MULTILINE)


def test_every_setting_of_the_plugin_has_an_ini_twin() -> None:
    assert sorted(re.findall(r'"--(mockserver-[a-z-]+)"', PLUGIN)) == sorted(
        name.replace("_", "-") for name in SETTINGS
    )


def test_every_argument_of_the_marker_is_documented() -> None:
    words = re.findall(r"(\w+)=", re.search(r'"mockserver\((.*?)\)', PLUGIN)[1])  # type: ignore[index]
    assert "strict" in words
    table = section(PLUGIN_PAGE, "Marker")
    assert [word for word in words if f"`{word}`" not in table] == []


@pytest.mark.parametrize("path", PATHS, ids=PAGES)
def test_links_lead_somewhere(path: Path) -> None:
    lost = []
    for link, fragment in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", path.read_text(encoding="utf-8")):
        target = path.parent / link if link else path
        if not target.exists() or (fragment and fragment not in anchors(target.read_text(encoding="utf-8"))):
            lost.append(f"{link}#{fragment}")
    assert lost == []


def test_the_index_lists_every_page() -> None:
    index = ROOT / "docs" / "README.md"
    links = re.findall(r"\]\((?!https?:)([^)#]+)", index.read_text(encoding="utf-8"))
    listed = {(index.parent / link).resolve() for link in links}
    assert {path.resolve() for path in PATHS} - {index, ROOT / "README.md"} <= listed


@pytest.mark.parametrize("name", PAGES)
def test_lines_are_short(name: str) -> None:
    lines = prose(PAGES[name]).splitlines()
    if name in {"CHANGELOG.md", "contracts/README.md"}:
        return  # one line per entry
    assert [line for line in lines if len(line) > 120 and not line.startswith("|")] == []
