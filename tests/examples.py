"""How much a test tries: a few examples or a part in each run, many or the whole with `-m thorough`."""

from collections.abc import Iterable
from typing import Any

import pytest


def few_or_many(few: int, many: int) -> pytest.MarkDecorator:
    """Gives a test the argument `examples`: the one number in each run, the other in a thorough run."""
    numbers = [pytest.param(few, id="few"), pytest.param(many, id="many", marks=pytest.mark.thorough)]
    return pytest.mark.parametrize("examples", numbers)


def part_or_whole(step: int) -> pytest.MarkDecorator:
    """Gives a test the argument `step`: it takes one item in so many in each run, each in a thorough run."""
    steps = [pytest.param(step, id="part"), pytest.param(1, id="whole", marks=pytest.mark.thorough)]
    return pytest.mark.parametrize("step", steps)


def one_in(step: int, items: Iterable[Any]) -> list[Any]:
    """The values of one parameter, or of several: one in so many in each run, each in a thorough run."""
    return [
        pytest.param(
            *(item if isinstance(item, tuple) else [item]),
            marks=() if number % step == 0 else pytest.mark.thorough,
        )
        for number, item in enumerate(items)
    ]
