"""Ortto: the counts of audiences stay consistent with their member lists, whatever calls are made."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from mockserver.client import World
from tests.examples import few_or_many
from tests.vendors.ortto import Ortto, condition

EMAILS = [f"p{number}@machine.example" for number in range(5)]
AUDIENCES = ["Subscribers", "SMS subscribers", "My team", "Machine"]
RULE = {"$or": [condition("$str::is", "str::first", value="In"), condition("$u4s::is", "u4s::t", value=1)]}

flags = st.fixed_dictionaries({}, optional={"bol::p": st.booleans(), "bol::sp": st.booleans()})
names = st.sampled_from(["In", "Out"])
emails = st.sampled_from(EMAILS)


class Model:
    """The expected state of one person: values, and opt-outs by audience."""

    def __init__(self) -> None:
        self.has_email, self.has_sms, self.name, self.team, self.archived = True, False, "", False, False
        self.unsubscribed: set[str] = set()
        self.sms_opted_out: set[str] = set()

    def audiences(self) -> set[str]:
        if self.archived:
            return set()
        belongs = {
            "Subscribers": self.has_email,
            "SMS subscribers": self.has_sms,
            "My team": self.team,
            "Machine": self.team or self.name == "In",
        }
        return {name for name, member in belongs.items() if member}


class Machine(RuleBasedStateMachine):
    """Merges, opt-outs, archiving and moves of the clock, compared with the model."""

    ortto: Ortto

    @initialize()
    def start(self) -> None:
        self.ortto.world.reset()
        self.ortto.world.clock.freeze()
        self.ortto.backstage("create_audience", name="Machine", filter=RULE)
        self.ortto.world.clock.advance(seconds=2)
        self.keys = {name: self.ortto.audience_id_of(name) for name in AUDIENCES}
        self.ids: dict[str, str] = {}
        self.people: dict[str, Model] = {}

    @rule(email=emails, flags=flags, name=names, team=st.sampled_from([None, True, False]))
    def merge(self, email: str, flags: dict[str, bool], name: str, team: bool | None) -> None:
        person: dict[str, Any] = {"fields": {"str::email": email, "str::first": name, **flags}}
        if team is not None:
            person["tags" if team else "unset_tags"] = ["My team"]
        (done,) = self.ortto.send("POST", "/v1/person/merge", {"people": [person]})["people"]
        if email in self.people:
            assert done == {"person_id": self.ids[email], "status": "merged"}
        else:
            assert done["status"] == "created"
            self.ids[email], self.people[email] = done["person_id"], Model()
        model = self.people[email]
        model.has_email, model.has_sms = (
            flags.get("bol::p", model.has_email),
            flags.get("bol::sp", model.has_sms),
        )
        model.name, model.team = name, model.team if team is None else team
        self.ortto.world.clock.advance(seconds=61)  # Whoever has left may enter again.

    @rule(email=emails, audience=st.sampled_from(AUDIENCES), mail=st.booleans(), text=st.booleans())
    def subscribe(self, email: str, audience: str, mail: bool, text: bool) -> None:
        if email not in self.people:
            return
        self.ortto.subscribe(
            self.keys[audience], {"person_id": self.ids[email], "subscribed": mail, "sms_opted_in": text}
        )
        model = self.people[email]
        if audience not in model.audiences():
            return
        (model.unsubscribed.discard if mail else model.unsubscribed.add)(audience)
        (model.sms_opted_out.discard if text else model.sms_opted_out.add)(audience)

    @rule(email=emails)
    def archive_and_restore(self, email: str) -> None:
        if email not in self.people:
            return
        body = {"inclusion_ids": [self.ids[email]]}
        model = self.people[email]
        self.ortto.send("PUT", "/v1/person/archive", body)
        model.archived = True
        assert self.ortto.subscriptions(person_id=self.ids[email])["subscriptions"] == []
        self.ortto.send("PUT", "/v1/person/restore", body)
        model.archived = False

    @rule(email=emails)
    def delete(self, email: str) -> None:
        if email not in self.people:
            return
        body = {"inclusion_ids": [self.ids.pop(email)]}
        self.ortto.send("PUT", "/v1/person/archive", body)
        assert self.ortto.send("DELETE", "/v1/person/delete", body)["deleted_contacts"] == 1
        del self.people[email]

    @rule(days=st.integers(1, 3))
    def wait(self, days: int) -> None:
        self.ortto.world.clock.advance(days=days)

    @invariant()
    def counts_match_the_lists(self) -> None:
        for name in AUDIENCES:
            audience, key = self.ortto.audience(name), self.keys[name]
            members = {id for id, model in self._members(name)}
            subscribers = {
                id for id, model in self._members(name) if model.has_email and name not in model.unsubscribed
            }
            sms_subscribers = {
                id for id, model in self._members(name) if model.has_sms and name not in model.sms_opted_out
            }
            opted_out = {id for id, model in self._members(name) if name in model.unsubscribed}
            assert audience["members"] == audience["added_last_30_days"] == len(members)
            assert (audience["subscribers"], audience["sms_opted_in"]) == (
                len(subscribers),
                len(sms_subscribers),
            )
            for audience_filter, expected in (
                (None, members),
                ("subscribers", subscribers),
                ("sms-subscribers", sms_subscribers),
                ("unsubscribed", members - subscribers),
                ("unsubscribed-from-audience", opted_out),
            ):
                query = {"audience_filter": audience_filter} if audience_filter else {}
                assert set(self.ortto.ids(audience_id=key, **query)) == expected
        assert set(self.ortto.ids()) == set(self.ids.values())

    @invariant()
    def subscriptions_match_the_model(self) -> None:
        for email, model in self.people.items():
            found = {
                one["audience_name"]: one for one in self.ortto.subscriptions(email=email)["subscriptions"]
            }
            assert {name for name in found if name in AUDIENCES} == model.audiences()
            for name in model.audiences():
                assert found[name]["subscribed"] == (model.has_email and name not in model.unsubscribed)
                assert found[name]["sms_opted_in"] == (model.has_sms and name not in model.sms_opted_out)

    def _members(self, audience: str) -> list[tuple[str, Model]]:
        return [(self.ids[email], one) for email, one in self.people.items() if audience in one.audiences()]


@few_or_many(2, 60)
@pytest.mark.mockserver(scenario="empty")
def test_counts_and_lists_stay_consistent(mockserver: World, examples: int) -> None:
    ortto = Ortto(mockserver)
    machine = type("BoundMachine", (Machine,), {"ortto": ortto})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
