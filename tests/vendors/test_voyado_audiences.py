"""Voyado: target audiences and their members, and what every call needs."""

import uuid
from datetime import date

import pytest

from mockserver.client import World
from tests.vendors.voyado import MEMBER, SILVER, SWEDES, Engage

NIGHT = {"hours": 24}
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def test_the_documented_audiences_are_listed_first(engage: Engage) -> None:
    assert engage.get("/api/v3/target-audiences")[:3] == [
        {"id": SWEDES, "name": "Svenska medlemmar"},
        {"id": SILVER, "name": "Silver"},
        {"id": MEMBER, "name": "Member"},
    ]


def test_both_versions_list_the_same_audiences(engage: Engage) -> None:
    assert engage.get("/api/v2/target-audiences") == engage.get("/api/v3/target-audiences")


def test_unknown_parameters_are_ignored(engage: Engage) -> None:
    assert engage.get("/api/v3/target-audiences", page=2) == engage.get("/api/v3/target-audiences")


@pytest.mark.mockserver(scenario="empty")
def test_without_audiences_the_list_is_empty(engage: Engage) -> None:
    assert engage.get("/api/v3/target-audiences") == []


def test_a_missing_key_is_rejected(engage: Engage) -> None:
    del engage.session.headers["apikey"]
    error = engage.expect_error(401, "GET", "/api/v3/target-audiences")
    assert error["errorCode"] == "Unauthorized"


def test_the_key_is_checked_before_the_content_type(engage: Engage) -> None:
    engage.session.headers["apikey"] = str(uuid.uuid4())
    del engage.session.headers["Content-Type"]
    assert engage.expect_error(401, "GET", "/api/v3/target-audiences")["errorCode"] == "Unauthorized"


@pytest.mark.parametrize(
    "path", ["/api/v3/target-audiences", "/api/v2/contactoverview", "/api/v3/contacts/x"]
)
def test_a_missing_content_type_returns_the_documented_500_if_every_call_needs_one(
    engage: Engage, path: str
) -> None:
    del engage.session.headers["Content-Type"]
    assert engage.send("GET", path).status_code != 500
    engage.world.configure(switches={"voyado": {"strict_content_type": "all"}})
    response = engage.send("GET", path)
    assert response.status_code == 500
    assert response.json() == {"message": "An error has occurred"}


@pytest.mark.mockserver(strict=False)
def test_unknown_paths_and_methods_return_errors_of_aspnet(engage: Engage) -> None:
    unknown = engage.send("GET", "/api/v3/target-audiences/members")
    assert (unknown.status_code, list(unknown.json())) == (404, ["message"])
    not_allowed = engage.send("POST", "/api/v3/target-audiences", {})
    assert not_allowed.status_code == 405
    assert not_allowed.json() == {"message": "The requested resource does not support http method 'POST'."}
    assert not_allowed.headers["Allow"] == "GET"
    assert engage.send("POST", "/api/v3/contacts/id", {}).status_code == 405


def test_the_content_type_of_replies_is_json_in_utf8(engage: Engage) -> None:
    response = engage.send("GET", "/api/v3/target-audiences")
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"


def test_the_demo_audiences_contain_the_matching_contacts(engage: Engage) -> None:
    contacts = [engage.overview(id) for id in engage.all_ids()]
    assert len(contacts) == 200

    def ids_in(name: str) -> set[str]:
        return {
            contact["id"]
            for contact in contacts
            if name in (audience["name"] for audience in contact["audiences"])
        }

    approved = [contact for contact in contacts if contact["meta"]["approved"]]
    members = [contact for contact in approved if contact["meta"]["contactType"] == "Member"]
    assert 0 < len(members) < len(approved) < len(contacts)
    assert ids_in("Member") == {contact["id"] for contact in members}
    swedish = {contact["id"] for contact in members if contact["attributes"]["countryCode"] == "SE"}
    assert ids_in("Svenska medlemmar") == swedish
    silver = {contact["id"] for contact in approved if contact["attributes"]["bonusBasedLevel"] == "Silver"}
    assert ids_in("Silver") == silver
    young = {
        contact["id"]
        for contact in approved
        if contact["attributes"]["age"] < 30 and contact["preferences"]["acceptsEmail"]
    }
    assert ids_in("Under 30, reachable by mail") == young
    assert all((swedish, silver, young))


def test_overviews_contain_existing_audiences_without_duplicates(engage: Engage) -> None:
    known = engage.get("/api/v3/target-audiences")
    assert len(engage.all_ids()) >= 60
    assert known
    for id in engage.all_ids()[:60]:
        audiences = engage.overview(id)["audiences"]
        assert all(audience in known for audience in audiences)
        assert len({audience["id"] for audience in audiences}) == len(audiences)


def test_membership_changes_only_at_midnight(engage: Engage) -> None:
    id = engage.create("moved@example.com", countryCode="SE")
    assert engage.audiences(id) == []
    engage.world.clock.advance(hours=14, minutes=59)
    assert engage.audiences(id) == []
    engage.world.clock.advance(minutes=1)
    assert engage.audiences(id) == ["Svenska medlemmar", "Member", "New this month"]
    engage.patch(id, countryCode="IE", city="Limerick")
    assert engage.audiences(id) == ["Svenska medlemmar", "Member", "New this month"]
    engage.world.clock.advance(**NIGHT)
    assert engage.audiences(id) == ["Member", "New this month", "Moved to Limerick"]


