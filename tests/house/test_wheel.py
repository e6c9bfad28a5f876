"""Law 8: the built wheel, installed alone, serves the same contracts."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from mockserver import vendors
from mockserver.state.scenario import scenario_names
from tests.house.sources import ROOT
from tests.read_vendors import read_vendor

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
        "--no-build-isolation",  # an environment of its own for hatchling takes half of the time
        "--wheel-dir",
        str(folder),
        str(ROOT),
        cwd=folder,
    )
    return next(folder.glob("*.whl"))


def test_ships_what_the_checkout_has_and_nothing_else(wheel: Path) -> None:
    code = ("mockserver", "audience_mockserver.py")
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", *SHIPPED, *code, cwd=ROOT)
    expected = {
        f"mockserver/_data/{name}" if name.startswith(SHIPPED) else name for name in listed.splitlines()
    }
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert shipped == expected


@pytest.fixture(scope="module")
def target(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is unpacked in, alone; pip would do no more, as it is all of Python."""
    folder = tmp_path_factory.mktemp("alone") / "installed"
    with zipfile.ZipFile(wheel) as archive:
        assert not [name for name in archive.namelist() if ".data/" in name]
        assert b"Root-Is-Purelib: true" in archive.read(_metadata(archive, "WHEEL"))
        archive.extractall(folder)
    return folder


def _metadata(archive: zipfile.ZipFile, name: str) -> str:
    (found,) = [one for one in archive.namelist() if one.endswith(f".dist-info/{name}")]
    return found


def test_serves_the_same_contracts_alone(target: Path, tmp_path: Path) -> None:
    script = (
        "import json, mockserver, mockserver.vendors as v, mockserver.state.scenario as s;"
        "from mockserver.paths import contracts, fixtures;"
        "print(json.dumps([mockserver.__file__, str(contracts()), str(fixtures()),"
        " {n: v.find(n).contract.document.root for n in v.names()}, s.scenario_names()]))"
    )
    alone = json.loads(run(sys.executable, "-c", script, cwd=tmp_path, PYTHONPATH=str(target)))
    here = {name: read_vendor(name).contract.document.root for name in vendors.names()}
    assert all(place.startswith(str(target)) for place in alone[:3])
    assert alone[3:] == [json.loads(json.dumps(here)), scenario_names()]
    assert alone[3]


def test_begins_no_vendor_alone(target: Path, tmp_path: Path) -> None:
    """There is no checkout to write to: whatever it wrote, the next installation would take it away."""
    before = sorted(path for path in target.rglob("*") if path.suffix != ".pyc")
    words = [sys.executable, "-m", "mockserver", "new", "acme"]
    environment = {"PYTHONPATH": str(target), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "mockserver: this mockserver is an installed package, not a checkout to write to; "
        "run `mockserver new acme --into FOLDER`, which makes a package of it\n"
    )
    assert sorted(path for path in target.rglob("*") if path.suffix != ".pyc") == before
