"""Law 8: the built wheel, installed alone, serves the same contracts."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.sources import ROOT

SHIPPED = ("contracts", "fixtures")


def run(*words: str, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        words, cwd=cwd, env=environment or None, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--quiet",
        "--no-deps",
        "--wheel-dir",
        str(folder),
        str(ROOT),
        cwd=folder,
    )
    return next(folder.glob("*.whl"))


def test_ships_what_the_checkout_has_and_nothing_else(wheel: Path) -> None:
    listed = run(
        "git", "ls-files", "--cached", "--others", "--exclude-standard", *SHIPPED, "mockserver", cwd=ROOT
    )
    expected = {
        f"mockserver/_data/{name}" if name.startswith(SHIPPED) else name for name in listed.splitlines()
    }
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert shipped == expected


def test_serves_the_same_contracts_alone(wheel: Path, tmp_path: Path) -> None:
    target = tmp_path / "installed"
    run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
        *("--target", str(target), str(wheel)),
        cwd=tmp_path,
    )
    script = (
        "import json, mockserver, mockserver.vendors as v, mockserver.world.scenario as s;"
        "from mockserver.places import contracts, fixtures;"
        "print(json.dumps([mockserver.__file__, str(contracts()), str(fixtures()),"
        " {n: v.find(n).contract.document.root for n in v.names()}, s.names()]))"
    )
    python = [sys.executable, "-c", script]
    alone = json.loads(run(*python, cwd=tmp_path, PYTHONPATH=str(target)))
    here = json.loads(run(*python, cwd=ROOT))
    assert all(place.startswith(str(target)) for place in alone[:3])
    assert alone[3:] == here[3:]
    assert alone[3]
