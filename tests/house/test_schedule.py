"""The order of tests and their workers."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import schedule

TESTS = Path(schedule.__file__).parent


def item(path: str) -> Any:
    return SimpleNamespace(path=TESTS / path)


def test_long_files_come_first_in_their_order() -> None:
    names = ["cli/test_cli.py", "cli/test_new.py", "fuzz/test_schemathesis.py", "waits/test_waiting.py"]
    items = [item(name) for name in names]
    schedule.long_first(items)
    assert items == [item(names[place]) for place in (1, 2, 0, 3)]


def test_every_long_file_exists() -> None:
    assert [pattern for pattern in schedule.LONG if not any(TESTS.glob(pattern))] == []
    assert list(schedule.LONG) == sorted(schedule.LONG)


@pytest.mark.parametrize(
    ("dist", "chosen", "then"),
    [
        ("load", False, "worksteal"),
        ("load", True, "load"),
        ("loadfile", False, "loadfile"),
        ("no", False, "no"),
    ],
)
def test_workers_steal_unless_something_else_is_chosen(dist: str, chosen: bool, then: str) -> None:
    config: Any = SimpleNamespace(option=SimpleNamespace(dist=dist, distload=chosen))
    schedule.share_by_stealing(config)
    assert config.option.dist == then


def test_there_may_be_no_workers() -> None:
    config: Any = SimpleNamespace(option=SimpleNamespace())
    schedule.share_by_stealing(config)
    assert vars(config.option) == {}
