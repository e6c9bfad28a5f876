"""Fanfare: orders, and the totals of consumers that they move."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.fanfare import CONSUMERS, V1, Fanfare, make_rule

NOW = "2026-01-05T09:00:00Z"
pytestmark = pytest.mark.mockserver(scenario="empty", now=NOW)
ORDERS = f"{V1}/orders"
ITEMS = [{"productId": "prod_1", "variantId": None, "quantity": 2}]


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    mockserver.clock.freeze(NOW)
    return Fanfare(mockserver)


def totals(fanfare: Fanfare, consumer: str) -> tuple[Any, ...]:
    one = fanfare.get(f"{CONSUMERS}/{consumer}")
    return one["totalOrders"], one["totalOrderValue"], one["lastOrderAt"]


def test_an_order_moves_the_totals(fanfare: Fanfare, mockserver_server: MockServer) -> None:
    ada, buyers = fanfare.consumer(), fanfare.audience(make_rule("totalOrderValue", "GREATER_THAN", 149))
    order = fanfare.send("POST", ORDERS, {"consumerId": ada, "amount": "149.99", "items": ITEMS})
    assert order.pop("id").startswith("order_")
    assert order.pop("createdAt") == "2026-01-05T09:00:02Z"
    assert order == {"consumerId": ada, "amount": "149.99", "currencyCode": "USD", "items": ITEMS}
    fork = mockserver_server.control.create_world(fork=fanfare.world.name)
    try:
        twin = Fanfare(fork)
        assert totals(twin, ada)[:2] == (1, 149.99)
        (listed,) = twin.get(f"{CONSUMERS}/{ada}", include="audiences,orders")["orders"]
        assert order.items() <= listed.items()
        assert twin.get(ORDERS)["data"] == [listed]
        assert twin.get(f"{ORDERS}/{listed['id']}") == listed
        assert twin.members(buyers) == [ada]
    finally:
        fork.delete()


def test_changed_and_deleted_orders_move_the_totals(fanfare: Fanfare) -> None:
    ada, buyers = fanfare.consumer(), fanfare.audience(make_rule("totalOrders", "GREATER_THAN", 1))
    body = {"consumerId": ada, "amount": 10, "createdAt": "2025-01-01T00:00:00Z", "currencyCode": "SEK"}
    first = fanfare.send("POST", ORDERS, body)
    second = fanfare.send("POST", ORDERS, body | {"createdAt": "2025-02-01T01:00:00+01:00", "amount": 0.5})
    assert [(one["amount"], one["currencyCode"]) for one in (first, second)] == [
        ("10.00", "SEK"),
        ("0.50", "SEK"),
    ]
    assert totals(fanfare, ada) == (2, 10.5, "2025-02-01T00:00:00Z")
    assert fanfare.members(buyers) == [ada]
    changed = fanfare.send("PUT", f"{ORDERS}/{first['id']}", {"amount": "20.125"})
    assert changed == first | {"amount": "20.125"} == fanfare.get(f"{ORDERS}/{first['id']}")
    assert totals(fanfare, ada)[:2] == (2, 20.62)
    assert fanfare.send("DELETE", f"{ORDERS}/{second['id']}") == second
    assert totals(fanfare, ada)[::2] == (1, "2025-01-01T00:00:00Z")
    assert fanfare.members(buyers) == []
    for method in ("GET", "PUT", "DELETE"):
        sent: dict[str, Any] | None = {} if method == "PUT" else None
        refusal = fanfare.refused(404, method, f"{ORDERS}/{second['id']}", sent)
        assert refusal == {"error": "Order not found"}


def test_a_changed_order_moves_its_consumer_in_and_out_of_audiences(fanfare: Fanfare) -> None:
    ada, buyers = fanfare.consumer(), fanfare.audience(make_rule("totalOrderValue", "GREATER_THAN", 149))
    order = fanfare.send("POST", ORDERS, {"consumerId": ada, "amount": 100})
    found = []
    for amount in (150, 149):
        fanfare.send("PUT", f"{ORDERS}/{order['id']}", {"amount": amount})
        found.append(fanfare.members(buyers))
    assert found == [[ada], []]


def test_many_orders_move_consumers_in_and_out_of_audiences(fanfare: Fanfare) -> None:
    ada, buyers = fanfare.consumer(), fanfare.audience(make_rule("totalOrders", "GREATER_THAN", 1))
    new = fanfare.audience(make_rule("totalOrders", "LESS_THAN", 1))
    assert (fanfare.members(buyers), fanfare.members(new)) == ([], [ada])
    fanfare.send("POST", f"{ORDERS}/batch", [{"consumerId": ada, "amount": 1}] * 2)
    assert (fanfare.members(buyers), fanfare.members(new)) == ([ada], [])


@pytest.mark.mockserver(scenario="demo", now=NOW)
def test_orders_before_the_world_are_in_the_totals_only(fanfare: Fanfare) -> None:
    buyer = next(one for one in fanfare.all_consumers() if one["totalOrders"])
    id, before = buyer["id"], totals(fanfare, buyer["id"])
    assert fanfare.get(f"{CONSUMERS}/{id}", include="orders")["orders"] == []
    order = fanfare.send("POST", ORDERS, {"consumerId": id, "amount": "5"})
    assert totals(fanfare, id)[:2] == (before[0] + 1, round(before[1] + 5, 2))
    fanfare.send("DELETE", f"{ORDERS}/{order['id']}")
    assert totals(fanfare, id) == before


def test_orders_of_the_backstage_are_orders(fanfare: Fanfare) -> None:
    ada = fanfare.consumer()
    fanfare.register_order(ada, 12.5)
    (order,) = fanfare.get(f"{CONSUMERS}/{ada}", include="orders")["orders"]
    assert (order["amount"], order["consumerId"]) == ("12.50", ada)
    assert "orders" not in fanfare.get(f"{CONSUMERS}/{ada}")


def test_orders_are_listed_page_by_page(fanfare: Fanfare) -> None:
    ada, bob = fanfare.consumer(), fanfare.consumer()
    bodies = [{"consumerId": (ada, bob)[number % 2], "amount": str(number)} for number in range(7)]
    created = fanfare.send("POST", f"{ORDERS}/batch", bodies)
    assert [one["amount"] for one in created] == [f"{number}.00" for number in range(7)]
    assert fanfare.walk(ORDERS, 3) == created[::-1]
    assert fanfare.walk(ORDERS, 2, consumerId=bob) == created[1::2][::-1]
    assert fanfare.walk(ORDERS, consumerId="cons_0") == []
    assert fanfare.get(f"{CONSUMERS}/{bob}", include="orders")["orders"] == created[1::2][::-1]
    assert (totals(fanfare, ada)[:2], totals(fanfare, bob)[:2]) == ((4, 12), (3, 9))
    fanfare.send("DELETE", f"{CONSUMERS}/{ada}")
    assert fanfare.walk(ORDERS) == created[1::2][::-1]


def test_one_bad_order_refuses_all(fanfare: Fanfare) -> None:
    ada = fanfare.consumer()
    good = {"consumerId": ada, "amount": "1"}
    batch = f"{ORDERS}/batch"
    assert fanfare.invalid("POST", batch, [good, good | {"amount": "1,5"}]) == {"1.amount": "Invalid format"}
    year_zero = good | {"createdAt": "0000-01-01T00:00:00Z"}
    assert fanfare.invalid("POST", batch, [good, year_zero]) == {"1.createdAt": "Invalid date"}
    unknown = fanfare.refused(404, "POST", batch, [good, good | {"consumerId": "cons_0"}])
    assert unknown == {"error": "Consumer not found"}
    too_many = fanfare.refused(400, "POST", batch, [good] * 501)
    assert too_many == {"error": "Max batch size is 500"}
    assert fanfare.walk(ORDERS) == []
    assert totals(fanfare, ada) == (0, 0, None)


def test_the_other_organization_has_other_orders(fanfare: Fanfare) -> None:
    ada = fanfare.consumer()
    order = fanfare.send("POST", ORDERS, {"consumerId": ada, "amount": "1"})
    other = Fanfare(fanfare.world, "other_secret_key")
    assert other.get(ORDERS)["data"] == []
    other.refused(404, "GET", f"{ORDERS}/{order['id']}")
    other.refused(404, "POST", ORDERS, {"consumerId": ada, "amount": "1"})


def test_an_earlier_order_is_not_the_last_one(fanfare: Fanfare) -> None:
    ada = fanfare.consumer()
    for year, last in ((2024, 2024), (2025, 2025), (2023, 2025)):
        moment = f"{year}-01-01T00:00:00Z"
        fanfare.send("POST", ORDERS, {"consumerId": ada, "amount": 1, "createdAt": moment})
        assert totals(fanfare, ada)[2] == f"{last}-01-01T00:00:00Z"
    newest, *_, oldest = fanfare.walk(ORDERS, consumerId=ada)
    assert (newest["createdAt"][:4], oldest["createdAt"][:4]) == ("2025", "2023")
    fanfare.send("PUT", f"{ORDERS}/{oldest['id']}", {"amount": 5})
    assert totals(fanfare, ada) == (3, 7, "2025-01-01T00:00:00Z")
    for order in (newest, oldest):
        fanfare.send("DELETE", f"{ORDERS}/{order['id']}")
        assert totals(fanfare, ada)[2] == "2024-01-01T00:00:00Z"


@pytest.mark.mockserver(scenario="empty", now=NOW, strict=False)
def test_unknown_members_of_items_are_ignored(fanfare: Fanfare) -> None:
    item = {"productId": "prod_1", "quantity": 2.0, "price": "5.00"}
    order = fanfare.send("POST", ORDERS, {"consumerId": fanfare.consumer(), "amount": 10, "items": [item]})
    assert order["items"] == [{"productId": "prod_1", "quantity": 2}]
    changed = fanfare.send("PUT", f"{ORDERS}/{order['id']}", {"items": [*ITEMS, item]})
    assert changed["items"] == [*ITEMS, *order["items"]]
    assert fanfare.get(f"{ORDERS}/{order['id']}") == changed


def test_the_other_organization_lists_no_orders_of_a_consumer(fanfare: Fanfare) -> None:
    ada = fanfare.consumer()
    fanfare.send("POST", ORDERS, {"consumerId": ada, "amount": 1})
    assert Fanfare(fanfare.world, "other_secret_key").get(ORDERS, consumerId=ada)["data"] == []
