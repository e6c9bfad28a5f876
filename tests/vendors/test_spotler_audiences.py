"""Spotler: what the page about audiences promises, and the rules that hold whatever is called."""

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from mockserver.client import World
from mockserver.errors import ControlError
from mockserver.pytest_plugin import MockServer
from tests.vendors.spotler import OLD_BASE, Spotler

TEXT = {"externalId": "ours", "name": "Ours", "description": "turnover last 6 months"}
IN_USE = {"errorType": "INVALID_STATE", "message": "Cannot delete audience, as it's in use"}
NO_AUDIENCE = {"errorType": "RESOURCE_NOT_FOUND", "message": "Audience not found"}
GATE = {
    "errorType": "NOT_AUTHORIZED",
    "message": "Only Automation or eCommerce products can use this call",
}
TOO_MANY = {
    "errorType": "INVALID_PARAMS",
    "message": "Maximum batch size of contact ids exceeded(maximum is 2500)",
}
XML = {"Accept": "application/xml"}
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    mockserver.clock.freeze()
    return Spotler(mockserver)


def tick(spotler: Spotler) -> int:
    """A second later, in milliseconds."""
    return int(spotler.world.clock.advance(seconds=1).now.timestamp() * 1000)


def test_an_audience_is_made_empty(spotler: Spotler) -> None:
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


def test_an_audience_is_changed_based_on_its_id(spotler: Spotler) -> None:
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


def test_a_deleted_audience_leaves_its_contacts_and_its_name(spotler: Spotler) -> None:
    spotler.create("ours", "Ours")
    spotler.add("ours", spotler.contact("p1"))
    spotler.done("DELETE", "/audience/ours")
    for method, path, body in (
        ("GET", "/audience/ours", None),
        ("PUT", "/audience/ours", TEXT),
        ("DELETE", "/audience/ours", None),
        ("POST", "/audience/ours/contact", {"contacts": ["p1"]}),
        ("DELETE", "/audience/ours/contact", None),
    ):
        assert spotler.refused(404, method, path, body) == NO_AUDIENCE
    assert spotler.get("/contact/p1")["externalId"] == "p1"
    assert spotler.create("ours", "Ours")["lastContactAddedAt"] is None
    assert spotler.members("ours") == []


def test_names_and_ids_are_unique_and_exact(spotler: Spotler) -> None:
    spotler.create("ours", "Ours")
    name_taken = {"errorType": "NAME_ALREADY_IN_USE", "message": "Audience name must be unique"}
    id_taken = {"errorType": "ID_NOTUNIQUE", "message": "Audience id must be unique"}
    assert spotler.refused(417, "POST", "/audience", TEXT) == id_taken
    assert spotler.refused(417, "POST", "/audience", {**TEXT, "externalId": "two"}) == name_taken
    assert spotler.refused(417, "POST", "/audience", {**TEXT, "name": "Two"}) == id_taken
    spotler.create("OURS", "ours")
    assert spotler.refused(417, "PUT", "/audience/OURS", {**TEXT, "externalId": "OURS"}) == name_taken


def test_two_accounts_may_share_names_and_ids(spotler: Spotler, mockserver_server: MockServer) -> None:
    spotler.create("ours", "Ours")
    other = mockserver_server.control.create_world()
    try:
        assert Spotler(other).create("ours", "Ours")["name"] == "Ours"
        assert Spotler(other).key != spotler.key
    finally:
        other.delete()


@pytest.mark.parametrize("text", ["", " ", "\t\n", "x" * 256, None])
def test_a_name_or_id_that_is_empty_or_too_long_is_a_417(spotler: Spotler, text: str | None) -> None:
    no_name = {
        "errorType": "INVALID_PARAMS",
        "message": "Audience name can not be empty or more than 255 characters",
    }
    no_id = {**no_name, "message": "Audience name id not be empty or more than 255 characters"}
    assert spotler.refused(417, "POST", "/audience", {**TEXT, "name": text}) == no_name
    assert spotler.refused(417, "POST", "/audience", {**TEXT, "externalId": text}) == no_id
    assert spotler.refused(417, "POST", "/audience", {"externalId": text, "name": text}) == no_name
    assert spotler.refused(417, "POST", "/audience", {"externalId": "ours"}) == no_name
    assert spotler.refused(417, "POST", "/audience", {"name": "Ours"}) == no_id
    spotler.create("ours", "Ours")
    assert spotler.refused(417, "PUT", "/audience/ours", {**TEXT, "name": text}) == no_name
    assert spotler.audience("ours")["name"] == "Ours"


