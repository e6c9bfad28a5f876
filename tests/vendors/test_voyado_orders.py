"""Voyado: orders, changed by jobs in v3 and not stored in v2, and the automations that they trigger."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.voyado import Engage

UNKNOWN_ID = "2e40b702-2767-4abe-ae99-aa510108e22b"
ORDERS, OLDER = "/api/v3/orders", "/api/v2/orders"
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def order(contact: str | None, id: str = "a/b é", **members: Any) -> dict[str, Any]:
    key = {"contact": {"matchKey": contact, "matchKeyType": "contactid"}} if contact else {}
    return {
        "orderId": id,
        **key,
        "status": "InProgress",
        "currencyCode": "EUR",
        "createdAt": "2026-01-05T09:00:00+01:00",
        "lineItems": {"items": [{"sku": "1", "size": "M"}], "subTotal": 10},
        "place": "of our own",
        **members,
    }


def older_order(contact: str, **members: Any) -> dict[str, Any]:
    item = {"type": "Purchase", "sku": "1", "quantity": 1, "grossPaidPrice": 499, "description": "Jacket"}
    return {
        "contact": {"matchKey": contact, "matchKeyType": "ContactId"},
        "orderNumber": "17",
        "orderStatus": "Confirmed",
        "paymentStatus": "Paid",
        "createdDate": "2026-01-05T09:00:00+01:00",
        "storeId": "eCom-Sverige",
        "currency": "SEK",
        "totalGrossPrice": 548.0,
        "totalTax": 109.6,
        "paymentMethods": [{"description": "card", "value": 548}],
        "items": [item | {"taxAmount": 99.8}],
        "freightFee": {"value": 49, "tax": 9.8},
        **members,
    }


def change(engage: Engage, method: str, path: str, body: Any = None) -> str:
    """Sends a change that is accepted; returns the URL of its job."""
    reply = engage.send(method, path, body)
    assert reply.status_code == 202, reply.text
    (link,) = reply.json()["links"]
    assert link == {"href": f"{ORDERS}/jobs/{reply.json()['jobId']}", "method": "GET", "rel": "job"}
    location = reply.headers["Location"]
    assert location == engage.url + link["href"]
    return location


def emails(engage: Engage, contact: str) -> list[str]:
    """The names of the e-mails to a contact, the newest first."""
    items = engage.get(f"/api/v3/contacts/{contact}/emailmessages")["items"]
    assert all(item["isTransactional"] and item["source"] == "Automation" for item in items)
    return [item["name"] for item in items]


def status(engage: Engage, job: str) -> Any:
    return engage.session.get(job, timeout=10, allow_redirects=False)


def test_an_order_is_registered_by_a_job(engage: Engage, mockserver_server: MockServer) -> None:
    contact = engage.create("orders@example.com")
    body = order(contact, action={"action": "ConfirmOrder", "data": {"a": [1]}})
    job = change(engage, "POST", ORDERS, body)
    path = f"{ORDERS}/a%2Fb%20%C3%A9"
    assert status(engage, job).json()["status"] == "InProgress"
    engage.expect_error(404, "GET", path)
    assert emails(engage, contact) == []
    engage.world.clock.advance(seconds=2)
    done = status(engage, job)
    assert (done.status_code, done.headers["Location"], done.content) == (302, engage.url + path, b"")
    stored = engage.session.get(job, timeout=10).json()
    action = body.pop("action")
    assert stored == {**body, "contactId": contact, "versionTag": stored["versionTag"]}
    for one in (engage, engage.fork(mockserver_server.control)):
        assert one.get(path) == one.get(path, contactId=contact.upper()) == stored
        page = one.get(ORDERS, contactId=contact)
        assert (page["items"], page["totalCount"]) == ([stored], 1)
        assert emails(one, contact) == [action["action"]]
    assert engage.expect_error(404, "GET", path, contactId=UNKNOWN_ID)["errorCode"] == "OrderNotFound"


def test_each_change_has_a_version(engage: Engage) -> None:
    contact, other = engage.create("one@example.com"), engage.create("two@example.com")
    path = f"{ORDERS}/17"
    change(engage, "POST", ORDERS, order(contact, "17", delivery={"method": "DHL"}))
    change(engage, "POST", ORDERS, order(contact, "18"))
    engage.world.clock.advance(seconds=2)
    versions = [engage.get(path)["versionTag"]]
    for method, suffix, body, expected in (
        ("POST", "/change-status", {"externalStatus": "Picked"}, {"externalStatus": "Picked"}),
        (
            "POST",
            "/change-delivery",
            {"trackingNumber": "7"},
            {"delivery": {"method": "DHL", "trackingNumber": "7"}},
        ),
        ("PUT", "", order(contact, "another", status="Cancelled"), {"orderId": "17", "status": "Cancelled"}),
    ):
        change(engage, method, path + suffix, body)
        before = engage.get(path)
        engage.world.clock.advance(seconds=2)
        after = engage.get(path)
        assert before["versionTag"] == versions[-1]
        assert after.items() >= expected.items()
        versions.append(after["versionTag"])
    assert len({*versions}) == 4
    assert "delivery" not in after
    assert [one["orderId"] for one in engage.get(ORDERS, contactId=contact)["items"]] == ["17", "18"]
    stale = {"action": "Ship", "versionTag": versions[0]}
    error = engage.expect_error(404, "POST", f"{path}/action", stale)
    assert error["errorCode"] == "VersionTagMismatch"
    taken = engage.send("POST", f"{path}/action", {"action": "Ship", "versionTag": versions[-1]})
    assert (taken.status_code, taken.json(), emails(engage, contact)) == (202, {}, ["Ship"])
    change(engage, "PUT", path, order(other, "17"))
    engage.world.clock.advance(seconds=2)
    assert [one["orderId"] for one in engage.get(ORDERS, contactId=contact)["items"]] == ["18"]
    assert [one["orderId"] for one in engage.get(ORDERS, contactId=other)["items"]] == ["17"]


def test_jobs_fail_and_end(engage: Engage) -> None:
    contact = engage.create("jobs@example.com")
    first, second = (change(engage, "POST", ORDERS, order(contact, "17")) for _ in range(2))
    engage.world.clock.advance(seconds=2)
    assert status(engage, first).status_code == 302
    assert (status(engage, second).status_code, status(engage, second).json()["errorCode"]) == (
        409,
        "OrderExists",
    )
    deletion = change(engage, "DELETE", f"{ORDERS}/17")
    late = change(engage, "POST", f"{ORDERS}/17/change-status", {"status": "Late"})
    engage.world.clock.advance(seconds=2)
    assert (status(engage, deletion).status_code, status(engage, deletion).json()["status"]) == (
        200,
        "Completed",
    )
    assert (status(engage, late).status_code, status(engage, late).json()["errorCode"]) == (
        404,
        "OrderNotFound",
    )
    assert engage.get(ORDERS, contactId=contact)["items"] == []
    for method, path, body in (
        ("GET", f"{ORDERS}/17", None),
        ("PUT", f"{ORDERS}/17", order(contact)),
        ("DELETE", f"{ORDERS}/17", None),
        ("POST", f"{ORDERS}/17/change-status", {"status": "Late"}),
        ("POST", f"{ORDERS}/17/change-delivery", {"method": "DHL"}),
        ("POST", f"{ORDERS}/17/action", {"action": "Ship", "versionTag": "x"}),
    ):
        assert engage.expect_error(404, method, path, body)["errorCode"] == "OrderNotFound"
    for job in (UNKNOWN_ID, "17"):
        assert engage.expect_error(404, "GET", f"{ORDERS}/jobs/{job}")["errorCode"] == "JobNotFound"


def test_an_order_without_a_contact_triggers_nothing(engage: Engage) -> None:
    contact = engage.create("gone@example.com")
    for id, of in (("1", None), ("2", UNKNOWN_ID), ("3", contact)):
        change(engage, "POST", ORDERS, order(of, id, action={"action": "Confirm"}))
    engage.send("DELETE", f"/api/v3/contacts/{contact}")
    engage.world.clock.advance(seconds=2)
    for id in ("1", "2", "3"):
        stored = engage.get(f"{ORDERS}/{id}")
        body = {"action": "Ship", "versionTag": stored["versionTag"]}
        error = engage.expect_error(422, "POST", f"{ORDERS}/{id}/action", body)
        assert (stored["contactId"], error["errorCode"]) == (None, "OrderHasNoContact")
    engage.expect_error(404, "GET", ORDERS, contactId=contact)


def test_orders_are_listed_by_page(engage: Engage) -> None:
    contact = engage.create("many@example.com")
    for number in range(11):
        change(engage, "POST", ORDERS, order(contact, str(number)))
    engage.world.clock.advance(seconds=2)
    first = engage.get(ORDERS, contactId=contact)
    (link,) = first["links"]
    second = engage.get(link["href"])
    assert (link["rel"], len(first["items"]), first["totalCount"]) == ("next", 10, 11)
    assert [one["orderId"] for one in second["items"]] == ["10"]
    (back,) = second["links"]
    assert (back["rel"], engage.get(back["href"])) == ("previous", first)
    middle = engage.get(ORDERS, contactId=contact, offset=2, count=3)
    assert [one["rel"] for one in middle["links"]] == ["previous", "next"]
    assert engage.expect_error(400, "GET", ORDERS, contactId=contact, count=0)["errorCode"] == "InvalidData"


def test_an_older_order_triggers_an_email_each_time(engage: Engage, mockserver_server: MockServer) -> None:
    contact = engage.create("older@example.com")
    for _ in range(2):
        reply = engage.send("POST", OLDER, older_order(contact))
        assert (reply.status_code, reply.json()) == (202, {})
    for one in (engage, engage.fork(mockserver_server.control)):
        assert emails(one, contact) == ["17: Confirmed", "17: Confirmed"]
        assert one.get(ORDERS, contactId=contact)["items"] == []


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"totalGrossPrice": 499}, "The field totalGrossPrice must be the sum of the items and fees."),
        ({"totalTax": 99.8}, "The field totalTax must be the sum of the items and fees."),
        ({"orderStatus": None}, "The orderStatus field is required."),
        ({"items": []}, "The items field is required."),
        (
            {"contact": {"matchKey": UNKNOWN_ID, "matchKeyType": "ContactId"}},
            "The contact does not exist.",
        ),
        (
            {
                "items": [
                    {"type": "GIFT", "sku": "1", "quantity": 1, "grossPaidPrice": 499, "description": ""}
                ]
            },
            "The field items[0].type must be PURCHASE or RETURN.",
        ),
    ],
)
def test_invalid_older_orders_are_rejected(engage: Engage, members: Any, message: str) -> None:
    contact = engage.create("strict@example.com")
    error = engage.expect_error(422, "POST", OLDER, older_order(contact) | members)
    assert [one["errorDescription"] for one in error["validationErrors"]] == [message]
    assert emails(engage, contact) == []


def test_invalid_orders_are_rejected(engage: Engage) -> None:
    wrong = {"contact": {"matchKey": "1", "matchKeyType": "shoe size"}}
    for method, path in (("POST", ORDERS), ("PUT", f"{ORDERS}/17")):
        error = engage.expect_error(422, method, path, order(None) | wrong)
        assert error["validationErrors"][0]["field"] == "matchKeyType"
        error = engage.expect_error(422, method, path, order(None, lineItems={}))
        assert error["validationErrors"][0]["errorDescription"] == "The lineItems.items field is required."
        error = engage.expect_error(422, method, path, {})
        assert (error["message"], len(error["validationErrors"])) == ("The order is not valid", 5)
    assert engage.expect_error(400, "POST", f"{ORDERS}/17/change-status", {})["errorCode"] == "NoData"


@pytest.mark.mockserver(now="2026-01-05T09:00:00Z", settings={"jobs": "immediate"})
def test_jobs_that_run_immediately(engage: Engage) -> None:
    job = change(engage, "POST", ORDERS, order(None, "17"))
    assert status(engage, job).status_code == 302
