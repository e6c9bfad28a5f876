"""Spotler: audiences, their members, and the references that prevent deletion."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.spotler import OLD_BASE, Spotler

TEXT = {"externalId": "ours", "name": "Ours", "description": "turnover last 6 months"}
IN_USE = {"errorType": "INVALID_STATE", "message": "Cannot delete audience, as it's in use"}
NO_AUDIENCE = {"errorType": "RESOURCE_NOT_FOUND", "message": "Audience not found"}
NOT_LICENSED = {
    "errorType": "NOT_AUTHORIZED",
    "message": "Only Automation or eCommerce products can use this call",
}
TOO_MANY = {
    "errorType": "INVALID_PARAMS",
    "message": "Maximum batch size of contact ids exceeded(maximum is 2500)",
}
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    mockserver.clock.freeze()
    return Spotler(mockserver)


def tick(spotler: Spotler) -> int:
    """Advances the clock by a second and returns its time in milliseconds."""
    return int(spotler.world.clock.advance(seconds=1).now.timestamp() * 1000)


def test_a_new_audience_is_empty(spotler: Spotler) -> None:
    now = tick(spotler)
    reply = spotler.send("POST", "/audience", TEXT)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "application/json")
    assert reply.json() == {
        "createDate": now,
        "changeDate": now,
        "lastContactAddedAt": None,
        "lastContactRemovedAt": None,
        "lastSyncDate": None,
        **TEXT,
    }
    assert spotler.audience("ours") == reply.json()
    assert spotler.members("ours") == []


def test_an_audience_is_updated_by_its_id(spotler: Spotler) -> None:
    before = spotler.create("ours", "Ours", description="old")
    spotler.add("ours", spotler.contact("p1"))
    filled = spotler.audience("ours")
    now = tick(spotler)
    sent = {"externalId": "ours", "name": "Renamed", "createDate": 1, "changeDate": 2, "lastSyncDate": 3}
    reply = spotler.send("PUT", "/audience/ours", sent)
    assert reply.status_code == 200
    assert reply.json() == {**filled, "name": "Renamed", "description": None, "changeDate": now}
    assert reply.json()["createDate"] == before["createDate"] < now
    assert spotler.members("ours") == ["p1"]
    spotler.create("another", "Ours")


def test_an_audience_may_keep_its_name(spotler: Spotler) -> None:
    spotler.create("ours", "Ours")
    assert spotler.send("PUT", "/audience/ours", TEXT).json()["description"] == TEXT["description"]


def test_deleting_an_audience_keeps_its_contacts_and_frees_its_name(spotler: Spotler) -> None:
    spotler.create("ours", "Ours")
    spotler.add("ours", spotler.contact("p1"))
    spotler.succeed("DELETE", "/audience/ours")
    for method, path, body in (
        ("GET", "/audience/ours", None),
        ("PUT", "/audience/ours", TEXT),
        ("DELETE", "/audience/ours", None),
        ("POST", "/audience/ours/contact", {"contacts": ["p1"]}),
        ("DELETE", "/audience/ours/contact", None),
    ):
        assert spotler.fail(404, method, path, body) == NO_AUDIENCE
    assert spotler.get("/contact/p1")["externalId"] == "p1"
    assert spotler.create("ours", "Ours")["lastContactAddedAt"] is None
    assert spotler.members("ours") == []


def test_names_and_ids_are_unique_and_exact(spotler: Spotler) -> None:
    spotler.create("ours", "Ours")
    name_taken = {"errorType": "NAME_ALREADY_IN_USE", "message": "Audience name must be unique"}
    id_taken = {"errorType": "ID_NOTUNIQUE", "message": "Audience id must be unique"}
    assert spotler.fail(417, "POST", "/audience", TEXT) == id_taken
    assert spotler.fail(417, "POST", "/audience", {**TEXT, "externalId": "two"}) == name_taken
    assert spotler.fail(417, "POST", "/audience", {**TEXT, "name": "Two"}) == id_taken
    spotler.create("OURS", "ours")
    assert spotler.fail(417, "PUT", "/audience/OURS", {**TEXT, "externalId": "OURS"}) == name_taken


def test_two_accounts_may_share_names_and_ids(spotler: Spotler, mockserver_server: MockServer) -> None:
    spotler.create("ours", "Ours")
    other = mockserver_server.control.create_world()
    try:
        assert Spotler(other).create("ours", "Ours")["name"] == "Ours"
        assert Spotler(other).key != spotler.key
    finally:
        other.delete()


@pytest.mark.parametrize("text", ["", " ", "\t\n", "x" * 256, None])
def test_an_empty_or_too_long_name_or_id_is_a_417(spotler: Spotler, text: str | None) -> None:
    no_name = {
        "errorType": "INVALID_PARAMS",
        "message": "Audience name can not be empty or more than 255 characters",
    }
    no_id = {**no_name, "message": "Audience name id not be empty or more than 255 characters"}
    assert spotler.fail(417, "POST", "/audience", {**TEXT, "name": text}) == no_name
    assert spotler.fail(417, "POST", "/audience", {**TEXT, "externalId": text}) == no_id
    assert spotler.fail(417, "POST", "/audience", {"externalId": text, "name": text}) == no_name
    assert spotler.fail(417, "POST", "/audience", {"externalId": "ours"}) == no_name
    assert spotler.fail(417, "POST", "/audience", {"name": "Ours"}) == no_id
    spotler.create("ours", "Ours")
    assert spotler.fail(417, "PUT", "/audience/ours", {**TEXT, "name": text}) == no_name
    assert spotler.audience("ours")["name"] == "Ours"


def test_255_characters_pass_regardless_of_their_bytes(spotler: Spotler) -> None:
    name = "å" * 254 + "🎉"
    assert spotler.create("i" * 255, name)["name"] == name
    assert spotler.audience("i" * 255)["name"] == name
    assert (
        spotler.fail(417, "POST", "/audience", {**TEXT, "name": name + "a"})["errorType"] == "INVALID_PARAMS"
    )


def test_the_order_of_the_checks_of_a_new_audience(spotler: Spotler) -> None:
    spotler.create("ours", "Ours")
    spotler.backstage("set_limits", audiences=1)

    def message(**changed: Any) -> str:
        return str(spotler.fail(417, "POST", "/audience", {**TEXT, **changed})["message"])

    assert message(name="", externalId="") == "Audience name can not be empty or more than 255 characters"
    assert message(externalId="") == "Audience name id not be empty or more than 255 characters"
    assert message() == "Audience id must be unique"
    assert message(externalId="new") == "Audience name must be unique"
    assert message(externalId="new", name="New") == "Maximum of audiences exceeded"


def test_the_order_of_the_checks_of_a_change(spotler: Spotler) -> None:
    assert spotler.fail(404, "PUT", "/audience/nope", TEXT) == NO_AUDIENCE
    spotler.create("ours", "Ours")
    spotler.create("theirs", "Theirs")
    mismatch = {"errorType": "INVALID_PARAMS", "message": "Path id doesn't match audience id"}
    assert spotler.fail(400, "PUT", "/audience/ours", {**TEXT, "externalId": "theirs"}) == mismatch
    assert spotler.fail(400, "PUT", "/audience/ours", {"externalId": "no", "name": "Theirs"}) == mismatch


def test_contacts_are_added_one_by_one_and_in_bulk(spotler: Spotler) -> None:
    spotler.create("ours")
    people = [spotler.contact(f"p{number}") for number in range(5)]
    first = tick(spotler)
    spotler.add("ours", people[0])
    assert spotler.audience("ours")["lastContactAddedAt"] == first
    second = tick(spotler)
    spotler.add("ours", *people, people[1])
    assert spotler.members("ours") == people
    assert spotler.audience("ours")["lastContactAddedAt"] == second
    tick(spotler)
    again = tick(spotler)
    spotler.add("ours", *people)
    audience = spotler.audience("ours")
    assert (audience["lastContactAddedAt"], audience["lastSyncDate"]) == (second, again)
    assert audience["changeDate"] == audience["createDate"]


def test_adding_no_contacts_changes_no_date(spotler: Spotler) -> None:
    before = spotler.create("ours")
    tick(spotler)
    spotler.add("ours")
    spotler.remove("ours")
    assert spotler.audience("ours") == before


def test_contacts_are_removed_one_by_one_and_in_bulk(spotler: Spotler) -> None:
    spotler.create("ours")
    people = [spotler.contact(f"p{number}") for number in range(4)]
    spotler.add("ours", *people)
    now = tick(spotler)
    spotler.remove("ours", people[2])
    assert spotler.members("ours") == [people[0], people[1], people[3]]
    assert spotler.audience("ours")["lastContactRemovedAt"] == now
    tick(spotler)
    spotler.remove("ours", people[2], "unknown contact")
    assert spotler.audience("ours")["lastContactRemovedAt"] == now
    spotler.remove("ours", *people)
    assert spotler.members("ours") == []


def test_a_member_of_the_start_is_added_again(spotler: Spotler) -> None:
    """It has been hidden in the world, not deleted from the seed data."""
    first = spotler.members("loyal-customers")
    assert len(first) > 2
    spotler.remove("loyal-customers", *first[:2])
    spotler.add("loyal-customers", *first[:2])
    assert sorted(spotler.members("loyal-customers")) == sorted(first)


def test_an_audience_is_emptied_without_naming_contacts(spotler: Spotler) -> None:
    spotler.create("ours")
    people = [spotler.contact(f"p{number}") for number in range(3)]
    for empty in (
        lambda: spotler.empty("ours"),
        lambda: spotler.send_raw("DELETE", "/audience/ours/contact", "null", "application/json"),
        lambda: spotler.session.delete(f"{spotler.url}/audience/ours/contact", data=b"", timeout=10),
    ):
        spotler.add("ours", *people)
        empty()
        assert spotler.members("ours") == []


@pytest.mark.parametrize("body", [{}, {"contacts": None}, {"contact": ["p1"]}, [], "p1", {"contacts": "p1"}])
def test_only_null_empties_an_audience(spotler: Spotler, body: Any) -> None:
    spotler.create("ours")
    spotler.add("ours", spotler.contact("p1"))
    before = spotler.audience("ours")
    assert spotler.fail(400, "DELETE", "/audience/ours/contact", body)["errorType"] == "INVALID_PARAMS"
    spotler.remove("ours")
    assert spotler.members("ours") == ["p1"]
    assert spotler.audience("ours") == before


def test_one_unknown_contact_rejects_the_call(spotler: Spotler) -> None:
    before = spotler.create("ours")
    spotler.contact("p1")
    tick(spotler)
    body = {"contacts": ["nope", "p1", "never", "nope"]}
    assert spotler.fail(404, "POST", "/audience/ours/contact", body) == {
        "errorType": "CONTACT_NOT_FOUND",
        "message": "Contacts not found",
        "externalContactIds": ["nope", "never"],
    }
    assert spotler.audience("ours") == before
    assert spotler.members("ours") == []


def test_2500_ids_pass_and_2501_do_not(spotler: Spotler) -> None:
    before = spotler.create("ours")
    spotler.contact("p1")
    many = {"contacts": ["p1"] * 2501}
    for method in ("POST", "DELETE"):
        assert spotler.fail(413, method, "/audience/ours/contact", many) == TOO_MANY
        assert spotler.fail(413, method, "/audience/ours/contact", {"contacts": ["?"] * 2501}) == TOO_MANY
        assert spotler.fail(404, method, "/audience/nope/contact", many) == NO_AUDIENCE
    assert spotler.audience("ours") == before
    spotler.add("ours", *["p1"] * 2500)
    assert spotler.members("ours") == ["p1"]
    spotler.remove("ours", *["p1"] * 2500)
    assert spotler.members("ours") == []


def test_audiences_require_automation_or_ecommerce(spotler: Spotler) -> None:
    spotler.create("ours")
    spotler.backstage("set_product", product="PROFESSIONAL")
    for method, path, body in (
        ("POST", "/audience", TEXT),
        ("POST", "/audience", {}),
        ("GET", "/audience/nope", None),
        ("PUT", "/audience/nope", TEXT),
        ("DELETE", "/audience/nope", None),
        ("POST", "/audience/nope/contact", {"contacts": ["?"] * 2501}),
        ("DELETE", "/audience/nope/contact", {}),
    ):
        assert spotler.fail(403, method, path, body) == NOT_LICENSED
    assert spotler.fail(403, "GET", "/audience/ours/") == NOT_LICENSED
    assert spotler.fail(403, "POST", "/audience", data="{", headers={"Content-Type": "x/y"}) == NOT_LICENSED
    spotler.session.auth = None
    assert spotler.fail(401, "GET", "/audience/ours")["errorType"] == "AUTH_NOT_FOUND"
    spotler = Spotler(spotler.world)
    spotler.contact("p1")
    for product in ("AUTOMATION", "ECOMMERCE"):
        assert spotler.backstage("set_product", product=product) == {"product": product}
        assert spotler.audience("ours")["externalId"] == "ours"


def test_the_product_is_checked_under_the_old_path_too(spotler: Spotler) -> None:
    spotler.backstage("set_product", product="PROFESSIONAL")
    assert Spotler(spotler.world, OLD_BASE).fail(403, "GET", "/audience/ours") == NOT_LICENSED


@pytest.mark.mockserver(strict=False, now="2026-01-05T09:00:00Z")
@pytest.mark.parametrize("path", ["/audience", "/audience/ours/contact"])
def test_audiences_and_members_cannot_be_listed(spotler: Spotler, path: str) -> None:
    assert spotler.fail(405, "GET", path)["message"]


@pytest.mark.mockserver(strict=False, now="2026-01-05T09:00:00Z")
def test_there_is_no_patch(spotler: Spotler) -> None:
    assert spotler.send("PATCH", "/audience/ours", TEXT).status_code == 405


def test_an_anonymised_contact_leaves_its_audiences(spotler: Spotler) -> None:
    spotler.create("ours")
    spotler.add("ours", spotler.contact("p1"), spotler.contact("p2"))
    spotler.succeed("PUT", "/contact/anonymize/p1")
    assert spotler.members("ours") == ["p2"]
    spotler.succeed("PUT", "/contact/inactivate/p2")
    assert spotler.members("ours") == ["p2"]


def test_a_failed_call_changes_nothing(spotler: Spotler) -> None:
    spotler.create("ours", "Ours")
    spotler.create("theirs", "Theirs")
    spotler.add("ours", spotler.contact("p1"))
    spotler.backstage("add_campaign_filter", audience="ours")
    before = spotler.audience("ours")
    tick(spotler)
    for status, method, path, body in (
        (417, "PUT", "/audience/ours", {**TEXT, "name": "Theirs"}),
        (417, "PUT", "/audience/ours", {**TEXT, "name": ""}),
        (400, "PUT", "/audience/ours", {**TEXT, "externalId": "theirs"}),
        (400, "PUT", "/audience/ours", []),
        (417, "DELETE", "/audience/ours", None),
        (404, "POST", "/audience/ours/contact", {"contacts": ["p1", "nope"]}),
        (413, "POST", "/audience/ours/contact", {"contacts": ["p1"] * 2501}),
        (400, "POST", "/audience/ours/contact", {}),
        (413, "DELETE", "/audience/ours/contact", {"contacts": ["p1"] * 2501}),
        (400, "DELETE", "/audience/ours/contact", {}),
    ):
        spotler.fail(status, method, path, body)
        assert (spotler.audience("ours"), spotler.members("ours")) == (before, ["p1"])


def test_a_trailing_slash_is_ignored(spotler: Spotler) -> None:
    assert spotler.send("POST", "/audience/", TEXT).status_code == 200
    assert spotler.get("/audience/ours/")["name"] == "Ours"
    spotler.contact("p1")
    spotler.succeed("POST", "/audience/ours/contact/", {"contacts": ["p1"]})
    assert spotler.members("ours") == ["p1"]


def test_ids_may_contain_any_character(spotler: Spotler) -> None:
    for id, path in (
        ("two words & more", "two%20words%20%26%20more"),
        ("åäö+100%", "%C3%A5%C3%A4%C3%B6+100%25"),
    ):
        spotler.create(id)
        assert spotler.audience(path)["externalId"] == id
