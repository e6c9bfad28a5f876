"""How many examples a random test tries: a few in each run, many with `-m thorough`."""

import pytest


def few_or_many(few: int, many: int) -> pytest.MarkDecorator:
    """Gives a test the argument `examples`: the one number in each run, the other in a thorough run."""
    numbers = [pytest.param(few, id="few"), pytest.param(many, id="many", marks=pytest.mark.thorough)]
    return pytest.mark.parametrize("examples", numbers)
