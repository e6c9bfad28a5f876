"""The stories of every vendor, recorded in a capsule, replay the same on every store, at another address."""

import io
import zipfile
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from werkzeug.test import Client

from mockserver import vendors
from mockserver.app import Application, create_app
from mockserver.formats.secret_mark import MARK
from mockserver.storage.urls import open_store
from tests.stories.environment import play as play_story
from tests.stories.environment import story_file_of
from tests.stories.in_process import STOPPED_BY_OTHERS, URL, InProcessClient, application_environment

ELSEWHERE = "http://elsewhere.test:8080"
STEP = 6
"""Every sixth story is played: a hundred calls in all."""


class Recorded(NamedTuple):
    """A capsule of a world in which all stories were played, its secrets, and the hashes of its records."""

    capsule: bytes
    secrets: list[str]
    hashes: dict[str, str]
    calls: int


def play(app: Application, world: str, names: list[str]) -> Recorded:
    """All stories of the vendors, in one world whose clock runs, and moves after each vendor."""
    http, sent, path = Client(app), InProcessClient(app), f"/_mock/worlds/{world}"
    made = http.post("/_mock/worlds", json={"name": world, "scenario": "demo", "people": 40}, base_url=URL)
    secrets = []
    for name in names:
        file, access = story_file_of(name), made.get_json()["vendors"][name]
        secrets += access["credentials"].values()
        environment = application_environment(app, name, sent, world, access["url"])
        for story in file.stories[::STEP]:
            play_story(file, story, environment, STOPPED_BY_OTHERS)
        assert http.post(f"{path}/snapshots", json={"name": f"after-{name}"}).status_code == 201
        assert http.put(f"{path}/clock", json={"advance": 3600}).status_code == 200
    secrets.append(app.context.worlds.get(world)["secret"])
    content = http.get(f"{path}/capsule", base_url=URL)
    assert content.status_code == 200, content.data
    hashes = http.get(f"{path}/hash").get_json()["vendors"]
    return Recorded(content.data, secrets, hashes, len(sent.recorded))


@cache
def recorded() -> Recorded:
    return play(create_app(people=0), "stories", [*vendors.names()])


def replayed(content: bytes, store: str = "memory:") -> tuple[dict[str, Any], dict[str, str]]:
    """The result of a replay on another server, and the hashes of the records of its world."""
    app = create_app(hosts=["elsewhere.test"], people=0, store=open_store(store))
    http = Client(app)
    reply = http.put("/_mock/worlds/again/capsule", data=content, base_url=ELSEWHERE)
    assert reply.status_code == 200, reply.data
    hashes = http.get("/_mock/worlds/again/hash").get_json()["vendors"]
    app.close()
    return reply.get_json(), hashes


def check(capsule: Recorded, store: str = "memory:") -> dict[str, Any]:
    """The result of a replay that must not differ."""
    result, hashes = replayed(capsule.capsule, store)
    assert (result["difference"], hashes) == (None, capsule.hashes)
    return result


def test_stories_replay_the_same_in_memory() -> None:
    result = check(recorded())
    exchanges = [one for one in result["steps"] if one["action"] is None]
    assert len(exchanges) == result["exchanges"] > 100
    assert len(result["steps"]) > len(exchanges) + 5
    assert {one["status"] for one in exchanges} >= {200, 400, 401, 404, 417}, "refusals are replayed, too"


def test_they_replay_the_same_on_a_file(tmp_path: Path) -> None:
    check(recorded(), f"sqlite:///{tmp_path}/replayed.db")


def test_they_replay_the_same_on_postgres(database: str) -> None:
    check(recorded(), database)


def test_memory_replays_what_a_file_recorded(tmp_path: Path) -> None:
    app = create_app(people=0, store=open_store(f"sqlite:///{tmp_path}/recorded.db"))
    capsule = play(app, "stories", ["digitalaudience"])
    app.close()
    assert check(capsule)["exchanges"] > 20


def test_a_state_of_the_past_is_the_snapshot_that_was_made_then() -> None:
    app = create_app(people=0)
    play(app, "stories", ["digitalaudience", "ortto"])
    path, http = "/_mock/worlds/stories", Client(app)

    def diff(start: str, end: str) -> dict[str, Any]:
        reply = http.get(f"{path}/diff?from={start}&to={end}&limit=1000", base_url=URL)
        assert reply.status_code == 200, reply.data
        return {name: reply.get_json()[name] for name in ("counts", "changes")}

    exchanges = http.get(f"{path}/journal?vendor=digitalaudience&limit=1000").get_json()["exchanges"]
    first, last = exchanges[-1]["number"], app.context.worlds.journal("stories").last_number()
    assert last - first > 20
    assert (
        diff(f"{first}", "after-digitalaudience")
        == diff("after-ortto", f"{last}")
        == {"counts": {}, "changes": []}
    )
    found = diff(f"{first}", f"{last}")
    assert found == diff("after-digitalaudience", "after-ortto")
    assert found["counts"]["ortto.people"]["added"] > 1
    assert [one["name"] for one in http.get("/_mock/worlds").get_json()["worlds"]] == ["default", "stories"]


def test_the_file_is_small() -> None:
    assert len(recorded().capsule) <= 50 * 1024


def test_no_secret_is_in_the_file() -> None:
    text = text_of(recorded().capsule)
    assert len(recorded().secrets) > 5
    assert [secret for secret in recorded().secrets if secret in text] == []
    assert MARK not in text, "no value that the server has issued"


def text_of(content: bytes) -> str:
    """All that is in the file, unpacked."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [archive.read(name) for name in archive.namelist()]
    with zipfile.ZipFile(io.BytesIO(parts[1])) as start:
        parts += [start.read(name) for name in start.namelist()]
    return "\n".join(part.decode("utf-8", "replace") for part in parts)
