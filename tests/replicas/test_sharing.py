"""What one replica makes holds on the other, while both are busy."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Event

import pytest
import requests

from mockserver.client import Control, World
from tests import postgres
from tests.concurrency.racing import PATIENCE, Caller, dealt, race
from tests.concurrency.servers import several_servers
from tests.vendors.digitalaudience import DigitalAudience

CALLERS = 8
START = "2026-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def replicas(cluster: postgres.Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Control]]:
    folder = tmp_path_factory.mktemp("replicas")
    vendors = ("digitalaudience", "fanfare", "ortto", "voyado")
    options = [word for name in vendors for word in ("--vendor", name)]
    with cluster.database() as url, several_servers(folder, url, 2, "--people", "20", *options) as started:
        yield [control for control, _ in started]


@pytest.fixture
def worlds(replicas: list[Control]) -> Iterator[list[World]]:
    """One world as each replica shows it."""
    made = replicas[0].create_world(people=20, now=START)
    yield [replica.world(made.name) for replica in replicas]
    made.delete()


def test_a_credential_opens_both_until_either_revokes_it(worlds: list[World]) -> None:
    here, there = worlds

    def statuses() -> list[int]:
        urls = [f"{world.url('ortto')}/v1/audiences/get" for world in worlds for _ in range(2)]
        return [
            requests.post(url, json={}, headers=minted.headers, timeout=PATIENCE).status_code for url in urls
        ]

    minted = here.mint("ortto")
    assert statuses() == [200] * 4
    there.revoke(minted)
    assert statuses() == [401] * 4


def test_a_session_of_one_is_known_to_the_other(worlds: list[World]) -> None:
    here = DigitalAudience(worlds[0])
    there = worlds[1].url("digitalaudience")
    for url in (there, here.url, there):
        reply = here.session.get(f"{url}/audience/loadaudiences", timeout=PATIENCE)
        assert reply.status_code == 200, reply.text


def test_ids_are_given_once(worlds: list[World]) -> None:
    def create(number: int, caller: Caller) -> list[str]:
        bodies = [{"name": f"{number}/{turn}", "type": "STATIC"} for turn in range(5)]
        return [caller.good("POST", "/api/v1/audiences", body)["id"] for body in bodies]

    callers = enumerate(dealt(worlds, "fanfare", CALLERS))
    ids = [id for made in race(*[lambda one=one: create(*one) for one in callers]) for id in made]
    assert len(set(ids)) == 5 * CALLERS
    calls = [one["id"] for one in worlds[1].journal(vendor="fanfare")]
    assert len(set(calls)) == len(calls) == 5 * CALLERS


def test_what_comes_again_and_again_is_done_once_each_time(worlds: list[World]) -> None:
    """Every night plans the next: had two replicas done one of them, there would be two from then on."""

    def nights() -> list[tuple[str, str]]:
        return sorted((job["vendor"], job["job"]) for job in worlds[0].jobs.pending("voyado"))

    first = Caller(worlds[0], "voyado")
    first.good("GET", "/api/v3/contacts/count")
    before = nights()
    assert before

    def pass_a_day(number: int, caller: Caller) -> None:
        worlds[number % 2].clock.advance(hours=24)
        caller.good("GET", "/api/v3/contacts/count")

    callers = enumerate(dealt(worlds, "voyado", CALLERS))
    race(*[lambda one=one: pass_a_day(*one) for one in callers])
    now = worlds[1].clock.now()
    assert now == datetime.fromisoformat(START) + timedelta(days=CALLERS)
    assert nights() == before
    dues = [datetime.fromisoformat(job["due"]) for job in worlds[1].jobs.pending("voyado")]
    assert all(now < due <= now + timedelta(days=1) for due in dues)


def test_a_world_that_is_put_back_while_it_is_called_is_whole(worlds: list[World]) -> None:
    """Each call adds two people: at no time is there one of them without the other, or without its figure."""
    done = Event()
    worlds[0].snapshot("start")
    others = _people(worlds[0]) - _subscribers(worlds[0])

    def merge(number: int, caller: Caller) -> int:
        turn = 0
        while not done.is_set():
            turn += 1
            fields = [{"str::email": f"{half}-{number}-{turn}@two.example", "bol::p": True} for half in "ab"]
            caller.good("POST", "/v1/person/merge", {"people": [{"fields": one} for one in fields]})
        return turn

    def put_back() -> int:
        try:
            for turn in range(10):
                worlds[turn % 2].snapshot(f"snapshot-{turn}")
                worlds[(turn + 1) % 2].restore("start" if turn % 3 else f"snapshot-{turn}")
                people = _people(worlds[turn % 2])
                assert people % 2 == 0
        finally:
            done.set()
        return 10

    callers = enumerate(dealt(worlds, "ortto", 4))
    turns = race(put_back, *[lambda one=one: merge(*one) for one in callers])
    assert min(turns) > 0
    there = {_people(world) for world in worlds}
    assert len(there) == 1
    assert there.pop() - _subscribers(worlds[1]) == others
    numbers = [one["number"] for one in worlds[0].journal()]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _people(world: World) -> int:
    found = Caller(world, "ortto").good("POST", "/v1/person/get", {"limit": 1})
    return int(found["meta"]["total_contacts"])


def _subscribers(world: World) -> int:
    listed = Caller(world, "ortto").good("POST", "/v1/audiences/get", {"search_term": "subscribers"})
    return int(next(one["members"] for one in listed if one["name"] == "Subscribers"))


def test_two_replicas_prepare_the_same_start_at_once(replicas: list[Control]) -> None:
    """Worlds of one recipe share a start that neither replica has written yet."""

    def count(number: int) -> int:
        world = replicas[number % 2].create_world(people=31, seed=4711)
        try:
            return _people(world)
        finally:
            world.delete()

    assert race(*[lambda one=one: count(one) for one in range(CALLERS)]) == [31] * CALLERS
