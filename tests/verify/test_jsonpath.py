from typing import Any

import pytest

from mockserver.verify.jsonpath import is_supported, selects

DOCUMENT = {"people": [{"id": 1, "tags": []}, {"id": 2, "tags": ["a", "b"]}], "odd name": True}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("$", True),
        ("$.people", True),
        ("$.people[1].id", True),
        ("$.people[-1].id", True),
        ("$.people[2]", False),
        ("$.people[-3]", False),
        ("$.people.id", False),
        ("$.people[*].tags[0]", True),
        ("$.people[0].tags[*]", False),
        ("$..tags[1]", True),
        ("$..nothing", False),
        ("$..*", True),
        ("$['odd name']", True),
        ("$[?count($.people[*]) == 2]", True),
        ("$[?count($.people[*]) != 2]", False),
        ("$[?count($..tags[*]) >= 2]", True),
        ("$[?count($..tags[*]) > 2]", False),
        ("$[?count($.none[*]) < 1]", True),
        ("$[?count($.none[*]) <= 0]", True),
    ],
)
def test_selects(query: str, expected: bool) -> None:
    assert is_supported(query)
    assert selects(query, DOCUMENT) is expected


@pytest.mark.parametrize("empty", [{}, [], None, 5])
def test_filter_selects_nothing_in_a_root_without_children(empty: Any) -> None:
    assert not selects("$[?count($.people[*]) == 0]", empty)


@pytest.mark.parametrize(
    "query", ["people", "$.people[0:2]", "$[?@.id == 1]", "$[?count(people) == 1]", "$.a b"]
)
def test_unsupported_queries(query: str) -> None:
    assert not is_supported(query)
    with pytest.raises(ValueError, match="JSONPath"):
        selects(query, DOCUMENT)
