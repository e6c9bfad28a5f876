"""Spotler: XML in and out on every operation, and the choice between XML and JSON."""

import xml.etree.ElementTree as ET

import pytest
import requests

from mockserver.client import World
from tests.read_vendors import read_vendor
from tests.vendors.spotler import Spotler

XML = {"Accept": "application/xml"}
JSON_ONLY = {"create_contacts", "search_contacts", "list_contact_updates", "list_contact_bounces"}
DOCUMENTATION = {"list_api_docs", "get_api_docs"}
CONTRACT = read_vendor("spotler").contract


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    return Spotler(mockserver)


def parse(reply: requests.Response) -> ET.Element:
    assert reply.headers["Content-Type"] == "application/xml", reply.text
    return ET.fromstring(reply.content)  # noqa: S314 - sent by this server


def entries(root: ET.Element) -> dict[str, ET.Element]:
    return {one.findtext("key", ""): one.find("value") for one in root.iter("entry")}  # type: ignore[misc]


@pytest.mark.parametrize("accept", [None, "*/*", "application/*", "application/xml, application/json;q=0.9"])
def test_xml_is_the_default(spotler: Spotler, accept: str | None) -> None:
    spotler.create("ours")
    root = parse(spotler.send("GET", "/audience/ours", headers={"Accept": accept}))
    assert (root.tag, root.findtext("externalId")) == ("audience", "ours")
    error = spotler.send("GET", "/audience/nope", headers={"Accept": accept})
    assert parse(error).findtext("message") == "Audience not found"


@pytest.mark.parametrize(
    "accept", ["application/json", "text/html, application/json;q=0.5", "application/json, */*"]
)
def test_json_must_be_named(spotler: Spotler, accept: str) -> None:
    spotler.create("ours")
    reply = spotler.send("GET", "/audience/ours", headers={"Accept": accept})
    wanted = "application/xml" if accept.endswith("*/*") else "application/json"
    assert reply.headers["Content-Type"] == wanted


def test_json_is_the_default_by_a_switch(spotler: Spotler) -> None:
    spotler.create("ours")
    spotler.world.configure(switches={"spotler": {"default_media_type": "application/json"}})
    reply = spotler.send("GET", "/audience/ours", headers={"Accept": None})
    assert reply.headers["Content-Type"] == "application/json"


def test_four_lists_are_json_only(spotler: Spotler) -> None:
    dates = {"fromDate": "2020-01-01", "toDate": "2020-01-02", "pageSize": 1}
    for method, path, body, params in (
        ("POST", "/contact/list", {"contacts": []}, {}),
        ("GET", "/contact/search", None, {"MPSearchQuery": "email=x", "pageSize": 1}),
        ("GET", "/contact/updates/list", None, dates),
        ("GET", "/contact/bounces/list", None, dates),
    ):
        for accept in (None, "*/*"):
            reply = spotler.send(method, path, body, params=params, headers={"Accept": accept})
            assert (reply.status_code, reply.headers["Content-Type"]) == (200, "application/json")
        reply = spotler.send(method, path, body, params=params, headers=XML)
        assert (reply.status_code, reply.json()["message"]) == (406, "Not acceptable")


def test_every_other_operation_speaks_xml() -> None:
    speaking = {
        name: one for name, one in CONTRACT.operations.items() if name not in JSON_ONLY | DOCUMENTATION
    }
    assert len(speaking) > 10
    for name, operation in speaking.items():
        for reply in operation.replies.values():
            assert reply.media_type is None or "application/xml" in reply.alternatives, name
        assert operation.body is None or "application/xml" in operation.body.contents, name


def test_no_format_is_acceptable(spotler: Spotler) -> None:
    spotler.contact("p1")
    for method, path in (("GET", "/contact/p1"), ("PUT", "/contact/anonymize/p1"), ("GET", "/templist")):
        reply = spotler.send(method, path, headers={"Accept": "text/csv"})
        assert (reply.status_code, parse(reply).findtext("message")) == (406, "Not acceptable")
    assert spotler.get("/contact/p1")["externalId"] == "p1"


