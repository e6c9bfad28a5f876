"""Each rule finds the careless way of doing something, and nothing in the careful way."""

import pytest

from mockserver.client import World
from tests.conduct.flaws import FLAWS, Flaw

IDS = [f"{number}-{flaw.rule}" for number, flaw in enumerate(FLAWS)]


@pytest.mark.parametrize("flaw", FLAWS, ids=IDS)
def test_a_rule_tells_careless_from_careful(mockserver: World, flaw: Flaw) -> None:
    with mockserver.waiting():
        flaw.careless(mockserver)
    conduct = mockserver.conduct()
    assert flaw.rule in conduct.rules, str(conduct)
    mockserver.reset()
    with mockserver.waiting():
        flaw.careful(mockserver)
    conduct = mockserver.conduct()
    assert conduct.exchanges > 0
    assert flaw.rule not in conduct.rules, str(conduct)
