"""Sixteen concurrent callers: the effects of all successful calls are visible on every server."""

from http.client import HTTPException
from pathlib import Path

from mockserver.client import World
from tests.concurrency.conftest import CreateWorld
from tests.concurrency.racing import Caller, create_callers, race
from tests.concurrency.servers import several_servers

CALLERS = 16
AUDIENCES = "/api/v1/audiences"
CONSUMERS = "/api/v1/consumers"


def test_no_added_member_is_lost(worlds: list[World]) -> None:
    first = Caller(worlds[0], "fanfare")
    audience = first.send_ok("POST", AUDIENCES, {"name": "Guests", "type": "STATIC"})["id"]

    def invite(number: int, caller: Caller) -> list[str]:
        made = []
        for turn in range(3):
            body = {"email": f"guest-{number}-{turn}@arena.example"}
            made.append(caller.send_ok("POST", CONSUMERS, body)["id"])
            added = caller.send_ok("POST", f"{AUDIENCES}/{audience}/members", {"consumerIds": made})
            assert added["addedCount"] == 1
        return made

    callers = enumerate(create_callers(worlds, "fanfare", CALLERS))
    made = [id for ids in race(*[lambda one=one: invite(*one) for one in callers]) for id in ids]
    assert len(set(made)) == 3 * CALLERS
    for world in worlds:
        caller = Caller(world, "fanfare")
        shown = caller.send_ok("GET", f"{AUDIENCES}/{audience}/members?first=100")["data"]
        assert sorted(one["id"] for one in shown) == sorted(made)
        assert caller.send_ok("GET", f"{AUDIENCES}/{audience}/count")["count"] == len(made)


def test_stored_counters_are_correct(worlds: list[World]) -> None:
    def figures(world: World) -> dict[str, int]:
        listed = Caller(world, "ortto").send_ok("POST", "/v1/audiences/get", {"search_term": "subscribers"})
        (subscribers,) = [one for one in listed if one["name"] == "Subscribers"]
        return {name: subscribers[name] for name in ("members", "subscribers", "sms_opted_in")}

    def merge(number: int, caller: Caller) -> None:
        for turn in range(2):
            fields = {"str::email": f"p-{number}-{turn}@arena.example", "bol::p": True, "bol::sp": turn == 0}
            caller.send_ok("POST", "/v1/person/merge", {"people": [{"fields": fields, "tags": ["Arena"]}]})

    before = figures(worlds[0])
    callers = enumerate(create_callers(worlds, "ortto", CALLERS))
    race(*[lambda one=one: merge(*one) for one in callers])
    expected = {
        "members": before["members"] + 2 * CALLERS,
        "subscribers": before["subscribers"] + 2 * CALLERS,
        "sms_opted_in": before["sms_opted_in"] + CALLERS,
    }
    assert worlds
    for world in worlds:
        assert figures(world) == expected
        (tag,) = Caller(world, "ortto").send_ok("POST", "/v1/tags/get", {"q": "Arena"})
        assert (tag["count"], tag["sms_opted_in"]) == (2 * CALLERS, CALLERS)


def test_every_exchange_is_in_the_journal_once(worlds: list[World]) -> None:
    def call(caller: Caller) -> None:
        for _ in range(3):
            caller.send_ok("GET", "/api/v3/contacts/count")

    race(*[lambda one=one: call(one) for one in create_callers(worlds, "voyado", CALLERS)])
    assert worlds
    for world in worlds:
        exchanges = world.journal(vendor="voyado", operation="count_contacts")
        assert [one["number"] for one in exchanges] == list(range(1, 3 * CALLERS + 1))


def people(world: World) -> int:
    """The number of people in Ortto."""
    found = Caller(world, "ortto").send_ok("POST", "/v1/person/get", {"limit": 1})
    return int(found["meta"]["total_contacts"])


def test_changes_on_one_server_are_visible_on_the_others(worlds: list[World]) -> None:
    first, last = worlds[0], worlds[-1]
    person = {"people": [{"fields": {"str::email": "new@arena.example"}}]}
    assert people(first) == people(last) == 20
    last.clock.advance(hours=3)
    assert first.clock.now() == last.clock.now()
    last.snapshot("before")
    Caller(first, "ortto").send_ok("POST", "/v1/person/merge", person)
    assert people(last) == 21
    last.restore("before")
    assert people(first) == 20
    Caller(first, "ortto").send_ok("POST", "/v1/person/merge", person)
    last.reset()
    assert people(first) == 20


def test_a_recreated_world_is_another_world(create_world: CreateWorld) -> None:
    old_worlds = create_world()
    assert [people(old) for old in old_worlds] == [20] * len(old_worlds)
    callers = create_callers(old_worlds, "ortto", len(old_worlds))
    old_worlds[-1].delete()
    assert {caller.send("POST", "/v1/person/get", {})[0] for caller in callers} == {404}
    new_worlds = create_world(name=old_worlds[0].name, people=7)
    assert [people(new) for new in new_worlds] == [7] * len(new_worlds)
    assert {caller.send("POST", "/v1/person/get", {})[0] for caller in callers} == {401}
    new_worlds[-1].delete()
    create_world(name=old_worlds[0].name)


def test_a_killed_server_leaves_no_partial_change(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/worlds.db"
    with several_servers(tmp_path, store, 2, "--people", "0", "--vendor", "ortto") as started:
        (first, _), (second, victim) = started
        name = first.create_world(people=0).name
        worlds = [first.world(name), second.world(name)]

        def merge(number: int, caller: Caller) -> tuple[int, bool]:
            """The number of people certainly added by the caller, and whether all calls were answered."""
            for turn in range(6 if number % 2 == 0 else 500):
                if (number, turn) == (1, 3):
                    victim.kill()
                fields = {"str::email": f"p-{number}-{turn}@arena.example", "bol::p": True}
                try:
                    caller.send_ok("POST", "/v1/person/merge", {"people": [{"fields": fields}]})
                except (OSError, HTTPException):
                    return turn, False
            return 6, True

        callers = enumerate(create_callers(worlds, "ortto", CALLERS))
        known = race(*[lambda one=one: merge(*one) for one in callers])
        assert [whole for _, whole in known] == [True, False] * (CALLERS // 2)
        answered = sum(number for number, _ in known)
        # each caller with a broken connection may have lost the reply to one completed call
        there = people(worlds[0])
        assert answered <= there <= answered + CALLERS // 2
        listed = Caller(worlds[0], "ortto").send_ok(
            "POST", "/v1/audiences/get", {"search_term": "subscribers"}
        )
        (subscribers,) = [one for one in listed if one["name"] == "Subscribers"]
        assert (subscribers["members"], subscribers["subscribers"]) == (there, there)
