"""Spotler: what few callers do, answered as well as what all of them do."""

import re
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from mockserver.call import Call
from mockserver.client import World
from mockserver.errors import InvalidScenarioError
from mockserver.state.people import people
from mockserver.state.world import World as OwnWorld
from mockserver.storage.sqlite import SQLite
from mockserver.storage.store import Store
from mockserver.vendors.spotler import content_negotiation, oauth_signature, population, xml_body
from mockserver.vendors.spotler.oauth_signature import base_strings
from tests.signing import signature
from tests.vendors.spotler import Spotler

CLAIMED = {
    "oauth_consumer_key": "key123",
    "oauth_nonce": "abc123",
    "oauth_signature_method": "HMAC-SHA1",
    "oauth_timestamp": "1700000000",
}


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
def test_the_form_that_a_caller_likes_best(accept: str, media_type: str) -> None:
    assert content_negotiation.choose(Call("GET", "/", headers={"accept": accept})) == media_type


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-01-01T25:00:00", "0001-01-01T00:00:00+23:59", "yesterday"]
)
def test_days_that_are_none(spotler: Spotler, text: str) -> None:
    params = {"fromDate": text, "toDate": "2026-01-01", "pageSize": 1}
    reply = spotler.refused(400, "GET", "/contact/updates/list", params=params)
    assert reply["message"] == "Invalid fromDate or no fromDate given"


def test_xml_names_contacts_or_nothing_happens(spotler: Spotler) -> None:
    spotler.create("a")
    path = "/audience/a/contact"
    two = "<r><contacts>c-1</contacts><contacts>c-2</contacts></r>"
    assert spotler.raw("POST", path, two, "application/xml").status_code == 204
    for method in ("POST", "DELETE"):
        for text in ("<r/>", "<r><contact>c-1</contact></r>", "<r>", "null", "{}"):
            assert spotler.raw(method, path, text, "application/xml").status_code == 400
    assert spotler.members("a") == ["c-1", "c-2"]


def test_xml_that_unfolds_without_end_is_refused(spotler: Spotler) -> None:
    text = '<!DOCTYPE a [<!ENTITY e "x">]><a><externalId>x</externalId><name>&e;</name></a>'
    reply = spotler.raw("POST", "/audience", text, "application/xml")
    assert reply.status_code == 400
    assert reply.json()["message"] == "The body has a document type, which is refused"


def test_xml_has_no_place_for_control_characters() -> None:
    text = xml_body.written("audience", {"name": "a\u0000<b>&\r", "description": None})
    assert text.endswith("<audience><name>a\ufffd&lt;b&gt;&amp;&#13;</name></audience>")


@pytest.mark.parametrize(
    "sent",
    [
        "a%40b:c,d;e",
        "a@b",
        "a%40b",
        "%28x%29'y'",
        "x%2By%20z",
        "a:b;c=d,e+f@g!h",
        "a%25b~%C3%A9",
        "a%25b~%c3%a9",
        "x%2by",
    ],
)
def test_a_path_is_signed_as_its_client_spells_it(sent: str) -> None:
    called = Call("GET", f"/contact/{unquote(sent)}", origin="http://localhost:4700/spotler")
    wanted = signature("GET", f"http://localhost:4700/spotler/contact/{sent}", "secret456", CLAIMED)
    assert wanted in [oauth_signature.signed(base, "secret456") for base in base_strings(called, CLAIMED)]


def test_two_audiences_of_one_name_are_no_start_of_a_world() -> None:
    store = Store(SQLite())
    world = OwnWorld("w", 1, "spotler", store.space("w"), datetime(2026, 1, 1, tzinfo=UTC))
    section = {"audiences": [{"externalId": "a", "name": "A"}, {"externalId": "b", "name": "A"}]}
    with store.transaction(), pytest.raises(InvalidScenarioError, match=re.escape("the audience 'b'")):
        population.populate(world, people(1, 3, ["nl_NL"]), section)


@pytest.mark.mockserver(now="2026-01-01T00:00:00Z")
def test_everybody_is_there_from_the_start(spotler: Spotler) -> None:
    listed = spotler.get("/contact/updates/list", fromDate="1970-01-01", toDate="2026-01-01", pageSize=1000)
    assert {one["externalId"] for one in listed["contacts"]} == {f"c-{number}" for number in range(1, 201)}
    assert all(one["created"] <= one["lastChanged"] for one in listed["contacts"])
    loyal = spotler.audience("loyal-customers")
    assert loyal["lastContactAddedAt"] == loyal["lastSyncDate"] == 1767225600000
    assert 0 < len(spotler.members("loyal-customers")) < 200
