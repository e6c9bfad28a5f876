"""The conduct report of traffic that was made to break it."""

import re

import pytest
import requests

from mockserver.client import World
from mockserver.conduct.facts import _ADDRESS
from mockserver.contract.pagination import PaginationSpec

DIGITS = "9" * 5_000  # more than Python reads as a number


@pytest.mark.parametrize(
    ("asked", "rules"),
    [
        ("9" * 400, ["retried-too-early"]),
        ("99999999999999999", ["retried-too-early"]),
        ("Mon, 05 Jan 9999 00:00:00 -0000", ["retried-too-early"]),
        ("Mon, 05 Jan 1970 00:00:00 -0000", []),
        ("Mon, 35 Jan 2026 00:00:00 GMT", []),
    ],
)
def test_waits_that_no_clock_has(mockserver: World, asked: str, rules: list[str]) -> None:
    headers = {"Retry-After": asked}
    mockserver.faults.add("voyado", "list_target_audiences", "status", status=503, reply_headers=headers)
    for _ in range(2):
        url = mockserver.url("voyado") + "/api/v3/target-audiences"
        requests.get(url, headers={**mockserver.headers("voyado"), "User-Agent": "a/1"}, timeout=20)
        mockserver.clock.advance("1s")
    assert mockserver.conduct().rules == rules


def test_numbers_of_too_many_digits_are_no_sizes(mockserver: World) -> None:
    pages = PaginationSpec(("page",), "/items", size="size", page_length=3)
    reply = {"items": [1, 2]}
    assert pages.position({"page": "2", "size": DIGITS}, None, reply) == "last"
    assert pages.position({"page": "2", "size": "2"}, None, reply) == "middle"
    for number in range(1, 5):
        url = f"{mockserver.url('voyado')}/api/v3/target-audiences?offset={number}&count={DIGITS}"
        requests.get(url, headers=mockserver.headers("voyado"), timeout=20)
    assert mockserver.conduct(vendor="voyado").exchanges == 4


def test_e_mail_addresses_are_sought_in_time_that_grows_with_the_text() -> None:
    """Each repetition in the pattern is bounded: it could take the square of the length otherwise."""
    assert not re.search(r"(?<!\})\+", re.sub(r"\[[^\]]*\]", "", _ADDRESS.pattern))
    assert _ADDRESS.findall('{"a": "jane.doe+x@mail.example.com", "b": <joe@x.nl>}, a@b, a.b@c') == [
        "jane.doe+x@mail.example.com",
        "joe@x.nl",
    ]
