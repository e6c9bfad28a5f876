"""Voyado: target audiences, who is in them and when, and what every call needs."""

import uuid
from datetime import date
from typing import Any

import pytest
import requests

from mockserver.client import World

SWEDES, SILVER, MEMBER = (
    "91a2ea56-c08b-48fe-b510-ffff006aedde",
    "5b195078-0f72-4206-ac1a-aaaa006ce19e",
    "1ef5e951-a0f1-4822-b69e-cccc006cf38a",
)
NIGHT = {"hours": 24}
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


class Engage:
    """A client of Voyado in one world, with the two headers that every call needs."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.url = world.url("voyado")
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers.update(world.headers("voyado") | {"Content-Type": "application/json"})

    def send(self, method: str, path: str, body: Any = None, **params: Any) -> requests.Response:
        """One call, whatever it answers."""
        return self.session.request(method, self.url + path, json=body, params=params, timeout=10)

    def get(self, path: str, **params: Any) -> Any:
        """The body of a call that must succeed."""
        response = self.send("GET", path, **params)
        assert response.status_code == 200, response.text
        return response.json()

    def refused(self, status: int, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The body of a refusal, which names the request and the reason."""
        response = self.send(method, path, body, **params)
        assert response.status_code == status, response.text
        refusal = response.json()
        assert refusal["message"]
        assert uuid.UUID(refusal["requestId"])
        return refusal

    def create(self, email: str, unapproved: Any = False, **attributes: Any) -> str:
        """The id of a new contact."""
        body = {"email": email, **attributes}
        flag = {"createAsUnapproved": "true"} if unapproved else {}
        response = self.send("POST", "/api/v3/contacts", body, **flag)
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    def patch(self, id: str, **attributes: Any) -> Any:
        """The contact after a change."""
        response = self.send("PATCH", f"/api/v3/contacts/{id}", attributes)
        assert response.status_code == 200, response.text
        return response.json()

    def overview(self, id: str) -> Any:
        """The overview of a contact."""
        return self.get("/api/v3/contactoverview", contactId=id)

    def audiences(self, id: str) -> list[str]:
        """The names of the target audiences that a contact is in."""
        return [audience["name"] for audience in self.overview(id)["audiences"]]

    def everybody(self) -> list[str]:
        """The ids of all contacts."""
        found: list[str] = self.get("/api/v3/contacts/changes", changeType="Created", fromDate="2000-01-01")
        return found

    def audience(self, name: str, filter: dict[str, Any]) -> str:
        """The id of a new target audience."""
        made = self.world.backstage("voyado", "create_target_audience", name=name, filter=filter)
        return str(made["id"])

    def recalculate(self) -> dict[str, int]:
        """Calculates all target audiences and gives how many members each has."""
        made = self.world.backstage("voyado", "recalculate_target_audiences")
        return {one["name"]: one["members"] for one in made["targetAudiences"]}


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def test_lists_the_audiences_of_the_documentation_first(engage: Engage) -> None:
    assert engage.get("/api/v3/target-audiences")[:3] == [
        {"id": SWEDES, "name": "Svenska medlemmar"},
        {"id": SILVER, "name": "Silver"},
        {"id": MEMBER, "name": "Member"},
    ]


def test_both_versions_list_the_same_audiences(engage: Engage) -> None:
    assert engage.get("/api/v2/target-audiences") == engage.get("/api/v3/target-audiences")


def test_parameters_that_do_not_exist_are_passed_over(engage: Engage) -> None:
    assert engage.get("/api/v3/target-audiences", page=2) == engage.get("/api/v3/target-audiences")


@pytest.mark.mockserver(scenario="empty")
def test_without_audiences_the_list_is_empty(engage: Engage) -> None:
    assert engage.get("/api/v3/target-audiences") == []


def test_a_call_without_the_key_is_refused(engage: Engage) -> None:
    del engage.session.headers["apikey"]
    refusal = engage.refused(401, "GET", "/api/v3/target-audiences")
    assert refusal["errorCode"] == "Unauthorized"


def test_a_wrong_key_is_refused_before_the_content_type_is_looked_at(engage: Engage) -> None:
    engage.session.headers["apikey"] = str(uuid.uuid4())
    del engage.session.headers["Content-Type"]
    assert engage.refused(401, "GET", "/api/v3/target-audiences")["errorCode"] == "Unauthorized"


@pytest.mark.parametrize(
    "path", ["/api/v3/target-audiences", "/api/v2/contactoverview", "/api/v3/contacts/x"]
)
def test_a_call_without_content_type_is_the_documented_500(engage: Engage, path: str) -> None:
    del engage.session.headers["Content-Type"]
    response = engage.send("GET", path)
    assert response.status_code == 500
    assert response.json() == {"message": "An error has occurred"}


