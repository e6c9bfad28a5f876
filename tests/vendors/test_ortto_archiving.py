"""Ortto: people are archived, restored and deleted; tags and custom fields."""

import pytest

from mockserver.client import World
from tests.vendors.ortto import Ortto


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


def turn(ortto: Ortto, what: str, **selection: object) -> int:
    """How many people were archived, restored or deleted."""
    method = "DELETE" if what == "delete" else "PUT"
    reply = ortto.send(method, f"/v1/person/{what}", selection)
    assert reply.pop("scheduled_contacts") == 0
    ((key, number),) = reply.items()
    assert key == {"archive": "archived", "restore": "restored", "delete": "deleted"}[what] + "_contacts"
    return int(number)


def test_an_archived_person_leaves_audiences_and_lists(ortto: Ortto) -> None:
    mail, text = ortto.counts("Subscribers"), ortto.counts("SMS subscribers")
    id = ortto.create("leaver@test.example", bol__sp=True)
    other = ortto.ids()[1]
    assert turn(ortto, "archive", inclusion_ids=[id.upper(), id, other], exclusion_ids=[other]) == 1
    assert (ortto.counts("Subscribers"), ortto.counts("SMS subscribers")) == (mail, text)
    assert id not in ortto.ids()
    assert ortto.people()["meta"]["total_contacts"] == 200
    assert [one["id"] for one in ortto.people(type="archived")["contacts"]] == [id]
    assert ortto.people(type="archived", q="leaver")["meta"]["total_matches"] == 1
    assert ortto.people(type="archived", q="else")["contacts"] is None
    assert ortto.subscriptions(person_id=id)["subscriptions"] == []
    assert ortto.fields(id, "str::email") == {"str::email": "leaver@test.example"}
    assert turn(ortto, "archive", inclusion_ids=[id]) == 0


def test_a_restored_person_enters_the_audiences_again(ortto: Ortto) -> None:
    id = ortto.create("back@test.example", bol__sp=True)
    everybody, counts = ortto.ids(), ortto.counts("Subscribers")
    assert turn(ortto, "restore", inclusion_ids=[id]) == 0
    turn(ortto, "archive", inclusion_ids=[id])
    assert turn(ortto, "restore", inclusion_ids=[id]) == 1
    assert (ortto.ids(), ortto.counts("Subscribers")) == (everybody, counts)
    assert ortto.merge({"str::email": "back@test.example"}) == [{"person_id": id, "status": "merged"}]


def test_an_archived_person_is_not_merged_into(ortto: Ortto) -> None:
    id = ortto.create("again@test.example")
    turn(ortto, "archive", inclusion_ids=[id])
    assert ortto.create("again@test.example") != id
    assert ortto.merge({"str::person_id": id}, merge_by=["str::person_id"], skip_non_existing=True) == [
        {"status": "skipped"}
    ]


def test_only_archived_people_are_deleted(ortto: Ortto) -> None:
    id = ortto.create("gone@test.example")
    assert turn(ortto, "delete", inclusion_ids=[id]) == 0
    assert turn(ortto, "delete", all_rows_selected=True) == 0
    turn(ortto, "archive", inclusion_ids=[id])
    assert turn(ortto, "delete", inclusion_ids=[id]) == 1
    assert turn(ortto, "restore", inclusion_ids=[id]) == 0
    assert ortto.people(type="archived")["contacts"] is None
    assert ortto.send("POST", "/v1/person/get-by-ids", {"contact_ids": [id]}) == {"contacts": {}}


def test_everybody_but_one(ortto: Ortto) -> None:
    keep = ortto.ids()[7]
    assert turn(ortto, "archive", all_rows_selected=True, exclusion_ids=[keep], inclusion_ids=[keep]) == 199
    assert ortto.ids() == [keep]
    members = {one["name"]: one["members"] for one in ortto.audiences()}
    assert set(members.values()) <= {0, 1}
    assert turn(ortto, "restore", all_rows_selected=True) == 199
    assert len(ortto.ids()) == 200
    turn(ortto, "archive", all_rows_selected=True)
    assert {one["members"] for one in ortto.audiences()} == {0}
    assert turn(ortto, "delete", all_rows_selected=True) == 200


def test_nothing_selected(ortto: Ortto) -> None:
    assert turn(ortto, "archive") == 0
    assert turn(ortto, "archive", inclusion_ids=["00609c898a4490c5800a5400"], all_rows_selected=False) == 0


def test_tags_are_made_used_and_taken_away(ortto: Ortto) -> None:
    team = ortto.send("POST", "/v1/tags/get", {"q": "MY TEAM"})[0]
    assert (team["id"], team["name"], team["count"], team["type"]) == (1, "My team", 3, "")
    before = ortto.counts("My team")
    people = [
        {"fields": {"str::email": "tagged@test.example", "bol::p": False}, "tags": ["My team", "Brand new"]}
    ]
    (done,) = ortto.send("POST", "/v1/person/merge", {"people": people})["people"]
    (made,) = ortto.send("POST", "/v1/tags/get", {"q": "brand"})
    assert (made["id"], made["count"], made["subscribers"], made["source"]) == (4, 1, 0, "api")
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
    turn(ortto, "archive", inclusion_ids=[done["person_id"]])
    assert ortto.send("POST", "/v1/tags/get", {"q": "brand"})[0]["count"] == 0


def test_tags_count_the_people_who_have_them(ortto: Ortto) -> None:
    tags = ortto.send("POST", "/v1/tags/get", {})
    assert [tag["id"] for tag in tags] == [1, 2, 3]
    for tag in tags:
        filter = {"$u4s::is": {"field_id": "u4s::t", "value": tag["id"]}}
        mailed, texted = ({"$bol::is": {"field_id": id, "value": True}} for id in ("bol::p", "bol::sp"))
        assert tag["count"] == ortto.matches(filter=filter)
        assert tag["subscribers"] == len(ortto.ids(filter={"$and": [filter, mailed]}))
        assert tag["sms_opted_in"] == len(ortto.ids(filter={"$and": [filter, texted]}))
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
def test_a_fresh_instance_has_one_tag_and_no_custom_fields(ortto: Ortto) -> None:
    assert [tag["name"] for tag in ortto.send("POST", "/v1/tags/get", {})] == ["My team"]
    assert ortto.send("POST", "/v1/person/custom-field/get", {}) == {"fields": []}
    assert ortto.people()["contacts"] is None
    assert ortto.create("first@test.example") in ortto.ids(audience_id=ortto.id_of("Subscribers"))
