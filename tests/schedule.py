"""The order of tests, and how workers share them: long ones first, lest one worker ends after another."""

from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Final

import pytest

LONG: Final = (
    "cli/test_new.py",
    "control/test_fuzz.py",
    "fuzz/*",
    "replicas/test_alternating.py",
    "stories/test_respect.py",
)
"""Patterns of files below tests/ with tests of more than 10 seconds."""

_TESTS: Final = Path(__file__).parent


def share_by_stealing(config: pytest.Config) -> None:
    """Has each worker take one half of the tests in order, and then half of what another has left.

    Handing out a few tests at a time, as is the default, sets fixtures of modules up in every worker. Another
    choice on the command line is kept; `-d` is the default.
    """
    if getattr(config.option, "dist", "no") == "load" and not config.option.distload:
        config.option.dist = "worksteal"


def long_first(items: list[pytest.Item]) -> None:
    """Moves the long files to the front; otherwise the order stays."""
    items.sort(key=lambda item: not is_long(item.path))


@cache
def is_long(path: Path) -> bool:
    """Whether a test file is in the list."""
    name = path.relative_to(_TESTS).as_posix()
    return any(fnmatchcase(name, pattern) for pattern in LONG)
