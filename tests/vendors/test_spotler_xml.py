"""Spotler: XML bodies and content negotiation."""

import xml.etree.ElementTree as ET

import pytest

from mockserver.call import Call
from mockserver.client import World
from mockserver.vendors.spotler import content_negotiation, xml_body
from tests.vendors.spotler import Spotler

XML = {"Accept": "application/xml"}


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    return Spotler(mockserver)


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", content_negotiation.JSON),
        ("*/*", content_negotiation.JSON),
        ("application/*", content_negotiation.JSON),
        ("application/xml", content_negotiation.XML),
        ("application/xml, application/json", content_negotiation.JSON),
        ("application/xml, application/json;q=0.9", content_negotiation.XML),
        ("text/html, application/xml;q=0.9, */*;q=0.8", content_negotiation.XML),
        ("application/json;q=0, */*", content_negotiation.XML),
        ("application/xml;q=much, application/json;q=0.5", content_negotiation.XML),
    ],
)
def test_the_preferred_media_type_is_chosen(accept: str, media_type: str) -> None:
    assert content_negotiation.choose_media_type(Call("GET", "/", headers={"accept": accept})) == media_type


def test_audiences_are_read_and_written_in_xml(spotler: Spotler) -> None:
    body = "<createAudienceRequest><externalId>ours</externalId><name>R&amp;D</name></createAudienceRequest>"
    reply = spotler.send_raw("POST", "/audience", body, "application/xml", **XML)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "application/xml")
    root = ET.fromstring(reply.content)  # noqa: S314 - sent by this server
    assert root.tag == "audience"
    assert (root.findtext("externalId"), root.findtext("name")) == ("ours", "R&D")
    assert root.findtext("lastSyncDate") is None
    assert spotler.audience("ours")["name"] == "R&D"
    change = "<audience><externalId>ours</externalId><name>New</name><description>d</description></audience>"
    as_text = spotler.send_raw("PUT", "/audience/ours", change, "text/xml; charset=utf-8")
    assert as_text.status_code in (200, 415)
    assert spotler.send_raw("PUT", "/audience/ours", change, "application/xml").json()["description"] == "d"
    read = spotler.send("GET", "/audience/ours", headers=XML)
    assert ET.fromstring(read.content).findtext("description") == "d"  # noqa: S314


def test_members_are_added_and_removed_in_xml(spotler: Spotler) -> None:
    spotler.create("ours")
    spotler.contact("p1")
    spotler.contact("p2")
    form = "<changeContactsAudienceRequest>{}</changeContactsAudienceRequest>"
    one = form.format("<contacts>p1</contacts>")
    two = form.format("<contacts>p1</contacts><contacts>p2</contacts>")
    assert spotler.send_raw("POST", "/audience/ours/contact", two, "application/xml").status_code == 204
    assert spotler.members("ours") == ["p1", "p2"]
    assert spotler.send_raw("DELETE", "/audience/ours/contact", one, "application/xml").status_code == 204
    assert spotler.members("ours") == ["p2"]
    nope = one.replace("p1", "nope")
    reply = spotler.send_raw("POST", "/audience/ours/contact", nope, "application/xml", **XML)
    assert reply.status_code == 404
    root = ET.fromstring(reply.content)  # noqa: S314
    assert root.findtext("errorType") == "CONTACT_NOT_FOUND"
    assert [one.text for one in root.iter("externalContactIds")] == ["nope"]


def test_xml_is_validated_like_json(spotler: Spotler) -> None:
    def make(id: str, name: str) -> tuple[int, str]:
        body = f"<a><externalId>{id}</externalId><name>{name}</name></a>"
        reply = spotler.send_raw("POST", "/audience", body, "application/xml", **XML)
        root = ET.fromstring(reply.content)  # noqa: S314
        assert reply.headers["Content-Type"] == "application/xml"
        return reply.status_code, root.findtext("message") or ""

    assert make("", "Ours") == (417, "Audience name id not be empty or more than 255 characters")
    assert make("ours", "x" * 256) == (417, "Audience name can not be empty or more than 255 characters")
    assert make("ours", "Ours") == (200, "")
    assert make("ours", "New") == (417, "Audience id must be unique")
    malformed = spotler.send_raw("POST", "/audience", "<a><b></a>", "application/xml")
    assert (malformed.status_code, malformed.json()["errorType"]) == (400, "INVALID_PARAMS")
    bomb = '<!DOCTYPE a [<!ENTITY x "x">]><a><externalId>&x;</externalId><name>n</name></a>'
    assert spotler.send_raw("POST", "/audience", bomb, "application/xml").status_code == 400


def test_xml_without_the_id_of_the_path_changes_nothing(spotler: Spotler) -> None:
    spotler.create("ours", "Ours")

    def change(*elements: str) -> tuple[int, str]:
        body = f"<audience>{''.join(elements)}</audience>"
        reply = spotler.send_raw("PUT", "/audience/ours", body, "application/xml")
        return reply.status_code, reply.json()["message"]

    name = "<name>New</name>"
    assert change(name) == (400, "'externalId' is a required property")
    for id in ("<externalId/>", f"<externalId>{'x' * 256}</externalId>", "<externalId>theirs</externalId>"):
        assert change(id, name) == (400, "Path id doesn't match audience id")
    too_long = (417, "Audience name can not be empty or more than 255 characters")
    assert change("<externalId>ours</externalId>") == change("<name> </name>") == too_long
    assert spotler.audience("ours")["name"] == "Ours"


def test_other_media_types_are_rejected(spotler: Spotler) -> None:
    spotler.create("ours")
    spotler.contact("p1")
    assert spotler.fail(406, "GET", "/audience/ours", headers={"Accept": "text/csv"})["message"]
    assert spotler.send("GET", "/contact/p1", headers=XML).status_code == 406
    for accept in (
        "*/*",
        "application/*",
        "text/html, application/json;q=0.5",
        "application/json;q=0.9, application/xml;q=0.1",
    ):
        reply = spotler.send("GET", "/audience/ours", headers={"Accept": accept})
        assert (reply.status_code, reply.headers["Content-Type"]) == (200, "application/json")
    assert spotler.send_raw("POST", "/audience", "name", "text/plain").status_code == 415
    assert spotler.send_raw("POST", "/contact", "<contact/>", "application/xml").status_code == 415
    assert spotler.send_raw("DELETE", "/audience/ours/contact", "p1", "text/plain").status_code == 415


def test_xml_without_contacts_changes_nothing(spotler: Spotler) -> None:
    spotler.create("a")
    path = "/audience/a/contact"
    two = "<r><contacts>c-1</contacts><contacts>c-2</contacts></r>"
    assert spotler.send_raw("POST", path, two, "application/xml").status_code == 204
    for method in ("POST", "DELETE"):
        for text in ("<r/>", "<r><contact>c-1</contact></r>", "<r>", "null", "{}"):
            assert spotler.send_raw(method, path, text, "application/xml").status_code == 400
    assert spotler.members("a") == ["c-1", "c-2"]


def test_xml_with_entities_is_rejected(spotler: Spotler) -> None:
    text = '<!DOCTYPE a [<!ENTITY e "x">]><a><externalId>x</externalId><name>&e;</name></a>'
    reply = spotler.send_raw("POST", "/audience", text, "application/xml")
    assert reply.status_code == 400
    assert reply.json()["message"] == "The body must not contain a document type"


def test_control_characters_are_replaced_in_xml() -> None:
    text = xml_body.render("audience", {"name": "a\u0000<b>&\r", "description": None})
    assert text.endswith("<audience><name>a\ufffd&lt;b&gt;&amp;&#13;</name></audience>")
