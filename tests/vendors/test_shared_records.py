"""Records that readers share are never changed: checked at every read, over the stories of all vendors."""

from typing import Any

import orjson
import pytest

from mockserver import vendors
from mockserver.app import create_app
from mockserver.storage.decoded import DecodedBodies
from mockserver.storage.memory import MemoryStore
from mockserver.verify.story_file import load_stories
from tests.stories.environment import play
from tests.stories.in_process import InProcessClient, application_environment


class CheckedBodies(DecodedBodies):
    """Fails when a value is no longer what its body says."""

    reads = 0

    def decode(self, body: bytes) -> Any:
        value = super().decode(body)
        assert value == orjson.loads(body), "a reader has changed a shared record"
        self.reads += 1
        return value


@pytest.mark.parametrize("name", vendors.names())
def test_no_reader_changes_a_shared_record(name: str) -> None:
    store = MemoryStore()
    store.decoded = checked = CheckedBodies()
    app = create_app(vendors=(name,), store=store, people=40)
    file, environment = load_stories(name), application_environment(app, name, InProcessClient(app))
    for story in file.stories:
        play(file, story, environment)
    exchanges = app.context.worlds.journal("default").read(limit=1000)
    assert not [one["why"] for one in exchanges if one["why"]]
    for body in list(checked._values):
        checked.decode(body)


def test_a_changed_record_would_be_noticed() -> None:
    checked = CheckedBodies()
    checked.decode(b'{"a":1}')["a"] = 2
    with pytest.raises(AssertionError, match="changed a shared record"):
        checked.decode(b'{"a":1}')


def test_the_bodies_are_bounded() -> None:
    bodies = DecodedBodies()
    for number in range(3_000):
        bodies.decode(orjson.dumps({"number": number, "text": "x" * 5_000}))
    assert sum(map(len, bodies._values)) <= 4 * 1024 * 1024
