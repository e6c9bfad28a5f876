"""Spotler: contacts and temporary lists."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from mockserver.client import World
from tests.vendors.spotler import OLD_BASE, Spotler

NOT_FOUND = {"errorType": "CONTACT_NOT_FOUND", "message": "Given contact not found"}
EMAIL_INVALID = {"errorType": "INVALID_PROPERTY", "message": "Email is invalid"}
PROPERTY_INVALID = {"errorType": "INVALID_PROPERTY", "message": "Property is invalid"}
START = 1767603600000
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    mockserver.clock.freeze()
    return Spotler(mockserver)


def contact_request(properties: dict[str, Any], id: str = "p1", **flags: bool) -> dict[str, Any]:
    return {"contact": {"externalId": id, "properties": properties}, **flags}


def plain(contact: dict[str, Any]) -> dict[str, Any]:
    """The properties of a contact that are no sets; sets are always there."""
    return {name: value for name, value in contact["properties"].items() if not isinstance(value, list)}


def changed_ids(spotler: Spotler, start: str, end: str, **query: Any) -> list[str]:
    page = spotler.get("/contact/updates/list", fromDate=start, toDate=end, **{"pageSize": 10000, **query})
    return [one["externalId"] for one in page["contacts"]]


def test_a_new_contact_is_read_back(spotler: Spotler) -> None:
    spotler.succeed(
        "POST", "/contact", contact_request({"email": "jan@example.com", "infix": None, "gender": "M"})
    )
    contact = spotler.get("/contact/p1")
    assert contact.pop("encryptedId")
    assert {one["name"] for one in contact.pop("channels")} == {"EMAIL", "SMS"}
    assert contact | {"properties": plain(contact)} == {
        "externalId": "p1",
        "created": START,
        "lastChanged": START,
        "testGroup": False,
        "temporary": False,
        "properties": {"email": "jan@example.com", "gender": "M"},
    }


def test_a_set_describes_its_bits(spotler: Spotler) -> None:
    spotler.contact("p1", permissions=[{"bit": 2, "enabled": True}])
    entries = {one["name"]: one.get("entries") for one in spotler.get("/contact/properties/list")}
    meanings = {one["bit"]: one["description"] for one in entries["permissions"]}
    seen = [one for one in spotler.get("/contact/p1")["properties"]["permissions"] if one["enabled"]]
    assert seen == [{"bit": 2, "enabled": True, "description": meanings[2]}]


def test_only_sets_have_entries(spotler: Spotler) -> None:
    listed = spotler.get("/contact/properties/list")
    assert {"email", "firstName", "permissions"} <= {one["name"] for one in listed}
    assert all(("entries" in one) == (one["type"] == "set") for one in listed)


def test_every_listed_property_can_be_written(spotler: Spotler) -> None:
    good: dict[str, Any] = {
        "email": "a@example.com",
        "string": "x",
        "gender": "F",
        "birthdate": "1990-02-28",
        "date": "2025-12-31",
        "postcode": "1234 AB",
        "dateTime": "2025-12-31T10:00:00+01:00",
        "int": 7,
        "money": 4995,
        "mobNr": "+31612345678",
        "set": [{"bit": 1, "enabled": True}],
    }
    values = {one["name"]: good[one["type"]] for one in spotler.get("/contact/properties/list")}
    spotler.contact("p1", **values)
    read = spotler.get("/contact/p1")["properties"]
    assert read.keys() == values.keys()
    assert {name: one for name, one in read.items() if not isinstance(one, list)} == {
        name: one for name, one in values.items() if not isinstance(one, list)
    }


def test_update_and_purge(spotler: Spotler) -> None:
    spotler.contact("p1", firstName="Jan", lastName="Jansen")
    taken = {"errorType": "CONTACT_ALREADY_EXISTS", "message": "Contact already exists"}
    assert spotler.fail(400, "POST", "/contact", contact_request({"city": "Utrecht"})) == taken
    spotler.world.clock.advance(seconds=1)
    spotler.succeed("POST", "/contact", contact_request({"city": "Utrecht"}, update=True))
    contact = spotler.get("/contact/p1")
    assert plain(contact) == {"firstName": "Jan", "lastName": "Jansen", "city": "Utrecht"}
    assert (contact["created"], contact["lastChanged"]) == (START, START + 1000)
    spotler.succeed("PUT", "/contact/p1", contact_request({"lastName": "Pieters"}, purge=True))
    assert plain(spotler.get("/contact/p1")) == {"lastName": "Pieters"}
    spotler.succeed(
        "PUT", "/contact/p1", {"contact": {"properties": {"lastName": None, "firstName": "Piet"}}}
    )
    assert plain(spotler.get("/contact/p1")) == {"firstName": "Piet"}


def test_an_update_requires_an_existing_contact_and_its_id(spotler: Spotler) -> None:
    assert spotler.fail(404, "PUT", "/contact/p1", contact_request({})) == NOT_FOUND
    spotler.contact("p1")
    other = spotler.fail(400, "PUT", "/contact/p1", contact_request({}, "p2"))
    assert other == {"errorType": "INVALID_PARAMS", "message": "Path id doesn't match contact id"}


@pytest.mark.parametrize(
    "email", ["", "jan", "jan@", "@example.com", "a b@example.com", "a@b@example.com", 5, True]
)
def test_invalid_email_addresses(spotler: Spotler, email: Any) -> None:
    assert spotler.fail(400, "POST", "/contact", contact_request({"email": email})) == EMAIL_INVALID
    spotler.contact("p2")
    assert spotler.fail(400, "PUT", "/contact/p2", contact_request({"email": email}, "p2")) == EMAIL_INVALID
    assert spotler.fail(404, "GET", "/contact/p1") == NOT_FOUND


@pytest.mark.parametrize(
    "properties",
    [
        {"shoeSize": "43"},
        {"gender": "X"},
        {"birthday": "1990-02-30"},
        {"firstPurchaseDate": "yesterday"},
        {"firstName": True},
        {"lastName": "x" * 256},
        {"mobileNumber": "call me"},
        {"permissions": True},
        {"permissions": [{"bit": 99, "enabled": True}]},
        {"permissions": [{"bit": 1}]},
    ],
)
def test_invalid_properties(spotler: Spotler, properties: dict[str, Any]) -> None:
    assert spotler.fail(400, "POST", "/contact", contact_request(properties)) == PROPERTY_INVALID
    (one,) = spotler.send(
        "POST", "/contact/list", {"contacts": [contact_request(properties)["contact"]]}
    ).json()
    assert (one["externalId"], one["code"]) == ("p1", "PROPERTY_INVALID")
    assert spotler.fail(404, "GET", "/contact/p1") == NOT_FOUND


@pytest.mark.parametrize(
    "body", [{}, {"contact": {}}, {"contact": {"externalId": ""}}, {"contact": None}, []]
)
def test_invalid_bodies(spotler: Spotler, body: Any) -> None:
    assert spotler.fail(400, "POST", "/contact", body)["errorType"] == "INVALID_PARAMS"


def test_contacts_are_stored_in_bulk(spotler: Spotler) -> None:
    spotler.contact("old", firstName="Old")
    contacts = [
        {"externalId": "new", "properties": {"email": "new@example.com"}},
        {"externalId": "bad", "properties": {"email": "bad"}},
        {"externalId": "old", "properties": {"city": "Utrecht"}},
        {"externalId": "new", "properties": {"city": "Leiden"}},
    ]
    reply = spotler.send("POST", "/contact/list", {"contacts": contacts})
    assert [(one["externalId"], one["code"]) for one in reply.json()] == [
        ("new", "OK"),
        ("bad", "PROPERTY_INVALID"),
        ("old", "CONTACT_ALREADY_EXISTS"),
        ("new", "CONTACT_ALREADY_EXISTS"),
    ]
    assert reply.json()[1]["message"] == "Email is invalid"
    assert plain(spotler.get("/contact/old")) == {"firstName": "Old"}
    reply = spotler.send("POST", "/contact/list", {"contacts": contacts[2:], "update": True, "purge": True})
    assert [one["code"] for one in reply.json()] == ["OK", "OK"]
    assert plain(spotler.get("/contact/old")) == {"city": "Utrecht"}
    assert plain(spotler.get("/contact/new")) == {"city": "Leiden"}


def test_100_contacts_pass_and_101_do_not(spotler: Spotler) -> None:
    contacts = [{"externalId": f"n{number}"} for number in range(101)]
    too_many = {"errorType": "INVALID_PARAMS", "message": "Too many contacts provided (max is 100)"}
    assert spotler.fail(400, "POST", "/contact/list", {"contacts": contacts}) == too_many
    assert spotler.fail(404, "GET", "/contact/n0") == NOT_FOUND
    reply = spotler.send("POST", "/contact/list", {"contacts": contacts[1:]}).json()
    assert [one["externalId"] for one in reply] == [f"n{number}" for number in range(1, 101)]
    assert spotler.send("POST", "/contact/list", {"contacts": []}).json() == []


@pytest.mark.parametrize("contact", [{}, {"externalId": ""}, {"externalId": None}, {"properties": {}}])
def test_a_contact_without_id_rejects_the_list(spotler: Spotler, contact: Any) -> None:
    error = spotler.fail(400, "POST", "/contact/list", {"contacts": [{"externalId": "p1"}, contact]})
    assert error == {"errorType": "INVALID_PARAMS", "message": "Contact without externalId found"}
    assert spotler.fail(404, "GET", "/contact/p1") == NOT_FOUND


def test_search_finds_by_one_property(spotler: Spotler) -> None:
    for number in range(3):
        spotler.contact(f"p{number}", lastName="Zzyzx", email=f"P{number}@example.com")
    found = spotler.get("/contact/search", MPSearchQuery="email=p1@EXAMPLE.com", pageSize=10)
    assert [one["externalId"] for one in found["contacts"]] == ["p1"]
    assert found["paging"]["next"] is None
    page = spotler.get("/contact/search", MPSearchQuery="lastName=zzyzx", pageSize=2)
    assert [one["externalId"] for one in page["contacts"]] == ["p0", "p1"]
    assert page["paging"]["after"] == 2
    last = spotler.session.get(page["paging"]["next"], timeout=10).json()
    assert [one["externalId"] for one in last["contacts"]] == ["p2"]
    assert last["paging"] == {"next": None, "after": 3}
    assert spotler.get("/contact/search", MPSearchQuery="email=", pageSize=1)["contacts"] == []


def test_search_follows_changes(spotler: Spotler) -> None:
    spotler.contact("p1", email="old@example.com")
    spotler.succeed("PUT", "/contact/p1", contact_request({"email": "new@example.com"}))
    assert spotler.get("/contact/search", MPSearchQuery="email=old@example.com", pageSize=1)["contacts"] == []
    assert spotler.get("/contact/search", MPSearchQuery="email=new@example.com", pageSize=1)["contacts"]
    spotler.succeed("PUT", "/contact/anonymize/p1")
    assert spotler.get("/contact/search", MPSearchQuery="email=new@example.com", pageSize=1)["contacts"] == []


@pytest.mark.parametrize("query", ["shoeSize=43", "permissions=1"])
def test_search_rejects_unknown_properties(spotler: Spotler, query: str) -> None:
    params = {"MPSearchQuery": query, "pageSize": 1}
    assert spotler.fail(400, "GET", "/contact/search", params=params) == PROPERTY_INVALID


@pytest.mark.parametrize("size", ["0", "10001", "x", "", None])
def test_invalid_page_sizes(spotler: Spotler, size: str | None) -> None:
    params = {"MPSearchQuery": "email=a", "pageSize": size}
    error = spotler.fail(400, "GET", "/contact/search", params=params)
    assert error["errorType"] == "INVALID_PARAMS"


def test_updates_are_listed_by_period(spotler: Spotler) -> None:
    clock = spotler.world.clock
    clock.set("2026-01-06T00:00:00Z")
    spotler.contact("p1")
    clock.set("2026-01-06T12:00:00Z")
    spotler.contact("p2")
    clock.set("2026-01-07T00:00:00Z")
    spotler.contact("p3")
    assert changed_ids(spotler, "2026-01-06", "2026-01-06T23:59:59Z") == ["p1", "p2"]
    assert changed_ids(spotler, "2026-01-06", "2026-01-07") == ["p1", "p2", "p3"]
    assert changed_ids(spotler, "2026-01-06T00:00:01", "2026-01-06T23:59:59") == ["p2"]
    assert changed_ids(spotler, "2026-01-06T13:00:00+01:00", "2026-01-08T00:00:00+00:00") == ["p2", "p3"]
    assert changed_ids(spotler, "2026-01-08", "2026-01-06") == []
    clock.advance(seconds=1)
    spotler.succeed("PUT", "/contact/inactivate/p1")
    assert changed_ids(spotler, "2026-01-06", "2026-01-06T23:59:59") == ["p2"]
    assert changed_ids(spotler, "2026-01-06", "2026-01-08", pageSize=1, after=2) == ["p1"]


def test_the_old_path_lists_updates_in_a_bare_array(spotler: Spotler) -> None:
    old = Spotler(spotler.world, OLD_BASE)
    spotler.world.clock.set("2026-01-06T00:00:00Z")
    spotler.contact("p1")
    query = {"fromDate": "2026-01-06", "toDate": "2026-01-07", "pageSize": 10}
    page = spotler.get("/contact/updates/list", **query)
    assert page["paging"] == {"next": None, "after": 1}
    assert old.get("/contact/updates/list", **query) == page["contacts"]
    search = {"MPSearchQuery": "externalId=p1", "pageSize": 1}
    assert old.get("/contact/search", **search)["contacts"] == page["contacts"]


@pytest.mark.parametrize("text", [None, "", "2026-02-30", "now", "1767603600"])
def test_invalid_dates(spotler: Spotler, text: str | None) -> None:
    for wrong, other in (("fromDate", "toDate"), ("toDate", "fromDate")):
        params = {wrong: text, other: "2026-01-06", "pageSize": 1}
        error = spotler.fail(400, "GET", "/contact/updates/list", params=params)
        message = f"Invalid {wrong} or no {wrong} given"
        assert error == {"errorType": "INVALID_PARAMS", "message": message}


def test_an_anonymised_contact_keeps_its_id(spotler: Spotler) -> None:
    spotler.contact("p1", email="jan@example.com", firstName="Jan")
    spotler.succeed("PUT", "/contact/anonymize/p1")
    contact = spotler.get("/contact/p1")
    assert (contact["externalId"], plain(contact)) == ("p1", {})
    spotler.succeed("PUT", "/contact/anonymize/p1")
    assert spotler.fail(404, "PUT", "/contact/anonymize/nope") == NOT_FOUND


def test_inactive_contacts_get_no_mail(spotler: Spotler) -> None:
    spotler.contact("p1", email="jan@example.com", permissions=[{"bit": 1, "enabled": True}])
    spotler.succeed("PUT", "/contact/inactivate/p1")
    assert {"name": "EMAIL", "value": False} in spotler.get("/contact/p1")["channels"]
    assert spotler.get("/contact/p1")["properties"]["email"] == "jan@example.com"
    assert spotler.fail(404, "PUT", "/contact/inactivate/nope") == NOT_FOUND


def test_a_channel_is_open_while_there_is_an_address(spotler: Spotler) -> None:
    def channels() -> dict[str, bool]:
        return {one["name"]: one["value"] for one in spotler.get("/contact/p1")["channels"]}

    def change(purge: bool = False, **properties: str | None) -> None:
        body = {"contact": {"properties": properties}, "purge": purge}
        spotler.succeed("PUT", "/contact/p1", body)

    spotler.contact("p1")
    assert channels() == {"EMAIL": False, "SMS": False}
    change(email="p1@example.com", mobileNumber="+31612345678")
    assert channels() == {"EMAIL": True, "SMS": True}
    spotler.succeed("PUT", "/contact/inactivate/p1")
    change(email="p2@example.com", mobileNumber=None)
    assert channels() == {"EMAIL": False, "SMS": False}
    change(purge=True)
    change(email="p3@example.com")
    assert channels() == {"EMAIL": True, "SMS": False}


def test_channels_cannot_be_written(spotler: Spotler) -> None:
    spotler.contact("p1", email="jan@example.com")
    before = spotler.get("/contact/p1")["channels"]
    body = contact_request({})
    body["contact"]["channels"] = [{"name": "EMAIL", "value": not before[0]["value"]}]
    spotler.succeed("PUT", "/contact/p1", body)
    assert spotler.get("/contact/p1")["channels"] == before
    for ignored in ([], [{"name": "FAX"}], [{"value": None}]):
        body["contact"]["channels"] = ignored
        spotler.succeed("PUT", "/contact/p1", body)
    body["contact"]["channels"] = ["EMAIL"]
    error = spotler.fail(400, "PUT", "/contact/p1", body)
    assert error["message"] == "Can not deserialize contact.channels[0] out of String value"


def test_the_next_page_has_the_same_origin(spotler: Spotler) -> None:
    page = spotler.get("/contact/updates/list", fromDate="2000-01-01", toDate="2030-01-01", pageSize=2)
    seen = [one["externalId"] for one in page["contacts"]]
    assert urlsplit(page["paging"]["next"]).netloc == urlsplit(spotler.url).netloc
    following = spotler.session.get(page["paging"]["next"], timeout=10).json()
    assert len(following["contacts"]) == 2
    assert not set(seen) & {one["externalId"] for one in following["contacts"]}
