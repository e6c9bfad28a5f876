"""The stories of every vendor, told by our own runner: each in a demo world of its own."""

from collections.abc import Iterator
from functools import cache

import pytest

from mockserver import vendors
from mockserver.verify import stories
from tests.serving import served
from tests.stories.stage import perform

book = cache(stories.of)
EVERY = [(vendor, story.id) for vendor in vendors.names() for story in book(vendor).stories]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with served() as url:
        yield url


@pytest.mark.parametrize(("vendor", "story"), EVERY)
def test_is_true(server: str, vendor: str, story: str) -> None:
    (wanted,) = [one for one in book(vendor).stories if one.id == story]
    played, _world = perform(server, book(vendor), wanted)
    assert [str(one) for one in played.findings] == []
    assert len(played.steps) == len(wanted.steps)
