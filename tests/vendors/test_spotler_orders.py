"""Spotler: orders and products."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.spotler import Spotler, forked

START = 1767603600000
PRODUCT: dict[str, Any] = {
    "externalId": "x1",
    "name": "Coat",
    "link": "https://shop.example/x1",
    "price": "4995",
    "imageUrl": "https://shop.example/x1.png",
    "imageLargeUrl": "https://shop.example/x1-large.png",
}
ORDER: dict[str, Any] = {
    "externalId": "o1",
    "externalContactId": "p1",
    "date": "2026-01-01T10:00:00+01:00",
    "value": "4995",
    "externalProductIds": ["x1"],
}
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z", scenario="empty")


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    mockserver.clock.freeze()
    found = Spotler(mockserver)
    found.contact("p1")
    found.succeed("POST", "/product", {"product": PRODUCT})
    return found


def orders(spotler: Spotler) -> Any:
    return spotler.backstage("list_orders")["orders"]


def test_a_product_is_read_back(spotler: Spotler, mockserver_server: MockServer) -> None:
    dates = {"creationDate": START, "changeDate": START}
    defaults = {"stock": "UNKNOWN", "deleted": False, "visible": True}
    assert spotler.get("/product/x1") == PRODUCT | dates | defaults
    spotler.world.clock.advance(seconds=1)
    more = {
        "brand": "Batavia",
        "stock": "GOOD",
        "customProperties": {"color": "red"},
        "specifications": [{"description": "Size", "value": "M", "rank": None}],
    }
    spotler.succeed("PUT", "/product/x1", {"update": True, "product": PRODUCT | more | {"description": None}})
    changed = PRODUCT | dates | defaults | more | {"changeDate": START + 1000}
    assert spotler.get("/product/x1") == changed
    with forked(mockserver_server, spotler.world) as fork:
        assert fork.get("/product/x1") == changed
    assert spotler.get("/product/custom-properties/list") == [{"name": "color"}]
    spotler.succeed("DELETE", "/product/x1")
    missing = {"errorType": "PRODUCT_NOTFOUND", "message": "Product not found"}
    for method, body in (("GET", None), ("PUT", {"product": PRODUCT}), ("DELETE", None)):
        assert spotler.fail(404, method, "/product/x1", body) == missing


def test_a_product_is_added_once_unless_it_is_updated(spotler: Spotler) -> None:
    error = spotler.fail(400, "POST", "/product", {"product": PRODUCT})
    assert error == {"errorType": "ID_NOTUNIQUE", "message": "Product already exists"}
    spotler.succeed("POST", "/product", {"product": PRODUCT | {"name": "New"}, "update": True})
    assert spotler.get("/product/x1")["name"] == "New"


@pytest.mark.parametrize("missing", ["externalId", "name", "link", "price", "imageUrl", "imageLargeUrl"])
def test_a_product_needs_six_members(spotler: Spotler, missing: str) -> None:
    product = {name: text for name, text in PRODUCT.items() if name != missing}
    error = spotler.fail(400, "POST", "/product", {"product": product, "update": True})
    assert error == {"errorType": "INVALID_PARAMS", "message": f"product.{missing} may not be null"}


def test_products_are_found_by_a_member(spotler: Spotler) -> None:
    for number in range(3):
        product = PRODUCT | {"externalId": f"y{number}", "customProperties": {"color": "Red"}}
        spotler.succeed("POST", "/product", {"product": product})
    page = spotler.get("/product/search", MPSearchQuery="color=red", pageSize=2)
    assert [one["externalId"] for one in page["products"]] == ["y0", "y1"]
    rest = spotler.session.get(page["paging"]["next"], timeout=10).json()
    assert [one["externalId"] for one in rest["products"]] == ["y2"]
    assert [
        one["externalId"] for one in spotler.get("/product/search", MPSearchQuery="externalId=X1")["products"]
    ] == ["x1"]


def test_orders_are_stored_replaced_and_deleted(spotler: Spotler, mockserver_server: MockServer) -> None:
    spotler.succeed("POST", "/order", {"order": ORDER})
    assert orders(spotler) == [ORDER]
    error = spotler.fail(400, "POST", "/order", {"order": ORDER})
    assert error == {"errorType": "ID_NOTUNIQUE", "message": "Order already exists"}
    spotler.succeed("POST", "/order", {"order": ORDER | {"value": 5000}, "update": True})
    assert orders(spotler) == [ORDER | {"value": "5000"}]
    spotler.succeed("PUT", "/order/o1", {"order": ORDER | {"date": "2026-01-02"}})
    with forked(mockserver_server, spotler.world) as fork:
        assert orders(fork) == [ORDER | {"date": "2026-01-02"}]
    spotler.succeed("DELETE", "/order/o1")
    assert orders(spotler) == []
    missing = {"errorType": "ORDER_NOTFOUND", "message": "Order not found"}
    assert spotler.fail(404, "DELETE", "/order/o1") == missing
    assert spotler.fail(404, "PUT", "/order/o1", {"order": ORDER}) == missing


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"externalId": None}, "OrderId is empty"),
        ({"externalId": ""}, "OrderId is empty"),
        ({"externalContactId": ""}, "ExternalContactId id empty"),
        ({"externalContactId": "nope"}, "Contact not found"),
        ({"date": None}, "Date is empty"),
        ({"date": "yesterday"}, "Illegal order date"),
        ({"date": "2026-02-30"}, "Illegal order date"),
        ({"value": "49.95"}, "Illegal order value"),
        ({"value": None}, "Illegal order value"),
        ({"externalProductIds": None}, "No product list"),
        ({"externalProductIds": []}, "Productlist is empty"),
        ({"externalProductIds": ["x1", ""]}, "Product id is empty"),
        ({"externalProductIds": ["x1", "nope"]}, "Product not found"),
    ],
)
def test_invalid_orders(spotler: Spotler, changes: dict[str, Any], message: str) -> None:
    assert spotler.fail(400, "POST", "/order", {"order": ORDER | changes})["message"] == message
    omitted = {name: value for name, value in (ORDER | changes).items() if value is not None}
    assert spotler.fail(400, "POST", "/order", {"order": omitted})["message"] == message
    assert orders(spotler) == []


@pytest.mark.parametrize("body", [{}, {"order": None}, {"order": []}])
def test_an_empty_order(spotler: Spotler, body: Any) -> None:
    assert spotler.fail(400, "POST", "/order", body)["message"] == "Order is empty"


@pytest.mark.parametrize("stock", ["LIMITED", "GOOD", "UNKNOWN"])
def test_the_stock_of_a_product(spotler: Spotler, stock: str) -> None:
    spotler.succeed("PUT", "/product/x1", {"product": {**PRODUCT, "stock": stock}})
    assert spotler.get("/product/x1")["stock"] == stock
    found = spotler.get("/product/search", MPSearchQuery=f"stock={stock}")["products"]
    assert [one["externalId"] for one in found] == ["x1"]


def test_an_unknown_stock(spotler: Spotler) -> None:
    error = spotler.fail(400, "PUT", "/product/x1", {"product": {**PRODUCT, "stock": "SOLD_OUT"}})
    assert error["errorType"] == "INVALID_PARAMS"
