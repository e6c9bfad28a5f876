"""Voyado: receipts, which move the last order, points, level and tonight's target audiences of a contact."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.voyado import Engage, receipt

pytestmark = pytest.mark.mockserver(now="2026-01-05T09:05:00Z")
VERSIONS = pytest.mark.parametrize("receipts", ["/api/v3/receipts", "/api/v2/receipts"])
RECEIPTS = "/api/v3/receipts"
UNKNOWN_ID = "2e40b702-2767-4abe-ae99-aa510108e22b"


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def send(engage: Engage, body: Any, path: str = RECEIPTS) -> None:
    response = engage.send("POST", path, body)
    assert (response.status_code, response.json()) == (200, {})


def state(engage: Engage, id: str) -> tuple[int, str | None, str | None]:
    """Points, level and last order of a contact."""
    attributes = engage.get("/api/v2/contactoverview", contactId=id)["attributes"]
    return attributes["bonusPoints"], attributes["bonusBasedLevel"], attributes["lastOrderDate"]


def transactions(engage: Engage, id: str, **page: Any) -> Any:
    return engage.get(f"/api/v2/contacts/{id}/transactions", **page)


@VERSIONS
def test_a_purchase_lifts_the_level_and_the_audience_of_the_next_night(
    engage: Engage, receipts: str, mockserver_server: MockServer
) -> None:
    id = engage.create("buyer@example.com")
    send(engage, receipt(id), receipts)
    assert state(engage, id) == (0, None, None)
    engage.world.clock.advance(minutes=9)
    assert state(engage, id) == (0, None, None)
    fork = engage.fork(mockserver_server.control)
    engage.world.clock.advance(minutes=1)
    assert state(engage, id) == (499, "Silver", "2026-01-05T09:00:00.000Z")
    assert "Silver" not in engage.audiences(id)
    for one in (engage, fork):
        one.world.clock.advance(days=1)
        assert "Silver" in one.audiences(id)
        assert state(one, id) == (499, "Silver", "2026-01-05T09:00:00.000Z")
    points = engage.get("/api/v3/point-accounts", contactId=id)
    assert (points["totalCount"], points["items"][0]["balance"]) == (1, 499)
    assert engage.get("/api/v2/point-accounts", contactId=id) == points
    assert engage.get("/api/v3/point-accounts", contactId=id, offset=1)["items"] == []
    assert "bonusPoints" not in engage.overview(id)["attributes"]


def test_a_known_receipt_and_an_unknown_contact_change_nothing(engage: Engage) -> None:
    id = engage.create("buyer@example.com")
    send(engage, receipt(id))
    send(engage, receipt(id))
    send(engage, receipt(UNKNOWN_ID, "600-2"))
    send(engage, receipt("nobody", "600-3"))
    engage.world.clock.advance(minutes=15)
    send(engage, receipt(id))
    engage.world.clock.advance(minutes=15)
    assert state(engage, id)[0] == 499
    assert transactions(engage, id)["totalCount"] == 1


def test_a_return_takes_points_and_level_but_is_no_order(engage: Engage) -> None:
    id = engage.create("buyer@example.com")
    returned = receipt(id, "600-2", -499.0, createdDate="2026-01-06")
    returned["items"][0] |= {"type": "Return", "quantity": 1, "grossPaidPrice": 499.0}
    send(engage, receipt(id))
    send(engage, returned)
    engage.world.clock.advance(minutes=15)
    assert state(engage, id) == (0, None, "2026-01-05T09:00:00.000Z")
    newest, oldest = transactions(engage, id)["items"]
    assert (newest["numberOfItems"], oldest["numberOfItems"]) == (-1, 1)
    assert newest["netPriceSum"] == -oldest["netPriceSum"]


def test_the_last_order_is_the_newest_purchase(engage: Engage) -> None:
    id = engage.create("buyer@example.com")
    for number, day in enumerate(("2026-01-03", "2026-01-04T10:00:00Z", "2025-12-24T10:00:00.000+01:00")):
        send(engage, receipt(id, str(number), 10.0, createdDate=day))
    engage.world.clock.advance(minutes=15)
    assert state(engage, id) == (30, None, "2026-01-04T10:00:00.000Z")


def test_points_are_whole_units_of_what_awards_a_bonus_in_the_currency_of_the_group(engage: Engage) -> None:
    id = engage.create("buyer@example.com")
    body = receipt(id, price=100.5, exchangeRateToGroupCurrency=11.5, currency="eur")
    gift_card = body["items"][0] | {"awardsBonus": False, "grossPaidPrice": 50}
    send(engage, body | {"items": [*body["items"], gift_card], "totalGrossPrice": 150.5})
    engage.world.clock.advance(minutes=15)
    assert state(engage, id)[0] == int(100.5 * 11.5)
    (item,) = transactions(engage, id)["items"]
    assert (item["localCurrency"], item["groupCurrency"]) == ("EUR", "SEK")
    assert item["netPriceSum"] == pytest.approx(item["localNetPriceSum"] * 11.5)


@pytest.mark.parametrize(
    ("key_type", "key"),
    [
        ("Email", "BUYER@example.com"),
        ("mobilePhone", "+46702291216"),
        ("MEMBERNUMBER", None),
        ("MemberNumberWithCardNumberAsFallback", None),
        ("externalId", "7253944860994"),
        ("SocialSecurityNumber", "800161-9801"),
    ],
)
def test_a_receipt_finds_its_contact_by_any_key(engage: Engage, key_type: str, key: str | None) -> None:
    id = engage.create(
        "buyer@example.com",
        mobilePhone="+46702291216",
        externalId="7253944860994",
        socialSecurityNumber="198001619801",
    )
    engage.create("buyer@example.com", contactType="Contact")
    number = engage.overview(id)["attributes"]["memberNumber"]
    send(engage, receipt("", contact={"matchKey": key or number, "matchKeyType": key_type}))
    engage.world.clock.advance(minutes=15)
    assert state(engage, id)[0] == 499


def test_a_receipt_of_another_type_or_of_several_contacts_has_no_effect(engage: Engage) -> None:
    member = engage.create("a@example.com", mobilePhone="+46702291216")
    contact = engage.create("a@example.com", contactType="Contact")
    other = engage.create("b@example.com", mobilePhone="+46702291216")
    for number, given in enumerate(
        (
            {"matchKey": "a@example.com", "matchKeyType": "email", "contactType": "contact"},
            {"matchKey": "a@example.com", "matchKeyType": "email", "contactType": "Nobody"},
            {"matchKey": "+46702291216", "matchKeyType": "mobilePhone"},
        )
    ):
        send(engage, receipt("", str(number), contact=given))
    engage.world.clock.advance(minutes=15)
    assert [state(engage, id)[0] for id in (member, contact, other)] == [0, 499, 0]


def test_an_unknown_store_is_created(engage: Engage) -> None:
    id = engage.create("buyer@example.com")
    send(engage, receipt(id, storeExternalId="999"))
    engage.expect_error(404, "GET", "/api/v3/stores/999")
    engage.world.clock.advance(minutes=15)
    assert engage.get("/api/v3/stores/999")["name"] == "999"
    assert transactions(engage, id)["items"][0]["storeName"] == "999"


def test_transactions_are_paged_the_newest_first(engage: Engage) -> None:
    id = engage.create("buyer@example.com")
    for day in range(1, 6):
        body = receipt(id, f"600-{day}", createdDate=f"2026-01-0{day}", receiptNumber=f"000{day}")
        send(engage, body)
    engage.world.clock.advance(minutes=15)
    page = transactions(engage, id, offset=1, count=2)
    assert (page["count"], page["offset"], page["totalCount"]) == (2, 1, 5)
    assert [item["transactionNumber"] for item in page["items"]] == ["0004", "0003"]
    item = page["items"][0]
    assert item.pop("id")
    assert item == {
        "transactionNumber": "0004",
        "createdDate": "2026-01-04T00:00:00.000Z",
        "storeName": "Malmö Triangeln",
        "numberOfItems": 1,
        "netPriceSum": 399.2,
        "localNetPriceSum": 399.2,
        "localCurrency": "SEK",
        "groupCurrency": "SEK",
        "storeType": "RETAIL",
        "lineItems": receipt(id)["items"],
        "externalId": "600-4",
    }
    assert transactions(engage, id, offset=9)["items"] == []
    path = f"/api/v2/contacts/{id}/transactions"
    for name, value in (("count", 501), ("count", 0), ("offset", -1), ("count", "x")):
        error = engage.expect_error(400, "GET", path, **{name: value})
        assert error["message"].startswith(f"The field {name} must be")
    assert engage.expect_error(404, "GET", path.replace(id, UNKNOWN_ID))["errorCode"] == "ContactNotFound"


def test_purchases_are_summarized_over_spans_of_time(engage: Engage) -> None:
    id = engage.create("buyer@example.com")
    empty = engage.get(f"/api/v2/contacts/{id}/purchasehistorysummary")
    assert (empty["lastUpdated"], empty["latestReceiptDate"], empty["averageReceiptAll"]) == (None, None, 0)
    for number, day in enumerate(("2023-12-31", "2024-06-01", "2026-01-01")):
        send(engage, receipt(id, str(number), 100.0, createdDate=day))
    engage.world.clock.advance(minutes=15)
    summary = engage.get(f"/api/v2/contacts/{id}/purchasehistorysummary")
    assert summary["latestReceiptDate"] == "2026-01-01T00:00:00.000Z"
    assert summary["lastUpdated"] == "2026-01-05T09:15:00.000Z"
    amounts = [summary[f"purchaseAmount{span}"] for span in ("All", "LastTwoYears", "LastYear")]
    counts = [summary[f"purchaseFrequency{span}"] for span in ("All", "LastTwoYears", "LastYear")]
    assert (amounts, counts, summary["averageReceiptAll"]) == ([300, 200, 100], [3, 2, 1], 100)


OLDER: dict[str, Any] = {
    "externalId": "old-1",
    "invoiceNumber": "17",
    "customerKey": "buyer@example.com",
    "customerKeyType": "Email",
    "invoiceCreatedDate": "2026-01-05T08:00:00Z",
    "InvoiceModifiedDate": "2026-01-05T08:00:00Z",
    "StoreName": "Uppsala",
    "StoreNumber": "777",
    "transactions": [
        {"externalId": "old-1-1", "articleNr": "4711", "quantity": 2, "price": 400, "type": "Purchase"},
        {"externalId": "old-1-2", "articleNr": "4711", "quantity": 1, "price": 50, "type": "DISCOUNT"},
        {"externalId": "old-1-3", "articleNr": "4712", "quantity": 1, "price": 40, "type": "RETURN"},
    ],
}


@pytest.mark.parametrize("receipts", [OLDER, [OLDER, OLDER | {"externalId": "old-2"}]])
def test_the_older_form_is_booked_too(engage: Engage, receipts: Any) -> None:
    id = engage.create("buyer@example.com")
    send(engage, {"receipts": receipts}, "/api/v2/transactions")
    engage.world.clock.advance(minutes=15)
    count = len(receipts) if isinstance(receipts, list) else 1
    assert state(engage, id)[0] == 310 * count
    page = transactions(engage, id)
    assert page["totalCount"] == count
    assert (page["items"][0]["storeName"], page["items"][0]["numberOfItems"]) == ("Uppsala", 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"customerKey": None}, "The customerKey field is required."),
        (
            {"customerKeyType": "shoeSize"},
            "The field customerKeyType must be contactId, email, mobilePhone, memberNumber, externalId, "
            "socialSecurityNumber, CardId or MemberNumberWithCardNumberAsFallback.",
        ),
        ({"invoiceCreatedDate": "yesterday"}, "The invoiceCreatedDate field is not valid."),
        ({"transactions": {}}, "The field transactions must be an array."),
        ({"transactions": [7]}, "The field transactions[0] must be an object."),
        (
            {"transactions": [OLDER["transactions"][0] | {"price": "4"}]},
            "The field transactions[0].price must be a number.",
        ),
        (
            {"transactions": [OLDER["transactions"][0] | {"price": 1e300}]},
            "The field transactions[0].price must be a number.",
        ),
        (
            {"transactions": [OLDER["transactions"][0] | {"type": "GIFT"}]},
            "The field transactions[0].type must be PURCHASE, RETURN or DISCOUNT.",
        ),
    ],
)
def test_invalid_older_receipts_are_rejected(engage: Engage, change: Any, message: str) -> None:
    error = engage.expect_error(422, "POST", "/api/v2/transactions", {"receipts": OLDER | change})
    assert [one["errorDescription"] for one in error["validationErrors"]] == [message]


@VERSIONS
def test_invalid_receipts_are_rejected(engage: Engage, receipts: str) -> None:
    body = receipt(UNKNOWN_ID)
    error = engage.expect_error(422, "POST", receipts, {**body, "currency": "kronor", "items": [{}]})
    fields = [one["field"] for one in error["validationErrors"]]
    assert fields[:2] == ["currency", "type"]
    assert (
        error["validationErrors"][0]["errorDescription"] == "The currency field is not a valid currency code."
    )
    missing = engage.expect_error(422, "POST", receipts, {})["validationErrors"]
    assert [one["field"] for one in missing] == [
        *("contact", "uniqueReceiptId", "createdDate", "storeExternalId", "currency", "totalGrossPrice"),
        *("paymentMethods", "items"),
    ]
    for contact in ({"matchKey": "a", "matchKeyType": "shoeSize"}, {"matchKey": "a"}):
        (one,) = engage.expect_error(422, "POST", receipts, body | {"contact": contact})["validationErrors"]
        assert one["field"] == "matchKeyType"
    wrong = body | {"items": [body["items"][0] | {"type": "GIFT"}]}
    (one,) = engage.expect_error(422, "POST", receipts, wrong)["validationErrors"]
    assert one["errorDescription"] == "The field items[0].type must be PURCHASE, RETURN or ADJUSTMENT."
    assert engage.expect_error(400, "POST", receipts)["errorCode"] == "NoData"


def test_huge_amounts_are_bounded(engage: Engage) -> None:
    id = engage.create("rich@example.com")
    body = receipt(id, price=1e12, exchangeRateToGroupCurrency=1e9)
    send(engage, body | {"items": body["items"] * 50})
    engage.world.clock.advance(minutes=15)
    assert state(engage, id)[:2] == (10**12, "Gold")


def test_many_receipts_are_booked_in_their_order(engage: Engage) -> None:
    id = engage.create("buyer@example.com")
    for number in range(205):
        send(engage, receipt(id, str(number), 1.0))
    engage.world.clock.advance(minutes=15)
    assert (state(engage, id)[0], transactions(engage, id)["totalCount"]) == (205, 205)


def test_point_accounts_need_a_contact(engage: Engage) -> None:
    for version in ("v2", "v3"):
        path = f"/api/{version}/point-accounts"
        assert engage.expect_error(400, "GET", path)["errorCode"] == "InvalidContactId"
        assert engage.expect_error(404, "GET", path, contactId=UNKNOWN_ID)["errorCode"] == "ContactNotFound"
        assert (
            engage.expect_error(400, "GET", path, contactId=UNKNOWN_ID, count=0)["errorCode"] == "InvalidData"
        )
