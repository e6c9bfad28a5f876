"""Voyado: changes of a contact's type, reads by type and key, and the keys of updates."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.voyado import Engage

UNKNOWN_ID = "2e40b702-2767-4abe-ae99-aa510108e22b"
V2 = "/api/v2/contacts"
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def add_type(engage: Engage, **contact_type: Any) -> None:
    engage.world.backstage("voyado", "add_contact_type", **contact_type)


def test_v2_makes_members_only_by_promotion(engage: Engage, mockserver_server: MockServer) -> None:
    id = engage.create("lead@example.com", contactType="Contact")
    refused = engage.expect_error(400, "POST", f"{V2}/{id}/updateContactType", contactTypeId="MEMBER")
    assert refused["errorCode"] == "InvalidContactType"
    engage.expect_error(404, "POST", f"{V2}/{UNKNOWN_ID}/updateContactType", contactTypeId="Member")
    assert engage.overview(id)["meta"]["contactType"] == "Contact"
    promoted = engage.send("POST", f"{V2}/{id}/promoteToMember", {"lastName": "Doe"})
    assert promoted.status_code == 200
    assert promoted.json()["attributes"]["lastName"] == "Doe"
    fork = engage.fork(mockserver_server.control)
    assert fork.overview(id)["meta"]["contactType"] == "Member"
    assert fork.get(f"{V2}/Member/bykey", keyValue="lead@example.com")["id"] == id


def test_v2_changes_to_other_types(engage: Engage) -> None:
    id = engage.create("guest@example.com")
    add_type(engage, id="Guest", key="email", required=["lastName"])
    path = f"{V2}/{id}/updateContactType"
    error = engage.expect_error(422, "POST", path, contactTypeId="Guest")
    assert error["validationErrors"] == [
        {"errorDescription": "The lastName field is required.", "field": "lastName"}
    ]
    engage.patch(id, lastName="Doe")
    assert engage.send("POST", path, contactTypeId="guest").json()["meta"]["contactType"] == "Guest"
    assert engage.expect_error(400, "POST", path, contactTypeId="Nobody")["errorCode"] == "InvalidContactType"


def test_missing_attributes_are_listed_in_the_order_of_the_type(engage: Engage) -> None:
    required = ["lastName", "street", "city", "firstName", "zipCode", "countryCode"]
    add_type(engage, id="Guest", key="email", required=required)
    id = engage.create("guest@example.com")
    error = engage.expect_error(422, "POST", f"{V2}/{id}/updateContactType", contactTypeId="Guest")
    assert [one["field"] for one in error["validationErrors"]] == required


@pytest.mark.parametrize("body", [None, {}])
def test_a_member_stays_as_it_is(engage: Engage, body: Any) -> None:
    id = engage.create("member@example.com")
    before = engage.get(f"{V2}/{id}")
    engage.world.clock.advance(hours=1)
    assert engage.send("POST", f"{V2}/{id}/promoteToMember", body).json() == before
    engage.send("POST", f"{V2}/{id}/promoteToMember", {"lastName": "Doe"})
    assert engage.get(f"{V2}/{id}") == before


def test_a_promotion_needs_the_key_of_a_member(engage: Engage) -> None:
    engage.create("taken@example.com")
    id = engage.create("", contactType="transactContact", firstName="Jane", mobilePhone="+46702291216")
    path = f"{V2}/{id}/promoteToMember"
    assert engage.expect_error(422, "POST", path, {})["validationErrors"][0]["field"] == "email"
    error = engage.expect_error(409, "POST", path, {"email": "Taken@example.com"})
    assert error["errorCode"] == "ApprovedContactWithKeyExists"
    assert (
        engage.expect_error(404, "POST", path.replace(id, UNKNOWN_ID), {})["errorCode"] == "ContactNotFound"
    )
    assert engage.expect_error(400, "POST", path.replace(id, "12"), {})["errorCode"] == "InvalidContactId"
    assert engage.overview(id)["meta"]["contactType"] == "transactContact"
    assert engage.send("POST", path, {"email": "free@example.com"}).json()["meta"]["contactType"] == "Member"


def test_v3_refuses_a_taken_key_of_the_new_type(engage: Engage) -> None:
    engage.create("taken@example.com", contactType="Contact")
    id = engage.create("taken@example.com")
    path = f"/api/v3/contacts/{id}/updateContactType"
    error = engage.expect_error(409, "POST", path, contactTypeId="Contact")
    assert error["errorCode"] == "ApprovedContactWithKeyExists"
    assert engage.send("POST", path, contactTypeId="Member").status_code == 200


def test_contacts_are_counted_by_type(engage: Engage) -> None:
    types = {name: engage.get(f"{V2}/{name}/count") for name in ("Member", "contact", "TRANSACTCONTACT")}
    assert sum(types.values()) == engage.get(f"{V2}/count")
    assert all(types.values())
    id = engage.create("one@example.com")
    engage.create("unapproved@example.com", unapproved=True)
    assert engage.get(f"{V2}/Member/count") == types["Member"]
    engage.world.clock.advance(minutes=20)
    assert engage.get(f"{V2}/Member/count") == types["Member"] + 1
    engage.send("POST", f"/api/v3/contacts/{id}/updateContactType", contactTypeId="Contact")
    engage.world.clock.advance(minutes=20)
    assert engage.get(f"{V2}/Member/count") == types["Member"]
    assert engage.get(f"{V2}/Contact/count") == types["contact"] + 1
    engage.send("DELETE", f"/api/v3/contacts/{id}")
    engage.world.clock.advance(minutes=20)
    assert engage.get(f"{V2}/Contact/count") == types["contact"]
    assert engage.expect_error(400, "GET", f"{V2}/Nobody/count")["errorCode"] == "InvalidContactType"


@pytest.mark.parametrize("form", ["query", "path"])
def test_a_contact_is_read_by_type_and_key(engage: Engage, form: str) -> None:
    def read(status: int, handle: str, key: str) -> Any:
        path, params = f"{V2}/{handle}/bykey", {"keyValue": key}
        if form == "path":
            path, params = f"{path}/{key}", {}
        response = engage.send("GET", path, **params)
        assert response.status_code == status
        return response.json()

    engage.create("key@example.com", unapproved=True)
    id = engage.create("key@example.com")
    assert read(200, "member", "KEY@example.com") == engage.get(f"{V2}/{id}")
    assert read(404, "Contact", "key@example.com")["errorCode"] == "ContactNotFound"
    assert read(400, "Nobody", "key@example.com")["errorCode"] == "InvalidContactType"
    phone = engage.create("", contactType="transactContact", firstName="Jane", mobilePhone="+46702291216")
    assert read(200, "transactcontact", "+46702291216")["id"] == phone
    add_type(engage, id="Patient", key="socialSecurityNumber")
    patient = engage.create("", contactType="Patient", socialSecurityNumber="800161-9801")
    assert read(200, "Patient", "198001619801")["id"] == patient
    assert read(200, "Patient", "800161-9801")["id"] == patient
    assert read(404, "Patient", "nobody")["errorCode"] == "ContactNotFound"


def test_a_key_must_be_given(engage: Engage) -> None:
    for params in ({}, {"keyValue": ""}):
        error = engage.expect_error(400, "GET", f"{V2}/Member/bykey", **params)
        assert error["errorCode"] == "InvalidSearchQuery"


def test_a_contact_is_read_by_its_external_id(engage: Engage) -> None:
    id = engage.create("external@example.com", externalId="7253944860994")
    assert engage.get(f"{V2}/MEMBER/byexternalid/7253944860994") == engage.get(f"{V2}/{id}")
    engage.expect_error(404, "GET", f"{V2}/Contact/byexternalid/7253944860994")
    engage.expect_error(400, "GET", f"{V2}/Nobody/byexternalid/7253944860994")


@pytest.mark.parametrize(("method", "version"), [("PATCH", "v3"), ("POST", "v2")])
def test_an_update_cannot_empty_or_take_a_key(engage: Engage, method: str, version: str) -> None:
    engage.create("taken@example.com")
    id = engage.create("own@example.com", firstName="Jane")
    path = f"/api/{version}/contacts/{id}"
    for empty in ("", None):
        error = engage.expect_error(422, method, path, {"email": empty, "lastName": "Doe"})
        assert [one["field"] for one in error["validationErrors"]] == ["email"]
    error = engage.expect_error(409, method, path, {"email": "TAKEN@example.com"})
    assert error["errorCode"] == "ApprovedContactWithKeyExists"
    attributes = engage.overview(id)["attributes"]
    assert (attributes["email"], attributes["lastName"]) == ("own@example.com", None)
    assert engage.send(method, path, {"email": "OWN@example.com", "firstName": ""}).status_code == 200
