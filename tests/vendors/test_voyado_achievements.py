"""Voyado: what contacts have achieved, and their points in the older API."""

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.voyado import SILVER, Engage, receipt

pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def test_a_contact_achieves_and_loses(engage: Engage, mockserver_server: MockServer) -> None:
    contact, other = engage.create("a@example.com"), engage.create("b@example.com")
    path = f"/api/v2/contacts/{contact}/achievements"
    assert engage.get(path) == []
    assert engage.send("POST", f"{path}/ambassador", {}).status_code == 200
    engage.world.clock.advance(hours=1)
    assert engage.send("POST", f"{path}/firstReview", {}).status_code == 200
    engage.send("POST", f"{path}/ambassador")  # a second time, the date moves
    expected = [
        {"id": "ambassador", "name": "Ambassador", "date": "2026-01-05T10:00:00.000Z"},
        {"id": "firstReview", "name": "First review", "date": "2026-01-05T10:00:00.000Z"},
    ]
    for one in (engage, engage.fork(mockserver_server.control)):
        found = one.get(path)
        assert [{**entry, "date": entry["date"][:16]} for entry in found] == [
            {**entry, "date": entry["date"][:16]} for entry in expected
        ]
        assert one.get(f"/api/v2/contacts/{other}/achievements") == []
    assert engage.send("DELETE", f"{path}/ambassador").status_code == 200
    assert [one["id"] for one in engage.get(path)] == ["firstReview"]
    for method, id in (("DELETE", "ambassador"), ("DELETE", "nothing"), ("POST", "nothing")):
        assert engage.expect_error(404, method, f"{path}/{id}")["errorCode"] == "AchievementNotFound"
    assert engage.expect_error(400, "POST", f"{path}/firstReview", [])["errorCode"] == "InvalidData"


def test_achievements_are_configured(engage: Engage) -> None:
    added = {"id": "runner", "name": "Runner", "metaData": {"badge": "gold"}}
    assert engage.world.backstage("voyado", "create_achievement", **added) == added
    page = engage.get("/api/v2/achievements", offset=1, count=5)
    assert page == {
        "count": 2,
        "offset": 1,
        "items": [{"id": "ambassador", "name": "Ambassador", "metaData": {}}, added],
        "totalCount": 3,
    }


def test_adjusted_points_lift_the_level(engage: Engage, mockserver_server: MockServer) -> None:
    contact = engage.create("a@example.com")
    path = f"/api/v2/contacts/{contact}/rewardpointtransaction"
    engage.send("POST", "/api/v3/receipts", receipt(contact, price=100.0))
    engage.world.clock.advance(minutes=16)
    reply = engage.send("POST", path, {"points": 250.0, "description": "Survey"}).json()
    assert reply == {"contactId": contact, "totalRewardPoints": 350}
    assert engage.send("POST", path, {"points": -30, "type": "Correction"}).json()["totalRewardPoints"] == 320
    for one in (engage, engage.fork(mockserver_server.control)):
        page = one.get(f"/api/v2/contacts/{contact}/bonuspointtransactions", count=2)
        assert [(row["amount"], row["description"], row["type"]) for row in page["items"]] == [
            (-30, "Correction", "Adjustment"),
            (250, "Survey", "Adjustment"),
        ]
        assert page["totalCount"] == 3
        (first,) = one.get(f"/api/v2/contacts/{contact}/bonuspointtransactions", offset=2)["items"]
        assert first["type"] == "Purchase"
        assert one.get("/api/v3/point-accounts", contactId=contact)["items"][0]["balance"] == 320
    engage.world.clock.advance(days=1)
    assert SILVER in [one["id"] for one in engage.overview(contact)["audiences"]]
    error = engage.expect_error(400, "POST", path, {"points": "many"})
    assert (error["errorCode"], error["message"]) == ("InvalidData", "The field points must be a number.")


def test_the_older_api_names_every_kind_of_transaction(engage: Engage) -> None:
    contact = engage.create("a@example.com")
    bought = receipt(contact, price=500.0)
    engage.send("POST", "/api/v3/receipts", bought)
    back = receipt(contact, "600-2", -100.0)
    back["items"][0] |= {"type": "Return", "quantity": 1, "grossPaidPrice": 100.0}
    engage.send("POST", "/api/v3/receipts", back)
    engage.world.clock.advance(minutes=16)
    engage.world.backstage("voyado", "create_voucher", contactId=contact, amount=5, points=50)
    item = engage.world.backstage("voyado", "create_point_shop_item", name="Ticket", cost=20)
    purchase = {"contactId": contact, "pointShopItemPurchaseId": "1", "pointShopItemId": item["id"]}
    assert engage.send("POST", "/api/v3/point-shop-items/purchase", purchase).status_code == 200
    page = engage.get(f"/api/v2/contacts/{contact}/bonuspointtransactions")
    assert [(row["amount"], row["type"]) for row in page["items"]] == [
        (-20, "PurchaseWithPoints"),
        (-50, "BonusCheck"),
        (-100, "Return"),
        (500, "Purchase"),
    ]
