"""Voyado: finding contacts by the seven identifiers, and all that can go wrong."""

from typing import Any

import pytest

from mockserver.client import World
from tests.vendors.test_voyado_audiences import Engage

OVERVIEW, SEARCH = "/api/v3/contactoverview", "/api/v3/contacts/id"
TWINS = [OVERVIEW, SEARCH, "/api/v2/contactoverview", "/api/v2/contacts/id"]
NOBODY = "2e40b702-2767-4abe-ae99-aa510108e22b"
JANE = {
    "email": "Jane.Doe@example.com",
    "mobilePhone": "+46702291216",
    "socialSecurityNumber": "198506059738",
}
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def test_every_identifier_finds_the_contact(engage: Engage) -> None:
    id = engage.create(**JANE)
    overview = engage.overview(id)
    number = overview["attributes"]["memberNumber"]
    for given in (
        *JANE.items(),
        ("customKey", number),
        ("email", "jane.doe@EXAMPLE.com"),
        *(("any", value) for value in JANE.values()),
        ("any", "46702291216"),
        ("any", number),
    ):
        assert engage.get(OVERVIEW, contactType="Member", **dict([given])) == overview
        assert engage.get(SEARCH, **dict([given])) == id
        assert engage.get("/api/v2/contactoverview", contactType="member", **dict([given])) == overview
        assert engage.get("/api/v2/contacts/id", contactType="member", **dict([given])) == id


def test_contact_id_needs_no_type_and_knows_no_case(engage: Engage) -> None:
    id = engage.create(**JANE)
    assert engage.get(OVERVIEW, contactId=id.upper()) == engage.overview(id)
    assert engage.get(OVERVIEW, contactId=id, contactType="Member") == engage.overview(id)


def test_the_first_identifier_of_the_order_counts(engage: Engage) -> None:
    one, other = (
        engage.create("one@example.com"),
        engage.create("other@example.com", mobilePhone="+46702291216"),
    )
    both = {"mobilePhone": "+46702291216", "email": "one@example.com", "contactType": "Member"}
    assert engage.get(OVERVIEW, contactId=other, **both)["id"] == other
    assert engage.get(OVERVIEW, **both)["id"] == one
    assert engage.get(SEARCH, **both) == one


@pytest.mark.parametrize("path", TWINS)
@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, "InvalidSearchQuery"),
        ({"contactType": "Member"}, "InvalidSearchQuery"),
        ({"email": ""}, "InvalidSearchQuery"),
        ({"socialSecurityNumber": ""}, "InvalidSearchQuery"),
        ({"mobilePhone": ""}, "InvalidSearchQuery"),
        ({"customKey": ""}, "InvalidSearchQuery"),
        ({"any": ""}, "InvalidSearchQuery"),
        ({"email": "jane.doe"}, "InvalidEmailAddress"),
        ({"email": "jane@doe"}, "InvalidEmailAddress"),
        ({"mobilePhone": "0702291216"}, "InvalidPhoneNumber"),
        ({"mobilePhone": " 46702291216"}, "InvalidPhoneNumber"),
        ({"mobilePhone": "+123"}, "InvalidPhoneNumber"),
        ({"socialSecurityNumber": "hello"}, "InvalidSocialSecurityNumber"),
        ({"socialSecurityNumber": "198001019800"}, "InvalidSocialSecurityNumber"),
        ({"socialSecurityNumber": "198002309801"}, "InvalidSocialSecurityNumber"),
        ({"socialSecurityNumber": "131052-308U"}, "InvalidSocialSecurityNumber"),
        ({"email": "jane.doe@example.com", "contactType": "Guest"}, "InvalidContactType"),
    ],
)
def test_what_cannot_be_looked_up_is_refused(
    engage: Engage, path: str, params: dict[str, str], code: str
) -> None:
    params = {"contactType": "Member", **params} if params else params
    assert engage.refused(400, "GET", path, **params)["errorCode"] == code


@pytest.mark.parametrize("identifier", [{**JANE}, {"customKey": "1"}, {"any": "1"}])
def test_an_overview_by_anything_but_the_id_needs_a_type(engage: Engage, identifier: dict[str, str]) -> None:
    for name, value in identifier.items():
        for rest in ({}, {"contactType": ""}):
            refusal = engage.refused(400, "GET", OVERVIEW, **{name: value}, **rest)
            assert refusal["errorCode"] == "InvalidContactType"


def test_a_contact_id_must_be_a_guid(engage: Engage) -> None:
    assert engage.refused(400, "GET", OVERVIEW, contactId="12")["errorCode"] == "InvalidContactId"
    assert engage.refused(400, "GET", OVERVIEW, contactId="")["errorCode"] == "InvalidSearchQuery"


@pytest.mark.parametrize("path", TWINS)
@pytest.mark.parametrize(
    "params",
    [
        {"email": "nobody@example.com"},
        {"mobilePhone": "+46700000000"},
        {"socialSecurityNumber": "19800101-9804"},
        {"socialSecurityNumber": "131052-308T"},
        {"customKey": "999888777"},
        {"any": "nobody@example.com"},
        {"any": "no such thing"},
    ],
)
def test_nobody_is_found(engage: Engage, path: str, params: dict[str, str]) -> None:
    refusal = engage.refused(404, "GET", path, contactType="Member", **params)
    assert refusal["errorCode"] == "ContactNotFound"


