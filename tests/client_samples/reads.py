"""The members of replies that a client reads: recorded while it runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import httpx
import requests

from mockserver import World

Reads = dict[tuple[str, str], set[str]]


class RecordedObject(dict[str, Any]):
    """An object of a reply that notes which of its members are read."""

    def __init__(self, members: dict[str, Any], place: str, noted: set[str]) -> None:
        super().__init__(members)
        self._place, self._noted = place, noted

    def __getitem__(self, name: str) -> Any:
        self._noted.add(f"{self._place}/{name}")
        return recorded(super().__getitem__(name), f"{self._place}/{name}", self._noted)

    def get(self, name: str, default: Any = None) -> Any:
        self._noted.add(f"{self._place}/{name}")
        return self[name] if dict.__contains__(self, name) else default

    def __contains__(self, name: object) -> bool:
        self._noted.add(f"{self._place}/{name}")
        return super().__contains__(name)

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("a client that reads every member cannot be recorded")

    items = values = keys = __iter__  # type: ignore[assignment]


class RecordedList(list[Any]):
    """A list of a reply whose items note what is read of them."""

    def __init__(self, items: list[Any], place: str, noted: set[str]) -> None:
        super().__init__(recorded(one, f"{place}/*", noted) for one in items)


def recorded(value: Any, place: str, noted: set[str]) -> Any:
    """The value, which notes its reads if it is an object or a list."""
    if isinstance(value, dict):
        return RecordedObject(value, place, noted)
    return RecordedList(value, place, noted) if isinstance(value, list) else value


@contextmanager
def reads(world: World, vendor: str) -> Iterator[dict[str, set[str]]]:
    """Records what the block reads of each operation's replies, by requests and httpx."""
    found: Reads = {}
    by_operation: dict[str, set[str]] = {}
    plain_requests, plain_httpx = requests.Response.json, httpx.Response.json

    def noted(method: str, url: str) -> set[str]:
        return found.setdefault((method, url), set())

    def requests_json(reply: requests.Response, **options: Any) -> Any:
        return recorded(
            plain_requests(reply, **options), "", noted(str(reply.request.method), str(reply.url))
        )

    def httpx_json(reply: httpx.Response, **options: Any) -> Any:
        return recorded(plain_httpx(reply, **options), "", noted(reply.request.method, str(reply.url)))

    with (
        patch.object(requests.Response, "json", requests_json),
        patch.object(httpx.Response, "json", httpx_json),
    ):
        yield by_operation
    operations = {
        (one["call"]["method"], one["call"]["path"]): one["operation"] for one in world.journal(vendor)
    }
    start = world.url(vendor)
    for (method, url), pointers in found.items():
        path = url.removeprefix(start).partition("?")[0]
        by_operation.setdefault(str(operations[method, path]), set()).update(pointers)
