"""Spotler: random sequences of calls against a model of audiences, members and filters."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from mockserver.client import World
from tests.examples import few_or_many
from tests.vendors.spotler import Spotler

AUDIENCES = ["a", "b", "c"]
NAMES = ["A", "B", "C"]
PEOPLE = [f"p{number}" for number in range(4)]

audiences = st.sampled_from(AUDIENCES)
names = st.sampled_from(NAMES)
people = st.lists(st.sampled_from([*PEOPLE, "unknown"]), max_size=4)


class SpotlerMachine(RuleBasedStateMachine):
    """Compares audiences, members and filters with dictionaries."""

    spotler: Spotler

    @initialize()
    def start(self) -> None:
        self.spotler.world.reset()
        self.spotler.world.clock.freeze("2026-01-05T09:00:00Z")
        self.now = 1767603600000
        for person in PEOPLE:
            self.spotler.contact(person)
        self.audiences: dict[str, dict[str, Any]] = {}
        self.members: dict[str, list[str]] = {}
        self.filters: dict[str, list[str]] = {}

    @rule()
    def advance_clock(self) -> None:
        self.spotler.world.clock.advance(seconds=1)
        self.now += 1000

    @rule(id=audiences, name=names)
    def create(self, id: str, name: str) -> None:
        reply = self.spotler.send("POST", "/audience", {"externalId": id, "name": name})
        if id in self.audiences:
            assert reply.json()["errorType"] == "ID_NOTUNIQUE"
        elif self._id_of_name(name):
            assert reply.json()["errorType"] == "NAME_ALREADY_IN_USE"
        else:
            never = dict.fromkeys(
                ["lastContactAddedAt", "lastContactRemovedAt", "lastSyncDate", "description"]
            )
            dates = {"createDate": self.now, "changeDate": self.now}
            self.audiences[id] = {"externalId": id, "name": name, **dates, **never}
            self.members[id], self.filters[id] = [], []
            assert reply.json() == self.audiences[id]

    @rule(id=audiences, name=names)
    def rename(self, id: str, name: str) -> None:
        reply = self.spotler.send("PUT", f"/audience/{id}", {"externalId": id, "name": name})
        if id not in self.audiences:
            assert reply.status_code == 404
        elif self._id_of_name(name) not in (None, id):
            assert reply.status_code == 417
        else:
            self.audiences[id] |= {"name": name, "changeDate": self.now}

    @rule(id=audiences)
    def delete(self, id: str) -> None:
        status = self.spotler.send("DELETE", f"/audience/{id}").status_code
        if id not in self.audiences:
            assert status == 404
        elif self.filters[id]:
            assert status == 417
        else:
            assert status == 204
            del self.audiences[id], self.members[id], self.filters[id]

    @rule(id=audiences, contacts=people)
    def add(self, id: str, contacts: list[str]) -> None:
        status = self.spotler.send("POST", f"/audience/{id}/contact", {"contacts": contacts}).status_code
        assert status == (404 if id not in self.audiences or "unknown" in contacts else 204)
        if status == 204 and contacts:
            added = [one for one in dict.fromkeys(contacts) if one not in self.members[id]]
            self.members[id] += added
            self._update_dates(id, "lastContactAddedAt", bool(added))

    @rule(id=audiences, contacts=st.none() | people)
    def remove(self, id: str, contacts: list[str] | None) -> None:
        body = None if contacts is None else {"contacts": contacts}
        status = self.spotler.send("DELETE", f"/audience/{id}/contact", body).status_code
        assert status == (204 if id in self.audiences else 404)
        if status == 204 and contacts != []:
            removed = [one for one in self.members[id] if contacts is None or one in contacts]
            self.members[id] = [one for one in self.members[id] if one not in removed]
            self._update_dates(id, "lastContactRemovedAt", bool(removed))

    @rule(person=st.sampled_from(PEOPLE))
    def anonymize(self, person: str) -> None:
        self.spotler.succeed("PUT", f"/contact/anonymize/{person}")
        for members in self.members.values():
            if person in members:
                members.remove(person)

    @rule(id=audiences)
    def add_filter(self, id: str) -> None:
        if id in self.audiences:
            self.filters[id].append(self.spotler.backstage("add_campaign_filter", audience=id)["id"])

    @rule(id=audiences)
    def remove_filter(self, id: str) -> None:
        if self.filters.get(id):
            self.spotler.backstage("remove_campaign_filter", id=self.filters[id].pop())

    @invariant()
    def audiences_match_the_model(self) -> None:
        for id in AUDIENCES:
            if id not in self.audiences:
                assert self.spotler.send("GET", f"/audience/{id}").status_code == 404
                continue
            seen = self.spotler.audience(id)
            # not in the model: dates that anonymising a member may change
            for date in ("lastContactRemovedAt", "lastSyncDate"):
                assert (seen[date] or 0) >= (self.audiences[id][date] or 0)
                self.audiences[id][date] = seen[date]
            assert seen == self.audiences[id]
            assert seen["createDate"] <= seen["changeDate"]
            last = max(seen["lastContactAddedAt"] or 0, seen["lastContactRemovedAt"] or 0)
            assert (seen["lastSyncDate"] or 0) >= last
            assert self.spotler.members(id) == self.members[id]
            assert not self.members[id] or seen["lastContactAddedAt"]

    def _id_of_name(self, name: str) -> str | None:
        return next((id for id, one in self.audiences.items() if one["name"] == name), None)

    def _update_dates(self, id: str, date: str, changed: bool) -> None:
        self.audiences[id] |= {"lastSyncDate": self.now, **({date: self.now} if changed else {})}


@pytest.mark.mockserver(scenario="empty")
@few_or_many(3, 60)
def test_audiences_and_members_match_the_model(mockserver: World, examples: int) -> None:
    machine = type("BoundMachine", (SpotlerMachine,), {"spotler": Spotler(mockserver)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