def test_255_characters_pass_whatever_their_bytes(spotler: Spotler) -> None:
    name = "å" * 254 + "🎉"
    assert spotler.create("i" * 255, name)["name"] == name
    assert spotler.audience("i" * 255)["name"] == name
    assert (
        spotler.refused(417, "POST", "/audience", {**TEXT, "name": name + "a"})["errorType"]
        == "INVALID_PARAMS"
    )


def test_the_order_of_the_checks_of_a_new_audience(spotler: Spotler) -> None:
    spotler.create("ours", "Ours")
    spotler.backstage("set_limits", audiences=1)

    def message(**changed: Any) -> str:
        return str(spotler.refused(417, "POST", "/audience", {**TEXT, **changed})["message"])

    assert message(name="", externalId="") == "Audience name can not be empty or more than 255 characters"
    assert message(externalId="") == "Audience name id not be empty or more than 255 characters"
    assert message() == "Audience id must be unique"
    assert message(externalId="new") == "Audience name must be unique"
    assert message(externalId="new", name="New") == "Maximum of audiences exceeded"


def test_the_order_of_the_checks_of_a_change(spotler: Spotler) -> None:
    assert spotler.refused(404, "PUT", "/audience/nope", TEXT) == NO_AUDIENCE
    spotler.create("ours", "Ours")
    spotler.create("theirs", "Theirs")
    mismatch = {"errorType": "INVALID_PARAMS", "message": "Path id doesn't match audience id"}
    assert spotler.refused(400, "PUT", "/audience/ours", {**TEXT, "externalId": "theirs"}) == mismatch
    assert spotler.refused(400, "PUT", "/audience/ours", {"externalId": "no", "name": "Theirs"}) == mismatch


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


def test_adding_nobody_moves_no_date(spotler: Spotler) -> None:
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
    spotler.remove("ours", people[2], "nobody at all")
    assert spotler.audience("ours")["lastContactRemovedAt"] == now
    spotler.remove("ours", *people)
    assert spotler.members("ours") == []


def test_an_audience_is_emptied_without_naming_contacts(spotler: Spotler) -> None:
    spotler.create("ours")
    people = [spotler.contact(f"p{number}") for number in range(3)]
    for empty in (
        lambda: spotler.empty("ours"),
        lambda: spotler.raw("DELETE", "/audience/ours/contact", "null", "application/json"),
        lambda: spotler.session.delete(f"{spotler.url}/audience/ours/contact", data=b"", timeout=10),
    ):
        spotler.add("ours", *people)
        empty()
        assert spotler.members("ours") == []


@pytest.mark.parametrize("body", [{}, {"contacts": None}, {"contact": ["p1"]}, [], "p1", {"contacts": "p1"}])
def test_nothing_but_null_empties_an_audience(spotler: Spotler, body: Any) -> None:
    spotler.create("ours")
    spotler.add("ours", spotler.contact("p1"))
    before = spotler.audience("ours")
    assert spotler.refused(400, "DELETE", "/audience/ours/contact", body)["errorType"] == "INVALID_PARAMS"
    spotler.remove("ours")
    assert spotler.members("ours") == ["p1"]
    assert spotler.audience("ours") == before


