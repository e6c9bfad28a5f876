"""The stories of every vendor, run by the built-in runner, each in a new demo world."""

import pytest

from mockserver import vendors
from tests.stories.environment import story_file_of
from tests.stories.verified import verified


@pytest.mark.parametrize("vendor", vendors.names())
def test_stories_pass(vendor: str) -> None:
    stories, cases = story_file_of(vendor).stories, verified(vendor).cases
    assert [case.name for case in cases] == [story.id for story in stories]
    stopped = {case.name: case.obstacle or case.skipped for case in cases if case.obstacle or case.skipped}
    assert stopped == {}
    assert [str(one) for case in cases for one in case.findings] == []
