"""Spotler: rare inputs, such as XML, unusual dates and encodings."""

import re
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from mockserver.call import Call
from mockserver.client import World
from mockserver.errors import InvalidScenarioError
from mockserver.state.people import people
from mockserver.state.world import World as StateWorld
from mockserver.storage.memory import MemoryStore
from mockserver.vendors.spotler import oauth_signature, population
from mockserver.vendors.spotler.oauth_signature import base_strings
from tests.signing import signature
from tests.vendors.spotler import Spotler

PARAMETERS = {
    "oauth_consumer_key": "key123",
    "oauth_nonce": "abc123",
    "oauth_signature_method": "HMAC-SHA1",
    "oauth_timestamp": "1700000000",
}


@pytest.fixture
def spotler(mockserver: World) -> Spotler:
    return Spotler(mockserver)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "2026-01-01T25:00:00", "0001-01-01T00:00:00+23:59", "yesterday"]
)
def test_invalid_dates_of_a_period(spotler: Spotler, text: str) -> None:
    params = {"fromDate": text, "toDate": "2026-01-01", "pageSize": 1}
    reply = spotler.fail(400, "GET", "/contact/updates/list", params=params)
    assert reply["message"] == "Invalid fromDate or no fromDate given"


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
def test_a_path_may_be_signed_in_any_encoding(sent: str) -> None:
    received = Call("GET", f"/contact/{unquote(sent)}", origin="http://localhost:4700/spotler")
    expected = signature("GET", f"http://localhost:4700/spotler/contact/{sent}", "secret456", PARAMETERS)
    assert expected in [
        oauth_signature.sign(base, "secret456") for base in base_strings(received, PARAMETERS)
    ]


def test_a_scenario_with_two_audiences_of_one_name_is_invalid() -> None:
    store = MemoryStore()
    world = StateWorld("w", 1, "spotler", store.space("w"), datetime(2026, 1, 1, tzinfo=UTC))
    section = {"audiences": [{"externalId": "a", "name": "A"}, {"externalId": "b", "name": "A"}]}
    with store.transaction(), pytest.raises(InvalidScenarioError, match=re.escape("the audience 'b'")):
        population.populate(world, people(1, 3, ["nl_NL"]), section)


@pytest.mark.mockserver(now="2026-01-01T00:00:00Z")
def test_a_new_world_has_a_contact_per_person(spotler: Spotler) -> None:
    listed = spotler.get("/contact/updates/list", fromDate="1970-01-01", toDate="2026-01-01", pageSize=1000)
    assert {one["externalId"] for one in listed["contacts"]} == {f"c-{number}" for number in range(1, 201)}
    assert all(one["created"] <= one["lastChanged"] for one in listed["contacts"])
    loyal = spotler.audience("loyal-customers")
    assert loyal["lastContactAddedAt"] == loyal["lastSyncDate"] == 1767225600000
    assert 0 < len(spotler.members("loyal-customers")) < 200
