"""Runs a story with the built-in runner, by default in a new world."""

from mockserver.client import Control, World
from mockserver.verify.http_client import HttpClient
from mockserver.verify.story_file import Story, StoryFile
from mockserver.verify.story_runner import StoryEnvironment, StoryResult, run_story
from tests.read_vendors import read_vendor


def run_in_world(
    url: str, file: StoryFile, story: Story, world: World | None = None
) -> tuple[StoryResult, World]:
    """The result of the story on the server at `url`, and the world it ran in."""
    world = world or Control(url).create_world()
    vendor = read_vendor(file.vendor)
    credentials = world.credentials(file.vendor)
    base = world.url(file.vendor)
    environment = StoryEnvironment(
        HttpClient(),
        {file.vendor: base, "control": f"{url}/_mock"},
        {**credentials, "world": world.name, "url": base},
        sign=lambda method, target_url: vendor.hooks.sign(method, target_url, credentials),
    )
    return run_story(file, story, environment), world
