"""Sixteen callers at once: whatever was answered well is there, the figures too, on every server."""

from http.client import HTTPException
from pathlib import Path

from mockserver.client import World
from tests.concurrency.conftest import Enter
from tests.concurrency.racing import Caller, dealt, race
from tests.concurrency.servers import several_servers

CALLERS = 16
AUDIENCES = "/api/v1/audiences"
CONSUMERS = "/api/v1/consumers"


def test_every_member_that_was_added_is_there(worlds: list[World]) -> None:
    first = Caller(worlds[0], "fanfare")
    audience = first.good("POST", AUDIENCES, {"name": "Guests", "type": "STATIC"})["id"]

    def invite(number: int, caller: Caller) -> list[str]:
        made = []
        for turn in range(3):
            body = {"email": f"guest-{number}-{turn}@arena.example"}
            made.append(caller.good("POST", CONSUMERS, body)["id"])
            added = caller.good("POST", f"{AUDIENCES}/{audience}/members", {"consumerIds": made})
            assert added["addedCount"] == 1
        return made

    callers = enumerate(dealt(worlds, "fanfare", CALLERS))
    made = [id for ids in race(*[lambda one=one: invite(*one) for one in callers]) for id in ids]
    assert len(set(made)) == 3 * CALLERS
    for world in worlds:
        caller = Caller(world, "fanfare")
        shown = caller.good("GET", f"{AUDIENCES}/{audience}/members?first=100")["data"]
        assert sorted(one["id"] for one in shown) == sorted(made)
        assert caller.good("GET", f"{AUDIENCES}/{audience}/count")["count"] == len(made)


def test_figures_that_are_kept_are_right(worlds: list[World]) -> None:
    def figures(world: World) -> dict[str, int]:
        listed = Caller(world, "ortto").good("POST", "/v1/audiences/get", {"search_term": "subscribers"})
        (subscribers,) = [one for one in listed if one["name"] == "Subscribers"]
        return {name: subscribers[name] for name in ("members", "subscribers", "sms_opted_in")}

    def merge(number: int, caller: Caller) -> None:
        for turn in range(2):
            fields = {"str::email": f"p-{number}-{turn}@arena.example", "bol::p": True, "bol::sp": turn == 0}
            caller.good("POST", "/v1/person/merge", {"people": [{"fields": fields, "tags": ["Arena"]}]})

    before = figures(worlds[0])
    callers = enumerate(dealt(worlds, "ortto", CALLERS))
    race(*[lambda one=one: merge(*one) for one in callers])
    expected = {
        "members": before["members"] + 2 * CALLERS,
        "subscribers": before["subscribers"] + 2 * CALLERS,
        "sms_opted_in": before["sms_opted_in"] + CALLERS,
    }
    for world in worlds:
        assert figures(world) == expected
        (tag,) = Caller(world, "ortto").good("POST", "/v1/tags/get", {"q": "Arena"})
        assert (tag["count"], tag["sms_opted_in"]) == (2 * CALLERS, CALLERS)


def test_every_exchange_is_in_the_journal_once(worlds: list[World]) -> None:
    def call(caller: Caller) -> None:
        for _ in range(3):
            caller.good("GET", "/api/v3/contacts/count")

    race(*[lambda one=one: call(one) for one in dealt(worlds, "voyado", CALLERS)])
    for world in worlds:
        exchanges = world.journal(vendor="voyado", operation="count_contacts")
        assert [one["number"] for one in exchanges] == list(range(1, 3 * CALLERS + 1))


def people(world: World) -> int:
    """How many people Ortto has."""
    found = Caller(world, "ortto").good("POST", "/v1/person/get", {"limit": 1})
    return int(found["meta"]["total_contacts"])


def test_what_one_server_does_the_others_see(worlds: list[World]) -> None:
    first, last = worlds[0], worlds[-1]
    person = {"people": [{"fields": {"str::email": "new@arena.example"}}]}
    assert people(first) == people(last) == 20
    last.clock.advance(hours=3)
    assert first.clock.now() == last.clock.now()
    last.snapshot("before")
    Caller(first, "ortto").good("POST", "/v1/person/merge", person)
    assert people(last) == 21
    last.restore("before")
    assert people(first) == 20
    Caller(first, "ortto").good("POST", "/v1/person/merge", person)
    last.reset()
    assert people(first) == 20


def test_another_world_of_the_same_name(enter: Enter) -> None:
    olds = enter()
    assert [people(old) for old in olds] == [20] * len(olds)
    callers = dealt(olds, "ortto", len(olds))
    olds[-1].delete()
    assert {caller.send("POST", "/v1/person/get", {})[0] for caller in callers} == {404}
    news = enter(name=olds[0].name, people=7)
    assert [people(new) for new in news] == [7] * len(news)
    assert {caller.send("POST", "/v1/person/get", {})[0] for caller in callers} == {401}
    news[-1].delete()
    enter(name=olds[0].name)


def test_a_killed_server_leaves_nothing_half_done(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/worlds.db"
    with several_servers(tmp_path, store, 2, "--people", "0", "--vendor", "ortto") as started:
        (first, _), (second, victim) = started
        name = first.create_world(people=0).name
        worlds = [first.world(name), second.world(name)]

        def merge(number: int, caller: Caller) -> tuple[int, bool]:
            """How many people the caller knows to be there, and whether it was answered to the end."""
            for turn in range(6 if number % 2 == 0 else 500):
                if (number, turn) == (1, 3):
                    victim.kill()
                fields = {"str::email": f"p-{number}-{turn}@arena.example", "bol::p": True}
                try:
                    caller.good("POST", "/v1/person/merge", {"people": [{"fields": fields}]})
                except (OSError, HTTPException):
                    return turn, False
            return 6, True

        callers = enumerate(dealt(worlds, "ortto", CALLERS))
        known = race(*[lambda one=one: merge(*one) for one in callers])
        assert [whole for _, whole in known] == [True, False] * (CALLERS // 2)
        answered = sum(number for number, _ in known)
        # each of those whose connection broke may have lost the answer to one call that was done
        there = people(worlds[0])
        assert answered <= there <= answered + CALLERS // 2
        listed = Caller(worlds[0], "ortto").good("POST", "/v1/audiences/get", {"search_term": "subscribers"})
        (subscribers,) = [one for one in listed if one["name"] == "Subscribers"]
        assert (subscribers["members"], subscribers["subscribers"]) == (there, there)
