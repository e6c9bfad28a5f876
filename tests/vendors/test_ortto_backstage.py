"""Ortto: backstage actions on audiences and custom fields."""

import hashlib
from datetime import datetime
from typing import Any

import orjson
import pytest

from mockserver.client import World
from mockserver.errors import ControlError
from tests.vendors.ortto import Ortto, condition

SWEDES = {"$and": [{"$and": [condition("$geo::is", "geo::country", value="Sweden")]}]}
DUTCH = {"$and": [{"$and": [condition("$geo::is", "geo::country", value="Netherlands")]}]}


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    mockserver.clock.freeze()
    return Ortto(mockserver)


def backstage_problem(ortto: Ortto, action: str, **body: Any) -> str:
    with pytest.raises(ControlError) as raised:
        ortto.backstage(action, **body)
    return raised.value.problem


def test_a_new_audience_builds_for_a_second(ortto: Ortto) -> None:
    made = ortto.backstage(
        "create_audience", name="Swedes", filter=SWEDES, is_public=True, public_name="Sverige"
    )
    assert (made["building"], made["ready"], made["members"], made["new_filter"]) == (True, False, 0, SWEDES)
    assert made["is_public"] is True
    assert ortto.audiences()[0]["name"] == "Swedes"
    ortto.create("during@test.example", geo__country={"name": "Sweden"})
    ortto.world.clock.advance(seconds=0.5)
    assert ortto.audience("Swedes")["members"] == 0
    ortto.world.clock.advance(seconds=0.6)
    audience = ortto.audience("Swedes", with_filter=True)
    assert (audience["building"], audience["ready"], audience["new_filter"]) == (False, True, None)
    assert audience["filter"] == SWEDES
    assert audience["filter_sha"] == hashlib.sha1(orjson.dumps(SWEDES), usedforsecurity=False).hexdigest()
    assert audience["new_filter_sha"] == ""
    built, created = (datetime.fromisoformat(audience[name]) for name in ("last_built_at", "created"))
    assert (built - created).total_seconds() == pytest.approx(1, abs=0.01)
    assert (
        audience["members"] == ortto.matches(filter=SWEDES) == ortto.matches(audience_id=audience["id"]) > 1
    )
    assert audience["public_name"] == "Sverige"
    assert audience["subscribers"] == ortto.matches(audience_id=audience["id"], audience_filter="subscribers")


def test_new_criteria_apply_when_they_are_built(ortto: Ortto) -> None:
    id = ortto.backstage("create_audience", name="Changing", filter=SWEDES)["id"]
    ortto.world.clock.advance(seconds=2)
    before, swedes = ortto.audience("Changing"), ortto.ids(audience_id=id)
    edited = ortto.backstage("edit_criteria", audience_id=id, filter=DUTCH)
    assert (edited["building"], edited["ready"], edited["filter"], edited["new_filter"]) == (
        True,
        False,
        SWEDES,
        DUTCH,
    )
    assert edited["edited_at"] > before["edited_at"]
    ortto.create("dutch@test.example", geo__country={"name": "Netherlands"})
    leaving = ortto.fields(swedes[0], "str::email")["str::email"]
    ortto.merge({"str::email": leaving, "geo::country": {"name": "Norway"}})
    assert ortto.audience("Changing")["members"] == before["members"]
    assert ortto.ids(audience_id=id) == swedes
    ortto.world.clock.advance(seconds=2)
    assert ortto.ids(audience_id=id) == ortto.ids(filter=DUTCH)
    assert ortto.audience("Changing")["members"] == len(ortto.ids(filter=DUTCH))


def test_the_last_edit_applies(ortto: Ortto) -> None:
    id = ortto.backstage("create_audience", name="Twice", filter=SWEDES)["id"]
    ortto.world.clock.advance(seconds=0.7)
    ortto.backstage("edit_criteria", audience_id=id, filter=DUTCH)
    ortto.world.clock.advance(seconds=0.7)
    assert ortto.audience("Twice")["building"] is True
    ortto.world.clock.advance(seconds=0.7)
    audience = ortto.audience("Twice", with_filter=True)
    assert (audience["building"], audience["filter"]) == (False, DUTCH)


