"""Values of enumerations that no other test of a vendor reaches."""

from typing import Any

import pytest

from mockserver.client import World
from tests.vendors.ortto import Ortto
from tests.vendors.spotler import Spotler
from tests.vendors.voyado import Engage


@pytest.mark.parametrize("unapproved", ["false", "true"])
@pytest.mark.parametrize(("path", "part"), [("/api/v2/contacts", "headers"), ("/api/v3/contacts", "params")])
def test_voyado_contacts_are_created_approved_or_not(
    mockserver: World, path: str, part: str, unapproved: str
) -> None:
    engage = Engage(mockserver)
    body = {"email": "approved@arena.example", "firstName": "Eva"}
    given: dict[str, Any] = {part: {"createAsUnapproved": unapproved}}
    reply = engage.session.post(engage.url + path, json=body, timeout=10, **given)
    assert reply.status_code == 201, reply.text
    id = reply.json() if isinstance(reply.json(), str) else reply.json()["id"]
    assert engage.overview(id)["meta"]["approved"] is (unapproved == "false")


def test_voyado_genders_are_kept_and_emptied(mockserver: World) -> None:
    engage = Engage(mockserver)
    id = engage.create("gender@arena.example")
    for gender in ("Male", "Other", "Female"):
        assert engage.patch(id, gender=gender)["attributes"]["gender"] == gender
    for empty in ("", None):
        engage.patch(id, gender="Male")
        assert engage.patch(id, gender=empty)["attributes"]["gender"] in ("", None)


def test_voyado_null_empties_a_phone_number(mockserver: World) -> None:
    engage = Engage(mockserver)
    id = engage.create("phone@arena.example", mobilePhone="+46702291216")
    assert engage.patch(id, mobilePhone=None)["attributes"]["mobilePhone"] in ("", None)


def test_ortto_the_first_field_that_finds_a_person_is_the_default(mockserver: World) -> None:
    ortto = Ortto(mockserver)
    id = ortto.create("first@arena.example")
    (merged,) = ortto.merge({"str::email": "first@arena.example", "str::first": "Eva"}, find_strategy=0)
    assert (merged["status"], merged["person_id"]) == ("merged", id)


def test_ortto_distances_are_in_kilometres_or_miles(mockserver: World) -> None:
    ortto = Ortto(mockserver)

    def within(**unit: str) -> int:
        leaf = {"value": {"lat": 59.33, "lng": 18.07}, "distance": 70, **unit}
        return ortto.matches(filter={"$proximity_is_within": leaf})

    assert 0 < within(unit="km") == within() < within(unit="mi")


def test_spotler_null_removes_a_gender(mockserver: World) -> None:
    spotler = Spotler(mockserver)
    spotler.contact("c-gender", email="gender@arena.example", gender="F")
    spotler.succeed("PUT", "/contact/c-gender", {"contact": {"properties": {"gender": None}}, "update": True})
    assert not spotler.get("/contact/c-gender")["properties"].get("gender")
