"""DigitalAudience: a model-based test of files, activations, deletions and clocks."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from mockserver.client import World
from tests.examples import few_or_many
from tests.vendors.digitalaudience import DigitalAudience
from tests.vendors.test_digitalaudience_onboarding import assert_invariants, column

ADDRESSES = ["a@machine.nl", "b@machine.nl", "c@machine.nl"]
IN_PROCESS = {"UPLOAD", "PENDING", "PROCESSING"}

modes = st.sampled_from(["opt-in", "opt-out", "replace"])
addresses = st.lists(st.sampled_from(ADDRESSES), max_size=4)
slots = st.integers(0, 2)


class Model:
    """The expected state of one audience after all its files are processed."""

    def __init__(self) -> None:
        self.members: set[str] = set()
        self.events, self.state = 0, "NODATA"
        self.waiting: list[tuple[str, list[str]]] = []
        self.ends: list[str] = []

    def settle(self) -> None:
        for mode, values in self.waiting:
            if not values and mode != "replace":
                self.state = "FAILED"
                continue
            self.events += 1
            kept = set() if mode == "replace" else self.members
            self.members = kept - {*values} if mode == "opt-out" else kept | {*values}
            self.state = "READY" if self.members else "NODATA"
        self.waiting = []

    def activation(self, now: str) -> str:
        if not self.ends:
            return "New"
        return "Active" if max(self.ends) > now else "Ended"


class Machine(RuleBasedStateMachine):
    """Compares three audiences with their models."""

    vendor: DigitalAudience

    @initialize()
    def start(self) -> None:
        self.vendor.world.reset()
        self.vendor.world.clock.freeze("2026-01-01T00:00:00.5Z")
        self.vendor.backstage("set_session_lifetime", minutes=None)
        self.vendor.login()
        self.campaign = self.vendor.campaign()
        self.models: dict[int, Model] = {}
        self.ids: dict[int, int] = {}
        self.updated: dict[int, str] = {}
        self.create(0)

    @rule(slot=slots)
    def create(self, slot: int) -> None:
        if slot not in self.ids:
            self.ids[slot] = self.vendor.create(campaignId=self.campaign)["id"]
            self.models[self.ids[slot]] = Model()

    @rule(slot=slots)
    def delete(self, slot: int) -> None:
        if slot in self.ids:
            id = self.ids.pop(slot)
            assert self.vendor.send("DELETE", f"/audience/delete?audienceId={id}") is True
            del self.models[id]

    @rule(slot=slots, mode=modes, values=addresses)
    def drop(self, slot: int, mode: str, values: list[str]) -> None:
        if slot in self.ids:
            id = self.ids[slot]
            self.vendor.drop(id, column("email", *values), mode)
            self.models[id].waiting.append((mode, values))
            assert self.vendor.load(id)["audienceState"] in {*IN_PROCESS, self.models[id].state}

    @rule(slot=slots, days=st.integers(1, 5))
    def activate(self, slot: int, days: int) -> None:
        if slot in self.ids:
            id = self.ids[slot]
            now = self.vendor.world.clock.now()
            start, end = (f"{now + timedelta(days=span):%Y-%m-%dT%H:%M:%SZ}" for span in (0, days))
            self.vendor.activate(id, startDate=start, endDate=end)
            self.models[id].ends.append(end)

    @rule(slot=slots, name=st.sampled_from(["One", "Other"]))
    def rename(self, slot: int, name: str) -> None:
        if slot in self.ids:
            body = {"id": self.ids[slot], "name": name}
            assert self.vendor.send("POST", "/audience/update", body)["name"] == name

    @rule(minutes=st.integers(1, 90))
    def wait(self, minutes: int) -> None:
        self.vendor.world.clock.advance(minutes=minutes)

    @rule()
    def wait_for_everything(self) -> None:
        self.vendor.world.clock.advance(days=2)
        self._assert_settled()

    @rule()
    def finish(self) -> None:
        self.vendor.backstage("finish_processing")
        self._assert_settled()

    @invariant()
    def invariants_hold(self) -> None:
        now = f"{self.vendor.world.clock.now():%Y-%m-%dT%H:%M:%SZ}"
        audiences = {one["id"]: one for one in self.vendor.audiences()}
        assert {id for id in audiences if id in self.models} == set(self.models)
        for id, model in self.models.items():
            audience = audiences[id]
            assert_invariants(audience)
            assert audience["activationStatus"] == model.activation(now)
            assert audience["hasSegments"] == bool(model.ends)
            assert audience["updated"] >= self.updated.get(id, "")
            self.updated[id] = audience["updated"]

    def _assert_settled(self) -> None:
        for id, model in self.models.items():
            model.settle()
            audience = self.vendor.load(id)
            assert audience["audienceState"] == model.state
            crm = audience["crmData"]
            assert (crm is None) == (model.events == 0)
            if crm is not None:
                assert crm["size"] == len(model.members)
                assert crm["history"]["totalEvents"] == model.events
                assert crm["insightsState"] == "READY"


@pytest.mark.mockserver(scenario="empty")
@few_or_many(4, 60)
def test_audiences_match_the_model(mockserver: World, examples: int) -> None:
    # Each example resets the world, which takes a millisecond; a new world would take longer.
    machine = type("Machine_", (Machine,), {"vendor": DigitalAudience(mockserver)})
    quick = settings(
        max_examples=examples,
        stateful_step_count=15,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        derandomize=True,
    )
    run_state_machine_as_test(machine, settings=quick)
