"""Mutation tests: the stories report every one of some twenty ways in which a fake can be broken.

Most mutants change one response before it is sent (see `broken`); some drop the effect of an operation.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache, wraps
from importlib import import_module
from itertools import chain
from types import ModuleType
from typing import Any

import pytest

from mockserver import vendors
from mockserver.call import Call
from mockserver.client import Control
from mockserver.state.world import World
from mockserver.verify import story_file
from mockserver.verify.drift import find_drift
from mockserver.verify.finding import Finding
from mockserver.verify.result import Case, VerificationResult
from mockserver.verify.runner import Target, VerifyOptions, verify
from tests.read_vendors import read_vendor
from tests.verify.broken import BrokenServer, Change, MutableResponse, broken, broken_server

OBJECT: dict[str, tuple[str, tuple[str | int, ...]]] = {
    # an operation with an object in its successful response, and the path to it
    "digitalaudience": ("get_audience", ("data",)),
    "ortto": ("get_audiences", (0,)),
    "voyado": ("get_contact", ()),
}
OBJECT_OF_OTHERS: tuple[str, tuple[str | int, ...]] = ("get_audience", ())
NUMBER_OR_TEXT = {"voyado": "id"}  # others have a name
LISTING = {
    # an operation that returns a list, and the path to its items
    "digitalaudience": ("list_segments", ("data",)),
    "fanfare": ("list_audience_members", ("data",)),
    "ortto": ("get_people", ("contacts",)),
    "spotler": ("search_contacts", ("contacts",)),
    "voyado": ("list_contact_changes", ()),
}
LISTING_OF_OTHERS = ("list_audiences", ("audiences",))
DROPPED_EFFECTS = {
    # operations whose effect is dropped, and their module
    "digitalaudience": {"delete_audience": "audiences", "create_campaign": "campaigns", "logout": "sessions"},
    "fanfare": {
        "delete_audience": "audiences",
        "update_consumer": "consumers",
        "add_audience_members": "members",
    },
    "ortto": {
        "archive_people": "people",
        "delete_people": "people",
        "subscribe_people": "subscriptions",
    },
    "spotler": {
        "delete_audience": "audiences",
        "update_contact": "contacts",
        "add_audience_contacts": "audience_members",
    },
    "voyado": {"delete_contact": "contacts", "update_contact": "contacts", "create_contact": "contacts"},
}


def holder(response: MutableResponse, vendor: str) -> dict[str, Any] | None:
    """The object in a successful response that mutants change."""
    operation, path = OBJECT.get(vendor, OBJECT_OF_OTHERS)
    if response.operation != operation or response.status != 200:
        return None
    body = response.body
    for token in path:
        if not body or (isinstance(token, str) and token not in body):
            return None
        body = body[token]
    return body if isinstance(body, dict) else None


def in_object(change: Callable[[dict[str, Any], str], None]) -> Callable[[str], Change]:
    def of(vendor: str) -> Change:
        def mutate(response: MutableResponse) -> None:
            found = holder(response, vendor)
            if found is not None:
                change(found, NUMBER_OR_TEXT.get(vendor, "name"))

        return mutate

    return of


def in_list(change: Callable[[list[Any]], None]) -> Callable[[str], Change]:
    def of(vendor: str) -> Change:
        operation, path = LISTING.get(vendor, LISTING_OF_OTHERS)

        def mutate(response: MutableResponse) -> None:
            if response.operation == operation and response.status == 200:
                items = response.body
                for token in path:
                    items = items[token] if items else None
                if isinstance(items, list):
                    change(items)

        return mutate

    return of


def on(
    wanted: Callable[[MutableResponse], bool], change: Callable[[MutableResponse], None]
) -> Callable[[str], Change]:
    def mutate(response: MutableResponse) -> None:
        if wanted(response):
            change(response)

    return lambda _vendor: mutate


def successful(response: MutableResponse) -> bool:
    return response.operation is not None and response.status in (200, 201) and response.body is not None


def failed(response: MutableResponse) -> bool:
    return response.operation is not None and response.status >= 400 and response.status != 401


def unauthorized(response: MutableResponse) -> bool:
    return response.operation is not None and response.status == 401


def put(**changes: Any) -> Callable[[MutableResponse], None]:
    def change(response: MutableResponse) -> None:
        for name, value in changes.items():
            setattr(response, name, value)

    return change


def another_type(response: MutableResponse) -> None:
    response.headers["Content-Type"] = "text/html"


def other_words(value: Any) -> Any:
    """The value with every text changed."""
    if isinstance(value, dict):
        return {name: other_words(member) for name, member in value.items()}
    return f"{value}, sorry" if isinstance(value, str) else value


def reworded(response: MutableResponse) -> None:
    response.body = other_words(response.body)


def as_if_good(response: MutableResponse) -> None:
    response.status, response.seen["was"] = 200, response.status


def same_refusal_for_all(response: MutableResponse) -> None:
    response.status = 400 if response.status != 400 else 404


def swapped(items: list[Any]) -> None:
    items.reverse()
    del items[1:]
    items *= 2


MUTANTS: dict[str, Callable[[str], Change]] = {
    "a member is missing": in_object(lambda node, name: node.pop(name) and None),
    "a member has another name": in_object(lambda node, name: node.update({f"{name}_": node.pop(name)})),
    "a member is null": in_object(lambda node, name: node.update({name: None})),
    "a member has another type": in_object(lambda node, name: node.update({name: [node[name]]})),
    "a member has another value": in_object(lambda node, name: node.update({name: f"{node[name]} x"})),
    "a member is empty": in_object(lambda node, name: node.update({name: ""})),
    "an item too many": in_list(lambda items: items.append(items[-1] if items else {"id": 1})),
    "items are gone": in_list(lambda items: items.clear() if items else items.append({"id": 1})),
    "items are doubled": in_list(lambda items: swapped(items) if items else items.append({"id": 1})),
    "a successful call has another status": on(successful, put(status=202)),
    "a successful call fails": on(successful, put(status=500)),
    "a successful response is empty": on(successful, put(raw=b"")),
    "a successful response is truncated": on(successful, lambda response: put(raw=b'{"')(response)),
    "a successful response has a wrong media type": on(successful, another_type),
    "a successful call is redirected": on(successful, put(status=302, raw=b"")),
    "a successful response has another shape": on(
        successful, lambda response: put(body={"result": response.body})(response)
    ),
    "an error has another status": on(failed, same_refusal_for_all),
    "an error becomes a success": on(failed, as_if_good),
    "an error has another text": on(failed, reworded),
    "an error is empty": on(failed, put(body={})),
    "a bad key is accepted": on(unauthorized, put(status=200)),
    "a bad key gets another status": on(unauthorized, put(status=403)),
}


@pytest.fixture(scope="module", autouse=True)
def _stories_read_once() -> Iterator[None]:
    """Reading and checking a file of stories takes longer than playing the one that finds a mutant."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(story_file, "load_stories", cache(story_file.load_stories))
        yield


