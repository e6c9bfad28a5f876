"""Spotler: temporary lists."""

from typing import Any

import pytest

from mockserver.client import World
from tests.vendors.spotler import Spotler

START = 1767603600000
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    mockserver.clock.freeze()
    return Spotler(mockserver)


def new_list(spotler: Spotler, id: str, name: str, *contacts: str) -> Any:
    body = {"externalTemporaryListId": id, "name": name, "contacts": contacts}
    return spotler.send("POST", "/templist", body)


def test_temporary_lists_are_created_and_deleted(spotler: Spotler) -> None:
    before = spotler.get("/templist")
    spotler.contact("p1")
    reply = new_list(spotler, "fair", "Fair", "p1")
    assert (reply.status_code, reply.content) == (204, b"")
    made = {"externalTemporaryListId": "fair", "name": "Fair", "createdAt": START, "type": "API"}
    assert spotler.get("/templist") == [*before, made]
    spotler.succeed("POST", "/templist/fair", {"contacts": ["p1"]})
    error = spotler.fail(400, "POST", "/templist/fair", {"contacts": ["p1", "nope"]})
    assert error["message"] == "One or more contacts could not be found"
    spotler.succeed("DELETE", "/templist/fair")
    assert spotler.get("/templist") == before
    for method, body in (("DELETE", None), ("POST", {"contacts": []})):
        assert spotler.fail(404, method, "/templist/fair", body)["message"] == "Templist not found"


def test_invalid_temporary_lists_are_rejected(spotler: Spotler) -> None:
    before = len(spotler.get("/templist"))
    assert new_list(spotler, "fair", "Fair").status_code == 204
    for reply, kind, message in (
        (
            new_list(spotler, "fair", "New"),
            "ID_NOTUNIQUE",
            "Temporary list with specified externalTemporaryListId already exists",
        ),
        (
            new_list(spotler, "new", "Fair"),
            "NAME_ALREADY_IN_USE",
            "Temporary list with specified name already exists",
        ),
        (
            new_list(spotler, "new", "New", "nope"),
            "CONTACT_NOT_FOUND",
            "No templist created, one or more contacts could not be found",
        ),
    ):
        assert (reply.status_code, reply.json()) == (400, {"errorType": kind, "message": message})
    limits = spotler.backstage("set_limits", temporaryLists=before + 1)
    assert limits["temporaryLists"] == before + 1
    assert new_list(spotler, "new", "New").json()["message"] == "Too many temporary lists"
    assert len(spotler.get("/templist")) == before + 1


def test_a_temporary_list_of_a_scheduled_mailing_is_not_deleted(spotler: Spotler) -> None:
    new_list(spotler, "fair", "Fair")
    spotler.backstage("schedule_mailing", temporaryList="fair", at="2026-01-05T10:00:00Z")
    error = spotler.fail(400, "DELETE", "/templist/fair")
    assert error == {"errorType": "INVALID_STATE", "message": "Temporary list in use"}
    spotler.world.clock.set("2026-01-05T10:00:00Z")
    spotler.succeed("DELETE", "/templist/fair")
    new_list(spotler, "fair", "Fair")
    spotler.world.clock.set("2026-01-05T09:00:00Z")
    spotler.succeed("DELETE", "/templist/fair")  # the mailing was that of the former list
