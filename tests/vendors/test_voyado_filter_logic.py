"""Voyado: filters of target audiences."""

from typing import Any

import pytest

from mockserver.client import World
from tests.vendors.voyado import Engage

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
def test_a_filter_selects_the_matching_contact(engage: Engage, filter: dict[str, Any]) -> None:
    alma = engage.create("alma@example.com", **ALMA)
    blank = engage.create("blank@example.com", contactType="Contact")
    unapproved = engage.create("unapproved@example.com", unapproved=True, **ALMA)
    engage.create_audience("Some", filter)
    engage.create_audience("The others", {"not": filter})
    assert [engage.audiences(id) for id in (alma, blank, unapproved)] == [["Some"], ["The others"], []]
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
def test_filters_can_select_missing_values(engage: Engage, filter: dict[str, Any]) -> None:
    id = engage.create("blank@example.com")
    engage.create_audience("Blank", filter)
    assert engage.audiences(id) == ["Blank"]


@pytest.mark.mockserver(scenario="demo")
def test_filters_select_stores_and_consents_by_id(engage: Engage) -> None:
    id = engage.create(
        "terms@example.com", createdInStore="600", consents=[{"id": "memberTerms", "value": True}]
    )
    engage.create_audience("In Malmö", {"attribute": "store", "is": "600"})
    engage.create_audience("Agreed", {"consent": "memberTerms", "is": True})
    assert engage.audiences(id) == ["In Malmö", "Agreed"]


def test_membership_by_number_of_days_ends(engage: Engage) -> None:
    id = engage.create("new@example.com")
    engage.world.backstage("voyado", "register_purchase", contactId=id, amount=1)
    engage.create_audience("New", {"attribute": "registrationDate", "withinDays": 2})
    engage.create_audience("Lapsed", {"attribute": "lastOrderDate", "olderThanDays": 3})
    memberships = [engage.audiences(id)]
    for _ in range(5):
        engage.world.clock.advance(days=1)
        memberships.append(engage.audiences(id))
    assert memberships == [["New"], ["New"], ["New"], [], ["Lapsed"], ["Lapsed"]]


def test_future_days_match_when_they_come(engage: Engage) -> None:
    id = engage.create("unborn@example.com", birthDay="2026-03-02")
    engage.create_audience("Born", {"attribute": "birthDay", "withinDays": 1})
    memberships = []
    for _ in range(5):
        engage.world.clock.advance(days=1)
        memberships.append(engage.audiences(id))
    assert memberships == [[], ["Born"], ["Born"], [], []]


def test_a_new_audience_is_calculated_without_the_others(engage: Engage) -> None:
    engage.create_audience("Lund", {"attribute": "city", "is": "Lund"})
    id = engage.create("moved@example.com", city="Lund")
    created = engage.world.backstage(
        "voyado", "create_target_audience", name="Also Lund", filter={"attribute": "city", "is": "Lund"}
    )
    assert (created["members"], created["calculatedOn"]) == (1, "2026-02-28T09:00:00.000Z")
    assert engage.audiences(id) == ["Also Lund"]
    engage.world.clock.advance(days=1)
    assert engage.audiences(id) == ["Lund", "Also Lund"]
