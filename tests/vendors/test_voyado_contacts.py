"""Voyado: creating, reading, changing and deleting contacts."""

from typing import Any

import pytest

from mockserver.client import World
from tests.vendors.test_voyado_audiences import Engage

CONTACTS = "/api/v3/contacts"
NOBODY = "2e40b702-2767-4abe-ae99-aa510108e22b"
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def test_a_new_contact_is_a_member_of_today(engage: Engage) -> None:
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
    assert engage.get(f"/api/v2/contacts/{contact['id'].upper()}") == contact


def test_a_contact_is_created_with_all_it_can_have(engage: Engage) -> None:
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
            {"id": "unheardOf", "value": True},
        ],
    }
    made = engage.send("POST", CONTACTS, body, source="POS", storeExternalId="600").json()
    store = {"id": "6f1d2c5e-4a0b-4c57-9f0e-ad32008c7b11", "name": "Malmö Triangeln", "externalId": "600"}
    assert made["meta"]["contactType"] == "Contact"
    assert made["meta"]["sourceType"] == "POS"
    assert made["meta"]["recruitedByStore"] == made["attributes"]["currentStore"] == store
    assert (made["attributes"]["age"], made["attributes"]["gender"]) == (40, "Female")
    assert made["attributes"]["secrecyMarked"] is True
    assert made["preferences"] == {"acceptsEmail": False, "acceptsPostal": False, "acceptsSms": True}
    moment = "2026-01-05T09:00:00.000Z"
    assert made["consents"] == [
        {"id": "memberTerms", "value": True, "date": moment, "comment": "", "source": "ecom"}
    ]


def test_v2_takes_headers_where_v3_takes_the_query(engage: Engage) -> None:
    engage.session.headers.update({"source": "POS", "storeExternalId": "601", "createAsUnapproved": "true"})
    old = engage.send("POST", "/api/v2/contacts", {"email": "old@example.com"}).json()
    assert (old["meta"]["sourceType"], old["meta"]["approved"]) == ("POS", False)
    assert old["meta"]["recruitedByStore"]["externalId"] == "601"
    new = engage.send("POST", CONTACTS, {"email": "new@example.com"}).json()
    assert (new["meta"]["sourceType"], new["meta"]["approved"]) == ("API", True)
    assert new["meta"]["recruitedByStore"] is None


@pytest.mark.parametrize("path", [CONTACTS, "/api/v2/contacts"])
@pytest.mark.parametrize("raw", [b"", b"{}", b"{", b"\xff", b"null"])
def test_nothing_is_no_data(engage: Engage, path: str, raw: bytes) -> None:
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
def test_what_does_not_fit_is_said_by_field(
    engage: Engage, path: str, body: dict[str, Any], field: str
) -> None:
    refusal = engage.refused(422, "POST", path, body)
    assert refusal["errorCode"] == "ValidationError"
    assert [error["field"] for error in refusal["validationErrors"]] == [field]
    assert all(error["errorDescription"] for error in refusal["validationErrors"])


def test_a_body_that_is_no_object_and_a_wrong_flag_are_validation_errors(engage: Engage) -> None:
    assert engage.refused(422, "POST", CONTACTS, ["a"])["errorCode"] == "ValidationError"
    body = {"email": "a@example.com"}
    refusal = engage.refused(422, "POST", CONTACTS, body, createAsUnapproved="maybe")
    assert refusal["validationErrors"][0]["field"] == "createAsUnapproved"


def test_an_unknown_type_creates_nothing(engage: Engage) -> None:
    body = {"email": "guest@example.com", "contactType": "Guest"}
    assert engage.refused(400, "POST", CONTACTS, body)["errorCode"] == "InvalidContactType"
    engage.refused(404, "GET", f"{CONTACTS}/id", email="guest@example.com")
    engage.world.backstage("voyado", "add_contact_type", id="Guest", key="email", required=["lastName"])
    assert engage.refused(422, "POST", CONTACTS, body)["validationErrors"][0]["field"] == "lastName"
    assert engage.create("guest@example.com", contactType="guest", lastName="Doe")


