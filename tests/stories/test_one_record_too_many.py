"""A client that changes one record more than it should is found by the assertion on what has changed.

Each story is a client. Cut off before a call it is right, with that call it is a mutant that does too much.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from mockserver import vendors
from mockserver.app import Application, create_app
from mockserver.state.scenario import load_scenario
from mockserver.storage.urls import open_store
from mockserver.verify.http_client import Request, Response
from tests.house.proof_page import proven
from tests.stories.environment import play, story_file_of
from tests.stories.in_process import NOW, STOPPED_BY_OTHERS, InProcessClient, application_environment

WORLD = "/_mock/worlds/default"
LEAST, LEAST_OF_A_VENDOR = 50, 4

Touched = dict[tuple[str, str, str], str]
"""The change of each record, by vendor, collection and id."""


class Judge(InProcessClient):
    """Sends the calls of stories, and judges after each whether it did only what it did before."""

    def __init__(self, app: Application) -> None:
        super().__init__(app)
        self.found: list[list[tuple[str, str, str]]] = []
        """Of each mutant that was found, the vendors, collections and changes of what it did too much."""
        self.missed: list[str] = []
        self._touched: Touched = {}
        self._only: dict[str, dict[str, int]] = {}

    def begin(self) -> None:
        """The client has done nothing yet."""
        self._client.delete(f"{WORLD}/snapshots/begin")
        body = {"name": "begin", "settle": True}
        assert self._client.post(f"{WORLD}/snapshots", json=body).status_code == 201
        self._touched, self._only = {}, {}

    def send(self, request: Request) -> Response:
        reply = super().send(request)
        if "/_mock/" in request.url:  # may have put the world back to another state
            self.begin()
        else:
            self._judge(request)
        return reply

    def _judge(self, request: Request) -> None:
        diff = self._client.get(f"{WORLD}/diff?from=begin&limit=1000").get_json()
        assert diff["more"] == 0
        touched = {(one["vendor"], one["collection"], one["id"]): one["change"] for one in diff["changes"]}
        if touched == self._touched:  # judged before
            return
        before, after = self._touched.items(), touched.items()
        if before and (before <= after or after <= before):
            message = self._verdict(self._only) or ""
            found = [
                (vendor, collection, change if (before <= after) else "removed")
                for (vendor, collection, id), change in before ^ after
                if _names(message, f"{vendor}.{collection}", id, change, is_lost=after <= before)
            ]
            if len(found) == len(before ^ after) or (found and " more" in message):
                self.found.append(found)
            else:
                self.missed.append(f"{request.method} {request.url}: {message}")
            self.begin()  # so that further calls change records that were there
            return
        self._touched, self._only = touched, _by_change(diff["counts"])
        assert self._verdict(self._only) is None

    def _verdict(self, only: Mapping[str, Any]) -> str | None:
        reply = self._client.post(f"{WORLD}/diff/assert", json={"from": "begin", "only": only})
        assert reply.status_code == 200, reply.data
        message: str | None = reply.get_json()["message"]
        return message


def _names(message: str, collection: str, id: str, change: str, *, is_lost: bool) -> bool:
    """Whether the message names the record that was changed, or misses one that is as it was at the start."""
    if is_lost:
        return (
            re.search(rf"^expected \d+ {change} in {collection}, found \d+", message, re.MULTILINE)
            is not None
        )
    return f"{collection} {id} {change}" in message


def _by_change(counts: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """The numbers of `assert_only`: by change, then by collection."""
    only: dict[str, dict[str, int]] = {}
    for name, by_change in counts.items():
        for change, number in by_change.items():
            only.setdefault(change, {})[name] = number
    return only


@cache
def judged(vendor: str) -> Judge:
    """The judge of the vendor's stories, on a server of its own: a clock that moves runs no others' jobs."""
    start = replace(load_scenario("demo"), now=NOW, people=40)
    app = create_app(start, store=open_store("memory:"), vendors=(vendor,))
    judge = Judge(app)
    file, environment = story_file_of(vendor), application_environment(app, vendor, judge)
    for story in file.stories:
        judge.begin()
        play(file, story, environment, STOPPED_BY_OTHERS)
    return judge


@pytest.mark.parametrize("vendor", vendors.names())
def test_no_mutant_is_missed(vendor: str) -> None:
    assert judged(vendor).missed == []


def test_there_are_mutants_of_each_kind() -> None:
    everything = [found for vendor in vendors.names() for found in judged(vendor).found]
    assert len(everything) >= LEAST
    changes = {change for found in everything for _vendor, _collection, change in found}
    assert changes == {"added", "updated", "removed"}


@pytest.mark.parametrize("vendor", proven())
def test_every_vendor_has_mutants(vendor: str) -> None:
    found = [one for one in judged(vendor).found if one[0][0] == vendor]
    assert len(found) >= LEAST_OF_A_VENDOR
    assert len({collection for one in found for _vendor, collection, _change in one}) > 1