def test_audiences_are_read_and_written_in_xml(spotler: Spotler) -> None:
    body = "<createAudienceRequest><externalId>ours</externalId><name>R&amp;D</name></createAudienceRequest>"
    root = parse(spotler.send_raw("POST", "/audience", body, "application/xml", **XML))
    assert root.tag == "audience"
    assert (root.findtext("externalId"), root.findtext("name")) == ("ours", "R&D")
    assert root.findtext("lastSyncDate") is None
    assert (root.findtext("createDate") or "").endswith("Z")
    assert spotler.audience("ours")["name"] == "R&D"
    change = "<audience><externalId>ours</externalId><name>New</name><description>d</description></audience>"
    assert spotler.send_raw("PUT", "/audience/ours", change, "application/xml").json()["description"] == "d"
    assert parse(spotler.send("GET", "/audience/ours", headers=XML)).findtext("description") == "d"


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
    reply = spotler.send_raw(
        "POST", "/audience/ours/contact", one.replace("p1", "nope"), "application/xml", **XML
    )
    root = parse(reply)
    assert (reply.status_code, root.tag) == (404, "audienceContactErrorResponse")
    assert root.findtext("errorType") == "CONTACT_NOT_FOUND"
    assert [one.text for one in root.iter("externalContactIds")] == ["nope"]
    unknown = parse(spotler.send_raw("POST", "/audience/nope/contact", one, "application/xml", **XML))
    assert unknown.tag == "errorResponse"


def test_contacts_are_read_and_written_in_xml(spotler: Spotler) -> None:
    body = """<contactRequest><update>true</update><contact>
        <externalId>p1</externalId><testGroup>true</testGroup><properties>
          <entry><key>email</key><value>p1@example.com</value></entry>
          <entry><key>loyaltyPoints</key><value>12</value></entry>
          <entry><key>permissions</key><value>
            <item><bit>2</bit><enabled>true</enabled></item><item><bit>1</bit><enabled>false</enabled></item>
          </value></entry>
        </properties></contact></contactRequest>"""
    reply = spotler.send_raw("POST", "/contact", body, "application/xml")
    assert (reply.status_code, reply.content) == (204, b"")
    stored = spotler.get("/contact/p1")
    assert stored["testGroup"] is True
    assert stored["properties"]["loyaltyPoints"] == 12
    assert [one["bit"] for one in stored["properties"]["permissions"] if one["enabled"]] == [2]
    root = parse(spotler.send("GET", "/contact/p1", headers=XML))
    assert (root.tag, root.findtext("testGroup")) == ("contact", "true")
    values = entries(root)
    assert (values["email"].text, values["loyaltyPoints"].text) == ("p1@example.com", "12")
    assert [one.findtext("bit") for one in values["permissions"] if one.findtext("enabled") == "true"] == [
        "2"
    ]
    assert {one.findtext("name") for one in root.iter("channels")} == {"EMAIL", "SMS"}
    change = body.replace("p1@example.com", "new@example.com")
    assert spotler.send_raw("PUT", "/contact/p1", change, "application/xml").status_code == 204
    assert spotler.get("/contact/p1")["properties"]["email"] == "new@example.com"


def test_a_contact_can_be_written_as_it_was_read(spotler: Spotler) -> None:
    spotler.contact("p1", email="p1@example.com", loyaltyPoints=12, permissions=[{"bit": 2, "enabled": True}])
    before = spotler.get("/contact/p1")
    read = spotler.send("GET", "/contact/p1", headers=XML).text.partition("?>")[2]
    for method, path in (("PUT", "/contact/p1"), ("POST", "/contact")):
        body = f"<contactRequest><update>true</update><purge>true</purge>{read}</contactRequest>"
        assert spotler.send_raw(method, path, body, "application/xml").status_code == 204
    after = spotler.get("/contact/p1")
    assert {**after, "lastChanged": 0} == {**before, "lastChanged": 0}


def test_a_null_in_xml_removes_a_property(spotler: Spotler) -> None:
    spotler.contact("p1", city="Utrecht", firstName="Jan")
    body = (
        '<contactRequest xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><contact><properties>'
        '<entry><key>city</key><value xsi:nil="true"/></entry><entry><key>firstName</key></entry>'
        "</properties></contact></contactRequest>"
    )
    assert spotler.send_raw("PUT", "/contact/p1", body, "application/xml").status_code == 204
    assert not {"city", "firstName"} & spotler.get("/contact/p1")["properties"].keys()


