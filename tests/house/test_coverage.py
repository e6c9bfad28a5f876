"""The run of all tests is held to reach all of the contracts; a run of some is not."""

import json
import os
import subprocess
import sys
from functools import cache
from typing import Final

import pytest

from tests.child_pytest import ALONE, OURS
from tests.house.sources import ROOT

WHOLE: Final = ((), ("-n", "2"), ("-x", "-v"))
PART: Final = (
    ("tests/house",),
    ("-k", "fanfare"),
    ("-m", "thorough"),
    ("--deselect", "tests/house"),
    ("--collect-only",),
)


@cache
def options() -> dict[tuple[str, ...], str]:
    """What pytest would be held to, called with each of these words at the root, without running any test."""
    script = (
        "import json, sys, pytest\n"
        "class Stop:\n"
        "    @pytest.hookimpl(trylast=True)\n"
        "    def pytest_configure(self, config):\n"
        "        print('least', *config.option.mockserver_fail_under)\n"
        "        pytest.exit('seen', returncode=0)\n"
        "for words in json.loads(sys.argv[1]):\n"
        f"    pytest.main([*words, '-q', *{OURS}, '-p', 'xdist'], plugins=[Stop()])\n"
    )
    run = [sys.executable, "-c", script, json.dumps([*WHOLE, *PART])]
    alone = {**os.environ, **ALONE}
    done = subprocess.run(run, cwd=ROOT, env=alone, capture_output=True, text=True, check=False, timeout=60)
    told = [line for line in done.stdout.splitlines() if line.startswith("least")]
    return dict(zip((*WHOLE, *PART), (one.removeprefix("least").strip() for one in told), strict=True))


@pytest.mark.parametrize("words", WHOLE)
def test_a_run_of_everything_has_to_reach_everything(words: tuple[str, ...]) -> None:
    assert options()[words] == "operations=100 problems=100"


@pytest.mark.parametrize("words", PART)
def test_a_run_of_some_has_not(words: tuple[str, ...]) -> None:
    assert options()[words] == ""
