"""Voyado: lookups of contacts by the seven identifiers, and their errors."""

from typing import Any

import pytest

from mockserver.client import World
from tests.vendors.voyado import Engage

OVERVIEW, SEARCH = "/api/v3/contactoverview", "/api/v3/contacts/id"
PATHS = [OVERVIEW, SEARCH, "/api/v2/contactoverview", "/api/v2/contacts/id"]
UNKNOWN_ID = "2e40b702-2767-4abe-ae99-aa510108e22b"
JANE = {
    "email": "Jane.Doe@example.com",
    "mobilePhone": "+46702291216",
    "socialSecurityNumber": "198506059738",
}
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


@pytest.fixture(scope="module")
def unchanged(mockserver_module: World) -> Engage:
    """That of one world for the many calls that are refused, and so change nothing."""
    return Engage(mockserver_module)


def test_every_identifier_finds_the_contact(engage: Engage) -> None:
    id = engage.create(**JANE)
    overview = engage.overview(id)
    number = overview["attributes"]["memberNumber"]
    for identifier in (
        *JANE.items(),
        ("customKey", number),
        ("email", "jane.doe@EXAMPLE.com"),
        *(("any", value) for value in JANE.values()),
        ("any", "46702291216"),
        ("any", number),
    ):
        assert engage.get(OVERVIEW, contactType="Member", **dict([identifier])) == overview
        assert engage.get(SEARCH, **dict([identifier])) == id
        older = engage.get("/api/v2/contactoverview", contactType="member", **dict([identifier]))
        assert older["attributes"].pop("bonusPoints") == 0
        assert older == overview
        assert engage.get("/api/v2/contacts/id", contactType="member", **dict([identifier])) == id


def test_contact_id_needs_no_type_and_is_case_insensitive(engage: Engage) -> None:
    id = engage.create(**JANE)
    assert engage.get(OVERVIEW, contactId=id.upper()) == engage.overview(id)
    assert engage.get(OVERVIEW, contactId=id, contactType="Member") == engage.overview(id)


def test_the_first_identifier_in_order_of_precedence_is_used(engage: Engage) -> None:
    one, other = (
        engage.create("one@example.com"),
        engage.create("other@example.com", mobilePhone="+46702291216"),
    )
    both = {"mobilePhone": "+46702291216", "email": "one@example.com", "contactType": "Member"}
    assert engage.get(OVERVIEW, contactId=other, **both)["id"] == other
    assert engage.get(OVERVIEW, **both)["id"] == one
    assert engage.get(SEARCH, **both) == one


@pytest.mark.parametrize("path", PATHS)
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
def test_invalid_lookups_are_rejected(
    unchanged: Engage, path: str, params: dict[str, str], code: str
) -> None:
    params = {"contactType": "Member", **params} if params else params
    assert unchanged.expect_error(400, "GET", path, **params)["errorCode"] == code


@pytest.mark.parametrize("identifier", [{**JANE}, {"customKey": "1"}, {"any": "1"}])
def test_an_overview_without_contact_id_needs_a_type(engage: Engage, identifier: dict[str, str]) -> None:
    assert identifier
    for name, value in identifier.items():
        for type_params in ({}, {"contactType": ""}):
            error = engage.expect_error(400, "GET", OVERVIEW, **{name: value}, **type_params)
            assert error["errorCode"] == "InvalidContactType"


def test_a_contact_id_must_be_a_guid(engage: Engage) -> None:
    assert engage.expect_error(400, "GET", OVERVIEW, contactId="12")["errorCode"] == "InvalidContactId"
    assert engage.expect_error(400, "GET", OVERVIEW, contactId="")["errorCode"] == "InvalidSearchQuery"


@pytest.mark.parametrize("path", PATHS)
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
def test_unknown_identifiers_are_not_found(unchanged: Engage, path: str, params: dict[str, str]) -> None:
    error = unchanged.expect_error(404, "GET", path, contactType="Member", **params)
    assert error["errorCode"] == "ContactNotFound"


def test_unknown_and_deleted_ids_are_not_found(engage: Engage) -> None:
    id = engage.create(**JANE)
    engage.send("DELETE", f"/api/v3/contacts/{id}")
    for missing in (UNKNOWN_ID, id):
        assert engage.expect_error(404, "GET", OVERVIEW, contactId=missing)["errorCode"] == "ContactNotFound"
    for name, value in JANE.items():
        assert engage.expect_error(404, "GET", SEARCH, **{name: value})["errorCode"] == "ContactNotFound"


