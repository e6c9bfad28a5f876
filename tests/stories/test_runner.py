"""The stories of every vendor, run by the built-in runner, each in a new demo world."""

from functools import cache

import pytest

from mockserver import vendors
from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from mockserver.verify import story_file
from tests.stories.environment import run_in_world

story_file_of = cache(story_file.load_stories)
STORIES = [(vendor, story.id) for vendor in vendors.names() for story in story_file_of(vendor).stories]


@pytest.mark.mockserver(strict=False)
@pytest.mark.parametrize(("vendor", "story"), STORIES)
def test_story_passes(mockserver: World, mockserver_server: MockServer, vendor: str, story: str) -> None:
    (selected,) = [one for one in story_file_of(vendor).stories if one.id == story]
    result, _world = run_in_world(mockserver_server.url, story_file_of(vendor), selected, mockserver)
    assert [str(one) for one in result.findings] == []
    assert len(result.steps) == len(selected.steps)
