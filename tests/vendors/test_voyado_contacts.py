"""Voyado: creating, reading, changing and deleting contacts."""

from typing import Any

import pytest

from mockserver.client import World
from tests.vendors.voyado import Engage

CONTACTS = "/api/v3/contacts"
PLURAL = {"acceptsEmail": "AcceptsEmails", "acceptsPostal": "AcceptsPostals", "acceptsSms": "AcceptsSms"}
UNKNOWN_ID = "2e40b702-2767-4abe-ae99-aa510108e22b"
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def test_a_new_contact_is_a_member_by_default(engage: Engage) -> None:
    body = {"firstName": "Example", "email": "example@example.com", "countryCode": "SE", "shoeSize": 43}
    created = engage.send("POST", CONTACTS, body)
    assert created.status_code == 201
    contact = created.json()
    assert contact["meta"] == {
        "contactType": "Member",
        "createdOn": "2026-01-05T09:00:00.000Z",
        "modifiedOn": "2026-01-05T09:00:00.000Z",
        "sourceType": "API",
        "approved": True,
        "recruitedByStore": None,
    }
    attributes = contact["attributes"]
    assert (attributes["firstName"], attributes["email"]) == ("Example", "example@example.com")
    assert (attributes["memberNumber"], attributes["bonusPoints"]) == ("1201", 0)
    assert attributes["lastName"] is None
    assert "shoeSize" not in attributes
    assert contact["preferences"] == {"acceptsEmail": False, "acceptsPostal": False, "acceptsSms": False}
    assert engage.get(f"{CONTACTS}/{contact['id']}") == contact
    older = engage.get(f"/api/v2/contacts/{contact['id'].upper()}")
    assert older == contact | {
        "preferences": {"AcceptsEmails": False, "AcceptsPostals": False, "AcceptsSms": False}
    }


def test_a_contact_is_created_with_all_attributes(engage: Engage) -> None:
    body = {
        "contactType": "contact",
        "email": "full@example.com",
        "mobilePhone": "+46702291216",
        "birthDay": "1985-06-05",
        "gender": "Female",
        "secrecyMarked": True,
        "preferences": {"acceptsSms": True, "acceptsFax": True},
        "consents": [
            {"id": "memberTerms", "value": True, "source": "ecom"},
            {"id": "unknownConsent", "value": True},
        ],
    }
    created = engage.send("POST", CONTACTS, body, source="POS", storeExternalId="600").json()
    store = {"id": "6f1d2c5e-4a0b-4c57-9f0e-ad32008c7b11", "name": "Malmö Triangeln", "externalId": "600"}
    assert created["meta"]["contactType"] == "Contact"
    assert created["meta"]["sourceType"] == "POS"
    assert created["meta"]["recruitedByStore"] == created["attributes"]["currentStore"] == store
    assert (created["attributes"]["age"], created["attributes"]["gender"]) == (40, "Female")
    assert created["attributes"]["secrecyMarked"] is True
    assert created["preferences"] == {"acceptsEmail": False, "acceptsPostal": False, "acceptsSms": True}
    now = "2026-01-05T09:00:00.000Z"
    assert created["consents"] == [
        {"id": "memberTerms", "value": True, "date": now, "comment": "", "source": "ecom"}
    ]


def test_v2_reads_headers_instead_of_query_parameters(engage: Engage) -> None:
    engage.session.headers.update({"source": "POS", "storeExternalId": "601", "createAsUnapproved": "true"})
    old = engage.send("POST", "/api/v2/contacts", {"email": "old@example.com"}).json()
    assert (old["meta"]["sourceType"], old["meta"]["approved"]) == ("POS", False)
    assert old["meta"]["recruitedByStore"]["externalId"] == "601"
    new = engage.send("POST", CONTACTS, {"email": "new@example.com"}).json()
    assert (new["meta"]["sourceType"], new["meta"]["approved"]) == ("API", True)
    assert new["meta"]["recruitedByStore"] is None


@pytest.mark.parametrize("path", [CONTACTS, "/api/v2/contacts"])
@pytest.mark.parametrize("raw", [b"", b"{}", b"{", b"\xff", b"null"])
def test_an_empty_body_is_no_data(engage: Engage, path: str, raw: bytes) -> None:
    response = engage.session.post(engage.url + path, data=raw, timeout=10)
    assert (response.status_code, response.json()["errorCode"]) == (400, "NoData")