def test_one_unknown_contact_refuses_them_all(spotler: Spotler) -> None:
    before = spotler.create("ours")
    spotler.contact("p1")
    tick(spotler)
    body = {"contacts": ["nope", "p1", "never", "nope"]}
    assert spotler.refused(404, "POST", "/audience/ours/contact", body) == {
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
        assert spotler.refused(413, method, "/audience/ours/contact", many) == TOO_MANY
        assert spotler.refused(413, method, "/audience/ours/contact", {"contacts": ["?"] * 2501}) == TOO_MANY
        assert spotler.refused(404, method, "/audience/nope/contact", many) == NO_AUDIENCE
    assert spotler.audience("ours") == before
    spotler.add("ours", *["p1"] * 2500)
    assert spotler.members("ours") == ["p1"]
    spotler.remove("ours", *["p1"] * 2500)
    assert spotler.members("ours") == []


def test_a_scheduled_mailing_keeps_its_audience_until_it_is_sent(spotler: Spotler) -> None:
    spotler.create("ours")
    spotler.backstage("schedule_mailing", audience="ours", at="2026-01-05T10:00:00Z")
    assert spotler.refused(417, "DELETE", "/audience/ours") == IN_USE
    spotler.world.clock.set("2026-01-05T09:59:59Z")
    assert spotler.refused(417, "DELETE", "/audience/ours") == IN_USE
    spotler.world.clock.set("2026-01-05T10:00:00Z")
    spotler.done("DELETE", "/audience/ours")


def test_an_automailer_keeps_the_audience_until_its_own_moment(spotler: Spotler) -> None:
    spotler.create("ours")
    mailing = spotler.backstage("schedule_mailing", audience="ours", at="2026-01-05T10:00:00Z", name="News")
    seen = spotler.backstage("set_automailer", mailing=mailing["id"], until="2026-01-07T10:00:00Z")
    assert seen == {**mailing, "automailer": "2026-01-07T10:00:00Z"}
    spotler.world.clock.set("2026-01-06T10:00:00Z")
    assert spotler.refused(417, "DELETE", "/audience/ours") == IN_USE
    assert spotler.backstage("remove_automailer", mailing=mailing["id"]) == mailing
    spotler.done("DELETE", "/audience/ours")
    spotler.create("ours")
    mailing = spotler.backstage("schedule_mailing", audience="ours", at="2026-01-07T10:00:00Z")
    spotler.backstage("set_automailer", mailing=mailing["id"], until="2026-01-08T10:00:00Z")
    spotler.world.clock.set("2026-01-08T10:00:00Z")
    spotler.done("DELETE", "/audience/ours")


def test_whoever_deletes_the_mailing_can_delete_the_audience(spotler: Spotler) -> None:
    spotler.create("ours")
    mailing = spotler.backstage("schedule_mailing", audience="ours", at="2026-02-01T00:00:00Z")
    spotler.backstage("set_automailer", mailing=mailing["id"], until="2026-03-01T00:00:00Z")
    assert spotler.backstage("remove_mailing", id=mailing["id"]) == {"removed": True}
    spotler.done("DELETE", "/audience/ours")


@pytest.mark.parametrize("kind", ["campaign", "automation"])
def test_a_filter_keeps_the_audience_until_it_is_removed(spotler: Spotler, kind: str) -> None:
    spotler.create("ours")
    other = "automation" if kind == "campaign" else "campaign"
    one = spotler.backstage(f"add_{kind}_filter", audience="ours", name="Welcome")
    assert one == {"id": one["id"], "name": "Welcome", "audience": "ours", "until": None}
    two = spotler.backstage(f"add_{kind}_filter", audience="ours", until="2026-01-06T00:00:00Z")
    spotler.world.clock.advance(days=400)
    assert spotler.refused(417, "DELETE", "/audience/ours") == IN_USE
    with pytest.raises(ControlError, match="unknown filter"):
        spotler.backstage(f"remove_{other}_filter", id=one["id"])
    spotler.backstage(f"remove_{kind}_filter", id=one["id"])
    spotler.done("DELETE", "/audience/ours")
    assert two["until"] == "2026-01-06T00:00:00Z"


def test_what_happened_before_does_not_hold_the_next_of_its_id(spotler: Spotler) -> None:
    spotler.create("ours")
    spotler.backstage("schedule_mailing", audience="ours", at="2026-01-05T09:00:01Z")
    spotler.world.clock.advance(seconds=1)
    spotler.done("DELETE", "/audience/ours")
    spotler.create("ours")
    spotler.done("DELETE", "/audience/ours")


def test_audiences_are_for_automation_and_ecommerce(spotler: Spotler) -> None:
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
        assert spotler.refused(403, method, path, body) == GATE
    assert spotler.refused(403, "GET", "/audience/ours/") == GATE
    assert spotler.refused(403, "POST", "/audience", data="{", headers={"Content-Type": "x/y"}) == GATE
    spotler.session.auth = None
    assert spotler.refused(401, "GET", "/audience/ours")["errorType"] == "AUTH_NOT_FOUND"
    spotler = Spotler(spotler.world)
    spotler.contact("p1")
    for product in ("AUTOMATION", "ECOMMERCE"):
        assert spotler.backstage("set_product", product=product) == {"product": product}
        assert spotler.audience("ours")["externalId"] == "ours"


def test_the_gate_holds_below_the_old_path_too(spotler: Spotler) -> None:
    spotler.backstage("set_product", product="PROFESSIONAL")
    assert Spotler(spotler.world, OLD_BASE).refused(403, "GET", "/audience/ours") == GATE


@pytest.mark.mockserver(strict=False, now="2026-01-05T09:00:00Z")
@pytest.mark.parametrize("path", ["/audience", "/audience/ours/contact"])
def test_nothing_lists_audiences_or_members(spotler: Spotler, path: str) -> None:
    assert spotler.refused(405, "GET", path)["message"]


@pytest.mark.mockserver(strict=False, now="2026-01-05T09:00:00Z")
def test_there_is_no_patch(spotler: Spotler) -> None:
    assert spotler.send("PATCH", "/audience/ours", TEXT).status_code == 405


def test_anonymising_a_contact_shrinks_its_audiences(spotler: Spotler) -> None:
    spotler.create("ours")
    spotler.add("ours", spotler.contact("p1"), spotler.contact("p2"))
    spotler.done("PUT", "/contact/anonymize/p1")
    assert spotler.members("ours") == ["p2"]
    spotler.done("PUT", "/contact/inactivate/p2")
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
        spotler.refused(status, method, path, body)
        assert (spotler.audience("ours"), spotler.members("ours")) == (before, ["p1"])


def test_a_slash_at_the_end_changes_nothing(spotler: Spotler) -> None:
    assert spotler.send("POST", "/audience/", TEXT).status_code == 200
    assert spotler.get("/audience/ours/")["name"] == "Ours"
    spotler.contact("p1")
    spotler.done("POST", "/audience/ours/contact/", {"contacts": ["p1"]})
    assert spotler.members("ours") == ["p1"]


def test_ids_may_hold_any_character(spotler: Spotler) -> None:
    for id, path in (
        ("two words & more", "two%20words%20%26%20more"),
        ("åäö+100%", "%C3%A5%C3%A4%C3%B6+100%25"),
    ):
        spotler.create(id)
        assert spotler.audience(path)["externalId"] == id


def test_audiences_are_spoken_in_xml(spotler: Spotler) -> None:
    body = "<createAudienceRequest><externalId>ours</externalId><name>R&amp;D</name></createAudienceRequest>"
    reply = spotler.raw("POST", "/audience", body, "application/xml", **XML)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "application/xml")
    root = ET.fromstring(reply.content)  # noqa: S314 - our own server's
    assert root.tag == "audience"
    assert (root.findtext("externalId"), root.findtext("name")) == ("ours", "R&D")
    assert root.findtext("lastSyncDate") is None
    assert spotler.audience("ours")["name"] == "R&D"
    change = "<audience><externalId>ours</externalId><name>New</name><description>d</description></audience>"
    assert spotler.raw("PUT", "/audience/ours", change, "text/xml; charset=utf-8").status_code in (200, 415)
    assert spotler.raw("PUT", "/audience/ours", change, "application/xml").json()["description"] == "d"
    read = spotler.send("GET", "/audience/ours", headers=XML)
    assert ET.fromstring(read.content).findtext("description") == "d"  # noqa: S314


