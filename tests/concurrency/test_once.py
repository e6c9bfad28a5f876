"""Sixteen concurrent callers: limits on how often something happens are exact."""

from collections import Counter

from mockserver.client import World
from tests.concurrency.conftest import CreateWorld
from tests.concurrency.racing import Caller, create_callers, race

CALLERS = 16
AUDIENCES = "/api/v1/audiences"
COUNT = "/api/v3/contacts/count"


def statuses(worlds: list[World], calls: int) -> Counter[int]:
    """The number of replies by status when each of sixteen callers counts Voyado's contacts `calls` times."""

    def call(caller: Caller) -> list[int]:
        return [caller.send("GET", COUNT)[0] for _ in range(calls)]

    callers = create_callers(worlds, "voyado", CALLERS)
    seen = race(*[lambda one=one: call(one) for one in callers])
    return Counter(status for answers in seen for status in answers)


def test_a_fault_affects_the_planned_number_of_calls(worlds: list[World]) -> None:
    armed = worlds[0].faults.add("voyado", "count_contacts", "status", status=503, times=25, after=5)
    assert statuses(worlds, 5) == {503: 25, 200: 5 * CALLERS - 25}
    fault = armed.read()
    assert (fault["spent"], fault["seen"]) == (25, 30)
    assert statuses(worlds, 1) == {200: CALLERS}
    affected = worlds[-1].journal(vendor="voyado", status=503)
    assert [one["fault"] for one in affected] == 25 * [{"id": armed.id, "kind": "status"}]


def test_several_faults_are_all_spent(worlds: list[World]) -> None:
    for status in (500, 502, 503, 504):
        worlds[status % len(worlds)].faults.add(
            "voyado", "count_contacts", "status", status=status, times=10, every=2
        )
    seen = statuses(worlds, 10)
    assert {status: seen[status] for status in (500, 502, 503, 504)} == {500: 10, 502: 10, 503: 10, 504: 10}
    assert seen[200] == 10 * CALLERS - 40


def test_a_rate_limit_is_exact(create_world: CreateWorld) -> None:
    worlds = create_world(settings={"limits": True})
    assert statuses(worlds, 15) == {200: 200, 429: 40}
    worlds[-1].clock.advance(seconds=1)
    assert statuses(worlds, 1) == {200: CALLERS}


def test_a_list_is_synced_once(worlds: list[World]) -> None:
    caller = Caller(worlds[0], "fanfare")
    listed = caller.send_ok("GET", AUDIENCES)
    synced = next(one["id"] for one in listed if one["name"] == "Birthday club")
    path = f"{AUDIENCES}/{synced}/sync"
    answers = race(
        *[lambda one=one: one.send("POST", path) for one in create_callers(worlds, "fanfare", CALLERS)]
    )
    assert Counter(status for status, _ in answers) == {200: 1, 409: CALLERS - 1}
    worlds[0].clock.advance(minutes=5)
    again = race(*[lambda one=one: one.send("POST", path) for one in create_callers(worlds, "fanfare", 2)])
    assert sorted(status for status, _ in again) == [200, 409]


def test_an_email_address_is_unique(worlds: list[World]) -> None:
    body = {"firstName": "Ada", "email": "ada@once.example", "countryCode": "SE"}
    callers = create_callers(worlds, "voyado", CALLERS)
    answers = race(*[lambda one=one: one.send("POST", "/api/v3/contacts", body) for one in callers])
    statuses = Counter(status for status, _ in answers)
    assert statuses[201] == 1
    assert statuses.keys() <= {201, 409}
