"""Ortto: the cache of compiled filters never returns a predicate of another filter or another time."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from mockserver.client import World
from mockserver.vendors.ortto.compiled_filters import compiled
from mockserver.vendors.ortto.filter_logic import (
    activities_in,
    audiences_in,
    compile_filter,
    is_time_dependent,
)
from mockserver.vendors.ortto.filter_types import FilterContext
from tests.vendors.ortto import Ortto, condition
from tests.vendors.test_ortto_daily_refresh import START, random_filter, random_person


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


AUDIENCES = ["a" * 24, "b" * 24]


@pytest.mark.parametrize("seed", range(10))
def test_a_cached_filter_gives_what_a_fresh_one_gives(seed: int) -> None:
    random = Random(seed)
    filters = [random_filter(random, AUDIENCES) for _ in range(5)]
    for _ in range(200):
        filter, now = random.choice(filters), START + timedelta(days=random.randrange(40))
        if random.random() < 0.2:
            filter.clear()  # modified in place, as an audience's filter may be
            filter.update(random_filter(random, AUDIENCES))
        person = random_person(random, now) | {"in": {one: {} for one in AUDIENCES if random.random() < 0.5}}
        cached = compiled(filter)
        assert cached.predicate(now)(person) is compile_filter(filter, FilterContext(now))(person)
        assert cached.dependencies == audiences_in(filter)
        assert cached.activities == activities_in(filter)
        assert cached.is_time_dependent is is_time_dependent(filter)


def test_equal_filters_share_their_predicate() -> None:
    leaf = {"$and": [condition("$bol::is", "bol::p", value=True)]}
    one, other = compiled(leaf), compiled({**leaf})
    assert one is other
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    assert one.predicate(early) is other.predicate(late)  # time does not matter to this filter


def test_an_edited_audience_has_the_members_of_its_new_filter(ortto: Ortto) -> None:
    ortto.world.clock.freeze()
    created = ortto.backstage("create_audience", name="X", filter=condition("$bol::is", "bol::p", value=True))
    for value in (True, False, True):
        filter = condition("$bol::is", "bol::p", value=value)
        ortto.backstage("edit_criteria", audience_id=created["id"], filter=filter)
        ortto.world.clock.advance(seconds=2)
        assert ortto.audience("X")["members"] == ortto.matches(filter=filter)