@pytest.mark.parametrize("path", [CONTACTS, "/api/v2/contacts"])
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"firstName": "Keyless"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "no address"}, "email"),
        ({"email": "a@example.com\n"}, "email"),
        ({"email": "a@example.com", "mobilePhone": "070-229 12 16"}, "mobilePhone"),
        ({"email": "a@example.com", "socialSecurityNumber": "198001019800"}, "socialSecurityNumber"),
        ({"email": "a@example.com", "birthDay": "05/06/1985"}, "birthDay"),
        ({"email": "a@example.com", "birthDay": "0000-01-01"}, "birthDay"),
        ({"email": "a@example.com", "gender": "Unknown"}, "gender"),
        ({"email": "a@example.com", "firstName": 7}, "firstName"),
        ({"email": "a@example.com", "contactType": 7}, "contactType"),
        ({"email": "a@example.com", "consents": [{"id": "memberTerms", "value": None}]}, "value"),
        ({"contactType": "transactContact", "mobilePhone": "+46702291216"}, "firstName"),
    ],
)
def test_validation_errors_name_the_field(
    engage: Engage, path: str, body: dict[str, Any], field: str
) -> None:
    error = engage.expect_error(422, "POST", path, body)
    assert error["errorCode"] == "ValidationError"
    assert [item["field"] for item in error["validationErrors"]] == [field]
    assert all(item["errorDescription"] for item in error["validationErrors"])


def test_a_non_object_body_and_an_invalid_flag_are_validation_errors(engage: Engage) -> None:
    assert engage.expect_error(422, "POST", CONTACTS, ["a"])["errorCode"] == "ValidationError"
    body = {"email": "a@example.com"}
    error = engage.expect_error(422, "POST", CONTACTS, body, createAsUnapproved="maybe")
    assert error["validationErrors"][0]["field"] == "createAsUnapproved"


def test_an_unknown_type_creates_nothing(engage: Engage) -> None:
    body = {"email": "guest@example.com", "contactType": "Guest"}
    assert engage.expect_error(400, "POST", CONTACTS, body)["errorCode"] == "InvalidContactType"
    engage.expect_error(404, "GET", f"{CONTACTS}/id", email="guest@example.com")
    engage.world.backstage("voyado", "add_contact_type", id="Guest", key="email", required=["lastName"])
    assert engage.expect_error(422, "POST", CONTACTS, body)["validationErrors"][0]["field"] == "lastName"
    assert engage.create("guest@example.com", contactType="guest", lastName="Doe")


def test_a_key_is_unique_among_approved_contacts_of_a_type(engage: Engage) -> None:
    engage.create("taken@example.com", unapproved=True)
    engage.create("taken@example.com", unapproved=True)
    engage.create("TAKEN@example.com")
    for flag in ({}, {"createAsUnapproved": "true"}):
        error = engage.expect_error(409, "POST", CONTACTS, {"email": "Taken@example.com"}, **flag)
        assert error["errorCode"] == "ApprovedContactWithKeyExists"
    assert engage.create("taken@example.com", contactType="Contact")


def test_a_contact_being_created_locks_its_key(engage: Engage) -> None:
    lock = engage.world.backstage("voyado", "begin_contact_creation", key="Locked@example.com", seconds=60)
    assert lock == {"contactType": "Member", "key": "Locked@example.com", "until": "2026-01-05T09:01:00.000Z"}
    error = engage.expect_error(409, "POST", CONTACTS, {"email": "locked@example.com"})
    assert error["errorCode"] == "ContactWithKeyIsBeingCreated"
    assert engage.create("locked@example.com", contactType="Contact")
    engage.world.clock.advance(seconds=60)
    assert engage.create("locked@example.com")


