"""The workflows, and what a release needs: one version, and scripts that exist."""

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver import __version__
from tests.house.sources import ROOT

WORKFLOWS: dict[str, dict[str, Any]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))
}
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def steps(workflow: str, job: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = WORKFLOWS[workflow]["jobs"][job]["steps"]
    return found


def test_the_version_stands_in_one_place() -> None:
    assert PROJECT["dynamic"] == ["version"]
    kit = json.loads((ROOT / "clients" / "javascript" / "package.json").read_text(encoding="utf-8"))
    assert kit["version"] == __version__
    page = (ROOT / "docs" / "how-to" / "ci.md").read_text(encoding="utf-8")
    assert re.findall(r"rev: (.*)", page) == [f"v{__version__}"]


def test_the_workflow_runs_every_python_that_the_package_names() -> None:
    named = [one.rpartition(" :: ")[2] for one in PROJECT["classifiers"]]
    pythons = [one for one in named if re.fullmatch(r"3\.\d+", one)]
    assert WORKFLOWS["ci"]["jobs"]["fast"]["strategy"]["matrix"]["python"] == pythons
    assert pythons[0] == PROJECT["requires-python"].removeprefix(">=")


def test_the_scripts_of_the_workflows_exist() -> None:
    jobs = [job for workflow in WORKFLOWS.values() for job in workflow["jobs"].values()]
    scripts = [one for job in jobs for step in job["steps"] for one in re.findall(r"\.ci/\w+", str(step))]
    assert {*scripts} == {".ci/run", ".ci/oldest", ".ci/release", ".ci/site", ".ci/tools"}
    for script in {*scripts}:
        assert (ROOT / script).stat().st_mode & 0o111


def test_only_the_jobs_that_publish_may_write() -> None:
    for workflow in WORKFLOWS.values():
        assert workflow["permissions"] == {"contents": "read"}
    jobs = WORKFLOWS["release"]["jobs"]
    assert jobs["package"]["permissions"] == {"id-token": "write"}
    assert {jobs[name]["needs"] for name in ("package", "image")} == {"build"}
    assert WORKFLOWS["site"]["jobs"]["build"]["permissions"] == {"contents": "read", "pages": "read"}
    assert WORKFLOWS["site"]["jobs"]["publish"]["permissions"] == {"pages": "write", "id-token": "write"}
    assert all("secrets" not in str(step) for step in steps("release", "package")), "no password is stored"


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("v9.9.9", f"the tag v9.9.9 does not name the version {__version__}"),
        (f"v{__version__}", f"CHANGELOG.md has no ## [{__version__}] - "),
    ],
)
def test_an_incomplete_release_is_refused(tmp_path: Path, tag: str, message: str) -> None:
    script = (ROOT / ".ci" / "release").read_text(encoding="utf-8")
    checks = script[script.index("version=$") :].replace("test -f", "true ")  # nothing was built
    for name in ("mockserver/__init__.py", "clients/javascript/package.json", "docs/how-to/ci.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "CHANGELOG.md").write_text("## [Unreleased]\n")
    words = ["bash", "-euo", "pipefail", "-c", f"dist=dist tag={tag}\n{checks}"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert message in done.stderr
