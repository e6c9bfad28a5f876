"""Ortto: activities and campaigns of people, and the filters on them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver.client import World
from mockserver.errors import ControlError
from tests.vendors.ortto import Ortto, condition

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)  # a Thursday
pytestmark = pytest.mark.mockserver(now=NOW.isoformat())


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    mockserver.clock.freeze(NOW.isoformat())
    return Ortto(mockserver)


def people_with(ortto: Ortto, operator: str, activity: str, timeframe: str | None = None) -> set[str]:
    """The ids of the people that the operator matches."""
    operand = {"timeframe": {"type": timeframe}} if timeframe else {}
    return set(ortto.ids(filter=condition(f"$act::{operator}", activity, **operand)))


def test_the_orders_of_the_population(ortto: Ortto) -> None:
    people = ortto.people(limit=500, fields=["tme:cm:last-order", "int:cm:orders"])["contacts"]
    bought = {one["id"]: one["fields"].get("tme:cm:last-order") for one in people}
    buyers = {id for id, moment in bought.items() if moment}
    assert people_with(ortto, "has_occurred", "act:cm:order") == buyers
    assert people_with(ortto, "has_not_occurred", "act:cm:order") == set(bought) - buyers
    recent = {id for id in buyers if (NOW - datetime.fromisoformat(bought[id])).days < 30}
    assert 0 < len(recent) < len(buyers)
    assert people_with(ortto, "last", "act:cm:order", "last-30-days") == recent
    assert people_with(ortto, "has_occurred", "act:cm:order", "last-30-days") == recent
    assert people_with(ortto, "first", "act:cm:order", "last-30-days") < recent


def test_changed_permissions_and_entered_audiences_are_recorded(ortto: Ortto) -> None:
    id = ortto.create("ada@test.example", bol__p=False)
    assert id not in people_with(ortto, "has_occurred", "act::s-all") | people_with(
        ortto, "has_occurred", "act::enter-audience"
    )
    ortto.merge({"str::email": "ada@test.example", "bol::p": True, "bol::sp": True})
    assert id in people_with(ortto, "has_occurred", "act::s-all", "today")
    assert id in people_with(ortto, "first", "act::enter-audience", "today")
    assert id not in people_with(ortto, "has_occurred", "act::oos-all") | people_with(
        ortto, "has_occurred", "act::u-all"
    )
    ortto.merge({"str::email": "ada@test.example", "bol::p": False, "bol::sp": False})
    assert id in people_with(ortto, "has_occurred", "act::oos-all") & people_with(
        ortto, "last", "act::u-all", "today"
    )


def test_members_in_the_population_have_entered_their_audiences(ortto: Ortto) -> None:
    members = {id for one in ortto.audiences() for id in ortto.ids(audience_id=one["id"])}
    assert people_with(ortto, "has_occurred", "act::enter-audience") == members
    subscribers = ortto.ids(filter={"$is_opted_in": {}})
    assert people_with(ortto, "has_occurred", "act::s-all") == set(subscribers)


TODAY = {"today", "last-24-hours", "this-year", "this-month", "this-quarter", "this-week"}
TIMES: dict[str, set[str]] = {
    "2026-01-01T12:00:01Z": {"-last-7-days", "-last-30-days"},
    "2026-01-01T12:00:00Z": TODAY,
    "2026-01-01T00:00:00Z": TODAY,
    "2025-12-31T12:00:00Z": {"yesterday", "last-24-hours", "this-week"},
    "2025-12-31T11:59:59Z": {"yesterday", "this-week"},
    "2025-12-29T00:00:00Z": {"this-week"},
    "2025-12-28T23:59:59Z": set(),
    "2025-12-25T12:00:00Z": set(),
    "2025-12-25T11:59:59Z": {"-last-7-days"},
    "2025-12-02T11:59:59Z": {"-last-7-days", "-last-30-days"},
}
FRAMES = [
    "today", "yesterday", "last-24-hours", "last-7-days", "last-30-days", "this-week", "this-month",
    "this-quarter", "this-year", "all",
]  # fmt: skip


def test_time_frames(ortto: Ortto) -> None:
    ids = {}
    for number, moment in enumerate(TIMES):
        ids[moment] = ortto.create(f"t{number}@test.example")
        person = [{"person_id": ids[moment]}]
        done = ortto.backstage("record_activity", field_id="act:cm:visit", people=person, moment=moment)
        assert done == {"changed": 1}
    for frame in FRAMES:
        expected = {ids[moment] for moment, frames in TIMES.items() if _is_within(frame, frames)}
        for operator in ("has_occurred", "first", "last"):
            assert people_with(ortto, operator, "act:cm:visit", frame) == expected, (operator, frame)
        assert people_with(ortto, "has_not_occurred", "act:cm:visit", frame) & set(ids.values()) == (
            set(ids.values()) - expected
        )


def _is_within(frame: str, frames: set[str]) -> bool:
    return frame == "all" or frame in frames or (
        frame in ("last-7-days", "last-30-days") and f"-{frame}" not in frames
    )  # fmt: skip


@pytest.mark.mockserver(now="2026-08-20T12:00:00Z")
def test_quarters(mockserver: World) -> None:
    mockserver.clock.freeze("2026-08-20T12:00:00Z")
    ortto = Ortto(mockserver)
    for number, moment in enumerate(("2026-07-01T00:00:00Z", "2026-06-30T23:59:59Z", "2025-12-31T23:59:59Z")):
        ortto.create(f"q{number}@test.example")
        person = [{"email": f"q{number}@test.example"}]
        ortto.backstage("record_activity", field_id="act:cm:visit", people=person, moment=moment)
    assert len(people_with(ortto, "has_occurred", "act:cm:visit", "this-quarter")) == 1
    assert len(people_with(ortto, "has_occurred", "act:cm:visit", "this-month")) == 0
    assert len(people_with(ortto, "has_occurred", "act:cm:visit", "this-year")) == 2


def test_first_and_last_of_many_occurrences(ortto: Ortto) -> None:
    person = [{"person_id": ortto.create("often@test.example")}]
    for day in (20, 1, 31, 10):
        ortto.backstage(
            "record_activity", field_id="act::o", people=person, moment=f"2025-12-{day:02}T08:00:00Z"
        )
    id = person[0]["person_id"]
    assert id in people_with(ortto, "last", "act::o", "yesterday")
    assert id not in people_with(ortto, "first", "act::o", "last-30-days")
    assert id in people_with(ortto, "has_occurred", "act::o", "last-7-days")
    ortto.backstage("record_activity", field_id="act::o", people=person)
    assert id in people_with(ortto, "last", "act::o", "today")
    assert id not in people_with(ortto, "last", "act::o", "yesterday")
    # More occurrences than are stored: the first and the latest stay.
    for minute in range(110):
        moment = f"2025-12-30T{minute // 60:02}:{minute % 60:02}:00Z"
        ortto.backstage("record_activity", field_id="act::o", people=person, moment=moment)
    assert id in people_with(ortto, "last", "act::o", "today")
    assert id not in people_with(ortto, "first", "act::o", "last-30-days")
    assert id in people_with(ortto, "has_occurred", "act::o", "yesterday")


def test_an_audience_by_activity(ortto: Ortto) -> None:
    filter = condition("$act::has_occurred", "act:cm:order", timeframe={"type": "last-7-days"})
    made = ortto.backstage("create_audience", name="Fresh buyers", filter=filter)
    ortto.world.clock.advance(seconds=2)
    before = ortto.audience("Fresh buyers")["members"]
    assert 0 < before == ortto.matches(filter=filter)
    ortto.create("new@test.example")
    ortto.backstage("record_activity", field_id="act:cm:order", people=[{"email": "new@test.example"}])
    assert ortto.audience("Fresh buyers")["members"] == before + 1
    # Only time passes; the daily rebuild removes all members.
    ortto.world.clock.advance(days=9)
    assert ortto.audience("Fresh buyers")["members"] == 0
    assert ortto.ids(audience_id=made["id"]) == []


def test_entering_one_audience_can_lead_into_another(ortto: Ortto) -> None:
    ortto.backstage(
        "create_audience", name="Anywhere", filter=condition("$act::has_occurred", "act::enter-audience")
    )
    ortto.backstage(
        "create_audience", name="Nowhere", filter=condition("$act::has_not_occurred", "act::enter-audience")
    )
    ortto.world.clock.advance(seconds=2)
    before = ortto.audience("Anywhere")["members"]
    id = ortto.create("ada@test.example", bol__p=True)
    assert ortto.audience("Anywhere")["members"] == before + 1
    assert id in ortto.ids(audience_id=ortto.audience_id_of("Anywhere"))
    assert (
        ortto.audience("Nowhere")["members"]
        == len(ortto.ids(audience_id=ortto.audience_id_of("Nowhere")))
        == 0
    )


def campaign(ortto: Ortto, operator: str, id: str) -> set[str]:
    return set(ortto.ids(filter={operator: {"campaign_id": id}}))


def test_the_campaign_of_the_population(ortto: Ortto) -> None:
    (welcome,) = ortto.backstage("list_campaigns")["campaigns"]
    assert welcome["name"] == "Welcome series"
    started = campaign(ortto, "$has_started_campaign", welcome["id"])
    inside = campaign(ortto, "$is_member_of_campaign", welcome["id"].upper())
    left = campaign(ortto, "$has_left_campaign", welcome["id"])
    assert inside
    assert left
    assert not inside & left
    assert inside | left == started <= set(ortto.ids(filter={"$is_opted_in": {}}))


def test_people_start_and_leave_campaigns(ortto: Ortto) -> None:
    id = ortto.backstage("create_campaign", name="Win back")["id"]
    inside = {"$is_member_of_campaign": {"campaign_id": id}}
    ortto.backstage("create_audience", name="Being won back", filter=inside)
    ortto.world.clock.advance(seconds=2)
    one, other = ortto.create("one@test.example"), ortto.create("other@test.example", str__ei="E-2")
    keys: dict[str, Any] = {"campaign_id": id, "people": [{"person_id": one}, {"external_id": "E-2"}]}
    assert ortto.backstage("leave_campaign", **keys) == {"changed": 0}
    assert ortto.backstage("start_campaign", **keys) == {"changed": 2}
    assert ortto.backstage("start_campaign", **keys) == {"changed": 0}
    assert ortto.audience("Being won back")["members"] == 2
    assert ortto.backstage("leave_campaign", campaign_id=id, people=[{"person_id": one}]) == {"changed": 1}
    assert ortto.ids(audience_id=ortto.audience_id_of("Being won back")) == [other]
    assert campaign(ortto, "$has_started_campaign", id) == {one, other}
    assert campaign(ortto, "$has_left_campaign", id) == {one}
    assert ortto.backstage("start_campaign", **keys) == {"changed": 1}
    assert campaign(ortto, "$is_member_of_campaign", id) == {one, other}
    assert campaign(ortto, "$has_left_campaign", id) == {one}


def test_unknown_ids(ortto: Ortto) -> None:
    unknown_id = "0123456789abcdef01234567"
    for operator in ("$has_started_campaign", "$is_member_of_campaign", "$has_left_campaign"):
        error = ortto.error("POST", "/v1/person/get", {"filter": {operator: {"campaign_id": unknown_id}}})
        assert error["error"] == f"myorttoaccount: {unknown_id}: Object not found"
        error = ortto.error("POST", "/v1/person/get", {"filter": {operator: {"campaign_id": "x"}}})
        assert "the length must be 12 or 24 + 2 for hex but it is 3" in error["error"]
    unknown = condition("$act::has_occurred", "act:cm:nothing")
    field = condition("$act::has_occurred", "str::email")
    wrong_timeframe = condition("$act::last", "act::o", timeframe={"type": "lately"})
    assert "act:cm:nothing" in ortto.error("POST", "/v1/person/get", {"filter": unknown})["error"]
    assert "Failed to decode" in ortto.error("POST", "/v1/person/get", {"filter": field})["error"]
    assert "Failed to decode" in ortto.error("POST", "/v1/person/get", {"filter": wrong_timeframe})["error"]
    people = [{"email": "unknown@test.example"}]
    calls: list[tuple[str, str, dict[str, Any]]] = [
        ("record_activity", "unknown_person", {"field_id": "act::o", "people": people}),
        ("record_activity", "unknown_activity", {"field_id": "act::nope", "people": people}),
        ("start_campaign", "unknown_campaign", {"campaign_id": unknown_id, "people": people}),
        ("leave_campaign", "unknown_campaign", {"campaign_id": unknown_id, "people": people}),
        (
            "create_audience",
            "filter_unsound",
            {"name": "x", "filter": {"$has_left_campaign": {"campaign_id": unknown_id}}},
        ),
        ("create_audience", "filter_unsound", {"name": "x", "filter": unknown}),
    ]
    for action, problem, body in calls:
        with pytest.raises(ControlError) as raised:
            ortto.backstage(action, **body)
        assert raised.value.problem == problem
        if problem == "unknown_activity":
            assert ", act::o, act::" in str(raised.value), "the known ones are listed"
