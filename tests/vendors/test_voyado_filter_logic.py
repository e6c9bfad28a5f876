"""Voyado, backstage: target audiences are made of filters; and how this Engage is configured."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.errors import ControlError
from tests.vendors.test_voyado_audiences import SILVER, SWEDES, Engage

TERMS = {"consent": "memberTerms", "is": True}
UNKNOWN = "2e40b702-2767-4abe-ae99-aa510108e22b"
pytestmark = pytest.mark.mockserver(scenario="empty", now="2026-02-28T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


ALMA = {
    "firstName": "Alma",
    "city": "Lund",
    "birthDay": "1992-02-29",
    "secrecyMarked": True,
    "preferences": {"acceptsEmail": True},
}


@pytest.mark.parametrize(
    "filter",
    [
        {"attribute": "firstName", "is": "Alma"},
        {"attribute": "firstName", "in": ["Alma", "Bo"]},
        {"attribute": "firstName", "contains": "lm"},
        {"attribute": "firstName", "startsWith": "Al"},
        {"attribute": "firstName", "known": True},
        {"attribute": "contactType", "is": "Member"},
        {"attribute": "city", "in": ["Lund"]},
        {"attribute": "age", "is": 33},
        {"attribute": "age", "above": 32.5},
        {"attribute": "age", "below": 34},
        {"attribute": "birthDay", "anniversary": "today"},
        {"attribute": "birthDay", "before": "1992-03-01"},
        {"attribute": "birthDay", "after": "1992-02-28"},
        {"attribute": "birthDay", "olderThanDays": 12417},
        {"attribute": "birthDay", "withinDays": 12418},
        {"attribute": "secrecyMarked", "is": True},
        {"preference": "acceptsEmail", "is": True},
        {"all": [{"attribute": "city", "is": "Lund"}, {"not": {"attribute": "city", "is": "Malmö"}}]},
        {"all": [{"attribute": "age", "above": 1}] * 3},
        {"any": [{"attribute": "city", "is": "Malmö"}, {"attribute": "city", "is": "Lund"}]},
    ],
)
def test_a_filter_tells_one_contact_from_another(engage: Engage, filter: dict[str, Any]) -> None:
    alma = engage.create("alma@example.com", **ALMA)
    nobody = engage.create("nobody@example.com", contactType="Contact")
    shy = engage.create("shy@example.com", unapproved=True, **ALMA)
    engage.audience("Some", filter)
    engage.audience("The others", {"not": filter})
    assert [engage.audiences(id) for id in (alma, nobody, shy)] == [["Some"], ["The others"], []]
    assert engage.recalculate() == {"Some": 1, "The others": 1}


@pytest.mark.parametrize(
    "filter",
    [
        {"attribute": "firstName", "known": False},
        {"attribute": "lastOrderDate", "known": False},
        {"attribute": "registrationDate", "withinDays": 0},
        {"attribute": "store", "known": False},
        {"consent": "memberTerms", "known": False},
        {"not": {"consent": "memberTerms", "is": True}},
        {"attribute": "bonusPoints", "is": 0},
        {"attribute": "rfm", "known": False},
        {"attribute": "registrationDate", "known": True},
    ],
)
def test_what_is_not_known_can_be_asked_for(engage: Engage, filter: dict[str, Any]) -> None:
    id = engage.create("nobody@example.com")
    engage.audience("Blank", filter)
    assert engage.audiences(id) == ["Blank"]


@pytest.mark.mockserver(scenario="demo")
def test_stores_and_consents_are_asked_for_by_their_ids(engage: Engage) -> None:
    id = engage.create(
        "terms@example.com", createdInStore="600", consents=[{"id": "memberTerms", "value": True}]
    )
    engage.audience("In Malmö", {"attribute": "store", "is": "600"})
    engage.audience("Agreed", {"consent": "memberTerms", "is": True})
    assert engage.audiences(id) == ["In Malmö", "Agreed"]


def test_a_span_of_days_ends(engage: Engage) -> None:
    id = engage.create("new@example.com")
    engage.world.backstage("voyado", "register_purchase", contactId=id, amount=1)
    engage.audience("New", {"attribute": "registrationDate", "withinDays": 2})
    engage.audience("Lapsed", {"attribute": "lastOrderDate", "olderThanDays": 3})
    seen = [engage.audiences(id)]
    for _ in range(5):
        engage.world.clock.advance(days=1)
        seen.append(engage.audiences(id))
    assert seen == [["New"], ["New"], ["New"], [], ["Lapsed"], ["Lapsed"]]


def test_days_of_the_future_count_when_they_come(engage: Engage) -> None:
    id = engage.create("unborn@example.com", birthDay="2026-03-02")
    engage.audience("Born", {"attribute": "birthDay", "withinDays": 1})
    seen = []
    for _ in range(5):
        engage.world.clock.advance(days=1)
        seen.append(engage.audiences(id))
    assert seen == [[], ["Born"], ["Born"], [], []]


def test_a_new_audience_is_calculated_alone(engage: Engage) -> None:
    engage.audience("Lund", {"attribute": "city", "is": "Lund"})
    id = engage.create("moved@example.com", city="Lund")
    made = engage.world.backstage(
        "voyado", "create_target_audience", name="Also Lund", filter={"attribute": "city", "is": "Lund"}
    )
    assert (made["members"], made["calculatedOn"]) == (1, "2026-02-28T09:00:00.000Z")
    assert engage.audiences(id) == ["Also Lund"]
    engage.world.clock.advance(days=1)
    assert engage.audiences(id) == ["Lund", "Also Lund"]


@pytest.mark.mockserver(scenario="demo")
def test_audiences_are_renamed_and_deleted_at_once(engage: Engage) -> None:
    silver = next(id for id in engage.everybody() if "Silver" in engage.audiences(id))
    renamed = engage.world.backstage("voyado", "rename_target_audience", id=SILVER.upper(), name="Gold")
    assert (renamed["id"], renamed["name"]) == (SILVER, "Gold")
    assert {"id": SILVER, "name": "Gold"} in engage.get("/api/v3/target-audiences")
    assert "Gold" in engage.audiences(silver)
    engage.world.backstage("voyado", "delete_target_audience", id=SILVER)
    assert "Gold" not in engage.audiences(silver)
    assert SILVER not in [one["id"] for one in engage.get("/api/v2/target-audiences")]
    back = engage.world.backstage(
        "voyado", "create_target_audience", id=SILVER, name="Again", filter=renamed["filter"]
    )
    assert back["members"] == renamed["members"]
    assert engage.audiences(silver)[-1] == "Again"


def _unfit(**body: Any) -> tuple[str, dict[str, Any], str]:
    return "create_target_audience", {"name": "n", "filter": TERMS} | body, "call_does_not_fit"


@pytest.mark.mockserver(scenario="demo")
@pytest.mark.parametrize(
    ("action", "body", "problem"),
    [
        _unfit(filter={}),
        (
            "create_target_audience",
            {"name": "n" * 31, "filter": {"consent": "c", "is": True}},
            "call_does_not_fit",
        ),
        _unfit(name=""),
        _unfit(filter={"all": []}),
        _unfit(filter={"attribute": "age"}),
        (
            "create_target_audience",
            {"name": "n", "filter": {"attribute": "age", "is": "1"}},
            "call_does_not_fit",
        ),
        (
            "create_target_audience",
            {"name": "n", "filter": {"attribute": "shoe", "is": "1"}},
            "call_does_not_fit",
        ),
        (
            "create_target_audience",
            {"id": SWEDES, "name": "n", "filter": TERMS},
            "target_audience_exists",
        ),
        ("rename_target_audience", {"id": UNKNOWN, "name": "n"}, "unknown_target_audience"),
        ("delete_target_audience", {"id": UNKNOWN}, "unknown_target_audience"),
        ("recalculate_target_audiences", {"id": UNKNOWN}, "call_does_not_fit"),
        ("configure", {"customKey": "email"}, "call_does_not_fit"),
        ("add_contact_type", {"id": "MEMBER", "key": "email"}, "contact_type_exists"),
        ("begin_contact_creation", {"contactType": "Guest", "key": "k"}, "unknown_contact_type"),
        ("register_purchase", {"contactId": UNKNOWN, "amount": 1}, "unknown_contact"),
    ],
)
def test_backstage_refuses_what_cannot_be_done(
    engage: Engage, action: str, body: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ControlError) as refused:
        engage.world.backstage("voyado", action, **body)
    assert refused.value.problem == problem


def test_the_configuration_is_shown(engage: Engage) -> None:
    added = engage.world.backstage("voyado", "add_contact_type", id="Visitor", key="mobilePhone")
    assert added == {"id": "Visitor", "key": "mobilePhone", "required": []}
    shown = engage.world.backstage("voyado", "configure")
    assert (shown["customKey"], shown["changesLimit"]) == ("memberNumber", 250_000)
    assert [one["id"] for one in shown["contactTypes"]] == ["Member", "Contact", "Visitor"]
