"""Ortto: POST /v1/audiences/get."""

from typing import Any

import pytest

from mockserver.client import World
from tests.vendors.ortto import Ortto, condition

SYSTEM = ["My team", "Slipping subscribers", "Engaged subscribers", "SMS subscribers", "Subscribers"]


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


@pytest.mark.mockserver(scenario="empty")
def test_a_fresh_instance_has_the_recorded_audiences_newest_first(ortto: Ortto) -> None:
    audiences = ortto.audiences(with_filter=True)
    assert [one["name"] for one in audiences] == SYSTEM
    assert [one["template_id"] for one in audiences] == [
        f"000000000a00000000000{n}00" for n in (5, 4, 3, 2, 1)
    ]
    assert [one["public_name"] for one in audiences] == ["", "", "News and updates", "", "Subscriber"]
    assert audiences[3]["sms_public_name"] == "Notifications"
    assert {one["members"] for one in audiences} == {0}
    assert [next(iter(leaf["$and"][0])) for leaf in audiences[1]["filter"]["$and"]] == [
        "$tme::relative_more_than",
        "$bol::is",
    ]


@pytest.mark.mockserver(now="2026-01-01T00:00:00Z")
def test_an_audience_was_built_a_second_after_creation_or_last_night(ortto: Ortto) -> None:
    mine, timed = ortto.audience("VIP customers"), ortto.audience("Slipping subscribers")
    assert (mine["created"], mine["last_built_at"]) == ("2025-09-23T00:00:00Z", "2025-09-23T00:00:01Z")
    assert (timed["created"], timed["last_built_at"]) == ("2022-12-31T23:59:59Z", "2026-01-01T00:00:00Z")


def test_an_element_has_the_fields_of_the_seed(ortto: Ortto) -> None:
    audience = ortto.audience("VIP customers", with_filter=True)
    assert audience["instance_id"] == "myorttoaccount"
    assert (audience["type"], audience["building"], audience["ready"]) == ("permanent", False, True)
    app = {"label": "Label is VIP", "timezone": "Europe/Stockholm"}
    leaf = condition("$str::is", "str:cm:label", value="VIP", **app)
    assert audience["filter"] == {"$and": [{"$and": [leaf]}]}
    assert "template_id" not in audience
    assert "archived_at" not in audience
    assert audience["created"].endswith("Z")


def test_system_audiences_are_described_and_their_leaves_labelled(ortto: Ortto) -> None:
    found = {one["name"]: one for one in ortto.audiences(search_term="subscribers", with_filter=True)}
    assert found["Subscribers"]["public_description"]
    assert found["Engaged subscribers"]["public_description"]
    assert found["SMS subscribers"]["sms_public_description"]
    assert found["Slipping subscribers"]["public_description"] == ""
    for one in ortto.audiences(with_filter=True):
        for leaf in _leaves(one["filter"]):
            assert {"label", "timezone", "field_id"} <= leaf.keys()


def _leaves(filter: Any) -> list[Any]:
    ((_operator, operand),) = filter.items()
    return [leaf for one in operand for leaf in _leaves(one)] if isinstance(operand, list) else [operand]


def test_pages_return_every_audience_once_and_end_in_null(ortto: Ortto) -> None:
    everything = ortto.audiences()
    seen: list[Any] = []
    while page := ortto.audiences(limit=3, offset=len(seen)):
        assert len(page) <= 3
        seen += page
    assert seen == everything
    assert page is None


@pytest.mark.parametrize("limit", [41, 50, 0, -1, 10**18])
def test_a_limit_out_of_range_is_forty(ortto: Ortto, limit: int) -> None:
    for number in range(40):
        ortto.backstage("create_audience", name=f"More {number}", filter=condition("$has_any_value", "l"))
    assert len(ortto.audiences(limit=limit)) == 40
    assert len(ortto.audiences()) == 40
    assert len(ortto.audiences(limit=limit, offset=40)) == 7
    assert len(ortto.audiences(limit=limit, search_term="More")) == 40


def test_a_very_large_offset(ortto: Ortto) -> None:
    assert ortto.audiences(offset=10**18) is None
    assert ortto.audiences(offset=10**18, search_term="s") is None


