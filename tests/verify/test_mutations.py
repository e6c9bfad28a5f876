"""Each vendor's fake, broken on purpose in some twenty ways: the stories report every one of them.

Most mutants change one reply on its way to the wire (see `broken`); some forget what they were told.
"""

from collections.abc import Callable, Iterator
from functools import cache, wraps
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from mockserver import vendors
from mockserver.call import Call
from mockserver.client import Control
from mockserver.state.world import World
from mockserver.verify import story_file
from mockserver.verify.drift import drift
from mockserver.verify.finding import Finding
from mockserver.verify.result import Case, Outcome
from mockserver.verify.runner import Place, Wishes, verify
from tests.verify.broken import Change, Said, broken

book = cache(story_file.of)

OBJECT: dict[str, tuple[str, tuple[str | int, ...]]] = {
    # an operation whose good reply is an object, and a pointer to an object in it that the contract knows
    "digitalaudience": ("get_audience", ("data",)),
    "ortto": ("get_audiences", (0,)),
    "voyado": ("get_contact", ()),
}
OBJECT_OF_OTHERS: tuple[str, tuple[str | int, ...]] = ("get_audience", ())
NUMBER_OR_TEXT = {"voyado": "id"}  # others have a name
LISTING = {
    # an operation with a page or a list, and where the items are
    "digitalaudience": ("list_segments", ("data",)),
    "fanfare": ("list_audience_members", ("data",)),
    "ortto": ("get_people", ("contacts",)),
    "spotler": ("search_contacts", ("contacts",)),
    "voyado": ("list_contact_changes", ()),
}
LISTING_OF_OTHERS = ("list_audiences", ("audiences",))
FORGOTTEN = {
    # what a vendor is told and may forget, in which module
    "digitalaudience": {"delete_audience": "audiences", "create_campaign": "campaigns", "logout": "sessions"},
    "fanfare": {
        "delete_audience": "audiences",
        "update_consumer": "consumers",
        "add_audience_members": "members",
    },
    "ortto": {
        "archive_people": "lifecycle",
        "delete_people": "lifecycle",
        "subscribe_people": "subscriptions",
    },
    "spotler": {
        "delete_audience": "audiences",
        "update_contact": "contacts",
        "add_audience_contacts": "audience_members",
    },
    "voyado": {"delete_contact": "contacts", "update_contact": "contacts", "create_contact": "contacts"},
}


def holder(said: Said, vendor: str) -> dict[str, Any] | None:
    """The object in a good reply of the vendor's operation that mutants change."""
    operation, path = OBJECT.get(vendor, OBJECT_OF_OTHERS)
    if said.operation != operation or said.status != 200:
        return None
    body = said.body
    for token in path:
        if not body or (isinstance(token, str) and token not in body):
            return None
        body = body[token]
    return body if isinstance(body, dict) else None


def in_object(change: Callable[[dict[str, Any], str], None]) -> Callable[[str], Change]:
    def of(vendor: str) -> Change:
        def mutate(said: Said) -> None:
            found = holder(said, vendor)
            if found is not None:
                change(found, NUMBER_OR_TEXT.get(vendor, "name"))

        return mutate

    return of


def in_list(change: Callable[[list[Any]], None]) -> Callable[[str], Change]:
    def of(vendor: str) -> Change:
        operation, path = LISTING.get(vendor, LISTING_OF_OTHERS)

        def mutate(said: Said) -> None:
            if said.operation == operation and said.status == 200:
                items = said.body
                for token in path:
                    items = items[token] if items else None
                if isinstance(items, list):
                    change(items)

        return mutate

    return of


def on(wanted: Callable[[Said], bool], change: Callable[[Said], None]) -> Callable[[str], Change]:
    def mutate(said: Said) -> None:
        if wanted(said):
            change(said)

    return lambda _vendor: mutate


def good(said: Said) -> bool:
    return said.operation is not None and said.status in (200, 201) and said.body is not None


def refused(said: Said) -> bool:
    return said.operation is not None and said.status >= 400 and said.status != 401


def locked_out(said: Said) -> bool:
    return said.operation is not None and said.status == 401


def put(**changes: Any) -> Callable[[Said], None]:
    def change(said: Said) -> None:
        for name, value in changes.items():
            setattr(said, name, value)

    return change


def another_type(said: Said) -> None:
    said.headers["Content-Type"] = "text/html"


def other_words(value: Any) -> Any:
    """The same refusal in other words, wherever it has any."""
    if isinstance(value, dict):
        return {name: other_words(member) for name, member in value.items()}
    return f"{value}, sorry" if isinstance(value, str) else value