def test_a_key_belongs_to_one_approved_contact_of_a_type(engage: Engage) -> None:
    engage.create("taken@example.com", unapproved=True)
    engage.create("taken@example.com", unapproved=True)
    engage.create("TAKEN@example.com")
    for flag in ({}, {"createAsUnapproved": "true"}):
        refusal = engage.refused(409, "POST", CONTACTS, {"email": "Taken@example.com"}, **flag)
        assert refusal["errorCode"] == "ApprovedContactWithKeyExists"
    assert engage.create("taken@example.com", contactType="Contact")


def test_a_key_that_somebody_is_creating_is_held_for_a_while(engage: Engage) -> None:
    held = engage.world.backstage("voyado", "begin_contact_creation", key="Held@example.com", seconds=60)
    assert held == {"contactType": "Member", "key": "Held@example.com", "until": "2026-01-05T09:01:00.000Z"}
    refusal = engage.refused(409, "POST", CONTACTS, {"email": "held@example.com"})
    assert refusal["errorCode"] == "ContactWithKeyIsBeingCreated"
    assert engage.create("held@example.com", contactType="Contact")
    engage.world.clock.advance(seconds=60)
    assert engage.create("held@example.com")


def test_a_change_touches_what_it_names(engage: Engage) -> None:
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


def test_a_change_moves_the_identifiers(engage: Engage) -> None:
    id = engage.create("old@example.com", mobilePhone="+46702291216")
    engage.patch(id, email="new@example.com", mobilePhone="")
    assert engage.get(f"{CONTACTS}/id", email="new@example.com") == id
    engage.refused(404, "GET", f"{CONTACTS}/id", email="old@example.com")
    engage.refused(404, "GET", f"{CONTACTS}/id", mobilePhone="+46702291216")
    assert engage.create("old@example.com") != id


def test_the_age_comes_from_the_number_or_the_birthday(engage: Engage) -> None:
    id = engage.create("aged@example.com", socialSecurityNumber="800161-9801")
    assert engage.overview(id)["attributes"]["birthDay"] == "1980-01-01"
    assert engage.patch(id, birthDay="2000-01-06")["attributes"]["age"] == 25
    engage.world.clock.advance(days=1)
    assert engage.overview(id)["attributes"]["age"] == 26
    finn = engage.create("finn@example.com", socialSecurityNumber="010101A900R")
    assert engage.overview(finn)["attributes"]["birthDay"] == "2001-01-01"


def test_a_change_of_type_by_patch_has_no_effect(engage: Engage) -> None:
    id = engage.create("type@example.com")
    before = engage.overview(id)
    assert engage.patch(id, contactType="Contact")["meta"]["contactType"] == "Member"
    assert engage.overview(id) == before


def test_the_first_store_stays(engage: Engage) -> None:
    id = engage.create("store@example.com")
    assert engage.patch(id, createdInStore="no such store")["meta"]["recruitedByStore"] is None
    assert engage.patch(id, createdInStore="602")["meta"]["recruitedByStore"]["externalId"] == "602"
    assert engage.patch(id, createdInStore="600")["meta"]["recruitedByStore"]["externalId"] == "602"


def test_a_consent_flips_but_is_never_unset_again(engage: Engage) -> None:
    id = engage.create("consent@example.com", consents=[{"id": "memberTerms", "value": True}])
    flipped = engage.patch(id, consents=[{"id": "memberTerms", "value": False, "comment": "by phone"}])
    assert [(one["value"], one["comment"]) for one in flipped["consents"]] == [(False, "by phone")]
    engage.patch(id, consents=[{"id": "profiling", "value": True}])
    engage.patch(id, consents=[])
    refusal = engage.refused(
        422, "PATCH", f"{CONTACTS}/{id}", {"consents": [{"id": "profiling", "value": None}]}
    )
    assert refusal["errorCode"] == "ValidationError"
    kept = {one["id"]: one["value"] for one in engage.overview(id)["consents"]}
    assert kept == {"memberTerms": False, "profiling": True}


