"""JSON text that was cut off."""

import json

import pytest

from mockserver.needs.cut_json import parse_start

WHOLE = {
    "a": [{"b, {": 'x"y\\', "n": [1, {"deep": None}]}, {"b, {": "z", "n": []}],
    "c": {"d": -1.5e3, "e": "é,"},
}


def shrinks(part: object, whole: object) -> bool:
    """Whether a value has only what the whole one has, in the same places."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and shrinks(one, whole[name]) for name, one in part.items())
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) <= len(whole) and all(map(shrinks, part, whole))
    return part == whole


@pytest.mark.parametrize("indent", [None, 1])
def test_every_start_is_read_as_far_as_it_goes(indent: int | None) -> None:
    text = json.dumps(WHOLE, indent=indent, ensure_ascii=False)
    starts = [parse_start(text[:length]) for length in range(1, len(text))]
    assert starts
    sizes = []
    for start in starts:
        assert start is not None
        assert shrinks(start.value, WHOLE)
        sizes.append(len(json.dumps(start.value)))
    assert sizes == sorted(sizes)
    last = parse_start(text)
    assert last is not None
    assert (last.value, last.open) == (WHOLE, ())


def test_the_open_members_are_known() -> None:
    start = parse_start('{"page": {"items": [{"name": "x", "tags": ["a", "b')
    assert start is not None
    assert start.value == {"page": {"items": [{"name": "x", "tags": ["a"]}]}}
    assert start.open == ("page", "items", "*", "tags", "*")
    assert parse_start("name;mail") is None