@pytest.mark.parametrize("path", PATHS)
def test_multiple_matches_are_listed(engage: Engage, path: str) -> None:
    ids = [
        engage.create(f"{name}@example.com", mobilePhone="+46702291216") for name in ("one", "two", "three")
    ]
    error = engage.expect_error(409, "GET", path, contactType="Member", mobilePhone="+46702291216")
    assert error["errorCode"] == "MultipleMatches"
    assert error["messageDetails"] == {"multipleMatchesFound": ids}
    assert [engage.overview(id)["id"] for id in ids] == ids


def test_the_contact_type_selects_among_matches(engage: Engage) -> None:
    member = engage.create("both@example.com")
    contact = engage.create("both@example.com", contactType="contact")
    assert engage.get(SEARCH, email="both@example.com", contactType="MEMBER") == member
    assert engage.get(SEARCH, email="both@example.com", contactType="Contact") == contact
    error = engage.expect_error(409, "GET", SEARCH, email="both@example.com")
    assert sorted(error["messageDetails"]["multipleMatchesFound"]) == sorted((member, contact))


def test_the_first_matching_format_of_any_is_final(engage: Engage) -> None:
    engage.world.backstage("voyado", "configure", customKey="externalId")
    keys = ["key@example.com", "198001019804", "4670229121", "12345678", "abc"]
    ids = [engage.create(f"n{number}@example.com", externalId=key) for number, key in enumerate(keys)]
    for key, id in zip(keys, ids, strict=True):
        assert engage.get(SEARCH, customKey=key) == id
    for key in keys[:-1]:
        assert engage.expect_error(404, "GET", SEARCH, any=key)["errorCode"] == "ContactNotFound"
    assert engage.get(SEARCH, any="abc") == ids[-1]


def test_without_a_custom_key_its_lookups_are_a_configuration_error(engage: Engage) -> None:
    engage.world.backstage("voyado", "configure", customKey=None)
    for path in PATHS:
        for params in ({"customKey": "1001"}, {"any": "1001"}):
            error = engage.expect_error(500, "GET", path, contactType="Member", **params)
            assert error["errorCode"] == "InvalidSystemConfiguration"
    assert engage.expect_error(404, "GET", SEARCH, any="a@example.com")["errorCode"] == "ContactNotFound"


@pytest.mark.parametrize(
    ("text", "normalized"),
    [
        ("800101-9804", "198001019804"),
        ("8001019804", "198001019804"),
        ("19800101-9804", "198001019804"),
        ("800161-9801", "198001619801"),
        ("200101+9807", "192001019807"),
        ("131052-308T", "131052-308T"),
    ],
)
def test_numbers_are_found_in_every_format(engage: Engage, text: str, normalized: str) -> None:
    id = engage.create("number@example.com", socialSecurityNumber=text)
    assert engage.overview(id)["attributes"]["socialSecurityNumber"] == normalized
    for number in (text, normalized):
        assert engage.get(SEARCH, socialSecurityNumber=number) == id
        assert engage.get(SEARCH, any=number) == id


def test_the_demo_contacts_are_found_by_their_identifiers(engage: Engage) -> None:
    numbers: list[Any] = []
    for id in engage.all_ids()[::10]:
        overview = engage.overview(id)
        contact_type, attributes = overview["meta"]["contactType"], overview["attributes"]
        assert engage.get(SEARCH, email=attributes["email"]) == id
        assert engage.get(SEARCH, any=attributes["mobilePhone"], contactType=contact_type) == id
        assert engage.get(SEARCH, customKey=attributes["memberNumber"]) == id
        if attributes["socialSecurityNumber"]:
            numbers.append(attributes["socialSecurityNumber"])
            assert engage.get(SEARCH, any=numbers[-1]) == id
    swedish = [number for number in numbers if len(number) == 12]
    assert swedish
    assert all(number[8:10] in ("98", "99") for number in swedish)


def test_empty_identifiers_are_ignored(engage: Engage) -> None:
    id = engage.create("phone@example.com", mobilePhone="+46701112233")
    empty = {"email": "", "socialSecurityNumber": "", "customKey": "", "any": ""}
    phone = {**empty, "mobilePhone": "+46701112233"}
    assert engage.send("GET", SEARCH, **phone).json() == id
    for params in ({"contactType": "Member", "contactId": "", **phone}, {"contactId": id, **empty}):
        assert engage.send("GET", OVERVIEW, **params).json()["id"] == id
    assert engage.expect_error(400, "GET", SEARCH, **empty)["errorCode"] == "InvalidSearchQuery"