def test_members_come_and_go_in_xml(spotler: Spotler) -> None:
    spotler.create("ours")
    spotler.contact("p1")
    spotler.contact("p2")
    form = "<changeContactsAudienceRequest>{}</changeContactsAudienceRequest>"
    one = form.format("<contacts>p1</contacts>")
    two = form.format("<contacts>p1</contacts><contacts>p2</contacts>")
    assert spotler.raw("POST", "/audience/ours/contact", two, "application/xml").status_code == 204
    assert spotler.members("ours") == ["p1", "p2"]
    assert spotler.raw("DELETE", "/audience/ours/contact", one, "application/xml").status_code == 204
    assert spotler.members("ours") == ["p2"]
    nope = one.replace("p1", "nope")
    reply = spotler.raw("POST", "/audience/ours/contact", nope, "application/xml", **XML)
    assert reply.status_code == 404
    root = ET.fromstring(reply.content)  # noqa: S314
    assert root.findtext("errorType") == "CONTACT_NOT_FOUND"
    assert [one.text for one in root.iter("externalContactIds")] == ["nope"]


def test_the_rules_hold_in_xml_too(spotler: Spotler) -> None:
    def make(id: str, name: str) -> tuple[int, str]:
        body = f"<a><externalId>{id}</externalId><name>{name}</name></a>"
        reply = spotler.raw("POST", "/audience", body, "application/xml", **XML)
        root = ET.fromstring(reply.content)  # noqa: S314
        assert reply.headers["Content-Type"] == "application/xml"
        return reply.status_code, root.findtext("message") or ""

    assert make("", "Ours") == (417, "Audience name id not be empty or more than 255 characters")
    assert make("ours", "x" * 256) == (417, "Audience name can not be empty or more than 255 characters")
    assert make("ours", "Ours") == (200, "")
    assert make("ours", "New") == (417, "Audience id must be unique")
    malformed = spotler.raw("POST", "/audience", "<a><b></a>", "application/xml")
    assert (malformed.status_code, malformed.json()["errorType"]) == (400, "INVALID_PARAMS")
    bomb = '<!DOCTYPE a [<!ENTITY x "x">]><a><externalId>&x;</externalId><name>n</name></a>'
    assert spotler.raw("POST", "/audience", bomb, "application/xml").status_code == 400


