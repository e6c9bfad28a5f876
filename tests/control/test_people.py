"""People found in every vendor at once, and the members of audiences."""

from typing import Any

import pytest

from mockserver.client import World
from tests.control.api import Api, refusal

KEEPERS = {"fanfare", "ortto", "spotler", "voyado"}
HOSTILE = '<img src=x onerror="alert(1)">'


@pytest.fixture
def path(mockserver: World) -> str:
    return f"/worlds/{mockserver.name}"


def someone(api: Api, path: str) -> dict[str, Any]:
    """A person that DigitalAudience has, too."""
    for record in api("GET", f"{path}/collections/ortto/people?limit=50").json()["records"]:
        email = record["record"]["fields"]["str::email"]
        (found,) = api("GET", f"{path}/people", params={"q": email}).json()["people"]
        if found["records"][0]["vendor"] == "digitalaudience":
            return dict(found)
    raise AssertionError("DigitalAudience has nobody")


def test_a_person_is_found_in_every_vendor(api: Api, path: str) -> None:
    found = someone(api, path)
    assert {one["vendor"] for one in found["records"]} == KEEPERS | {"digitalaudience"}
    hashed, *kept = found["records"]
    assert (hashed["collection"], hashed["id"]) == (None, None)
    assert hashed["audiences"] != []
    for one in kept:
        assert (one["name"], one["email"]) == (found["name"], found["email"])
        record = api("GET", f"{path}/collections/{one['vendor']}/{one['collection']}/{one['id']}").json()
        assert found["email"] in str(record["record"])
        by_id = api("GET", f"{path}/people", params={"q": one["id"]}).json()["people"]
        assert by_id == [found]
    assert kept != []
    words = api("GET", f"{path}/people", params={"q": f" {found['name'].upper()}  "}).json()["people"]
    assert found in words


def test_the_audiences_of_a_person_have_the_person_as_a_member(api: Api, path: str) -> None:
    found = someone(api, path)
    checked = set()
    for one in found["records"][1:]:
        for audience in one["audiences"]:
            members = f"{path}/audiences/{one['vendor']}/{audience['id']}/members"
            listed = api("GET", members, params={"search": found["email"]}).json()["members"]
            assert [member["id"] for member in listed] == [one["id"]]
            checked.add(one["vendor"])
    assert {"ortto", "voyado"} <= checked <= KEEPERS


@pytest.mark.parametrize("vendor", sorted(KEEPERS))
def test_members_are_paged_and_counted(api: Api, path: str, vendor: str) -> None:
    collections = api("GET", f"{path}/collections?vendor={vendor}").json()["collections"]
    (collection,) = (one["name"] for one in collections if one["holds"] == "audiences")
    assert sum(one["holds"] == "people" for one in collections) == 1
    audiences = api("GET", f"{path}/audiences?vendor={vendor}").json()["audiences"]
    assert {one["collection"] for one in audiences} == {collection}
    views = [api("GET", f"{path}/audiences/{vendor}/{one['id']}").json() for one in audiences]
    assert [(one["id"], one["size"]) for one in views] == [(one["id"], one["size"]) for one in audiences]
    assert [one["size"] for one in views] == [one["counted"] for one in views]
    largest = max(views, key=lambda view: view["counted"])
    assert sum(largest["countries"].values()) == largest["counted"] > 3
    assert all(count <= largest["counted"] for count in largest["consents"].values())
    url, seen, after = f"{path}/audiences/{vendor}/{largest['id']}/members", [], None
    while True:
        page = api("GET", url, params={"limit": largest["counted"] // 3 + 1, "after": after}).json()
        seen += [one["id"] for one in page["members"]]
        after = page["next"]
        if after is None:
            break
    assert len({*seen}) == len(seen) == largest["counted"]


def test_hashes_are_counted(api: Api, path: str) -> None:
    every = api("GET", f"{path}/audiences").json()["audiences"]
    assert {one["vendor"] for one in every} == KEEPERS | {"digitalaudience"}
    assert any(one["size"] for one in every if one["vendor"] == "digitalaudience")
    assert refusal(api("GET", f"{path}/audiences?vendor=none")) == (404, "unknown_vendor")


def test_a_name_is_text(api: Api, path: str, mockserver: World) -> None:
    body = {"fullName": HOSTILE, "email": "hostile@shop.example"}
    url = f"{mockserver.url('fanfare')}/api/v1/consumers"
    api.session.post(url, json=body, headers=mockserver.headers("fanfare"), timeout=20)
    (found,) = api("GET", f"{path}/people", params={"q": 'onerror="alert'}).json()["people"]
    assert found["name"] == HOSTILE


def test_what_is_unknown_is_named(api: Api, path: str) -> None:
    assert api("GET", f"{path}/people?q=nobody.of.this.name").json() == {"people": [], "more": False}
    assert refusal(api("GET", f"{path}/people")) == (400, "call_does_not_fit")
    assert refusal(api("GET", f"{path}/audiences/ortto/none")) == (404, "unknown_audience")
    assert refusal(api("GET", f"{path}/audiences/ortto/none/members")) == (404, "unknown_audience")
    assert refusal(api("GET", f"{path}/audiences/none/none")) == (404, "unknown_vendor")
    assert refusal(api("GET", "/worlds/none/people?q=a")) == (404, "unknown_world")


def test_the_first_people_are_those_of_most_vendors(api: Api, path: str) -> None:
    found = api("GET", f"{path}/people", params={"q": "@", "limit": 3}).json()
    assert found["more"]
    assert len(found["people"]) == 3
    for person in found["people"]:
        assert {one["vendor"] for one in person["records"]} >= KEEPERS