def test_the_search_term_matches_names_ignoring_case(ortto: Ortto) -> None:
    found = [one["name"] for one in ortto.audiences(search_term="SUBscribers")]
    assert found == ["Slipping subscribers", "Engaged subscribers", "SMS subscribers", "Subscribers"]
    assert ortto.audiences(search_term="News and updates") is None
    assert [one["name"] for one in ortto.audiences(search_term="subscribers", limit=1, offset=2)] == [
        found[2]
    ]
    assert ortto.audiences(search_term="subscribers", archived=True) is None


def test_the_filter_is_returned_with_with_filter_only(ortto: Ortto) -> None:
    assert {one["filter"] for one in ortto.audiences()} == {None}
    assert {one["filter"] for one in ortto.audiences(with_filter=False)} == {None}
    for audience in ortto.audiences(with_filter=True):
        assert next(iter(audience["filter"])).startswith("$")


def test_archived_and_retention_partition_the_audiences(ortto: Ortto) -> None:
    filter = condition("$has_any_value", "l")
    ortto.backstage("create_audience", name="Old activity", filter=filter, retention=True)
    gone = ortto.backstage("create_audience", name="Older activity", filter=filter, retention=True)["id"]
    ortto.backstage("archive_audience", audience_id=gone)
    parts = {
        (archived, retention): {
            one["name"] for one in ortto.audiences(archived=archived, retention=retention)
        }
        for archived in (False, True)
        for retention in (False, True)
    }
    assert parts[False, True] == {"Old activity"}
    assert parts[True, True] == {"Older activity"}
    assert parts[True, False] == {"Summer sale"}
    assert parts[False, False] == {*SYSTEM, "VIP customers", "Nordic customers"}
    (summer,) = ortto.audiences(archived=True)
    assert summer["archived_at"] > summer["created"]


@pytest.mark.parametrize("archived", [False, True])
def test_counts_are_consistent_with_the_member_lists(ortto: Ortto, archived: bool) -> None:
    audiences = ortto.audiences(archived=archived)
    assert audiences
    for audience in audiences:
        id, members = audience["id"], audience["members"]
        assert 0 <= audience["subscribers"] <= members
        assert 0 <= audience["sms_opted_in"] <= members
        assert 0 <= audience["added_last_30_days"] <= members
        assert ortto.matches(audience_id=id) == members == len(ortto.ids(audience_id=id))
        for name, expected in (
            ("subscribers", audience["subscribers"]),
            ("email-subscribers", audience["subscribers"]),
            ("sms-subscribers", audience["sms_opted_in"]),
            ("unsubscribed", members - audience["subscribers"]),
        ):
            assert ortto.matches(audience_id=id, audience_filter=name) == expected
            assert len(ortto.ids(audience_id=id, audience_filter=name)) == expected


def test_the_demo_has_people_with_and_without_permissions(ortto: Ortto) -> None:
    engaged, sms = ortto.audience("Engaged subscribers"), ortto.audience("SMS subscribers")
    assert 0 < engaged["subscribers"] < engaged["members"]
    assert 0 < sms["subscribers"] < sms["members"]
    assert ortto.audience("My team")["members"] == 3


@pytest.mark.mockserver(now="2026-01-01T00:00:00Z")
def test_added_last_30_days_drops_old_members(ortto: Ortto) -> None:
    before = ortto.audience("Subscribers")["added_last_30_days"]
    ortto.create("fresh@test.example")
    assert ortto.audience("Subscribers")["added_last_30_days"] == before + 1
    ortto.world.clock.advance(days=40)
    after = ortto.audience("Subscribers")
    assert after["added_last_30_days"] == 0
    ortto.merge({"str::email": "fresh@test.example", "bol::p": False})
    assert ortto.audience("Subscribers")["members"] == after["members"] - 1
    assert ortto.audience("Subscribers")["added_last_30_days"] == 0


def test_the_same_seed_makes_the_same_instance(ortto: Ortto) -> None:
    first = (ortto.audiences(with_filter=True), ortto.people(limit=500, fields=["str::email", "l", "tags"]))
    ortto.create("someone@test.example")
    ortto.world.reset()
    second = (ortto.audiences(with_filter=True), ortto.people(limit=500, fields=["str::email", "l", "tags"]))
    assert first == second