def test_an_unknown_and_a_deleted_id_are_not_found(engage: Engage) -> None:
    id = engage.create(**JANE)
    engage.send("DELETE", f"/api/v3/contacts/{id}")
    for gone in (NOBODY, id):
        assert engage.refused(404, "GET", OVERVIEW, contactId=gone)["errorCode"] == "ContactNotFound"
    for name, value in JANE.items():
        assert engage.refused(404, "GET", SEARCH, **{name: value})["errorCode"] == "ContactNotFound"


@pytest.mark.parametrize("path", TWINS)
def test_several_matches_are_named(engage: Engage, path: str) -> None:
    ids = [
        engage.create(f"{name}@example.com", mobilePhone="+46702291216") for name in ("one", "two", "three")
    ]
    refusal = engage.refused(409, "GET", path, contactType="Member", mobilePhone="+46702291216")
    assert refusal["errorCode"] == "MultipleMatches"
    assert refusal["messageDetails"] == {"multipleMatchesFound": ids}
    assert [engage.overview(id)["id"] for id in ids] == ids


def test_the_type_tells_matches_apart(engage: Engage) -> None:
    member = engage.create("both@example.com")
    contact = engage.create("both@example.com", contactType="contact")
    assert engage.get(SEARCH, email="both@example.com", contactType="MEMBER") == member
    assert engage.get(SEARCH, email="both@example.com", contactType="Contact") == contact
    refusal = engage.refused(409, "GET", SEARCH, email="both@example.com")
    assert sorted(refusal["messageDetails"]["multipleMatchesFound"]) == sorted((member, contact))


def test_a_recognised_form_never_falls_through(engage: Engage) -> None:
    engage.world.backstage("voyado", "configure", customKey="externalId")
    keys = ["key@example.com", "198001019804", "4670229121", "12345678", "abc"]
    ids = [engage.create(f"n{place}@example.com", externalId=key) for place, key in enumerate(keys)]
    for key, id in zip(keys, ids, strict=True):
        assert engage.get(SEARCH, customKey=key) == id
    for key in keys[:-1]:
        assert engage.refused(404, "GET", SEARCH, any=key)["errorCode"] == "ContactNotFound"
    assert engage.get(SEARCH, any="abc") == ids[-1]


def test_without_a_custom_key_such_look_ups_are_a_wrong_configuration(engage: Engage) -> None:
    engage.world.backstage("voyado", "configure", customKey=None)
    for path in TWINS:
        for params in ({"customKey": "1001"}, {"any": "1001"}):
            refusal = engage.refused(500, "GET", path, contactType="Member", **params)
            assert refusal["errorCode"] == "InvalidSystemConfiguration"
    assert engage.refused(404, "GET", SEARCH, any="a@example.com")["errorCode"] == "ContactNotFound"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("800101-9804", "198001019804"),
        ("8001019804", "198001019804"),
        ("19800101-9804", "198001019804"),
        ("800161-9801", "198001619801"),
        ("200101+9807", "192001019807"),
        ("131052-308T", "131052-308T"),
    ],
)
def test_numbers_are_found_in_any_writing(engage: Engage, written: str, kept: str) -> None:
    id = engage.create("number@example.com", socialSecurityNumber=written)
    assert engage.overview(id)["attributes"]["socialSecurityNumber"] == kept
    for form in (written, kept):
        assert engage.get(SEARCH, socialSecurityNumber=form) == id
        assert engage.get(SEARCH, any=form) == id


def test_the_demo_people_are_found_by_what_they_have(engage: Engage) -> None:
    numbers: list[Any] = []
    for id in engage.everybody()[::10]:
        shown = engage.overview(id)
        kind, attributes = shown["meta"]["contactType"], shown["attributes"]
        assert engage.get(SEARCH, email=attributes["email"]) == id
        assert engage.get(SEARCH, any=attributes["mobilePhone"], contactType=kind) == id
        assert engage.get(SEARCH, customKey=attributes["memberNumber"]) == id
        if attributes["socialSecurityNumber"]:
            numbers.append(attributes["socialSecurityNumber"])
            assert engage.get(SEARCH, any=numbers[-1]) == id
    swedish = [number for number in numbers if len(number) == 12]
    assert swedish
    assert all(number[8:10] in ("98", "99") for number in swedish)


def test_an_empty_identifier_is_as_good_as_none(engage: Engage) -> None:
    id = engage.create("form@example.com", mobilePhone="+46701112233")
    empty = {"email": "", "socialSecurityNumber": "", "customKey": "", "any": ""}
    phone = {**empty, "mobilePhone": "+46701112233"}
    assert engage.send("GET", SEARCH, **phone).json() == id
    for params in ({"contactType": "Member", "contactId": "", **phone}, {"contactId": id, **empty}):
        assert engage.send("GET", OVERVIEW, **params).json()["id"] == id
    assert engage.refused(400, "GET", SEARCH, **empty)["errorCode"] == "InvalidSearchQuery"
