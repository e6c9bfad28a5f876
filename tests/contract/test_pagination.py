"""The position of a reply's page in its list."""

from typing import Any

import pytest

from mockserver.contract.pagination import PaginationSpec

CURSOR = PaginationSpec(("after", "before"), "/data", size="first", page_length=3)
OFFSET = PaginationSpec(("/offset", "/cursor"), "/data", next="/more")
BARE = PaginationSpec(("/offset",), "", size="/limit", page_length=3)


@pytest.mark.parametrize(
    ("query", "data", "position"),
    [
        ({}, [1, 2, 3], "first"),
        ({}, [], "first"),
        ({"after": ""}, [1], "first"),
        ({"after": "c"}, [1, 2, 3], "middle"),
        ({"after": "c"}, [1, 2], "last"),
        ({"before": "c"}, [1, 2], "last"),
        ({"after": "c", "first": "2"}, [1, 2], "middle"),
        ({"after": "c", "first": "2"}, [1], "last"),
        ({"after": "c", "first": "100"}, [1, 2, 3], "middle"),
        ({"after": "c", "first": "0"}, [1, 2], "last"),
        ({"after": "c", "first": "many"}, [1, 2], "last"),
        ({"after": "c"}, [], "beyond"),
    ],
)
def test_position_by_the_page_length(query: dict[str, str], data: list[int], position: str) -> None:
    assert CURSOR.position(query, None, {"data": data}) == position


@pytest.mark.parametrize(
    ("sent", "reply", "position"),
    [
        (None, {"data": [1], "more": True}, "first"),
        ({"offset": 0, "cursor": "0000-0000"}, {"data": [1], "more": True}, "first"),
        ({"offset": None}, {"data": [1], "more": True}, "first"),
        ({"offset": 1}, {"data": [1], "more": True}, "middle"),
        ({"cursor": "00a0"}, {"data": [1], "more": True}, "middle"),
        ({"offset": 1}, {"data": [1], "more": False}, "last"),
        ({"offset": 1}, {"data": [1]}, "last"),
        ({"offset": 1}, {"data": [], "more": False}, "beyond"),
        ({"offset": 1}, {"data": None, "more": False}, "beyond"),
        ({"offset": 1}, {"error": "no"}, None),
        ({"offset": 1}, None, None),
        ({"offset": 1}, {"data": "…"}, None),
    ],
)
def test_position_by_next_of_the_reply(sent: Any, reply: Any, position: str | None) -> None:
    assert OFFSET.position({}, sent, reply) == position


@pytest.mark.parametrize(
    ("sent", "reply", "position"),
    [
        ({"offset": 3}, [1, 2, 3], "middle"),
        ({"offset": 3, "limit": 2}, [1, 2], "middle"),
        ({"offset": 3}, [1], "last"),
        ({"offset": 3}, [], "beyond"),
        ({"offset": 3}, None, "beyond"),
        ([], [1], "first"),
    ],
)
def test_position_in_a_bare_list(sent: Any, reply: Any, position: str) -> None:
    assert BARE.position({}, sent, reply) == position