def test_lists_have_a_root_in_the_plural(spotler: Spotler) -> None:
    spotler.contact("p1")
    body = "<r><externalTemporaryListId>t</externalTemporaryListId><name>T</name><contacts>p1</contacts></r>"
    assert spotler.send_raw("POST", "/templist", body, "application/xml").status_code == 204
    more = "<r><contacts>p1</contacts></r>"
    assert spotler.send_raw("POST", "/templist/t", more, "application/xml").status_code == 204
    lists = parse(spotler.send("GET", "/templist", headers=XML))
    assert (lists.tag, [one.tag for one in lists]) == ("temporaryLists", ["temporaryList"])
    properties = parse(spotler.send("GET", "/contact/properties/list", headers=XML))
    assert (properties.tag, {one.tag for one in properties}) == ("properties", {"property"})
    permissions = next(one for one in properties if one.findtext("name") == "permissions")
    assert [one.findtext("bit") for one in permissions.iter("entries")] == ["1", "2", "3", "4"]


def test_xml_is_validated_like_json(spotler: Spotler) -> None:
    def make(id: str, name: str) -> tuple[int, str]:
        body = f"<a><externalId>{id}</externalId><name>{name}</name></a>"
        reply = spotler.send_raw("POST", "/audience", body, "application/xml", **XML)
        return reply.status_code, parse(reply).findtext("message") or ""

    assert make("", "Ours") == (417, "Audience name id not be empty or more than 255 characters")
    assert make("ours", "x" * 256) == (417, "Audience name can not be empty or more than 255 characters")
    assert make("ours", "Ours") == (200, "")
    assert make("ours", "New") == (417, "Audience id must be unique")


@pytest.mark.parametrize(
    "text",
    [
        "<a><b></a>",
        "null",
        '<!DOCTYPE a [<!ENTITY x "x">]><a><externalId>&x;</externalId><name>n</name></a>',
        "<a>" * 300 + "</a>" * 300,
    ],
)
def test_malformed_xml_is_rejected(spotler: Spotler, text: str) -> None:
    reply = spotler.send_raw("POST", "/audience", text, "application/xml")
    assert reply.status_code == 400
    message = "The request body is not well-formed XML"
    assert reply.json() == {"errorType": "INVALID_PARAMS", "message": message}


def test_xml_without_the_id_of_the_path_changes_nothing(spotler: Spotler) -> None:
    spotler.create("ours", "Ours")

    def change(*elements: str) -> tuple[int, str]:
        body = f"<audience>{''.join(elements)}</audience>"
        reply = spotler.send_raw("PUT", "/audience/ours", body, "application/xml")
        return reply.status_code, reply.json()["message"]

    name = "<name>New</name>"
    assert change(name) == (400, "externalId may not be null")
    for id in ("<externalId/>", f"<externalId>{'x' * 256}</externalId>", "<externalId>theirs</externalId>"):
        assert change(id, name) == (400, "Path id doesn't match audience id")
    too_long = (417, "Audience name can not be empty or more than 255 characters")
    assert (
        change("<externalId>ours</externalId>")
        == change("<externalId>ours</externalId><name> </name>")
        == too_long
    )
    assert spotler.audience("ours")["name"] == "Ours"


def test_other_media_types_are_rejected(spotler: Spotler) -> None:
    spotler.create("ours")
    assert spotler.send_raw("POST", "/audience", "name", "text/plain").status_code == 415
    assert spotler.send_raw("POST", "/contact/list", "<contacts/>", "application/xml").status_code == 415
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


@pytest.mark.mockserver(strict=False)
def test_a_fault_is_in_the_format_that_the_caller_accepts(spotler: Spotler) -> None:
    for headers, media_type in ((XML, "application/xml"), ({}, "application/json")):
        spotler.world.faults.add("spotler", None, "status", status=503, times=1)
        reply = spotler.send("GET", "/templist", headers=headers)
        assert (reply.status_code, reply.headers["Content-Type"]) == (503, media_type)
