"""A state exported from memory answers the same calls with the same bytes on a file and on PostgreSQL."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from werkzeug.test import Client

from mockserver import vendors
from mockserver.app import Application, create_app
from mockserver.state.portable_state import NamedState
from mockserver.state.scenario import load_scenario
from mockserver.state.state_file import unpack
from mockserver.storage.urls import open_store
from mockserver.verify.story_runner import run_story
from tests.examples import part_or_whole
from tests.stories.environment import story_file_of
from tests.stories.in_process import NOW, InProcessClient, Recorded, application_environment, time_stands

FILE = "/_mock/worlds/default/snapshots/after/file"
PEOPLE = 40
STEP = 6
"""In the gate one story in six of each vendor is played again from the state that every other has left."""
each_time = part_or_whole(STEP)


@time_stands()
def play(app: Application, step: int = 1) -> Recorded:
    """The replies to the calls of one story in `step`, in one world whose clock moves after each vendor.

    Some stories stop early: in this world there is a fault, and jobs may run at once.
    """
    http, sent = Client(app), InProcessClient(app)
    for name in vendors.names():
        file, environment = story_file_of(name), application_environment(app, name, sent)
        for story in file.stories[::step]:
            run_story(file, story, environment)
        moved = http.put("/_mock/worlds/default/clock", json={"advance": 3600.0})
        sent.recorded.append(("clock", moved.status_code, {}, moved.data))
    return sent.recorded


@cache
@time_stands()
def exported(step: int) -> tuple[bytes, Recorded]:
    """The state after the stories, and the replies to one story in `step` played again from there."""
    start = replace(load_scenario("demo"), now=NOW, people=PEOPLE)
    app = create_app(start, store=open_store("memory:"), limits=True)
    http = Client(app)
    http.post(
        "/_mock/worlds/default/faults",
        json={"kind": "status", "status": 503, "after": 7, "times": 1, "vendor": "ortto"},
    )
    play(app, 1 if step == 1 else 2)
    http.put("/_mock/worlds/default/settings", json={"jobs": "immediate"})
    assert http.post("/_mock/worlds/default/snapshots", json={"name": "after"}).status_code == 201
    content = http.get(FILE).data
    # The numbers of exchanges, from which ids of calls derive, start again.
    assert http.post("/_mock/worlds/default/reset").status_code == 200
    assert http.post("/_mock/worlds/default/snapshots/after/restore").status_code == 200
    return content, play(app, step)


@each_time
def test_the_state_is_not_small(step: int) -> None:
    content, replies = exported(step)
    state = unpack(content)
    assert {kind for kind, _row in state.documents} >= {"_fault", "_job", "_limit", "_serial"}
    assert len(state.documents) > 500
    assert {one["documents"] > 0 for one in state.manifest["vendors"].values()} == {True}
    assert len(replies) > 600 / step
    assert sum(status < 400 for _url, status, _headers, _body in replies) > len(replies) / 2


@each_time
def test_a_file_store_that_imports_it_as_a_snapshot_replies_the_same(tmp_path: Path, step: int) -> None:
    content, replies = exported(step)
    # The default world has another start: fewer people, in real time.
    app = create_app(
        replace(load_scenario("demo"), people=PEOPLE // 2), store=open_store(f"sqlite:///{tmp_path}/s.db")
    )
    http = Client(app)
    assert http.put(FILE, data=content).get_json() == {"name": "after", "world": "default"}
    assert http.post("/_mock/worlds/default/snapshots/after/restore").get_json()["people"] == PEOPLE
    assert play(app, step) == replies
    app.close()


@each_time
def test_a_postgres_store_that_starts_with_it_replies_the_same(database: str, step: int) -> None:
    content, replies = exported(step)
    app = create_app(state=NamedState("after", unpack(content)), store=open_store(database))
    assert play(app, step) == replies
    app.close()


@pytest.mark.parametrize("again", ["import", "start"])
def test_exporting_it_again_gives_the_same_bytes(again: str) -> None:
    content, _replies = exported(STEP)
    app = create_app(state=NamedState("after", unpack(content)) if again == "start" else None)
    http = Client(app)
    if again == "import":
        http.put(FILE, data=content)
    else:
        http.post("/_mock/worlds/default/snapshots", json={"name": "after"})
    assert http.get(FILE).data == content