@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", "/api/v3/contacts/{}"), ("POST", "/api/v2/contacts/{}")]
)
def test_a_change_can_be_refused(engage: Engage, method: str, path: str) -> None:
    id = engage.create("patched@example.com")
    for body, field in (
        ({"email": "none"}, "email"),
        ({"socialSecurityNumber": "19850605-9730"}, "socialSecurityNumber"),
    ):
        refusal = engage.refused(422, method, path.format(id), body)
        assert (refusal["errorCode"], refusal["validationErrors"][0]["field"]) == ("ValidationError", field)
    assert engage.refused(400, method, path.format("12"), {"email": ""})["errorCode"] == "InvalidContactId"
    assert engage.refused(400, method, path.format(id))["errorCode"] == "NoData"
    null = engage.session.request(method, engage.url + path.format(id), data=b"null", timeout=10)
    assert (null.status_code, null.json()["errorCode"]) == (400, "NoData")
    assert (
        engage.refused(404, method, path.format(NOBODY), {"city": "Lund"})["errorCode"] == "ContactNotFound"
    )


def test_the_type_is_changed_by_a_call_of_its_own(engage: Engage) -> None:
    path = f"{CONTACTS}/{engage.create('type@example.com')}/updateContactType"
    changed = engage.send("POST", path, contactTypeId="contact")
    assert (changed.status_code, changed.json()["meta"]["contactType"]) == (200, "Contact")
    demanding = engage.refused(422, "POST", path, contactTypeId="transactContact")
    assert [one["field"] for one in demanding["validationErrors"]] == ["mobilePhone", "firstName"]
    for params in ({"contactTypeId": "Guest"}, {"contactTypeId": ""}, {}):
        assert engage.refused(400, "POST", path, **params)["errorCode"] == "InvalidContactType"
    nobody = path.replace(path.split("/")[4], NOBODY)
    assert engage.refused(404, "POST", nobody, contactTypeId="Member")["errorCode"] == "ContactNotFound"
    wrong = f"{CONTACTS}/12/updateContactType"
    assert engage.refused(400, "POST", wrong, contactTypeId="Member")["errorCode"] == "InvalidContactId"


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_a_contact_is_deleted_once(engage: Engage, version: str) -> None:
    path = f"/api/{version}/contacts/{engage.create('deleted@example.com')}"
    gone = engage.send("DELETE", path, source="POS")
    assert (gone.status_code, gone.content) == (200, b"")
    for method in ("DELETE", "GET"):
        assert engage.refused(404, method, path)["errorCode"] == "ContactNotFound"
    assert engage.refused(400, "DELETE", f"/api/{version}/contacts/12")["errorCode"] == "InvalidContactId"
    assert engage.refused(400, "GET", f"/api/{version}/contacts/12")["errorCode"] == "InvalidContactId"
    assert engage.create("deleted@example.com")


@pytest.mark.parametrize("preference", ["acceptsEmail", "acceptsSms", "acceptsPostal"])
def test_setting_a_preference_approves_the_contact(engage: Engage, preference: str) -> None:
    id = engage.create("shy@example.com", unapproved=True)
    path = f"/api/v2/contacts/{id}/preferences/{preference}"
    assert engage.refused(422, "POST", path, {"value": "yes"})["validationErrors"][0]["field"] == "value"
    assert engage.refused(422, "POST", path, {})["errorCode"] == "ValidationError"
    assert engage.refused(400, "POST", path)["errorCode"] == "NoData"
    assert engage.overview(id)["meta"]["approved"] is False
    contact = engage.send("POST", path, {"value": True}).json()
    assert contact["meta"]["approved"] is True
    assert [name for name, value in contact["preferences"].items() if value] == [preference]
    assert engage.send("POST", path, {"value": False}).json()["preferences"][preference] is False
    nobody = path.replace(id, NOBODY)
    assert engage.refused(404, "POST", nobody, {"value": True})["errorCode"] == "ContactNotFound"
    assert (
        engage.refused(400, "POST", path.replace(id, "12"), {"value": True})["errorCode"]
        == "InvalidContactId"
    )
