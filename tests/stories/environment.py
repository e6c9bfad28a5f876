"""Runs a story with the built-in runner in a world."""

from collections.abc import Collection
from functools import cache
from typing import Final

from mockserver.client import World
from mockserver.verify import story_file
from mockserver.verify.http_client import Client
from mockserver.verify.runner import Target, story_environment
from mockserver.verify.story_file import Story, StoryFile
from mockserver.verify.story_runner import StoryEnvironment, run_story
from tests.read_vendors import read_vendor

story_file_of: Final = cache(story_file.load_stories)
"""The stories of a vendor, read once."""


def world_environment(url: str, vendor: str, world: World, client: Client) -> StoryEnvironment:
    """The environment of a vendor's stories in a world of the server at `url`."""
    target = Target(world.url(vendor), world.credentials(vendor), world.name, f"{url}/_mock")
    return story_environment(read_vendor(vendor), target, client)


def play(file: StoryFile, story: Story, environment: StoryEnvironment, stopped: Collection[str] = ()) -> None:
    """Plays a story to its end. Raises AssertionError for what stops it: the calls after it are not sent.

    `stopped` are stories that stop early in a world where others were played before them.
    """
    result = run_story(file, story, environment)
    found = [*map(str, result.findings), *([result.obstacle] if result.obstacle else [])]
    assert found == [] or story.id in stopped, f"{file.vendor} {story.id}: {found}"
