"""One person of the shared population, met in all five vendors, and put into an audience in each.

What an integration that moves people between platforms relies on: the same e-mail, phone and name everywhere.
"""

from typing import Any

import pytest
import requests

from mockserver.client import World
from tests.vendors.digitalaudience import DigitalAudience
from tests.vendors.spotler import Spotler

pytestmark = pytest.mark.mockserver(seed=7, now="2026-01-01T12:00:00Z")
AUDIENCE = "Met everywhere"


def call(world: World, vendor: str, method: str, path: str, body: object = None, **params: str) -> Any:
    """The body of a call that must succeed, at a vendor whose credential is a fixed header."""
    headers = {**world.headers(vendor), "Content-Type": "application/json"}
    reply = requests.request(
        method, world.url(vendor) + path, json=body, params=params, headers=headers, timeout=30
    )
    assert reply.ok, reply.text
    return reply.json()


def everybody(world: World) -> list[dict[str, Any]]:
    """Who lives in the world, as one of the vendors lists them."""
    page = call(world, "fanfare", "GET", "/api/v1/consumers", first="100")
    return [consumer for consumer in page["data"] if consumer["email"] and consumer["phone"]]


def in_fanfare(world: World, email: str) -> dict[str, Any]:
    (consumer,) = call(world, "fanfare", "GET", "/api/v1/consumers", search=email)["data"]
    return {"email": consumer["email"], "phone": consumer["phone"], "name": consumer["fullName"]}


def in_voyado(world: World, email: str) -> dict[str, Any]:
    contact = call(world, "voyado", "GET", "/api/v3/contacts/id", email=email)
    attributes = call(world, "voyado", "GET", f"/api/v3/contacts/{contact}")["attributes"]
    name = f"{attributes['firstName']} {attributes['lastName']}"
    return {"email": attributes["email"], "phone": attributes["mobilePhone"], "name": name}


def in_ortto(world: World, email: str) -> dict[str, Any]:
    body = {
        "fields": ["str::email", "str::first", "str::last", "phn::phone"],
        "filter": {"$str::is": {"field_id": "str::email", "value": email}},
    }
    (person,) = call(world, "ortto", "POST", "/v1/person/get", body)["contacts"]
    fields, phone = person["fields"], person["fields"]["phn::phone"]
    name = f"{fields['str::first']} {fields['str::last']}"
    return {"email": fields["str::email"], "phone": f"+{phone['c']}{phone['n']}", "name": name}


def in_spotler(world: World, email: str) -> dict[str, Any]:
    found = Spotler(world).get("/contact/search", MPSearchQuery=f"email={email}", pageSize=10)
    (contact,) = found["contacts"]
    said = contact["properties"]
    return {
        "email": said["email"],
        "phone": said["mobileNumber"],
        "name": f"{said['firstName']} {said['lastName']}",
    }


@pytest.mark.parametrize("number", [0, 17, 40])
def test_the_same_person_everywhere(mockserver: World, number: int) -> None:
    email = everybody(mockserver)[number]["email"]
    shown = {
        place.__name__: place(mockserver, email) for place in (in_fanfare, in_voyado, in_ortto, in_spotler)
    }
    assert len({tuple(person.values()) for person in shown.values()}) == 1, shown


def test_a_person_joins_an_audience_at_every_vendor(mockserver: World) -> None:
    email, other = (consumer["email"] for consumer in everybody(mockserver)[:2])
    memberships = {
        "fanfare": fanfare_members(mockserver, email),
        "voyado": voyado_members(mockserver, email),
        "ortto": ortto_members(mockserver, email),
        "spotler": spotler_members(mockserver, email),
        "digitalaudience": digitalaudience_members(mockserver, email, other),
    }
    assert memberships == {vendor: {email} for vendor in memberships}


def fanfare_members(world: World, email: str) -> set[str]:
    """A static list, which takes its members by id."""
    (consumer,) = call(world, "fanfare", "GET", "/api/v1/consumers", search=email)["data"]
    made = call(world, "fanfare", "POST", "/api/v1/audiences", {"name": AUDIENCE, "type": "STATIC"})
    path = f"/api/v1/audiences/{made['id']}/members"
    call(world, "fanfare", "POST", path, {"consumerIds": [consumer["id"]]})
    return {member["email"] for member in call(world, "fanfare", "GET", path)["data"]}


def voyado_members(world: World, email: str) -> set[str]:
    """A filter made in its UI; who fits it is in at the next night."""
    rule = {"all": [{"attribute": "email", "is": email}]}
    world.backstage("voyado", "create_target_audience", name=AUDIENCE, filter=rule)
    world.clock.advance(days=1)
    contact = call(world, "voyado", "GET", "/api/v3/contacts/id", email=email)
    overview = call(world, "voyado", "GET", "/api/v3/contactoverview", contactId=contact)
    names = [audience["name"] for audience in overview["audiences"]]
    return {overview["attributes"]["email"]} if AUDIENCE in names else set()


def ortto_members(world: World, email: str) -> set[str]:
    """A filter made in its UI; membership is live once it is built."""
    leaf = {"$str::is": {"field_id": "str::email", "value": email}}
    made = world.backstage("ortto", "create_audience", name=AUDIENCE, filter={"$and": [{"$and": [leaf]}]})
    world.clock.advance(minutes=5)
    body = {"audience_id": made["id"], "fields": ["str::email"]}
    found = call(world, "ortto", "POST", "/v1/person/get", body)["contacts"]
    return {person["fields"]["str::email"] for person in found}


def spotler_members(world: World, email: str) -> set[str]:
    """External ids over the API; only its UI shows who is in."""
    spotler = Spotler(world)
    (contact,) = spotler.get("/contact/search", MPSearchQuery=f"email={email}", pageSize=10)["contacts"]
    spotler.create("met-everywhere", AUDIENCE)
    spotler.succeed("POST", "/audience/met-everywhere/contact", {"contacts": [contact["externalId"]]})
    members = world.backstage("spotler", "list_members", audience="met-everywhere")["members"]
    return {spotler.get(f"/contact/{member}")["properties"]["email"] for member in members}


def digitalaudience_members(world: World, email: str, other: str) -> set[str]:
    """A file that is dropped, and worked on later."""
    made = DigitalAudience(world).create(AUDIENCE)
    path = f"onboard/audience={made['id']}/opt-in/20260101_120000.csv"
    world.backstage("digitalaudience", "drop_file", path=path, content=f"email\n{email}\n")
    world.clock.advance(hours=3)
    asked = {
        one: world.backstage("digitalaudience", "find_member", audienceId=made["id"], type="EMAIL", value=one)
        for one in (email, other)
    }
    return {one for one, answer in asked.items() if answer["member"]}