@pytest.mark.mockserver(strict=False)
def test_unknown_paths_and_methods_are_refused_in_words_of_aspnet(engage: Engage) -> None:
    unknown = engage.send("GET", "/api/v3/target-audiences/members")
    assert (unknown.status_code, list(unknown.json())) == (404, ["message"])
    wrong = engage.send("POST", "/api/v3/target-audiences", {})
    assert wrong.status_code == 405
    assert wrong.json() == {"message": "The requested resource does not support http method 'POST'."}
    assert wrong.headers["Allow"] == "GET"
    assert engage.send("POST", "/api/v3/contacts/id", {}).status_code == 405


def test_replies_are_json_of_utf8(engage: Engage) -> None:
    response = engage.send("GET", "/api/v3/target-audiences")
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"


def test_the_demo_audiences_hold_whom_they_say(engage: Engage) -> None:
    contacts = [engage.overview(id) for id in engage.everybody()]
    assert len(contacts) == 200

    def of(name: str) -> set[str]:
        return {one["id"] for one in contacts if name in (audience["name"] for audience in one["audiences"])}

    approved = [one for one in contacts if one["meta"]["approved"]]
    members = [one for one in approved if one["meta"]["contactType"] == "Member"]
    assert 0 < len(members) < len(approved) < len(contacts)
    assert of("Member") == {one["id"] for one in members}
    swedish = {one["id"] for one in members if one["attributes"]["countryCode"] == "SE"}
    assert of("Svenska medlemmar") == swedish
    silver = {one["id"] for one in approved if one["attributes"]["bonusBasedLevel"] == "Silver"}
    assert of("Silver") == silver
    young = {
        one["id"] for one in approved if one["attributes"]["age"] < 30 and one["preferences"]["acceptsEmail"]
    }
    assert of("Under 30, reachable by mail") == young
    assert all((swedish, silver, young))


def test_every_overview_names_audiences_that_exist_and_each_once(engage: Engage) -> None:
    known = engage.get("/api/v3/target-audiences")
    for id in engage.everybody()[:60]:
        audiences = engage.overview(id)["audiences"]
        assert all(audience in known for audience in audiences)
        assert len({audience["id"] for audience in audiences}) == len(audiences)


def test_membership_changes_at_midnight_and_not_before(engage: Engage) -> None:
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


def test_a_recalculation_need_not_wait_for_midnight(engage: Engage) -> None:
    id = engage.create("now@example.com", countryCode="SE")
    before = engage.recalculate()
    assert engage.audiences(id) == ["Svenska medlemmar", "Member", "New this month"]
    engage.patch(id, countryCode="NO")
    assert engage.recalculate() == before | {"Svenska medlemmar": before["Svenska medlemmar"] - 1}


def test_the_list_is_the_same_before_and_after_a_recalculation(engage: Engage) -> None:
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


def test_purchases_lift_contacts_into_silver(engage: Engage) -> None:
    id = engage.create("buyer@example.com")
    bought = engage.world.backstage("voyado", "register_purchase", contactId=id, amount=300.9)
    assert (bought["bonusPoints"], bought["bonusBasedLevel"]) == (300, "Silver")
    engage.world.clock.advance(**NIGHT)
    assert "Silver" in engage.audiences(id)
    attributes = engage.overview(id)["attributes"]
    assert attributes["bonusPoints"] == 300
    assert attributes["lastOrderDate"] == "2026-01-05T09:00:00.000Z"


def test_time_alone_moves_contacts_between_audiences(engage: Engage) -> None:
    birthday = engage.create("birthday@example.com", birthDay="1990-01-07")
    nearly_thirty = engage.create(
        "young@example.com", birthDay="1996-01-08", preferences={"acceptsEmail": True}
    )
    seen = {}
    for _ in range(4):
        engage.world.clock.advance(**NIGHT)
        day = engage.world.clock.now().date()
        seen[day] = (
            "Birthday today" in engage.audiences(birthday),
            "Under 30, reachable by mail" in engage.audiences(nearly_thirty),
        )
    assert seen == {
        date(2026, 1, 6): (False, True),
        date(2026, 1, 7): (True, True),
        date(2026, 1, 8): (False, False),
        date(2026, 1, 9): (False, False),
    }
    engage.world.clock.advance(days=40)
    assert engage.audiences(birthday) == ["Member"]


def test_a_clock_put_back_still_has_its_nights(engage: Engage) -> None:
    birthday = engage.create("early@example.com", birthDay="1990-12-02")
    engage.recalculate()
    engage.world.clock.freeze("2025-12-01T12:00:00Z")
    changed = engage.create("changed@example.com", countryCode="SE")
    engage.world.clock.advance(**NIGHT)
    assert "Svenska medlemmar" in engage.audiences(changed)
    assert "Birthday today" in engage.audiences(birthday)


def test_worlds_of_one_seed_are_the_same(engage: Engage) -> None:
    ids = engage.everybody()
    before = [engage.overview(id) for id in ids[:20]]
    engage.patch(ids[0], firstName="Somebody")
    engage.world.reset()
    assert [engage.overview(id) for id in ids[:20]] == before
