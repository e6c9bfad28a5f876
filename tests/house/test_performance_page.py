"""The page about performance: its figures are those of a run, and it describes every topic and option."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.house.pages import DOCS
from tests.house.sources import ROOT

PAGE = DOCS["docs/explanation/performance.md"]
FOLDER = ROOT / "benchmarks"
MEASURED = FOLDER / "measured.json"


def script(name: str, *words: str) -> str:
    """The output of a script of the benchmark."""
    command = [sys.executable, str(FOLDER / name), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def topics() -> list[str]:
    """The topics that the benchmark knows, from its error message for an unknown one."""
    command = [sys.executable, str(FOLDER / "bench.py"), "nonsense"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "unknown topic 'nonsense'" in done.stderr
    return done.stderr.partition("(available: ")[2].partition(")")[0].split(", ")


def test_the_figures_of_the_page_are_those_of_the_run() -> None:
    rendered = script("render.py", str(MEASURED))
    assert "| get, varying |" in rendered
    assert PAGE.endswith(f"\n{rendered}"), "run benchmarks/render.py benchmarks/measured.json --write"


def test_two_runs_are_compared(tmp_path: Path) -> None:
    run = json.loads(MEASURED.read_text(encoding="utf-8"))
    figure = run["figures"][0]
    run["figures"] = [{**figure, "value": figure["value"] * 2}, {**figure, "row": "of the new run only"}]
    (tmp_path / "new.json").write_text(json.dumps(run), encoding="utf-8")
    rows = script("render.py", str(tmp_path / "new.json"), "--against", str(MEASURED)).splitlines()[2:]
    assert [row.rpartition("| ")[2] for row in rows] == ["2.00 |"]


def test_the_run_describes_its_machine() -> None:
    machine: dict[str, Any] = json.loads(MEASURED.read_text(encoding="utf-8"))["machine"]
    assert all(machine[name] for name in ("cpu", "cores", "system", "python", "mockserver", "packages"))


def test_every_topic_is_described(topics: list[str]) -> None:
    assert len(topics) > 8
    assert [topic for topic in topics if f"\n| {topic} |" not in PAGE] == []


def test_every_option_is_described() -> None:
    usage = script("bench.py", "--help").partition("options:")[2]
    options = {word.strip("[],") for word in usage.split() if word.startswith("--")} - {"--help"}
    assert {"--quick", "--json"} <= options
    assert [option for option in options if f"\n| `{option}` |" not in PAGE] == []


def test_calls_can_be_measured_in_process() -> None:
    found = json.loads(script("in_process.py", "microseconds", "1", "2"))
    assert found.keys() == {"get, varying", "list of 20", "create"}
    assert all(0 < took < 1e6 for took in found.values())