def test_xml_of_no_or_another_id_changes_nothing(spotler: Spotler) -> None:
    spotler.create("ours", "Ours")

    def change(*elements: str) -> tuple[int, str]:
        body = f"<audience>{''.join(elements)}</audience>"
        reply = spotler.raw("PUT", "/audience/ours", body, "application/xml")
        return reply.status_code, reply.json()["message"]

    name = "<name>New</name>"
    assert change(name) == (400, "'externalId' is a required property")
    for id in ("<externalId/>", f"<externalId>{'x' * 256}</externalId>", "<externalId>theirs</externalId>"):
        assert change(id, name) == (400, "Path id doesn't match audience id")
    too_long = (417, "Audience name can not be empty or more than 255 characters")
    assert change("<externalId>ours</externalId>") == change("<name> </name>") == too_long
    assert spotler.audience("ours")["name"] == "Ours"


def test_other_forms_are_refused(spotler: Spotler) -> None:
    spotler.create("ours")
    spotler.contact("p1")
    assert spotler.refused(406, "GET", "/audience/ours", headers={"Accept": "text/csv"})["message"]
    assert spotler.send("GET", "/contact/p1", headers=XML).status_code == 406
    for accept in (
        "*/*",
        "application/*",
        "text/html, application/json;q=0.5",
        "application/json;q=0.9, application/xml;q=0.1",
    ):
        reply = spotler.send("GET", "/audience/ours", headers={"Accept": accept})
        assert (reply.status_code, reply.headers["Content-Type"]) == (200, "application/json")
    assert spotler.raw("POST", "/audience", "name", "text/plain").status_code == 415
    assert spotler.raw("POST", "/contact", "<contact/>", "application/xml").status_code == 415
    assert spotler.raw("DELETE", "/audience/ours/contact", "p1", "text/plain").status_code == 415
