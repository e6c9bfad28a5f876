"""Voyado: point accounts, and points that others add."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.voyado import Engage, receipt

UNKNOWN_ID = "2e40b702-2767-4abe-ae99-aa510108e22b"
VERSIONS = pytest.mark.parametrize("accounts", ["/api/v3/point-accounts", "/api/v2/point-accounts"])
V3 = "/api/v3/point-accounts"
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def row(contact: str, amount: Any = 100, **members: Any) -> dict[str, Any]:
    required = {"definitionId": 1, "source": "survey", "description": "Thank you"}
    return {"contactId": contact, "amount": amount, **required, **members}


def add(engage: Engage, rows: list[Any], accounts: str = V3, **headers: str) -> Any:
    response = engage.session.post(
        f"{engage.url}{accounts}/transactions", json=rows, headers=headers, timeout=10
    )
    assert response.status_code == 202, response.text
    return response.json()


def account(engage: Engage, contact: str, accounts: str = V3) -> Any:
    (found,) = engage.get(accounts, contactId=contact)["items"]
    return found


@VERSIONS
def test_added_points_lift_the_level_and_the_audience(
    engage: Engage, accounts: str, mockserver_server: MockServer
) -> None:
    id = engage.create("points@example.com")
    reply = add(engage, [row(id, 350), row(id.upper(), -20.5)], accounts)
    assert reply == {
        "notAccepted": [],
        "errorMessages": [],
        "missingDefinitionIds": [],
        "missingContactIds": [],
    }
    fork = engage.fork(mockserver_server.control)
    for one in (engage, fork):
        found = account(one, id, accounts)
        assert (found["balance"], found["pendingPoints"], found["balanceExpires"]) == (329.5, 0, None)
        assert one.get(f"{accounts}/{found['id']}") == found
        one.world.clock.advance(days=1)
        assert "Silver" in one.audiences(id)
    page = engage.get(f"{accounts}/transactions", accountId=found["id"])
    assert [(item["amount"], item["type"], item["source"]) for item in page["items"]] == [
        (350, "Manual", "survey"),
        (-20.5, "Manual", "survey"),
    ]
    assert engage.get(f"{accounts}/transactions", contactId=id, definitionId=1) == page
    second = page["items"][1]
    assert engage.get(f"{accounts}/transactions", contactId=id, definitionId=1, offset=1)["items"] == [second]
    assert engage.get(f"{accounts}/transactions/{second['id']}") == second


def test_a_purchase_is_a_transaction_of_points(engage: Engage) -> None:
    id = engage.create("buyer@example.com")
    engage.send("POST", "/api/v3/receipts", receipt(id, receiptNumber="0001"))
    engage.world.clock.advance(minutes=15)
    (item,) = engage.get(f"{V3}/transactions", contactId=id, definitionId=1)["items"]
    assert (item["amount"], item["type"], item["description"]) == (499, "Purchase", "0001")
    assert item["transactionDate"] == "2026-01-05T09:00:00.000Z"


def test_points_wait_until_they_are_valid_and_leave_when_they_expire(engage: Engage) -> None:
    id = engage.create("later@example.com")
    add(engage, [row(id, 10), row(id, 400, validFrom="2026-01-07", validTo="2026-02-01T00:00:00+01:00")])
    found = account(engage, id)
    assert (found["balance"], found["pendingPoints"]) == (10, 400)
    lists = {
        name: [
            item["amount"]
            for item in engage.get(f"{V3}/transactions", accountId=found["id"], filter=name)["items"]
        ]
        for name in ("all", "Active", "Pending")
    }
    assert lists == {"all": [10, 400], "Active": [10], "Pending": [400]}
    engage.world.clock.advance(days=2)
    found = account(engage, id)
    assert (found["balance"], found["pendingPoints"]) == (410, 0)
    assert found["balanceExpires"] == "2026-01-31T23:00:00.000Z"
    engage.world.clock.advance(days=30)
    found = account(engage, id)
    assert (found["balance"], found["balanceExpires"]) == (10, None)


@VERSIONS
def test_rows_that_are_not_correct_are_skipped(engage: Engage, accounts: str) -> None:
    id = engage.create("rows@example.com")
    wrong = [
        row(id, source=""),
        row(id, description=None),
        row(id, description=7),
        row(id, "100"),
        row(id, True),
        row(id, definitionId="1"),
        row(id, timeStamp="yesterday"),
        row(id, definitionId=2),
        row(UNKNOWN_ID),
        {},
    ]
    reply = add(engage, [*wrong, row(id, 5)], accounts)
    assert reply["notAccepted"] == wrong
    assert reply["errorMessages"] == [
        "The source field is required.",
        "The description field is required.",
        "The field description must be a string.",
        "The field amount must be a number.",
        "The field amount must be a number.",
        "The field definitionId must be a whole number.",
        "The timeStamp, validFrom or validTo field is not a valid date.",
        "The point definition does not exist.",
        "The contact does not exist.",
        "The contactId field is required.",
    ]
    assert (reply["missingDefinitionIds"], reply["missingContactIds"]) == ([2], [UNKNOWN_ID])
    assert account(engage, id)["balance"] == 5


def test_an_idempotency_key_is_kept_for_a_day(engage: Engage) -> None:
    id = engage.create("twice@example.com")
    for _ in range(2):
        add(engage, [row(id, 10), {}], **{"Idempotency-Key": "one"})
    add(engage, [row(id, 10)], **{"idempotency-key": "two"})
    assert account(engage, id)["balance"] == 20
    engage.world.clock.advance(days=1)
    add(engage, [row(id, 10)], **{"Idempotency-Key": "one"})
    assert account(engage, id)["balance"] == 30


def test_transactions_of_a_deleted_contact_are_not_found(engage: Engage) -> None:
    id = engage.create("gone@example.com")
    add(engage, [row(id, 10)])
    (item,) = engage.get(f"{V3}/transactions", contactId=id, definitionId=1)["items"]
    assert engage.send("DELETE", f"/api/v3/contacts/{id}").status_code < 300
    engage.expect_error(404, "GET", f"{V3}/transactions/{item['id']}")


def test_a_balance_is_bounded_from_below_and_above(engage: Engage) -> None:
    id = engage.create("rich@example.com")
    add(engage, [row(id, -1)])
    assert account(engage, id)["balance"] == 0
    for _ in range(2):
        add(engage, [row(id, 10**12)] * 501)
    assert account(engage, id)["balance"] == 10**15


@VERSIONS
def test_invalid_calls_are_rejected(engage: Engage, accounts: str) -> None:
    id = engage.create("invalid@example.com")
    (definition,) = engage.get(f"{accounts}/definitions")
    assert engage.get(f"{accounts}/definitions/{definition['id']}") == definition
    assert engage.get(f"{accounts}/definitions", offset=1) == []
    for path in ("999999", "definitions/2", "transactions/999999"):
        assert engage.expect_error(404, "GET", f"{accounts}/{path}")["errorCode"] == "NotFound"
        wrong = engage.expect_error(400, "GET", f"{accounts}/{path.rpartition('/')[0]}/x".replace("//", "/"))
        assert wrong["message"] == "The field id must be a whole number."
    transactions = f"{accounts}/transactions"
    for params in ({}, {"contactId": id}, {"definitionId": 1}):
        assert engage.expect_error(400, "GET", transactions, **params)["errorCode"] == "InvalidData"
    engage.expect_error(404, "GET", transactions, contactId=id, definitionId=2)
    engage.expect_error(404, "GET", transactions, contactId=UNKNOWN_ID, definitionId=1)
    engage.expect_error(404, "GET", transactions, accountId=999999)
    many = engage.expect_error(400, "POST", transactions, [row(id)] * 1001)
    assert many["message"] == "The request body must be an array with at most 1000 items."
    assert engage.expect_error(400, "POST", transactions)["errorCode"] == "NoData"
    assert account(engage, id)["balance"] == 0
