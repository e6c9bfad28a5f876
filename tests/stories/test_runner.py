"""The stories of every vendor, told by our own runner: each in the demo world of its own test."""

from functools import cache

import pytest

from mockserver import vendors
from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from mockserver.verify import story_file
from tests.stories.environment import perform

book = cache(story_file.of)
EVERY = [(vendor, story.id) for vendor in vendors.names() for story in book(vendor).stories]


@pytest.mark.mockserver(strict=False)
@pytest.mark.parametrize(("vendor", "story"), EVERY)
def test_is_true(mockserver: World, mockserver_server: MockServer, vendor: str, story: str) -> None:
    (wanted,) = [one for one in book(vendor).stories if one.id == story]
    played, _world = perform(mockserver_server.url, book(vendor), wanted, mockserver)
    assert [str(one) for one in played.findings] == []
    assert len(played.steps) == len(wanted.steps)
