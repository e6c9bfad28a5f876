"""Voyado: stores, in both versions."""

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from mockserver.vendors.voyado import store_records
from tests.vendors.voyado import Engage

pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")
VERSIONS = pytest.mark.parametrize("stores", ["/api/v3/stores", "/api/v2/stores"])
MEMBERS = [*store_records.TEXTS, "active"]


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


@VERSIONS
def test_a_store_is_created_read_and_changed(
    engage: Engage, stores: str, mockserver_server: MockServer
) -> None:
    new = {"name": "Uppsala", "externalId": "603/a", "city": "Uppsala", "type": "ecom", "locale": "sv-SE"}
    created = engage.send("POST", stores, new)
    assert created.status_code == 200
    store = created.json()
    assert list(store) == MEMBERS
    assert (store["name"], store["type"], store["active"], store["street"]) == ("Uppsala", "ecom", True, None)
    path = f"{stores}/603%2Fa"
    fork = engage.fork(mockserver_server.control)
    assert fork.get(path) == engage.get(path) == store
    assert engage.get(stores)[-1] == store
    changed = engage.send("POST", path, {"street": "Svartbäcksgatan 1", "externalId": "9", "city": None})
    assert changed.json() == store | {"street": "Svartbäcksgatan 1", "city": None}
    assert engage.get(path) == changed.json()
    assert fork.get(path) == store


@VERSIONS
def test_inactive_stores_are_shown_on_request(engage: Engage, stores: str) -> None:
    assert engage.send("POST", f"{stores}/601", {"active": False}).json()["active"] is False
    assert "601" not in [store["externalId"] for store in engage.get(stores)]
    assert "601" in [store["externalId"] for store in engage.get(stores, includeInactive="True")]
    assert engage.expect_error(404, "GET", f"{stores}/601")["errorCode"] == "StoreNotFound"
    assert engage.get(f"{stores}/601", includeInactive="true")["active"] is False
    engage.send("POST", f"{stores}/601", {"active": True})
    assert engage.get(f"{stores}/601")["active"] is True


def test_contacts_have_the_current_name_of_their_store(engage: Engage) -> None:
    new = engage.send("POST", "/api/v3/stores", {"name": "Uppsala", "externalId": "603"})
    assert new.status_code == 200
    recruited = engage.send("POST", "/api/v3/contacts", {"email": "a@example.com"}, storeExternalId="603")
    id = recruited.json()["id"]
    assert recruited.json()["meta"]["recruitedByStore"]["name"] == "Uppsala"
    engage.send("POST", "/api/v3/stores/603", {"name": "Uppsala Svartbäcken"})
    overview = engage.overview(id)
    assert overview["meta"]["recruitedByStore"]["name"] == "Uppsala Svartbäcken"
    assert overview["attributes"]["currentStore"]["externalId"] == "603"


@VERSIONS
def test_invalid_stores_are_rejected(engage: Engage, stores: str) -> None:
    for body, message in (
        ({"name": "Uppsala"}, "The externalId field is required."),
        ({"externalId": "603"}, "The name field is required."),
        ({"externalId": "603", "name": ""}, "The name field is required."),
        ({"externalId": 603, "name": "Uppsala"}, "The field externalId must be a string."),
        ({"externalId": "603", "name": "Uppsala", "active": 1}, "The field active must be true or false."),
        ([], "The request body must be an object."),
    ):
        error = engage.expect_error(400, "POST", stores, body)
        assert (error["errorCode"], error["message"]) == ("InvalidData", message)
    assert engage.expect_error(400, "POST", stores)["errorCode"] == "NoData"
    body = {"name": "Malmö", "externalId": "600"}
    assert engage.expect_error(409, "POST", stores, body)["errorCode"] == "StoreExists"
    assert engage.expect_error(400, "POST", f"{stores}/600", {"name": 7})["errorCode"] == "InvalidData"
    for method, path in (("GET", f"{stores}/nowhere"), ("POST", f"{stores}/nowhere")):
        assert engage.expect_error(404, method, path, {})["errorCode"] == "StoreNotFound"
    error = engage.expect_error(400, "GET", stores, includeInactive="perhaps")
    assert error["message"] == "The field includeInactive must be true or false."
    assert len(engage.get(stores)) == 3