def test_membership_is_live(ortto: Ortto) -> None:
    id = ortto.backstage("create_audience", name="Live", filter=SWEDES)["id"]
    ortto.world.clock.advance(seconds=2)
    before = ortto.audience("Live")["members"]
    person = ortto.create("live@test.example", geo__country={"name": "sweden"})
    assert ortto.ids(audience_id=id)[0] == person
    assert ortto.audience("Live")["members"] == before + 1
    ortto.merge({"str::email": "live@test.example", "geo::country": None})
    assert ortto.audience("Live")["members"] == before


def test_an_audience_of_the_members_of_another(ortto: Ortto) -> None:
    first = ortto.backstage("create_audience", name="First", filter=SWEDES)["id"]
    rule = {
        "$and": [{"$is_member_of": {"audience_id": first}}, {"$is_subscriber_of": {"audience_id": first}}]
    }
    second = ortto.backstage("create_audience", name="Second", filter=rule)["id"]
    ortto.world.clock.advance(seconds=2)
    subscribers = ortto.ids(audience_id=first, audience_filter="subscribers")
    assert ortto.ids(audience_id=second) == subscribers
    person = ortto.create("chained@test.example", geo__country={"name": "Sweden"})
    assert ortto.ids(audience_id=second) == [person, *subscribers]
    ortto.subscribe(first, {"person_id": person, "subscribed": False})
    assert ortto.ids(audience_id=second) == subscribers
    ortto.backstage("edit_criteria", audience_id=first, filter=DUTCH)
    ortto.world.clock.advance(seconds=2)
    assert ortto.ids(audience_id=second) == ortto.ids(audience_id=first, audience_filter="subscribers")
    assert ortto.audience("Second")["members"] == len(ortto.ids(audience_id=second))
    ortto.backstage("archive_audience", audience_id=first)
    assert backstage_problem(ortto, "delete_audience", audience_id=first) == "in_use"
    assert backstage_problem(ortto, "edit_criteria", audience_id=first, filter=rule) == "filter_unsound"
    indirect = {"$is_not_member_of": {"audience_id": second}}
    assert backstage_problem(ortto, "edit_criteria", audience_id=first, filter=indirect) == "filter_unsound"


def test_circular_dependencies_are_rejected(ortto: Ortto) -> None:
    first = ortto.backstage("create_audience", name="First", filter=SWEDES)["id"]
    second = ortto.backstage("create_audience", name="Second", filter=DUTCH)["id"]
    ortto.world.clock.advance(seconds=2)
    ortto.backstage("edit_criteria", audience_id=first, filter={"$is_member_of": {"audience_id": second}})
    back = {"$is_member_of": {"audience_id": first}}
    assert backstage_problem(ortto, "edit_criteria", audience_id=second, filter=back) == "filter_unsound"
    assert backstage_problem(ortto, "edit_criteria", audience_id=first, filter=back) == "filter_unsound"
    ortto.backstage("archive_audience", audience_id=second)
    assert backstage_problem(ortto, "delete_audience", audience_id=second) == "in_use"
    ortto.world.clock.advance(seconds=2)
    assert ortto.ids(audience_id=first) == ortto.ids(audience_id=second) == ortto.ids(filter=DUTCH)


def test_archive_restore_and_delete(ortto: Ortto) -> None:
    id = ortto.audience_id_of("VIP customers")
    member, before = ortto.ids(audience_id=id)[0], ortto.audience("VIP customers")
    assert backstage_problem(ortto, "restore_audience", audience_id=id) == "not_archived"
    assert backstage_problem(ortto, "delete_audience", audience_id=id) == "not_archived"
    assert ortto.backstage("archive_audience", audience_id=id)["archived_at"]
    assert ortto.audiences(search_term="vip") is None
    assert ortto.audience("VIP customers", archived=True)["members"] == before["members"]
    assert backstage_problem(ortto, "archive_audience", audience_id=id) == "already_archived"
    ortto.merge({"str::person_id": member, "str:cm:label": "New"}, merge_by=["str::person_id"])
    ortto.backstage("restore_audience", audience_id=id)
    restored = ortto.audience("VIP customers")
    assert "archived_at" not in restored
    assert restored["members"] == before["members"] - 1
    assert ortto.audiences()[0]["id"] == id
    ortto.backstage("archive_audience", audience_id=id.upper())
    assert ortto.backstage("delete_audience", audience_id=id) == {"deleted": id}
    assert ortto.audiences(search_term="vip", archived=True) is None
    assert "Object not found" in ortto.error("POST", "/v1/person/get", {"audience_id": id})["error"]
    assert backstage_problem(ortto, "archive_audience", audience_id=id) == "unknown_audience"


