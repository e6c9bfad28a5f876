"""Concurrent calls to an audience are linearizable."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from mockserver.client import World
from tests.concurrency.conftest import CreateWorld
from tests.concurrency.linearizability import Event, linearize
from tests.concurrency.racing import Caller, create_callers, race, record_events
from tests.examples import one_in

CALLERS = 8
CALLS = 6
SEEDS = one_in(12, range(12))
AUDIENCES = "/api/v1/audiences"
CONSUMERS = "/api/v1/consumers"

Draw = Callable[[random.Random], Any]


def history(callers: Sequence[Any], draw: Draw, seed: int) -> list[Event]:
    """The events of callers that make random calls concurrently."""
    chance = random.Random(seed)
    plans = [[draw(chance) for _ in range(CALLS)] for _ in callers]
    races = [
        lambda caller=caller, plan=plan: record_events(plan, caller)
        for caller, plan in zip(callers, plans, strict=True)
    ]
    return [event for events in race(*races) for event in events]


class Guests(NamedTuple):
    """A static audience of Fanfare: two attributes written together, its members, and all consumers."""

    name: str
    description: str
    members: frozenset[str]
    people: frozenset[str]


def guests(state: Guests, call: Any) -> tuple[Any, Guests]:
    """The model of `Guests`."""
    match call:
        case ("add", wanted):
            if not wanted <= state.people:
                return 404, state
            return len(wanted - state.members), state._replace(members=state.members | wanted)
        case ("delete", id):
            if id not in state.people:
                return 404, state
            return 200, state._replace(members=state.members - {id}, people=state.people - {id})
        case ("rename", text):
            return (text, text), state._replace(name=text, description=text)
        case "attributes":
            return (state.name, state.description), state
        case "count":
            return len(state.members), state
        case "members":
            return state.members, state
    raise AssertionError(call)


def on_fanfare(caller: Caller, audience: str) -> Callable[[Any], Any]:
    """Sends the calls of `guests` to Fanfare."""
    path = f"{AUDIENCES}/{audience}"

    def send(call: Any) -> Any:
        match call:
            case ("add", wanted):
                status, body = caller.send("POST", f"{path}/members", {"consumerIds": sorted(wanted)})
                return body["addedCount"] if status == 200 else status
            case ("delete", id):
                return caller.send("DELETE", f"{CONSUMERS}/{id}")[0]
            case ("rename", text):
                body = caller.send_ok("PUT", path, {"name": text, "description": text})
            case "attributes":
                body = caller.send_ok("GET", path)
            case "count":
                return caller.send_ok("GET", f"{path}/count")["count"]
            case "members":
                shown = caller.send_ok("GET", f"{path}/members?first=100")["data"]
                return frozenset(one["id"] for one in shown)
        return body["name"], body["description"]

    return send


@pytest.mark.parametrize("seed", SEEDS)
def test_a_static_audience_is_linearizable(worlds: list[World], seed: int) -> None:
    first = Caller(worlds[0], "fanfare")
    people = [first.send_ok("POST", CONSUMERS, {"email": f"{n}@arena.example"})["id"] for n in range(6)]
    body = {"name": "Guests", "type": "STATIC", "description": "Guests"}
    audience = first.send_ok("POST", AUDIENCES, body)["id"]

    def draw(chance: random.Random) -> Any:
        some = frozenset(chance.sample(people, chance.randint(1, 3)))
        rename = ("rename", f"Guests {chance.randint(1, 9)}")
        plain = ["attributes", "count", "count", "members"]
        return chance.choice([("add", some), ("add", some), ("delete", min(some)), rename, *plain])

    callers = [on_fanfare(caller, audience) for caller in create_callers(worlds, "fanfare", CALLERS)]
    start = Guests("Guests", "Guests", frozenset(), frozenset(people))
    assert_linearizable(history(callers, draw, seed), start, guests)


class Subscriber(NamedTuple):
    """One person in Ortto: permissions for email and SMS, and an opt-out from the audience."""

    mailed: bool
    texted: bool
    out: bool


def subscribers(state: tuple[Subscriber, ...], call: Any) -> tuple[Any, tuple[Subscriber, ...]]:
    """The model of the audience "Subscribers": all people with permission for email."""
    match call:
        case ("merge", number, mailed, texted):
            # an opt-out outlives the membership
            after = Subscriber(mailed, texted, state[number].out)
            return "merged", (*state[:number], after, *state[number + 1 :])
        case ("opt", number, inside):
            one = state[number]
            after = one._replace(out=not inside) if one.mailed else one
            return "subscribed" if inside else "unsubscribed", (*state[:number], after, *state[number + 1 :])
        case "figures":
            inside = [one for one in state if one.mailed]
            return (len(inside), sum(not one.out for one in inside), sum(one.texted for one in inside)), state
        case ("standing", number):
            one = state[number]
            return (not one.out if one.mailed else None), state
    raise AssertionError(call)


def on_ortto(caller: Caller, audience: str) -> Callable[[Any], Any]:
    """Sends the calls of `subscribers` to Ortto."""

    def send(call: Any) -> Any:
        match call:
            case ("merge", number, mailed, texted):
                fields = {"str::email": f"{number}@arena.example", "bol::p": mailed, "bol::sp": texted}
                body = caller.send_ok("POST", "/v1/person/merge", {"people": [{"fields": fields}]})
                return body["people"][0]["status"]
            case ("opt", number, inside):
                people = [{"email": f"{number}@arena.example", "subscribed": inside}]
                body = caller.send_ok(
                    "PUT", "/v1/audience/subscribe", {"audience_id": audience, "people": people}
                )
                return body["people"][0]["status"]
            case "figures":
                listed = caller.send_ok("POST", "/v1/audiences/get", {"search_term": "subscribers"})
                (one,) = [found for found in listed if found["id"] == audience]
                return one["members"], one["subscribers"], one["sms_opted_in"]
            case ("standing", number):
                body = caller.send_ok(
                    "POST", "/v1/person/subscriptions", {"people": [{"email": f"{number}@arena.example"}]}
                )
                told = {one["audience_id"]: one["subscribed"] for one in body["people"][0]["subscriptions"]}
                return told.get(audience)
        raise AssertionError(call)

    return send


@pytest.mark.parametrize("seed", SEEDS)
def test_an_audience_with_criteria_is_linearizable(create_world: CreateWorld, seed: int) -> None:
    switches = {"ortto": {"reentry_delay": 0}}  # else who leaves stays out for a minute
    worlds = create_world(scenario="empty", people=0, settings={"switches": switches})
    first = Caller(worlds[0], "ortto")
    fields = [{"fields": {"str::email": f"{number}@arena.example"}} for number in range(4)]
    first.send_ok("POST", "/v1/person/merge", {"people": fields})
    listed = first.send_ok("POST", "/v1/audiences/get", {"search_term": "subscribers"})
    (audience,) = [one["id"] for one in listed if one["name"] == "Subscribers"]

    def draw(chance: random.Random) -> Any:
        number, one, other = chance.randrange(4), chance.random() < 0.6, chance.random() < 0.5
        kinds = [("merge", number, one, other), ("opt", number, one), "figures", ("standing", number)]
        return chance.choice(kinds)

    callers = [on_ortto(caller, audience) for caller in create_callers(worlds, "ortto", CALLERS)]
    start = tuple(Subscriber(mailed=True, texted=False, out=False) for _ in range(4))
    assert_linearizable(history(callers, draw, seed), start, subscribers)


def assert_linearizable(events: list[Event], start: Any, model: Any) -> None:
    """The history is linearizable, and is not if one number in it is changed."""
    assert len(events) == CALLERS * CALLS
    order = linearize(events, start, model)
    assert order is not None, sorted(events, key=lambda event: event.began)
    number = next(n for n, event in enumerate(events) if event.call in ("count", "figures"))
    wrong = 99 if events[number].call == "count" else (99, 0, 0)
    changed = [*events[:number], replace(events[number], answer=wrong), *events[number + 1 :]]
    assert linearize(changed, start, model) is None
