"""The run of all tests is held to reach all of the contracts; a run of some is not."""

import subprocess
import sys

import pytest

from tests.house.sources import ROOT


def options_of(*words: str) -> str:
    """What pytest would be held to, called with these words at the root, without running any test."""
    script = (
        "import sys, pytest\n"
        "class Stop:\n"
        "    @pytest.hookimpl(trylast=True)\n"
        "    def pytest_configure(self, config):\n"
        "        print('least', *config.option.mockserver_fail_under)\n"
        "        pytest.exit('seen', returncode=0)\n"
        "pytest.main([*sys.argv[1:], '-q', '-p', 'no:cacheprovider'], plugins=[Stop()])\n"
    )
    run = [sys.executable, "-c", script, *words]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    (told,) = [line for line in done.stdout.splitlines() if line.startswith("least")]
    return told.removeprefix("least").strip()


@pytest.mark.parametrize("words", [(), ("-n", "2"), ("-x", "-v")])
def test_a_run_of_everything_has_to_reach_everything(words: tuple[str, ...]) -> None:
    assert options_of(*words) == "operations=100 problems=100"


@pytest.mark.parametrize(
    "words",
    [
        ("tests/house",),
        ("-k", "fanfare"),
        ("-m", "thorough"),
        ("--deselect", "tests/house"),
        ("--collect-only",),
    ],
)
def test_a_run_of_some_has_not(words: tuple[str, ...]) -> None:
    assert options_of(*words) == ""