def test_an_audience_deleted_while_it_builds(ortto: Ortto) -> None:
    id = ortto.backstage("create_audience", name="Short", filter=SWEDES)["id"]
    ortto.backstage("archive_audience", audience_id=id)
    ortto.backstage("delete_audience", audience_id=id)
    ortto.world.clock.advance(seconds=2)
    assert ortto.audiences(search_term="short") is None


@pytest.mark.mockserver(now="2026-01-01T00:00:00Z")
def test_time_dependent_audiences_are_rebuilt_daily(ortto: Ortto) -> None:
    ortto.world.clock.freeze("2026-01-01T12:00:00Z")
    person, id = ortto.create("slipping@test.example"), ortto.audience_id_of("Slipping subscribers")
    built = ortto.audience("Subscribers")["last_built_at"]
    ortto.world.clock.advance(days=30, hours=1)
    assert person not in ortto.ids(audience_id=id)
    ortto.world.clock.advance(days=1)
    assert person in ortto.ids(audience_id=id)
    audience = ortto.audience("Slipping subscribers")
    assert (
        audience["members"]
        == len(ortto.ids(audience_id=id))
        == 201 - len(ortto.ids(filter={"$is_opted_out": {}}))
    )
    assert audience["last_built_at"] == "2026-02-01T00:00:00Z"
    assert ortto.audience("Subscribers")["last_built_at"] == built


@pytest.mark.parametrize(
    "filter",
    [
        condition("$has_any_value", "str:cm:nope"),
        {"$is_member_of": {"audience_id": "61380ac92593ecf2de4fd705"}},
    ],
)
def test_criteria_with_unknown_names(ortto: Ortto, filter: Any) -> None:
    assert backstage_problem(ortto, "create_audience", name="Unsound", filter=filter) == "filter_unsound"
    assert (
        backstage_problem(
            ortto, "edit_criteria", audience_id=ortto.audience_id_of("VIP customers"), filter=filter
        )
        == "filter_unsound"
    )


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("create_audience", {"name": "No filter"}),
        ("create_audience", {"name": 5, "filter": SWEDES}),
        ("create_audience", {"name": "Odd", "filter": {"$int::gt": {}}}),
        ("archive_audience", {"audience_id": "short"}),
        ("create_custom_field", {"name": "Odd", "display_type": "oddity"}),
    ],
)
def test_invalid_actions(ortto: Ortto, action: str, body: Any) -> None:
    assert backstage_problem(ortto, action, **body) == "call_does_not_fit"


def test_a_custom_field(ortto: Ortto) -> None:
    shop = ortto.backstage(
        "create_custom_field", name="Favourite Shop", display_type="text", track_changes=True
    )
    assert shop == {
        "field": {
            "id": "str:cm:favourite-shop",
            "name": "Favourite Shop",
            "display_type": "text",
            "liquid_name": "people.custom.favourite-shop",
        },
        "tracked_value": True,
    }
    fields = ortto.send("POST", "/v1/person/custom-field/get", {})["fields"]
    assert fields.count(shop) == 1
    id = ortto.create("shop@test.example", **{"str:cm:favourite-shop": "Uppsala"})
    assert ortto.ids(filter=condition("$str::is", "str:cm:favourite-shop", value="uppsala")) == [id]
    assert (
        backstage_problem(ortto, "create_custom_field", name="favourite shop", display_type="text")
        == "field_exists"
    )
