"""Ortto: POST /v1/tags/get and POST /v1/person/custom-field/get."""

import pytest

from mockserver.client import World
from tests.vendors.ortto import Ortto


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


def test_tags_stay_in_the_order_in_which_they_were_given(ortto: Ortto) -> None:
    fields, order = {"str::email": "tagged@test.example"}, ["Zulu", "My team", "Alpha"]
    for tags in (order, ["Mike", "My team"]):
        people = [{"fields": fields, "tags": tags}]
        (done,) = ortto.send("POST", "/v1/person/merge", {"people": people})["people"]
    assert ortto.fields(done["person_id"], "tags", "u4s::t") == {
        "tags": [*order, "Mike"],
        "u4s::t": [4, 1, 5, 6],
    }


def test_tags_are_created_counted_and_removed(ortto: Ortto) -> None:
    team = ortto.send("POST", "/v1/tags/get", {"q": "MY TEAM"})[0]
    assert (team["id"], team["name"], team["count"], team["type"]) == (1, "My team", 3, "")
    before = ortto.counts("My team")
    people = [
        {"fields": {"str::email": "tagged@test.example", "bol::p": False}, "tags": ["My team", "Brand new"]}
    ]
    (done,) = ortto.send("POST", "/v1/person/merge", {"people": people})["people"]
    (made,) = ortto.send("POST", "/v1/tags/get", {"q": "brand"})
    assert (made["id"], made["count"], made["created_by_id"]) == (4, 1, "0" * 24)
    assert not {"subscribers", "sms_opted_in", "source"} & made.keys()
    assert ortto.fields(done["person_id"], "tags", "u4s::t") == {
        "tags": ["My team", "Brand new"],
        "u4s::t": [1, 4],
    }
    assert ortto.counts("My team") == (before[0] + 1, before[1], before[2])
    ortto.merge({"str::email": "tagged@test.example", "bol::p": True})
    assert ortto.send("POST", "/v1/tags/get", {"q": "brand"})[0]["subscribers"] == 1
    people = [{"fields": {"str::email": "tagged@test.example"}, "unset_tags": ["My team", "Never seen"]}]
    ortto.send("POST", "/v1/person/merge", {"people": people})
    assert ortto.counts("My team") == before
    assert ortto.fields(done["person_id"], "tags") == {"tags": ["Brand new"]}
    ortto.change_people("archive", inclusion_ids=[done["person_id"]])
    assert ortto.send("POST", "/v1/tags/get", {"q": "brand"})[0]["count"] == 0


@pytest.mark.mockserver(now="2030-01-01T00:00:00Z")
def test_the_last_use_of_a_tag_moves_with_each_use(ortto: Ortto) -> None:
    def last_used() -> str:
        return str(ortto.send("POST", "/v1/tags/get", {"q": "my team"})[0]["last_used"])

    tagged = {"fields": {"str::email": "used@test.example"}, "tags": ["My team"]}
    for hour in (0, 1):  # The second time the person has the tag already.
        ortto.send("POST", "/v1/person/merge", {"people": [tagged]})
        assert last_used() == f"2030-01-01T0{hour}:00:00Z"
        ortto.world.clock.advance(hours=1)
    ortto.send("POST", "/v1/person/merge", {"people": [{**tagged, "tags": [], "unset_tags": ["My team"]}]})
    assert last_used() == "2030-01-01T01:00:00Z"


def test_tags_count_the_people_who_have_them(ortto: Ortto) -> None:
    *tags, account_tag = ortto.send("POST", "/v1/tags/get", {})
    assert [tag["id"] for tag in tags] == [1, 2, 3]
    assert (account_tag["id"], account_tag["name"], account_tag["type"]) == (
        1,
        "My organization",
        "organization",
    )
    for tag in tags:
        filter = {"$u4s::is": {"field_id": "u4s::t", "value": tag["id"]}}
        has_email, has_sms = ({"$bol::is": {"field_id": id, "value": True}} for id in ("bol::p", "bol::sp"))
        assert tag["count"] == ortto.matches(filter=filter)
        assert tag.get("subscribers", 0) == len(ortto.ids(filter={"$and": [filter, has_email]}))
        assert tag.get("sms_opted_in", 0) == len(ortto.ids(filter={"$and": [filter, has_sms]}))
    assert ortto.send("POST", "/v1/tags/get", {"q": "no such tag"}) is None


def test_custom_fields(ortto: Ortto) -> None:
    fields = ortto.send("POST", "/v1/person/custom-field/get")["fields"]
    assert {"str:cm:job-title", "str:cm:label", "int:cm:orders"} <= {one["field"]["id"] for one in fields}
    label = next(one for one in fields if one["field"]["name"] == "Label")
    assert label == {
        "field": {
            "id": "str:cm:label",
            "name": "Label",
            "display_type": "single_select",
            "liquid_name": "people.custom.label",
            "dic_items": ["VIP", "Highly engaged", "New"],
        },
        "tracked_value": True,
    }


@pytest.mark.mockserver(scenario="empty")
def test_a_fresh_instance_has_two_tags_and_no_custom_fields(ortto: Ortto) -> None:
    assert [tag["name"] for tag in ortto.send("POST", "/v1/tags/get", {})] == ["My team", "My organization"]
    assert ortto.send("POST", "/v1/person/custom-field/get", {}) == {"fields": []}
    assert ortto.people()["contacts"] is None
    assert ortto.create("first@test.example") in ortto.ids(audience_id=ortto.audience_id_of("Subscribers"))
