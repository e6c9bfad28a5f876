"""Voyado: items of the point shop, which contacts buy with their points."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.voyado import Engage

UNKNOWN_ID = "2e40b702-2767-4abe-ae99-aa510108e22b"
ITEMS = "/api/v3/point-shop-items"
PATHS = pytest.mark.parametrize("path", [f"{ITEMS}/purchase", "/api/v3/point-shop-item-purchases"])
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def offer(engage: Engage, cost: int = 200, **members: Any) -> Any:
    return engage.world.backstage("voyado", "create_point_shop_item", name="Ticket", cost=cost, **members)


def give(engage: Engage, contact: str, amount: float) -> None:
    row = {"contactId": contact, "amount": amount, "definitionId": 1, "source": "s", "description": "d"}
    assert engage.send("POST", "/api/v3/point-accounts/transactions", [row]).status_code == 202


def account(engage: Engage, contact: str) -> tuple[float, list[tuple[float, str]]]:
    """The balance of a contact, and the amounts and types of its transactions."""
    (one,) = engage.get("/api/v3/point-accounts", contactId=contact)["items"]
    page = engage.get("/api/v3/point-accounts/transactions", accountId=one["id"])
    return one["balance"], [(item["amount"], item["type"]) for item in page["items"]]


def purchase(contact: str, item: str, id: str = "1") -> dict[str, str]:
    return {"contactId": contact, "pointShopItemPurchaseId": id, "pointShopItemId": item}


@PATHS
def test_a_purchase_takes_points_and_assigns_the_promotion_once(
    engage: Engage, mockserver_server: MockServer, path: str
) -> None:
    contact = engage.create("shopper@example.com")
    made = offer(engage, description="Seat 7")
    assert engage.get(ITEMS, contactId=contact.upper()) == [
        {
            "id": made["id"],
            "name": "Ticket",
            "cost": 200,
            "pointDefinitionId": 1,
            "promotionId": made["promotionId"],
            "validFrom": "2026-01-05T00:00:00.000Z",
            "validTo": "2026-04-05T00:00:00.000Z",
            "presentation": {"title": "Ticket", "description": "Seat 7", "imageUrl": None, "link": None},
        }
    ]
    give(engage, contact, 500)
    body = purchase(contact.upper(), made["id"].upper())
    bought = engage.send("POST", path, body)
    assert (bought.status_code, bought.json()) == (
        200,
        {
            **purchase(contact, made["id"]),
            "promotionId": made["promotionId"],
            "cost": 200,
            "purchasedOn": "2026-01-05T09:00:00.000Z",
        },
    )
    engage.world.clock.advance(seconds=1)
    assert engage.send("POST", path, body).json() == bought.json()
    for one in (engage, engage.fork(mockserver_server.control)):
        assert account(one, contact) == (300, [(500, "Manual"), (-200, "PointShop")])
        (assigned,) = one.get(f"/api/v3/contacts/{contact}/promotions")
        assert (assigned["promotionId"], assigned["heading"]) == (made["promotionId"], "Ticket")
        assert one.send("POST", path, body).json() == bought.json()
    assert engage.send("POST", path, purchase(contact, made["id"], "2")).status_code == 200
    assert len(engage.get(f"/api/v3/contacts/{contact}/promotions")) == 2
    assert account(engage, contact)[0] == 100
    error = engage.expect_error(409, "POST", path, purchase(contact, made["id"], "3"))
    assert (error["errorCode"], account(engage, contact)[0]) == ("NotEnoughPoints", 100)
    redeem = f"/api/v3/promotion-assignments/{assigned['id']}/redeem"
    assert engage.send("POST", redeem, {"redemptionChannel": "POS"}).status_code == 200


def test_an_item_is_available_for_some_days(engage: Engage) -> None:
    contact, guest = engage.create("late@example.com"), engage.create("guest@example.com", unapproved=True)
    item = offer(engage, cost=0, days=2)["id"]
    assert engage.get(ITEMS, contactId=guest) == []
    engage.world.clock.advance(hours=38)
    assert [one["id"] for one in engage.get(ITEMS, contactId=contact)] == [item]
    engage.world.clock.advance(hours=1)
    assert engage.get(ITEMS, contactId=contact) == []
    error = engage.expect_error(404, "POST", f"{ITEMS}/purchase", purchase(contact, item))
    assert error["errorCode"] == "PointShopItemNotFound"


def test_what_is_unknown_or_missing_is_rejected(engage: Engage) -> None:
    contact, item = engage.create("strict@example.com"), offer(engage)["id"]
    for status, code, body in (
        (404, "ContactNotFound", purchase(UNKNOWN_ID, item)),
        (404, "PointShopItemNotFound", purchase(contact, UNKNOWN_ID)),
        (404, "PointShopItemNotFound", purchase(contact, "1")),
        (400, "InvalidContactId", purchase("1", item)),
        (400, "InvalidData", purchase(contact, item, "")),
        (400, "InvalidData", {}),
    ):
        assert engage.expect_error(status, "POST", f"{ITEMS}/purchase", body)["errorCode"] == code
    assert engage.expect_error(404, "GET", ITEMS, contactId=UNKNOWN_ID)["errorCode"] == "ContactNotFound"
    for params in ({}, {"contactId": ""}, {"contactId": "1"}):
        assert engage.expect_error(400, "GET", ITEMS, **params)["errorCode"] == "InvalidContactId"
