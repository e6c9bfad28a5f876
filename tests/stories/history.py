"""What the stories of all vendors leave on a store: every reply, the journal and the hash of the state."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any, Final, NamedTuple

from werkzeug.test import Client

from mockserver import vendors
from mockserver.app import create_app
from mockserver.state.scenario import load_scenario
from mockserver.storage.memory import MemoryStore
from mockserver.storage.store import Store
from mockserver.verify.story_file import Story, StoryFile
from tests.stories.environment import play, story_file_of
from tests.stories.in_process import NOW, InProcessClient, Recorded, application_environment, time_stands

WHOLE: Final = slice(None)


class Left(NamedTuple):
    """What a story leaves: every reply, the journal of its world and the hash of its state."""

    replies: Recorded
    journal: list[Any]
    state: dict[str, Any]


History = dict[tuple[str, str], Left]
"""What the stories leave, by vendor and story."""


class KindsStore(MemoryStore):
    """A store in memory that notes the kinds of what is stored."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds: set[str] = set()

    def set(self, space: str, kind: str, id: str, entry: Any) -> None:
        self.kinds.add(kind)
        super().set(space, kind, id, entry)

    def fill(self, space: str, kind: str, entries: Any) -> None:
        self.kinds.add(kind)
        super().fill(space, kind, entries)


def stories(part: slice = WHOLE) -> Iterator[tuple[StoryFile, Story]]:
    """A part of the stories of each vendor, with the file that they are from."""
    for name in vendors.names():
        file = story_file_of(name)
        yield from ((file, story) for story in file.stories[part])


@time_stands()
def history(store: Store, part: slice = WHOLE, client: type[InProcessClient] = InProcessClient) -> History:
    """What each story leaves: every reply, the journal and the hash of the state."""
    app = create_app(replace(load_scenario("demo"), now=NOW, people=40), store=store)
    http, found = Client(app), {}
    for file, story in stories(part):
        sent = client(app)
        assert http.post("/_mock/worlds/default/reset").status_code in (200, 204)
        play(file, story, application_environment(app, file.vendor, sent))
        page = http.get("/_mock/worlds/default/journal?limit=1000").get_json()
        journal = [_without_duration(exchange) for exchange in page["exchanges"]]
        state = http.get("/_mock/worlds/default/hash").get_json()
        found[file.vendor, story.id] = Left(sent.recorded, journal, state)
    store.close()
    return found


def _without_duration(exchange: dict[str, Any]) -> dict[str, Any]:
    """The exchange without the one member that differs from run to run."""
    return {name: value for name, value in exchange.items() if name != "duration_us"}


@cache
def played() -> tuple[History, set[str]]:
    """The history in memory, and the kinds of what was stored: one play serves several tests."""
    store = KindsStore()
    return history(store), store.kinds


def in_memory(part: slice = WHOLE) -> History:
    """The history in memory of a part of the stories."""
    whole = played()[0]
    return {(file.vendor, story.id): whole[file.vendor, story.id] for file, story in stories(part)}


def replies() -> Recorded:
    """The replies in memory to all stories, one after the other."""
    return [reply for one in in_memory().values() for reply in one.replies]


def digest(told: History) -> str:
    """A digest of a history."""
    return hashlib.sha256(repr(told).encode()).hexdigest()