def reworded(said: Said) -> None:
    said.body = other_words(said.body)


def as_if_good(said: Said) -> None:
    said.status, said.seen["was"] = 200, said.status


def same_refusal_for_all(said: Said) -> None:
    said.status = 400 if said.status != 400 else 404


def swapped(items: list[Any]) -> None:
    items.reverse()
    del items[1:]
    items *= 2


MUTANTS: dict[str, Callable[[str], Change]] = {
    "a member is missing": in_object(lambda node, name: node.pop(name) and None),
    "a member has another name": in_object(lambda node, name: node.update({f"{name}_": node.pop(name)})),
    "a member is null": in_object(lambda node, name: node.update({name: None})),
    "a member has another type": in_object(lambda node, name: node.update({name: [node[name]]})),
    "a member is another's": in_object(lambda node, name: node.update({name: f"{node[name]} x"})),
    "a member is empty": in_object(lambda node, name: node.update({name: ""})),
    "an item too many": in_list(lambda items: items.append(items[-1] if items else {"id": 1})),
    "items are gone": in_list(lambda items: items.clear() if items else items.append({"id": 1})),
    "items are doubled": in_list(lambda items: swapped(items) if items else items.append({"id": 1})),
    "a good call has another status": on(good, put(status=202)),
    "a good call fails": on(good, put(status=500)),
    "a good call says nothing": on(good, put(raw=b"")),
    "a good call is cut short": on(good, lambda said: put(raw=b'{"')(said)),
    "a good call is no JSON by its type": on(good, another_type),
    "a good call leads elsewhere": on(good, put(status=302, raw=b"")),
    "a good call has another shape": on(good, lambda said: put(body={"result": said.body})(said)),
    "a refusal has another status": on(refused, same_refusal_for_all),
    "a refusal is a good reply": on(refused, as_if_good),
    "a refusal is in other words": on(refused, reworded),
    "a refusal says nothing": on(refused, put(body={})),
    "a bad key is let in": on(locked_out, put(status=200)),
    "a bad key is told something else": on(locked_out, put(status=403)),
}


def tried(url: str, vendor: str) -> Iterator[Case]:
    def place() -> Place:
        world = Control(url).create_world()
        return Place(world.url(vendor), world.credentials(vendor), world.name, f"{url}/_mock")

    return verify(vendors.find(vendor), place, Wishes(phases=("stories",), writes=True))


def first_finding(url: str, vendor: str) -> Finding | None:
    found = (finding for case in tried(url, vendor) for finding in case.findings)
    return next(found, None)


@pytest.mark.parametrize("vendor", vendors.names())
@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_broken_reply_is_reported(mutant: str, vendor: str) -> None:
    with broken(vendor, MUTANTS[mutant](vendor)) as url:
        finding = first_finding(url, vendor)
    assert finding is not None, f"{vendor}: nobody noticed that {mutant}"


class UndoneError(Exception):
    def __init__(self, said: object) -> None:
        super().__init__()
        self.said = said


def forgetful(function: Callable[[Call, World], object]) -> Callable[[Call, World], object]:
    """The operation with its answer, without its effect."""

    @wraps(function)
    def forgetting(call: Call, world: World) -> object:
        try:
            with world._space.store.transaction():
                raise UndoneError(function(call, world))
        except UndoneError as undone:
            return undone.said

    return forgetting


def module_of(vendor: str, name: str) -> ModuleType:
    return import_module(f"mockserver.vendors.{vendor}.{name}")


@pytest.mark.parametrize(
    ("vendor", "operation"), [(vendor, one) for vendor in FORGOTTEN for one in FORGOTTEN[vendor]]
)
def test_what_is_forgotten_is_reported(vendor: str, operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_of(vendor, FORGOTTEN[vendor][operation])
    monkeypatch.setattr(module, operation, forgetful(getattr(module, operation)))
    with broken(vendor, lambda said: None) as url:
        finding = first_finding(url, vendor)
    assert finding is not None, f"{vendor}: nobody noticed that {operation} is forgotten"


@pytest.mark.parametrize("vendor", vendors.names())
def test_what_is_not_broken_is_not_reported(vendor: str) -> None:
    with broken(vendor, lambda said: None) as url:
        cases = list(tried(url, vendor))
    assert [finding for case in cases for finding in case.findings] == []
    assert drift(vendors.find(vendor).contract, Outcome(vendor, url, cases=cases).exchanges) == []
