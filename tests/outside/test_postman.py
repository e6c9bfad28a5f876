"""Postman: a contract becomes a collection, and newman gets the replies of the stories with its requests."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest

from mockserver import vendors
from mockserver.client import Control, World
from mockserver.verify import story_file
from mockserver.verify.story_file import Story, StoryFile
from mockserver.verify.story_runner import run_story
from tests.live_server import served
from tests.outside.evidence import CallCounter, Evidence
from tests.outside.postman import Collection, Recorder, Reply, postman
from tests.outside.tools import needs_tools, npm_tool
from tests.stories.environment import world_environment

WORLD: Final = "postman"
START: Final = "2026-11-30T09:00:00Z"
"""The clock stands still, so that a world that is reset gives the same replies again."""

pytestmark = needs_tools


@pytest.fixture(scope="module")
def process() -> Iterator["subprocess.Popen[str]"]:
    with postman() as process:
        yield process


@pytest.mark.parametrize("vendor", vendors.names())
def test_newman_gets_the_replies_of_the_stories(
    vendor: str, evidence: Evidence, process: "subprocess.Popen[str]"
) -> None:
    counter, file = CallCounter(), story_file.load_stories(vendor)
    replies: list[Reply] = []
    wrong: list[str] = []
    with (
        served(observers=[counter]) as url,
        evidence.reached_by(npm_tool("newman", "generated"), counter, only=vendor) as reached,
    ):
        requests = Collection(vendor, process)
        for story in file.stories:
            with counter.paused():
                world = Control(url).create_world(WORLD)
                recorded = record(url, world, file, story)
            found = requests.call(world, recorded)
            with counter.paused():
                world.delete()
            replies += found
            wrong += differences(story, recorded, found, world.url(vendor))
    assert wrong == []
    called = {one.operation for one in replies if one.operation and not one.refused}
    assert {row["operation"] for row in reached} - called == set(), "called past the collection only"
    assert {one.refused for one in replies if one.operation} <= {None, "no operation"}


def test_the_control_api_becomes_a_collection_too(process: "subprocess.Popen[str]") -> None:
    Collection("control", process)


def record(url: str, world: World, file: StoryFile, story: Story) -> Recorder:
    """The calls of a story; the world is as it was before them."""
    recorded = Recorder()
    plain = world_environment(url, file.vendor, world, recorded)

    def sign(method: str, target: str) -> dict[str, str]:
        headers = dict(plain.sign(method, target))
        recorded.signatures |= headers.items()
        return headers

    world.clock.freeze(START)
    run_story(file, story, replace(plain, sign=sign))
    world.reset()
    world.clock.freeze(START)
    return recorded


def differences(story: Story, recorded: Recorder, found: list[Reply], base: str) -> list[str]:
    """The replies of the vendor that newman got otherwise than the story."""
    return [
        f"{story.id}: {request.label} {response.status} {response.content!r}, "
        f"newman {reply.status} {reply.content!r}"
        for (request, response), reply in zip(recorded.exchanges, found, strict=True)
        if request.url.startswith(base)
        and (reply.status, reply.content) != (response.status, response.content)
    ]