def test_a_recalculation_can_be_run_before_midnight(engage: Engage) -> None:
    id = engage.create("now@example.com", countryCode="SE")
    before = engage.recalculate()
    assert engage.audiences(id) == ["Svenska medlemmar", "Member", "New this month"]
    engage.patch(id, countryCode="NO")
    assert engage.recalculate() == before | {"Svenska medlemmar": before["Svenska medlemmar"] - 1}


def test_a_recalculation_does_not_change_the_list(engage: Engage) -> None:
    before = engage.get("/api/v3/target-audiences")
    engage.create("new@example.com")
    engage.world.clock.advance(**NIGHT)
    engage.recalculate()
    assert engage.get("/api/v3/target-audiences") == before


def test_an_unapproved_contact_is_in_no_audience_until_a_preference_approves_it(engage: Engage) -> None:
    id = engage.create("unapproved@example.com", unapproved=True, countryCode="SE")
    engage.world.clock.advance(**NIGHT)
    assert engage.audiences(id) == []
    approved = engage.send("POST", f"/api/v2/contacts/{id}/preferences/acceptsEmail", {"value": True})
    assert approved.json()["meta"]["approved"] is True
    assert engage.audiences(id) == []
    engage.world.clock.advance(**NIGHT)
    assert "Svenska medlemmar" in engage.audiences(id)


def test_purchases_raise_contacts_to_silver(engage: Engage) -> None:
    id = engage.create("buyer@example.com")
    bought = engage.world.backstage("voyado", "register_purchase", contactId=id, amount=300.9)
    assert (bought["bonusPoints"], bought["bonusBasedLevel"]) == (300, "Silver")
    engage.world.clock.advance(**NIGHT)
    assert "Silver" in engage.audiences(id)
    attributes = engage.get("/api/v2/contactoverview", contactId=id)["attributes"]
    assert attributes["bonusPoints"] == 300
    assert attributes["lastOrderDate"] == "2026-01-05T09:00:00.000Z"


def test_time_alone_moves_contacts_between_audiences(engage: Engage) -> None:
    birthday = engage.create("birthday@example.com", birthDay="1990-01-07")
    nearly_thirty = engage.create(
        "young@example.com", birthDay="1996-01-08", preferences={"acceptsEmail": True}
    )
    memberships = {}
    for _ in range(4):
        engage.world.clock.advance(**NIGHT)
        day = engage.world.clock.now().date()
        memberships[day] = (
            "Birthday today" in engage.audiences(birthday),
            "Under 30, reachable by mail" in engage.audiences(nearly_thirty),
        )
    assert memberships == {
        date(2026, 1, 6): (False, True),
        date(2026, 1, 7): (True, True),
        date(2026, 1, 8): (False, False),
        date(2026, 1, 9): (False, False),
    }
    engage.world.clock.advance(days=40)
    assert engage.audiences(birthday) == ["Member"]


@pytest.mark.mockserver(scenario="empty")
def test_one_recalculation_catches_up_on_many_days(engage: Engage) -> None:
    engage.create_audience("Thirty", {"attribute": "age", "above": 29})
    for day in range(7, 31):
        engage.create(f"{day}@example.com", birthDay=f"1996-01-{day:02}")
    assert engage.recalculate() == {"Thirty": 0}
    engage.world.configure(jobs="manual")
    engage.world.clock.advance(days=30)
    assert engage.recalculate() == {"Thirty": 24}


def test_recalculations_still_run_after_the_clock_is_moved_back(engage: Engage) -> None:
    birthday = engage.create("early@example.com", birthDay="1990-12-02")
    engage.recalculate()
    engage.world.clock.freeze("2025-12-01T12:00:00Z")
    changed = engage.create("changed@example.com", countryCode="SE")
    engage.world.clock.advance(**NIGHT)
    assert "Svenska medlemmar" in engage.audiences(changed)
    assert "Birthday today" in engage.audiences(birthday)


def test_a_reset_restores_the_contacts_of_the_seed(engage: Engage) -> None:
    ids = engage.all_ids()
    before = [engage.overview(id) for id in ids[:20]]
    engage.patch(ids[0], firstName="Somebody")
    engage.world.reset()
    assert [engage.overview(id) for id in ids[:20]] == before


@pytest.mark.mockserver(scenario="empty")
@pytest.mark.parametrize("version", ["v2", "v3"])
def test_a_deleted_contact_leaves_its_audiences(engage: Engage, version: str) -> None:
    audience = engage.create_audience("Lund", {"attribute": "city", "is": "Lund"})
    contact = engage.create("eva@example.com", city="Lund")
    assert engage.recalculate() == {"Lund": 1}
    assert engage.send("DELETE", f"/api/{version}/contacts/{contact}").status_code == 200
    effects = engage.world.journal(vendor="voyado")[-1]["effects"]
    changed = [(one["collection"], one["id"], one["change"]) for one in effects]
    assert ("target_audiences", audience, "updated") in changed
    assert engage.recalculate() == {"Lund": 0}