def verified(url: str, vendor: str, *stories: str) -> Iterator[Case]:
    def make_target() -> Target:
        world = Control(url).create_world()
        return Target(world.url(vendor), world.credentials(vendor), world.name, f"{url}/_mock")

    options = VerifyOptions(phases=("stories",), stories=stories, writes=True)
    return verify(read_vendor(vendor), make_target, options)


FINDERS: dict[str, str] = {}
"""The story of each vendor that found its last mutant: similar mutants are found by the same."""


def first_finding(url: str, vendor: str) -> Finding | None:
    likely = verified(url, vendor, FINDERS[vendor]) if vendor in FINDERS else iter(())
    for case in chain(likely, verified(url, vendor)):
        if case.findings:
            FINDERS[vendor] = case.name
            return case.findings[0]
    return None


@pytest.fixture(scope="module")
def servers() -> Iterator[Callable[[str], BrokenServer]]:
    """One server per vendor, whose change each test chooses: its worlds are new in each case."""
    with ExitStack() as stack:
        yield cache(lambda vendor: stack.enter_context(broken_server(vendor)))


def mutants_of_vendors() -> Iterator[Any]:
    """Every mutant of every vendor; in the gate every other, which leaves some of each."""
    for number, mutant in enumerate(MUTANTS):
        for place, vendor in enumerate(vendors.names()):
            marks = [pytest.mark.thorough] if (number + place) % 2 else []
            yield pytest.param(mutant, vendor, marks=marks, id=f"{mutant}-{vendor}")


@pytest.mark.parametrize(("mutant", "vendor"), [*mutants_of_vendors()])
def test_mutant_is_reported(servers: Callable[[str], BrokenServer], mutant: str, vendor: str) -> None:
    server = servers(vendor)
    server.break_by(MUTANTS[mutant](vendor))
    finding = first_finding(server.url, vendor)
    assert finding is not None, f"{vendor}: not reported: {mutant}"


class UndoneError(Exception):
    def __init__(self, result: object) -> None:
        super().__init__()
        self.result = result


def without_effect(function: Callable[[Call, World], object]) -> Callable[[Call, World], object]:
    """The operation with its response but without its effect."""

    @wraps(function)
    def wrapper(call: Call, world: World) -> object:
        try:
            with world._space.store.transaction():
                raise UndoneError(function(call, world))
        except UndoneError as undone:
            return undone.result

    return wrapper


def module_of(vendor: str, name: str) -> ModuleType:
    return import_module(f"mockserver.vendors.{vendor}.{name}")


@pytest.mark.parametrize(
    ("vendor", "operation"), [(vendor, one) for vendor in DROPPED_EFFECTS for one in DROPPED_EFFECTS[vendor]]
)
def test_dropped_effect_is_reported(vendor: str, operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(vendor, DROPPED_EFFECTS[vendor][operation])
    monkeypatch.setattr(module, operation, without_effect(getattr(module, operation)))
    with broken(vendor, lambda response: None) as url:  # a server that has begun has found its functions
        finding = first_finding(url, vendor)
    assert finding is not None, f"{vendor}: not reported: {operation} has no effect"


@pytest.mark.parametrize("vendor", vendors.names())
def test_unbroken_fake_passes(servers: Callable[[str], BrokenServer], vendor: str) -> None:
    server = servers(vendor)
    server.break_by(lambda response: None)
    cases = list(verified(server.url, vendor))
    assert [finding for case in cases for finding in case.findings] == []
    seen = VerificationResult(vendor, server.url, cases=cases).exchanges
    assert find_drift(read_vendor(vendor).contract, seen) == []
