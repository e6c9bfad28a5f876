"""Ortto: filters on lists and sets of strings, on ranges of strings, and on push permissions."""

from collections.abc import Callable

import pytest

from mockserver.client import World
from tests.vendors.ortto import Ortto, condition

FIELD = "sst:cm:interests"
LISTS: dict[str, list[str] | None] = {
    "none": None,
    "empty": [],
    "one": ["Home"],
    "two": ["Home", "Books"],
    "turned": ["Books", "Home"],
    "three": ["Garden", "Sports", "Homework"],
}
CASES: list[tuple[str, str | int, Callable[[list[str]], bool]]] = [
    ("contains", "home", lambda texts: "Home" in texts),
    ("does_not_contains", "home", lambda texts: "Home" not in texts),
    ("contains_less_than", 2, lambda texts: len(texts) < 2),
    ("contains_more_than", 1, lambda texts: len(texts) > 1),
    ("has_exactly", 2, lambda texts: len(texts) == 2),
    ("has_exactly", 0, lambda texts: not texts),
    ("first_item_is", "HOME", lambda texts: texts[:1] == ["Home"]),
    ("first_item_is_not", "Home", lambda texts: texts[:1] != ["Home"]),
    ("first_item_contains", "OO", lambda texts: "oo" in "".join(texts[:1])),
    ("first_item_does_not_contains", "oo", lambda texts: "oo" not in "".join(texts[:1])),
    ("last_item_is", "home", lambda texts: texts[-1:] == ["Home"]),
    ("last_item_is_not", "home", lambda texts: texts[-1:] != ["Home"]),
    ("last_item_contains", "home", lambda texts: "Home" in "".join(texts[-1:])),
    ("last_item_does_not_contains", "home", lambda texts: "Home" not in "".join(texts[-1:])),
]


@pytest.mark.mockserver(scenario="empty")
@pytest.mark.parametrize("kind", ["list", "set"])
def test_lists_and_sets(mockserver: World, kind: str) -> None:
    ortto = Ortto(mockserver)
    ortto.backstage("create_custom_field", name="Interests", display_type="multi_select")
    names = {}
    for name, texts in LISTS.items():
        names[ortto.create(f"{name}@test.example", **({FIELD: texts} if texts is not None else {}))] = name
    for operator, value, oracle in CASES:
        leaf = condition(f"$str::{kind}_{operator}", FIELD, value=value)
        found = {names[id] for id in ortto.ids(filter=leaf)}
        assert found == {name for name, texts in LISTS.items() if oracle(texts or [])}, (operator, value)
        assert 0 < len(found) < len(LISTS)


def test_between_two_strings(mockserver: World) -> None:
    ortto = Ortto(mockserver)
    people = ortto.people(limit=500, fields=["str::last"])["contacts"]
    expected = [one["id"] for one in people if "b" <= one["fields"]["str::last"].casefold() <= "m"]
    leaf = condition("$str::between", "str::last", **{"from": "B", "to": "m"})
    assert ortto.ids(filter=leaf) == expected
    assert 0 < len(expected) < len(people)


def test_no_person_has_opted_in_to_push(mockserver: World) -> None:
    ortto = Ortto(mockserver)
    assert ortto.ids(filter={"$is_push_opted_in": {}}) == []
    assert ortto.ids(filter={"$is_push_opted_out": {}}) == ortto.ids()
    person = ortto.ids()[0]
    assert ortto.subscriptions(person_id=person)["ios_permissions"] is False