def test_an_update_changes_only_the_given_attributes(engage: Engage) -> None:
    id = engage.create(
        "jane@example.com", firstName="Jane", street="Old Street 1", careOf="Doe", birthDay="1990-02-01"
    )
    engage.world.clock.advance(hours=1)
    changed = engage.patch(id, lastName="Examplesson", street="", careOf=None, birthDay="", unknown=1)
    attributes = changed["attributes"]
    assert (attributes["firstName"], attributes["lastName"]) == ("Jane", "Examplesson")
    assert (attributes["street"], attributes["careOf"]) == ("", None)
    assert (attributes["birthDay"], attributes["age"]) == (None, None)
    assert changed["meta"]["createdOn"] == "2026-01-05T09:00:00.000Z"
    assert changed["meta"]["modifiedOn"] == "2026-01-05T10:00:00.000Z"
    assert "unknown" not in attributes
    assert engage.get(f"{CONTACTS}/{id}") == changed
    again = engage.send("POST", f"/api/v2/contacts/{id}", {"lastName": "Doe"})
    assert again.json()["attributes"]["lastName"] == "Doe"


def test_an_update_changes_the_identifiers(engage: Engage) -> None:
    id = engage.create("old@example.com", mobilePhone="+46702291216")
    engage.patch(id, email="new@example.com", mobilePhone="")
    assert engage.get(f"{CONTACTS}/id", email="new@example.com") == id
    engage.expect_error(404, "GET", f"{CONTACTS}/id", email="old@example.com")
    engage.expect_error(404, "GET", f"{CONTACTS}/id", mobilePhone="+46702291216")
    assert engage.create("old@example.com") != id


def test_the_age_follows_from_the_number_or_the_birthday(engage: Engage) -> None:
    id = engage.create("aged@example.com", socialSecurityNumber="800161-9801")
    assert engage.overview(id)["attributes"]["birthDay"] == "1980-01-01"
    assert engage.patch(id, birthDay="2000-01-06")["attributes"]["age"] == 25
    engage.world.clock.advance(days=1)
    assert engage.overview(id)["attributes"]["age"] == 26
    finn = engage.create("finn@example.com", socialSecurityNumber="010101A900R")
    assert engage.overview(finn)["attributes"]["birthDay"] == "2001-01-01"


def test_a_birthday_goes_before_that_of_the_number(engage: Engage) -> None:
    number, own = "800161-9801", "1979-12-31"
    id = engage.create("own@example.com", socialSecurityNumber=number, birthDay=own)
    assert engage.overview(id)["attributes"]["birthDay"] == own
    later = engage.create("later@example.com", birthDay=own)
    assert engage.patch(later, socialSecurityNumber=number)["attributes"]["birthDay"] == own


def test_patch_does_not_change_the_type(engage: Engage) -> None:
    id = engage.create("type@example.com")
    before = engage.overview(id)
    assert engage.patch(id, contactType="Contact")["meta"]["contactType"] == "Member"
    assert engage.overview(id) == before


def test_the_first_store_is_immutable(engage: Engage) -> None:
    id = engage.create("store@example.com")
    assert engage.patch(id, createdInStore="no such store")["meta"]["recruitedByStore"] is None
    assert engage.patch(id, createdInStore="602")["meta"]["recruitedByStore"]["externalId"] == "602"
    assert engage.patch(id, createdInStore="600")["meta"]["recruitedByStore"]["externalId"] == "602"


def test_a_consent_can_change_but_not_become_unset(engage: Engage) -> None:
    id = engage.create("consent@example.com", consents=[{"id": "memberTerms", "value": True}])
    updated = engage.patch(id, consents=[{"id": "memberTerms", "value": False, "comment": "by phone"}])
    assert [(consent["value"], consent["comment"]) for consent in updated["consents"]] == [
        (False, "by phone")
    ]
    engage.patch(id, consents=[{"id": "profiling", "value": True}])
    engage.patch(id, consents=[])
    error = engage.expect_error(
        422, "PATCH", f"{CONTACTS}/{id}", {"consents": [{"id": "profiling", "value": None}]}
    )
    assert error["errorCode"] == "ValidationError"
    consents = {consent["id"]: consent["value"] for consent in engage.overview(id)["consents"]}
    assert consents == {"memberTerms": False, "profiling": True}


