"""The JavaScript kit, installed as a stranger would: its tests, fixtures, types and documentation."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

import pytest

from mockserver import __version__
from tests.house.pages import PAGES, blocks
from tests.house.sources import ROOT
from tests.live_server import served
from tests.outside.tools import NODE_MODULES, needs_tools, node_program, run

KIT: Final = ROOT / "clients" / "javascript"
PAGE: Final = PAGES["docs/how-to/test-with-javascript.md"]
TUTORIAL: Final = PAGES["docs/tutorial/first-test-in-javascript.md"]
README: Final = PAGES["clients/javascript/README.md"]
CHECK_TYPES: Final = Path(__file__).with_name("check_types.mjs")

pytestmark = needs_tools


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with served() as url:
        yield url


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has installed the kit by the documented command, and the tools of others."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (command,) = re.findall(r"^npm install .*clients/javascript$", PAGE, re.MULTILINE)
    assert command in README
    words = command.replace("/path/to/checkout", str(ROOT)).split()
    run(*words, "--offline", "--no-audit", "--no-fund", "--omit=peer", cwd=folder)
    installed = folder / "node_modules"
    assert not (installed / "audience-mockserver").is_symlink()
    for tool in NODE_MODULES.iterdir():
        if not (installed / tool.name).exists():
            (installed / tool.name).symlink_to(tool)
    return folder


@pytest.fixture(autouse=True)
def on_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the kit find this environment's `mockserver`, and no server that runs already."""
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("MOCKSERVER_URL", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("FORCE_COLOR", raising=False)


def fill(folder: Path, *files: Path) -> Path:
    """A fresh folder with these files."""
    folder.mkdir()
    for file in files:
        shutil.copy(file, folder)
    return folder


def output_of(*command: str, cwd: Path) -> str:
    """The output of a command that fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_package_has_what_it_needs(project: Path) -> None:
    package = json.loads((KIT / "package.json").read_text(encoding="utf-8"))
    assert package["version"] == __version__
    assert not {"dependencies", "bundledDependencies"} & package.keys()
    installed = project / "node_modules" / "audience-mockserver"
    named = [
        path
        for entry in package["exports"].values()
        for path in (entry if isinstance(entry, dict) else {"": entry}).values()
    ]
    assert [path for path in named if not (installed / path).is_file()] == []
    assert (installed / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert {path.name for path in installed.iterdir()} == {
        "LICENSE",
        "README.md",
        "package.json",
        "src",
        "types",
    }


def test_its_tests_pass_on_a_server_that_runs(
    project: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests = fill(project / "world", KIT / "test" / "world.test.js")
    monkeypatch.setenv("MOCKSERVER_URL", url)
    assert re.search(r"^# fail 0$", run("node", "--test", "--test-reporter=tap", cwd=tests), re.MULTILINE)


def test_its_tests_pass_with_servers_of_its_own(project: Path) -> None:
    tests = fill(project / "server", KIT / "test" / "server.test.js")
    assert re.search(r"^# fail 0$", run("node", "--test", "--test-reporter=tap", cwd=tests), re.MULTILINE)


@pytest.fixture(scope="module")
def examples() -> dict[str, str]:
    """The documented files, by name; a file that several pages have is the same everywhere."""
    found: dict[str, str] = {}
    for block in (*blocks("js", PAGE), *blocks("js", README), *blocks("js", TUTORIAL)):
        name = block.partition("\n")[0].removeprefix("// ")
        assert found.setdefault(name, block) == block
    return found


def with_examples(folder: Path, examples: dict[str, str], *patterns: str) -> list[str]:
    """Writes the examples that fit a pattern into the folder, beside other tests; returns their names."""
    names = [name for name in examples for pattern in patterns if fnmatch(name, pattern)]
    for name in names:
        assert not (folder / name).exists()
        (folder / name).write_text(examples[name], encoding="utf-8")
    return names


def test_vitest_gives_each_test_a_world(project: Path, examples: dict[str, str]) -> None:
    """With the documented configuration, and beside the examples for it, which pass as well."""
    own = {file.name: file for file in (KIT / "test" / "vitest").glob("*.test.js")}
    folder = fill(project / "vitest", *own.values())
    shown = with_examples(folder, examples, "vitest.config.js", "*.test.js")[1:]
    assert shown
    # In one process: a start of one for each of seven files is half of the work.
    output = run(node_program("vitest"), "run", "--poolOptions.forks.singleFork", cwd=folder)
    files = len(own) + len(shown)
    assert re.search(rf"Test Files +{files} passed \({files}\)", output), output
    tests = dict(re.findall(r"✓ (\S+) \((\d+) tests?\)", output))
    assert sum(int(tests[name]) for name in own) == 8, output


def test_a_failing_test_of_vitest_shows_its_calls(
    project: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fill(project / "failing")
    shutil.copy(KIT / "test" / "vitest" / "failing.js", folder / "failing.test.js")
    monkeypatch.setenv("MOCKSERVER_URL", url)
    output = output_of(node_program("vitest"), "run", cwd=folder)
    assert re.search(r"Tests +5 failed \| 2 passed \(7\)", output), output
    first, second, third, fourth, fifth = re.split(r"^ FAIL .*FAIL-\d.*$", output, flags=re.MULTILINE)[1:]
    assert "expected 1 to be 2" in first
    assert "the last 5 of 7 calls" in first
    assert re.findall(r'sent: +\{"limit":(\d)\}', first) == ["3", "4", "5", "6", "7"]
    assert "failing.test.js:15" in first
    assert "mockserver: no calls" in second
    assert "unknown path: POST /ortto/v1/audience/get -> 404" in third
    assert "nearest:  POST /v1/audiences/get" in third
    assert "set the test's worldOptions to {strict: false}" in third
    assert "unknown:  body/limmit, nearest: limit" in fourth
    assert "sed" in fifth


def test_playwright_gives_each_test_a_world(project: Path, examples: dict[str, str]) -> None:
    """With the documented configuration, and beside the examples for it, which pass as well."""
    folder = fill(project / "playwright", *(KIT / "test" / "playwright").glob("*.spec.js"))
    shown = with_examples(folder, examples, "playwright.config.js", "*.spec.js")[1:]
    assert shown
    output = output_of(node_program("playwright"), "test", "--reporter=list", cwd=folder)
    assert "2 failed" in output
    assert f"{2 + len(shown)} passed" in output
    first, second = re.split(r"^ +\d\) .*FAIL-\d.*$", output, flags=re.MULTILINE)[1:]
    assert "mockserver: the calls of this test" in first
    assert 'sent:     {"limit":3}' in first
    assert "unknown path: POST /ortto/v1/audience/get -> 404" in second


def test_its_types_are_strict(project: Path) -> None:
    """Not those of the test runners, nor of the language; our own are checked."""
    files = sorted((KIT / "test" / "types").glob("*.ts"))
    assert len(files) >= 2
    folder = fill(project / "types", *files)
    output = run("node", str(CHECK_TYPES), str(NODE_MODULES), *(file.name for file in files), cwd=folder)
    (checked,) = re.findall(r"^(\d+) files checked$", output, re.MULTILINE)
    assert int(checked) > len(files) + 10


def test_the_committed_types_are_generated(tmp_path: Path) -> None:
    """`npm run types` in clients/javascript brings them up to date."""
    copy = tmp_path / "clients" / "javascript"
    shutil.copytree(KIT, copy, ignore=shutil.ignore_patterns("types", "node_modules", "test"))
    shutil.copytree(ROOT / "contracts" / "control", tmp_path / "contracts" / "control")
    (copy / "node_modules").symlink_to(NODE_MODULES)
    run("npm", "run", "types", cwd=copy)
    generated, committed = read_folder(copy / "types"), read_folder(KIT / "types")
    assert generated
    assert [name for name in {*generated, *committed} if generated.get(name) != committed.get(name)] == []


def read_folder(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_the_examples_run(project: Path, examples: dict[str, str]) -> None:
    """Those that need no test runner of others; the tests of the runners have the rest."""
    folder = fill(project / "examples")
    scripts = with_examples(folder, examples, "*.mjs")
    assert len(scripts) >= 2
    assert {name.split(".")[1] for name in examples} == {"mjs", "test", "spec", "config"}
    tap = run("node", "--test", "--test-reporter=tap", *scripts, cwd=folder)
    assert f"\n# pass {len(scripts)}\n" in tap
