"""A package that `mockserver new --into` makes: installed by pip, its vendor is one like the shipped ones."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from mockserver import cli, vendors
from mockserver.app import create_app
from mockserver.client import Control, World
from mockserver.server.http_server import Server
from tests.child_pytest import ALONE, OURS
from tests.outsiders import import_path, make_package
from tests.processes import PATIENCE

PACKAGE = [
    *(".gitignore", "README.md"),
    *(f"mockserver_acme/{name}.py" for name in ("__init__", "audience_records", "audiences", "backstage")),
    *(f"mockserver_acme/contracts/acme/{name}.yaml" for name in ("backstage", "collections")),
    *(f"mockserver_acme/contracts/acme/{name}" for name in ("fuzz.toml", "openapi.yaml")),
    "mockserver_acme/contracts/acme/stories.arazzo.yaml",
    *("mockserver_acme/fixtures/credentials.yaml", "mockserver_acme/population.py"),
    *("pyproject.toml", "tests/test_acme.py"),
]
SHIPPED = vendors.names()
KEY = {"X-Api-Key": "acme-mockserver"}
KEEPS_NOTHING = {} if sys.pycache_prefix else {"PYTHONDONTWRITEBYTECODE": "1"}
"""The environment of commands that leave no compiled modules in the project."""


def run(*words: str, cwd: Path, **environment: str) -> str:
    """The output of a successful command."""
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=cwd,
        env={**os.environ, **KEEPS_NOTHING, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("outside") / "acme"
    done = CliRunner().invoke(
        cli.mockserver, ["new", "acme", "--title", "Acme & Sons", "--into", str(folder)]
    )
    assert done.exit_code == 0, done.output
    assert "Acme & Sons is a package that is already served" in done.output
    return folder


@pytest.fixture(scope="module")
def target(project: Path) -> Path:
    """The folder that pip has installed the package in, alone."""
    folder = project.parent / "installed"
    words = ("install", "--quiet", "--no-deps", "--no-build-isolation", "--target", str(folder), str(project))
    run("pip", *words, cwd=project.parent)
    return folder


@pytest.fixture(scope="module")
def control(target: Path) -> Iterator[Control]:
    """A server of all vendors, with the package on the import path as an installed one."""
    with import_path(target):
        server = Server(create_app()).start()
        try:
            yield Control(server.url)
        finally:
            server.stop()


@pytest.fixture
def world(control: Control) -> Iterator[World]:
    made = control.create_world()
    yield made
    made.delete()


def audiences(world: World) -> list[dict[str, Any]]:
    reply = requests.get(f"{world.url('acme')}/v1/audiences", headers=world.headers("acme"), timeout=PATIENCE)
    reply.raise_for_status()
    found: list[dict[str, Any]] = reply.json()["audiences"]
    return found


def test_project_is_whole(project: Path) -> None:
    files = {path.relative_to(project).as_posix(): path for path in project.rglob("*") if path.is_file()}
    assert sorted(files) == sorted(PACKAGE)
    texts = {name: path.read_text() for name, path in files.items()}
    assert [name for name, text in texts.items() if re.search("example.?vendor", text, re.IGNORECASE)] == []
    assert [name for name, text in texts.items() if "mockserver.vendors." in text] == []


@pytest.mark.skipif(find_spec("ruff") is None, reason="needs ruff: the extra dev")
def test_ruff_finds_nothing(project: Path) -> None:
    run("ruff", "check", "--no-cache", "--select", "E,F,I,N,W,UP,B,C4,SIM,PT", ".", cwd=project)
    run("ruff", "format", "--check", "--no-cache", ".", cwd=project)


def test_lint_and_verify_find_nothing(target: Path, tmp_path: Path) -> None:
    installed = {"PYTHONPATH": str(target)}
    output = run("mockserver", "verify", "acme", "--examples", "1", cwd=tmp_path, **installed)
    assert re.search(r"^lint +acme +ok", output, re.MULTILINE)
    assert re.search(r"^stories +page_through_audiences +ok", output, re.MULTILINE)
    assert re.search(r"^acme: nothing new, 0 accepted \(\d+ run, 0 skipped", output, re.MULTILINE), output


def test_its_own_tests_cover_its_contract(project: Path, target: Path) -> None:
    options = ("-q", *OURS, "--mockserver-vendor", "acme", "--mockserver-coverage")
    limits = ("--mockserver-fail-under", "operations=100", "--mockserver-fail-under", "problems=80")
    output = run("pytest", *options, *limits, cwd=project, PYTHONPATH=str(target), **ALONE)
    assert re.search(r"^\d+ passed", output, re.MULTILINE)


def test_vendor_path_serves_the_project_without_installation(project: Path, tmp_path: Path) -> None:
    """For a command and its children, and for tests by the ini file."""
    client = (
        "import os, requests;"
        "key = {'X-Api-Key': os.environ['MOCKSERVER_ACME_API_KEY']};"
        "print(requests.get('https://api.acme.example/v1/audiences', headers=key, timeout=20).status_code);"
        "print(os.environ['MOCKSERVER_VENDOR_PATH'])"
    )
    options = ("--vendor", "acme", "--vendor-path", os.path.relpath(project, tmp_path), "--strict")
    output = run("mockserver", "run", *options, "--", sys.executable, "-c", client, cwd=tmp_path)
    assert output.splitlines()[0] == "200"
    assert Path(output.splitlines()[1]).samefile(project)
    (tmp_path / "pytest.ini").write_text(
        f"[pytest]\nmockserver_vendor_path = {os.path.relpath(project, tmp_path)}\n"
    )
    test = "def test_it(mockserver):\n    assert {'acme', 'SHIPPED'} <= {*mockserver.vendors}\n"
    (tmp_path / "test_path.py").write_text(test.replace("SHIPPED", SHIPPED[0]))
    run("pytest", "-q", *OURS, cwd=tmp_path, **ALONE)


def test_served_beside_the_shipped_vendors(control: Control) -> None:
    assert sorted(one["name"] for one in control.vendors()) == sorted([*SHIPPED, "acme"])
    (own,) = [one for one in control.vendors() if one["name"] == "acme"]
    assert (own["title"], own["url"]) == ("Acme & Sons API", f"{control.url}/acme")
    assert requests.get(f"{control.url}/acme/v1/audiences", headers=KEY, timeout=PATIENCE).status_code == 200
    served = requests.get(f"{control.url}/acme/openapi.json", timeout=PATIENCE).json()
    assert served["servers"][0]["url"] == f"{control.url}/acme"


def test_worlds_are_isolated_forked_and_restored(control: Control, world: World) -> None:
    before = audiences(world)
    assert sum(one["members"] for one in before) == world.people == 200
    world.snapshot("before")
    made = world.backstage("acme", "create_audience", name="Spring guests")
    fork = control.create_world(fork=world.name)
    assert audiences(fork) == audiences(world) == [*before, made]
    world.restore("before")
    assert (audiences(world), audiences(fork)) == (before, [*before, made])
    fork.delete()
    assert made not in audiences(control.world())


def test_records_and_effects_are_shown(world: World) -> None:
    names = [one["name"] for one in audiences(world)]
    with world.changes() as changes:
        made = world.backstage("acme", "create_audience", name="Spring guests")
    assert changes.counts == {"acme.audiences": {"added": 1}}
    (added,) = changes.added("acme.audiences")
    assert added["name"] == "Spring guests"
    assert [one["id"] for one in changes.effects] == [made["id"]]
    assert [one["name"] for one in world.collections("acme")] == ["audiences"]
    found = world.records("acme", "audiences")
    assert sorted(one["name"] for one in found) == sorted([*names, "Spring guests"])


def test_faults_are_swept(world: World) -> None:
    sweep = world.faults.sweep(lambda: audiences(world), handles=requests.RequestException)
    sweep.assert_handled()
    failures = {(trial.operation, trial.failure) for trial in sweep.trials}
    assert {("list_audiences", "401 unauthorized"), ("list_audiences", "400 bad_request")} <= failures
    assert {failure for _, failure in failures} > {"drop_before", "drop_after", "truncate", "garbage"}


def test_journal_coverage_and_conduct_know_it(world: World) -> None:
    audiences(world)
    (exchange,) = world.journal("acme")
    assert (exchange["vendor"], exchange["operation"]) == ("acme", "list_audiences")
    assert "x-api-key" in str(exchange).lower()
    assert world.credentials("acme")["api_key"] not in str(exchange)
    world.journal.assert_called("acme", "list_audiences", times=1)
    reached = [one["name"] for one in world.coverage("acme")["items"] if one["calls"]]
    assert "GET /v1/audiences" in reached
    assert "GET /v1/audiences/{audienceId}" not in reached
    assert world.conduct("acme").findings == []


def test_redirect_leads_its_host_to_the_world(world: World) -> None:
    with world.redirect():
        url = "https://api.acme.example/v1/audiences"
        reply = requests.get(url, headers=world.headers("acme"), timeout=PATIENCE)
    assert reply.json()["audiences"] == audiences(world)


def test_its_stories_are_played_by_the_console(control: Control, world: World) -> None:
    listed = requests.get(f"{control.url}/_mock/vendors/acme/stories", timeout=PATIENCE).json()["stories"]
    assert "page_through_audiences" in [one["name"] for one in listed]
    step = f"{control.url}/_mock/worlds/{world.name}/stories/acme/page_through_audiences/first_page"
    played = requests.post(step, json={}, timeout=PATIENCE)
    assert (played.json()["reply"]["status"], played.json()["findings"]) == (200, [])


def test_proposed_patch_is_one_of_the_project(world: World, project: Path) -> None:
    world.faults.add(
        "acme", "list_audiences", "drift", field="/audiences/*/members", change="removed", times=None
    )
    words = ["verify", "acme", "--url", world.url("acme"), "--phase", "stories", "--rate", "1000"]
    words += ["--credential", f"api_key={world.credentials('acme')['api_key']}", "--propose", "-"]
    patch = CliRunner().invoke(cli.mockserver, words).stdout
    assert patch.startswith("--- a/mockserver_acme/contracts/acme/openapi.yaml\n")
    words = ["git", "apply", "--check", "-"]
    subprocess.run(words, cwd=project, input=patch, text=True, check=True, timeout=PATIENCE)


def test_existing_projects_and_shipped_names_are_refused(tmp_path: Path) -> None:
    make_package(tmp_path, "acme")
    for words, reason in (
        (["acme", "--into", str(tmp_path)], "exists already; choose another folder than"),
        (
            [SHIPPED[0], "--into", str(tmp_path / "new")],
            f"the server has '{SHIPPED[0]}' already; choose another name",
        ),
        (["w", "--into", str(tmp_path / "new")], "the server has 'w' already"),
        (["Acme", "--into", str(tmp_path / "new")], "'Acme' is not a valid vendor name"),
    ):
        done = CliRunner().invoke(cli.mockserver, ["new", *words])
        assert done.exit_code == 1
        assert reason in done.output
    assert not (tmp_path / "new").exists()
