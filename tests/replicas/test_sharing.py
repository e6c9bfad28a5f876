"""Two servers on one PostgreSQL share their worlds, also under load."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Event

import pytest
import requests

from mockserver.client import Control, World
from tests import postgres
from tests.concurrency.racing import TIMEOUT, Caller, create_callers, race
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
    """One world: a client of it for each replica."""
    made = replicas[0].create_world(people=20, now=START)
    yield [replica.world(made.name) for replica in replicas]
    made.delete()


def test_a_credential_is_valid_on_both_until_revoked_on_either(worlds: list[World]) -> None:
    here, there = worlds

    def statuses() -> list[int]:
        urls = [f"{world.url('ortto')}/v1/audiences/get" for world in worlds for _ in range(2)]
        return [
            requests.post(url, json={}, headers=minted.headers, timeout=TIMEOUT).status_code for url in urls
        ]

    minted = here.mint("ortto")
    assert statuses() == [200] * 4
    there.revoke(minted)
    assert statuses() == [401] * 4


def test_a_session_is_valid_on_the_other_replica(worlds: list[World]) -> None:
    here = DigitalAudience(worlds[0])
    there = worlds[1].url("digitalaudience")
    for url in (there, here.url, there):
        reply = here.session.get(f"{url}/audience/loadaudiences", timeout=TIMEOUT)
        assert reply.status_code == 200, reply.text


def test_ids_are_unique(worlds: list[World]) -> None:
    def create(number: int, caller: Caller) -> list[str]:
        bodies = [{"name": f"{number}/{turn}", "type": "STATIC"} for turn in range(5)]
        return [caller.send_ok("POST", "/api/v1/audiences", body)["id"] for body in bodies]

    callers = enumerate(create_callers(worlds, "fanfare", CALLERS))
    ids = [id for made in race(*[lambda one=one: create(*one) for one in callers]) for id in made]
    assert len(set(ids)) == 5 * CALLERS
    calls = [one["id"] for one in worlds[1].journal(vendor="fanfare")]
    assert len(set(calls)) == len(calls) == 5 * CALLERS


def test_recurring_jobs_run_once_each_time(worlds: list[World]) -> None:
    """Each nightly job schedules the next: if two replicas ran one, there would be two from then on."""

    def nights() -> list[tuple[str, str]]:
        return sorted((job["vendor"], job["job"]) for job in worlds[0].jobs.pending("voyado"))

    first = Caller(worlds[0], "voyado")
    first.send_ok("GET", "/api/v3/contacts/count")
    before = nights()
    assert before

    def advance_a_day(number: int, caller: Caller) -> None:
        worlds[number % 2].clock.advance(hours=24)
        caller.send_ok("GET", "/api/v3/contacts/count")

    callers = enumerate(create_callers(worlds, "voyado", CALLERS))
    race(*[lambda one=one: advance_a_day(*one) for one in callers])
    now = worlds[1].clock.now()
    assert now == datetime.fromisoformat(START) + timedelta(days=CALLERS)
    assert nights() == before
    dues = [datetime.fromisoformat(job["due"]) for job in worlds[1].jobs.pending("voyado")]
    assert all(now < due <= now + timedelta(days=1) for due in dues)


def test_restoring_a_world_during_calls_is_atomic(worlds: list[World]) -> None:
    """Each call adds two people: at no time does one exist without the other, or without being counted."""
    done = Event()
    worlds[0].snapshot("start")
    others = _people(worlds[0]) - _subscribers(worlds[0])

    def merge(number: int, caller: Caller) -> int:
        turn = 0
        while not done.is_set():
            turn += 1
            fields = [{"str::email": f"{half}-{number}-{turn}@two.example", "bol::p": True} for half in "ab"]
            caller.send_ok("POST", "/v1/person/merge", {"people": [{"fields": one} for one in fields]})
        return turn

    def restore() -> int:
        try:
            for turn in range(10):
                worlds[turn % 2].snapshot(f"snapshot-{turn}")
                worlds[(turn + 1) % 2].restore("start" if turn % 3 else f"snapshot-{turn}")
                people = _people(worlds[turn % 2])
                assert people % 2 == 0
        finally:
            done.set()
        return 10

    callers = enumerate(create_callers(worlds, "ortto", 4))
    turns = race(restore, *[lambda one=one: merge(*one) for one in callers])
    assert min(turns) > 0
    there = {_people(world) for world in worlds}
    assert len(there) == 1
    assert there.pop() - _subscribers(worlds[1]) == others
    numbers = [one["number"] for one in worlds[0].journal()]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _people(world: World) -> int:
    found = Caller(world, "ortto").send_ok("POST", "/v1/person/get", {"limit": 1})
    return int(found["meta"]["total_contacts"])


def _subscribers(world: World) -> int:
    listed = Caller(world, "ortto").send_ok("POST", "/v1/audiences/get", {"search_term": "subscribers"})
    return int(next(one["members"] for one in listed if one["name"] == "Subscribers"))


def test_two_replicas_load_the_same_seed_data_concurrently(replicas: list[Control]) -> None:
    """Worlds of one spec share seed data that neither replica has loaded yet."""

    def count(number: int) -> int:
        world = replicas[number % 2].create_world(people=31, seed=4711)
        try:
            return _people(world)
        finally:
            world.delete()

    assert race(*[lambda one=one: count(one) for one in range(CALLERS)]) == [31] * CALLERS