@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", "/api/v3/contacts/{}"), ("POST", "/api/v2/contacts/{}")]
)
def test_invalid_updates_are_rejected(engage: Engage, method: str, path: str) -> None:
    id = engage.create("patched@example.com")
    for body, field in (
        ({"email": "none"}, "email"),
        ({"socialSecurityNumber": "19850605-9730"}, "socialSecurityNumber"),
    ):
        error = engage.expect_error(422, method, path.format(id), body)
        assert (error["errorCode"], error["validationErrors"][0]["field"]) == ("ValidationError", field)
    assert (
        engage.expect_error(400, method, path.format("12"), {"email": ""})["errorCode"] == "InvalidContactId"
    )
    assert engage.expect_error(400, method, path.format(id))["errorCode"] == "NoData"
    null = engage.session.request(method, engage.url + path.format(id), data=b"null", timeout=10)
    assert (null.status_code, null.json()["errorCode"]) == (400, "NoData")
    assert (
        engage.expect_error(404, method, path.format(UNKNOWN_ID), {"city": "Lund"})["errorCode"]
        == "ContactNotFound"
    )


def test_update_contact_type_changes_the_type(engage: Engage) -> None:
    path = f"{CONTACTS}/{engage.create('type@example.com')}/updateContactType"
    changed = engage.send("POST", path, contactTypeId="contact")
    assert (changed.status_code, changed.json()["meta"]["contactType"]) == (200, "Contact")
    error = engage.expect_error(422, "POST", path, contactTypeId="transactContact")
    assert [item["field"] for item in error["validationErrors"]] == ["mobilePhone", "firstName"]
    for params in ({"contactTypeId": "Guest"}, {"contactTypeId": ""}, {}):
        assert engage.expect_error(400, "POST", path, **params)["errorCode"] == "InvalidContactType"
    unknown = path.replace(path.split("/")[4], UNKNOWN_ID)
    assert engage.expect_error(404, "POST", unknown, contactTypeId="Member")["errorCode"] == "ContactNotFound"
    invalid = f"{CONTACTS}/12/updateContactType"
    assert (
        engage.expect_error(400, "POST", invalid, contactTypeId="Member")["errorCode"] == "InvalidContactId"
    )


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_a_contact_can_be_deleted_only_once(engage: Engage, version: str) -> None:
    path = f"/api/{version}/contacts/{engage.create('deleted@example.com')}"
    deleted = engage.send("DELETE", path, source="POS")
    assert (deleted.status_code, deleted.content) == (200, b"")
    for method in ("DELETE", "GET"):
        assert engage.expect_error(404, method, path)["errorCode"] == "ContactNotFound"
    assert (
        engage.expect_error(400, "DELETE", f"/api/{version}/contacts/12")["errorCode"] == "InvalidContactId"
    )
    assert engage.expect_error(400, "GET", f"/api/{version}/contacts/12")["errorCode"] == "InvalidContactId"
    assert engage.create("deleted@example.com")


@pytest.mark.parametrize("preference", ["acceptsEmail", "acceptsSms", "acceptsPostal"])
def test_setting_a_preference_approves_the_contact(engage: Engage, preference: str) -> None:
    id = engage.create("unapproved@example.com", unapproved=True)
    path = f"/api/v2/contacts/{id}/preferences/{preference}"
    assert engage.expect_error(422, "POST", path, {"value": "yes"})["validationErrors"][0]["field"] == "value"
    assert engage.expect_error(422, "POST", path, {})["errorCode"] == "ValidationError"
    assert engage.expect_error(400, "POST", path)["errorCode"] == "NoData"
    assert engage.overview(id)["meta"]["approved"] is False
    contact = engage.send("POST", path, {"value": True}).json()
    assert contact["meta"]["approved"] is True
    assert [name for name, value in contact["preferences"].items() if value] == [PLURAL[preference]]
    assert engage.overview(id)["preferences"][preference] is True
    assert engage.send("POST", path, {"value": False}).json()["preferences"][PLURAL[preference]] is False
    unknown = path.replace(id, UNKNOWN_ID)
    assert engage.expect_error(404, "POST", unknown, {"value": True})["errorCode"] == "ContactNotFound"
    assert (
        engage.expect_error(400, "POST", path.replace(id, "12"), {"value": True})["errorCode"]
        == "InvalidContactId"
    )
