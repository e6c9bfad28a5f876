"""The commands of CONTRIBUTING.md: the fast subset exists, is broad, and leaves out the slow tests."""

import re
import shlex
import tomllib

import pytest

from tests.child_pytest import run_alone
from tests.house.pages import PAGES
from tests.house.sources import ROOT
from tests.slow import SLOW, is_slow_file

COMMANDS = [shlex.split(line) for line in re.findall(r"^\$ (.+)$", PAGES["CONTRIBUTING.md"], re.MULTILINE)]
(FAST,) = [words for words in COMMANDS if "-m" in words]
CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]


def test_the_fast_command_uses_registered_markers() -> None:
    markers = {line.partition(":")[0] for line in CONFIGURATION["ini_options"]["markers"]}
    assert FAST[0] == ".venv/bin/pytest"
    expression = FAST[FAST.index("-m") + 1]
    assert set(re.findall(r"\w+", expression)) - {"not", "and"} == {"slow", "thorough"} <= markers


def test_every_slow_file_exists() -> None:
    assert [pattern for pattern in SLOW if not any((ROOT / "tests").glob(pattern))] == []
    assert list(SLOW) == sorted(SLOW)


def test_the_fast_command_covers_most_files() -> None:
    assert 0.5 < len(fast_files("tests")) / len([*(ROOT / "tests").rglob("test_*.py")]) < 1


@pytest.mark.parametrize(
    ("folder", "fewest"),
    [("tests/pipeline", 200), pytest.param("tests", 2_000, marks=pytest.mark.thorough)],
)
def test_the_fast_command_collects_the_fast_files(folder: str, fewest: int) -> None:
    words = [word for word in FAST[1:] if word not in {"-n", "auto"}]
    done = run_alone("--collect-only", *words, folder, cwd=ROOT)
    files = {line.partition("::")[0] for line in done.stdout.splitlines() if "::" in line}
    assert len(re.findall("::", done.stdout)) > fewest
    assert files == fast_files(folder)


def fast_files(folder: str) -> set[str]:
    """The files of tests below a folder that are not slow."""
    every = (ROOT / folder).rglob("test_*.py")
    return {path.relative_to(ROOT).as_posix() for path in every if not is_slow_file(path)}


def test_the_gate_is_named() -> None:
    assert "`.ci/run`" in PAGES["CONTRIBUTING.md"]
    assert (ROOT / ".ci" / "run").exists()
