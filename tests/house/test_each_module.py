"""A check of each module fails with every module that fails it."""

from pathlib import Path

import pytest

from tests.house.each_module import each_module, failures
from tests.house.sources import modules


def is_short(name: str, _path: Path) -> None:
    assert len(name) < 4, "too long"


def test_every_failure_is_reported() -> None:
    here = Path(__file__)
    assert failures(is_short, {"abc": here, "abcd": here, "abcde": here}) == [
        "abcd: too long\nassert 4 < 4\n +  where 4 = len('abcd')",
        "abcde: too long\nassert 5 < 4\n +  where 5 = len('abcde')",
    ]


def test_nothing_to_check_is_a_failure() -> None:
    with pytest.raises(AssertionError):
        failures(is_short, {})


def test_the_test_fails_with_its_modules() -> None:
    with pytest.raises(AssertionError, match="too long"):
        each_module(is_short)()
    seen = []
    each_module(lambda name, _path: seen.append(name))()
    assert seen == [*modules()]
