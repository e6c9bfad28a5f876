"""Voyado: target audiences compared with a simple model, in which membership is a nightly snapshot."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from mockserver.client import World
from tests.examples import few_or_many
from tests.vendors.voyado import Engage

pytestmark = pytest.mark.mockserver(scenario="empty", now="2026-02-26T12:00:00Z")

Contact = dict[str, Any]
Predicate = Callable[[Contact, date], bool]


def _has_birthday(contact: Contact, today: date) -> bool:
    month_day = contact["birthDay"][5:]
    return month_day == f"{today:%m-%d}" or (month_day == "02-29" and f"{today:%m-%d}" == "02-28")


def _age(contact: Contact, today: date) -> int:
    born = date.fromisoformat(contact["birthDay"])
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


BIRTHDAY = {"attribute": "birthDay", "anniversary": "today"}
NEW = {"attribute": "registrationDate", "withinDays": 1}
FILTERS: list[tuple[dict[str, Any], Predicate]] = [
    ({"attribute": "city", "is": "Lund"}, lambda contact, _: contact["city"] == "Lund"),
    ({"not": {"attribute": "city", "is": "Lund"}}, lambda contact, _: contact["city"] != "Lund"),
    ({"preference": "acceptsEmail", "is": True}, lambda contact, _: contact["acceptsEmail"]),
    (BIRTHDAY, _has_birthday),
    ({"attribute": "age", "below": 30}, lambda contact, today: _age(contact, today) < 30),
    (
        {
            "any": [
                {"attribute": "registrationDate", "withinDays": 1},
                {"attribute": "city", "is": "Limerick"},
            ]
        },
        lambda contact, today: (today - contact["created"]).days <= 1 or contact["city"] == "Limerick",
    ),
    (
        {
            "all": [
                {"not": {"attribute": "birthDay", "anniversary": "today"}},
                {"attribute": "age", "above": 29},
            ]
        },
        lambda contact, today: not _has_birthday(contact, today) and _age(contact, today) > 29,
    ),
]
CITIES = st.sampled_from(["Lund", "Limerick", "Malmö"])
BIRTHDAYS = st.sampled_from(["1996-02-27", "1996-02-28", "1996-02-29", "1996-03-01", "1980-06-01"])


class RecalculationMachine(RuleBasedStateMachine):
    """Creates, changes and deletes contacts and audiences; membership is as of the last recalculation."""

    engage: Engage

    def __init__(self) -> None:
        super().__init__()
        self.engage.world.reset()
        self.today = date(2026, 2, 26)
        self.contacts: dict[str, Contact] = {}
        self.predicates: dict[str, Predicate] = {}
        self.names: dict[str, str] = {}
        self.snapshot: dict[str, list[str]] = {}
        self.created = 0

    def matching(self, id: str, audiences: list[str]) -> list[str]:
        contact = self.contacts[id]
        return [id for id in audiences if contact["approved"] and self.predicates[id](contact, self.today)]

    def update_snapshot(self) -> None:
        self.snapshot = {id: self.matching(id, list(self.predicates)) for id in self.contacts}

    def draw_id(self, data: Any, choices: dict[str, Any]) -> str:
        return str(data.draw(st.sampled_from(sorted(choices))))

    @rule(city=CITIES, birthday=BIRTHDAYS, email=st.booleans(), approved=st.booleans())
    def create(self, city: str, birthday: str, email: bool, approved: bool) -> None:
        self.created += 1
        attributes = {"city": city, "birthDay": birthday, "preferences": {"acceptsEmail": email}}
        id = self.engage.create(f"{self.created}@example.com", unapproved=not approved, **attributes)
        self.contacts[id] = {
            "city": city,
            "birthDay": birthday,
            "acceptsEmail": email,
            "approved": approved,
            "created": self.today,
        }
        self.snapshot[id] = []

    @precondition(lambda self: self.contacts)
    @rule(data=st.data(), city=CITIES, birthday=BIRTHDAYS)
    def patch(self, data: Any, city: str, birthday: str) -> None:
        id = self.draw_id(data, self.contacts)
        self.engage.patch(id, city=city, birthDay=birthday)
        self.contacts[id] |= {"city": city, "birthDay": birthday}

    @precondition(lambda self: self.contacts)
    @rule(data=st.data(), value=st.booleans())
    def set_preference(self, data: Any, value: bool) -> None:
        id = self.draw_id(data, self.contacts)
        self.engage.send("POST", f"/api/v2/contacts/{id}/preferences/acceptsEmail", {"value": value})
        self.contacts[id] |= {"acceptsEmail": value, "approved": True}

    @precondition(lambda self: self.contacts)
    @rule(data=st.data())
    def delete(self, data: Any) -> None:
        id = self.draw_id(data, self.contacts)
        assert self.engage.send("DELETE", f"/api/v3/contacts/{id}").status_code == 200
        del self.contacts[id], self.snapshot[id]
        self.engage.expect_error(404, "GET", "/api/v3/contactoverview", contactId=id)

    @precondition(lambda self: len(self.predicates) < 5)
    @rule(audience=st.sampled_from(FILTERS))
    def create_audience(self, audience: tuple[dict[str, Any], Predicate]) -> None:
        self.created += 1
        name = f"Audience {self.created}"
        filter, predicate = audience
        id = self.engage.create_audience(name, filter)
        self.predicates[id], self.names[id] = predicate, name
        for contact in self.contacts:
            self.snapshot[contact] = self.snapshot[contact] + self.matching(contact, [id])

    @precondition(lambda self: self.predicates)
    @rule(data=st.data())
    def delete_audience(self, data: Any) -> None:
        id = self.draw_id(data, self.predicates)
        self.engage.world.backstage("voyado", "delete_target_audience", id=id)
        del self.predicates[id], self.names[id]
        for audiences in self.snapshot.values():
            if id in audiences:
                audiences.remove(id)

    @rule()
    def recalculate(self) -> None:
        members = self.engage.recalculate()
        self.update_snapshot()
        memberships = [audience for audiences in self.snapshot.values() for audience in audiences]
        assert members == {name: memberships.count(id) for id, name in self.names.items()}

    @rule(days=st.sampled_from([1, 1, 1, 2, 30]))
    def advance_clock(self, days: int) -> None:
        self.engage.world.clock.advance(days=days)
        self.today += timedelta(days=days)
        self.update_snapshot()

    @invariant()
    def overviews_match_the_snapshot(self) -> None:
        listed = self.engage.get("/api/v3/target-audiences")
        assert listed == [{"id": id, "name": name} for id, name in self.names.items()]
        for id, audiences in self.snapshot.items():
            actual = self.engage.overview(id)["audiences"]
            assert actual == [{"id": audience, "name": self.names[audience]} for audience in audiences]


@few_or_many(4, 100)
def test_membership_is_as_of_the_last_recalculation(mockserver: World, examples: int) -> None:
    machine = type("BoundMachine", (RecalculationMachine,), {"engage": Engage(mockserver)})
    fast = settings(
        max_examples=examples, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(machine, settings=fast)
