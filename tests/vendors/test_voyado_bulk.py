"""Voyado: batches of contacts, processed after the call, a bad row by itself."""

import uuid
from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.voyado import Engage

pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")
VERSIONS = pytest.mark.parametrize("bulk", ["/api/v3/contacts/bulk", "/api/v2/contacts/bulk"])
V3 = "/api/v3/contacts/bulk"


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def take(engage: Engage, method: str, bulk: str, contacts: Any, **params: Any) -> str:
    response = engage.send(method, bulk, contacts, **params)
    assert response.status_code == 200, response.text
    batch = response.json()
    assert str(uuid.UUID(batch)) == batch
    return str(batch)


def status(engage: Engage, batch: str, bulk: str = V3) -> Any:
    return engage.get(f"{bulk}/status", batchId=batch)


@VERSIONS
def test_contacts_appear_when_the_batch_is_processed(
    engage: Engage, bulk: str, mockserver_server: MockServer
) -> None:
    engage.create("taken@example.com")
    contacts = [
        {"email": "one@example.com", "firstName": "One", "countryCode": "SE"},
        {"email": "Taken@example.com"},
        {"email": "no address"},
        {"firstName": "Keyless"},
        {},
        {"email": "two@example.com", "gender": "female"},
        {"email": "three@example.com", "contactType": "Contact"},
    ]
    batch = take(engage, "POST", bulk, contacts)
    queued = {"batchId": batch, "status": "Queued", "total": 7, "succeeded": 0, "failed": 0, "errors": []}
    assert status(engage, batch, bulk) == queued
    engage.expect_error(404, "GET", "/api/v3/contacts/id", email="one@example.com")
    fork = engage.fork(mockserver_server.control)
    engage.world.clock.advance(seconds=10)
    assert status(engage, batch, bulk) == {
        "batchId": batch,
        "status": "Finished",
        "total": 7,
        "succeeded": 2,
        "failed": 5,
        "errors": [
            {
                "index": 1,
                "errorCode": "ApprovedContactWithKeyExists",
                "message": "An approved contact with the same key exists",
            },
            {
                "index": 2,
                "errorCode": "ValidationError",
                "message": "The email field is not a valid e-mail address.",
            },
            {"index": 3, "errorCode": "ValidationError", "message": "The email field is required."},
            {"index": 4, "errorCode": "NoData", "message": "No data"},
            {
                "index": 5,
                "errorCode": "ValidationError",
                "message": "The field gender must be Male, Female or Other.",
            },
        ],
    }
    id = engage.get("/api/v3/contacts/id", email="one@example.com")
    assert engage.overview(id)["attributes"]["firstName"] == "One"
    engage.recalculate()
    assert "Svenska medlemmar" in engage.audiences(id)
    three = engage.get("/api/v3/contacts/id", email="three@example.com")
    assert engage.overview(three)["meta"]["contactType"] == "Member"
    assert status(fork, batch)["status"] == "Queued"
    fork.world.clock.advance(seconds=10)
    assert fork.get("/api/v3/contacts/id", email="one@example.com") == id


@VERSIONS
def test_an_update_finds_contacts_by_key_and_creates_none(engage: Engage, bulk: str) -> None:
    member = engage.create("one@example.com", firstName="Old")
    contact = engage.create("one@example.com", contactType="Contact", firstName="Old")
    contacts = [
        {"email": "ONE@example.com", "firstName": "New"},
        {"email": "nobody@example.com", "firstName": "New"},
        {"firstName": "New"},
        {"email": "one@example.com", "mobilePhone": "070"},
    ]
    before = engage.get("/api/v3/contacts/changes", changeType="Created", fromDate="2026-01-05")
    batch = take(engage, "PATCH", bulk, contacts, contactType="contact", avoidTriggeringExport="True")
    engage.world.clock.advance(seconds=10)
    finished = status(engage, batch, bulk)
    assert [(one["index"], one["errorCode"]) for one in finished["errors"]] == [
        (1, "ContactNotFound"),
        (2, "ValidationError"),
        (3, "ValidationError"),
    ]
    assert engage.overview(contact)["attributes"]["firstName"] == "New"
    assert engage.overview(member)["attributes"]["firstName"] == "Old"
    after = engage.get("/api/v3/contacts/changes", changeType="Created", fromDate="2026-01-05")
    assert after == before


def test_a_large_batch_is_processed_in_steps(engage: Engage) -> None:
    contacts = [{"email": f"{number}@example.com"} for number in range(240)]
    batch = take(engage, "POST", V3, contacts)
    progress = []
    for seconds in (9, 1, 1, 1):
        engage.world.clock.advance(seconds=seconds)
        found = status(engage, batch)
        progress.append((found["status"], found["succeeded"]))
    assert progress == [("Queued", 0), ("Processing", 100), ("Processing", 200), ("Finished", 240)]


def test_batches_are_processed_one_after_another(engage: Engage) -> None:
    first, second = (
        take(engage, "POST", V3, [{"email": f"{name}{number}@example.com"} for number in range(150)])
        for name in "ab"
    )
    progress = []
    for seconds in (10, 1, 1, 1):
        engage.world.clock.advance(seconds=seconds)
        progress.append((status(engage, first)["succeeded"], status(engage, second)["succeeded"]))
    assert progress == [(100, 0), (150, 0), (150, 100), (150, 150)]


@pytest.mark.mockserver(settings={"jobs": "immediate"})
def test_a_world_without_waiting_processes_at_once(engage: Engage) -> None:
    batch = take(engage, "POST", V3, [{"email": "one@example.com"}])
    assert status(engage, batch)["status"] == "Finished"
    id = engage.get("/api/v3/contacts/id", email="one@example.com")
    assert engage.audiences(id) == ["Member", "New this month"]


@VERSIONS
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_invalid_batches_are_rejected_as_a_whole(engage: Engage, method: str, bulk: str) -> None:
    many = [{"email": f"{number}@example.com"} for number in range(4001)]
    error = engage.expect_error(400, method, bulk, many)
    assert error["message"] == "The request body must be an array with at most 4000 items."
    assert engage.expect_error(400, method, bulk, {"email": "a@example.com"})["errorCode"] == "InvalidData"
    assert engage.expect_error(400, method, bulk, ["a"])["message"] == "The field [0] must be an object."
    empty: list[Any] = []
    for nothing in (empty, None):
        assert engage.expect_error(400, method, bulk, nothing)["errorCode"] == "NoData"
    unknown = engage.expect_error(400, method, bulk, [{"email": "a@example.com"}], contactType="Nobody")
    assert unknown["errorCode"] == "InvalidContactType"
    assert take(engage, method, bulk, many[:4000])


@VERSIONS
def test_a_status_needs_a_known_batch(engage: Engage, bulk: str) -> None:
    unknown = engage.expect_error(404, "GET", f"{bulk}/status", batchId=str(uuid.uuid4()))
    assert unknown["errorCode"] == "BatchNotFound"
    for params in ({}, {"batchId": "1"}):
        assert engage.expect_error(400, "GET", f"{bulk}/status", **params)["errorCode"] == "InvalidBatchId"


def test_the_export_flag_is_a_boolean(engage: Engage) -> None:
    body = [{"email": "a@example.com"}]
    error = engage.expect_error(400, "PATCH", V3, body, avoidTriggeringExport="perhaps")
    assert error["message"] == "The field avoidTriggeringExport must be true or false."
