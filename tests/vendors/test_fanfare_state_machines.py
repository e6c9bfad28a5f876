"""Fanfare: audiences, syncs, imports and tier groups, compared with simple models."""

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
from tests.vendors.fanfare import AUDIENCES, CONSUMERS, REFRESH_DURATION, Fanfare, make_rule

pytestmark = pytest.mark.mockserver(scenario="empty", now="2026-01-05T09:00:00Z")

Fields = dict[str, Any]


def run(machine: type[RuleBasedStateMachine], world: World, examples: int) -> None:
    bound = type(f"{machine.__name__}OfWorld", (machine,), {"fanfare": Fanfare(world)})
    quick = settings(
        max_examples=examples, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(bound, settings=quick)


class Machine(RuleBasedStateMachine):
    """Starts each run with an empty world."""

    fanfare: Fanfare

    def __init__(self) -> None:
        super().__init__()
        self.fanfare.world.reset()
        self.counter = 0

    def next_number(self) -> int:
        self.counter += 1
        return self.counter

    def pick(self, data: Any, choices: Any) -> Any:
        return data.draw(st.sampled_from(sorted(choices)))


class Audiences(Machine):
    """Audiences are active, then archived; their members follow rules, orders and the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, int] = {}
        self.minimum: dict[str, int | None] = {}
        """The least number of orders that each audience requires; None if it is static."""
        self.members: dict[str, set[str]] = {}
        self.versions: dict[str, int] = {}
        self.changing: set[str] = set()

    def recalculate(self, *audiences: str) -> None:
        for id in audiences:
            minimum = self.minimum[id]
            if minimum is not None:
                self.members[id] = {one for one, orders in self.orders.items() if orders >= minimum}

    def update_members(self, consumer: str) -> None:
        for id, minimum in self.minimum.items():
            if minimum is not None and id not in self.changing:
                is_member = consumer in self.orders and self.orders[consumer] >= minimum
                (self.members[id].add if is_member else self.members[id].discard)(consumer)
            elif consumer not in self.orders:
                self.members[id].discard(consumer)

    @precondition(lambda self: len(self.orders) < 8)
    @rule()
    def create_consumer(self) -> None:
        id = self.fanfare.consumer(email=f"{self.next_number()}@example.com")
        self.orders[id] = 0
        self.update_members(id)

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def register_order(self, data: Any) -> None:
        self.wait()  # unspecified: a consumer that changes during a refresh
        id = self.pick(data, self.orders)
        assert self.fanfare.register_order(id, 10)["totalOrders"] == self.orders[id] + 1
        self.orders[id] += 1
        self.update_members(id)

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def delete_consumer(self, data: Any) -> None:
        id = self.pick(data, self.orders)
        self.fanfare.send("DELETE", f"{CONSUMERS}/{id}")
        del self.orders[id]
        self.update_members(id)

    @precondition(lambda self: len(self.minimum) < 5)
    @rule(minimum=st.one_of(st.none(), st.integers(0, 2)))
    def create(self, minimum: int | None) -> None:
        kind: Fields = {"type": "STATIC"}
        if minimum is not None:
            kind = {"type": "DYNAMIC", "rules": [make_rule("totalOrders", "GREATER_THAN_OR_EQUAL", minimum)]}
        id = self.fanfare.send("POST", AUDIENCES, {"name": f"A{self.next_number()}", **kind})["id"]
        self.minimum[id], self.members[id], self.versions[id] = minimum, set(), 1
        if minimum is not None:
            self.changing.add(id)

    @precondition(lambda self: any(minimum is not None for minimum in self.minimum.values()))
    @rule(data=st.data(), minimum=st.integers(0, 2))
    def replace_rules(self, data: Any, minimum: int) -> None:
        id = self.pick(data, [id for id, minimum in self.minimum.items() if minimum is not None])
        rules = [make_rule("totalOrders", "GREATER_THAN_OR_EQUAL", minimum)]
        self.fanfare.send("PUT", f"{AUDIENCES}/{id}/rules", {"rules": rules})
        self.minimum[id] = minimum
        self.versions[id] += 1
        self.changing.add(id)

    @precondition(lambda self: self.orders and None in self.minimum.values())
    @rule(data=st.data())
    def add_member(self, data: Any) -> None:
        id = self.pick(data, [id for id, minimum in self.minimum.items() if minimum is None])
        consumer = self.pick(data, self.orders)
        assert self.fanfare.add_members(id, consumer) == int(consumer not in self.members[id])
        self.members[id].add(consumer)

    @precondition(lambda self: self.minimum)
    @rule(data=st.data())
    def rename(self, data: Any) -> None:
        id = self.pick(data, self.minimum)
        self.fanfare.send("PUT", f"{AUDIENCES}/{id}", {"name": f"A{self.next_number()}"})
        self.versions[id] += 1

    @rule()
    def wait(self) -> None:
        self.fanfare.world.clock.advance(**REFRESH_DURATION)
        self.recalculate(*self.changing)
        self.changing.clear()

    @precondition(lambda self: self.minimum)
    @rule(data=st.data())
    def archive(self, data: Any) -> None:
        id = self.pick(data, self.minimum)
        assert self.fanfare.send("DELETE", f"{AUDIENCES}/{id}")["archived"]
        for one in (self.minimum, self.members, self.versions):
            one.pop(id)
        self.changing.discard(id)
        for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/members"), ("GET", "/status")):
            self.fanfare.refused(404, method, f"{AUDIENCES}/{id}{path}")

    @invariant()
    def members_match(self) -> None:
        listed = self.fanfare.get(AUDIENCES)
        assert {one["id"]: one["version"] for one in listed} == self.versions
        for id, settled in self.members.items():
            members = self.fanfare.members(id)
            assert len(members) == self.fanfare.count(id)
            if id not in self.changing:
                assert set(members) == settled
            status = self.fanfare.status(id)
            assert status["inProgress"] == status["stale"] == (id in self.changing)
            assert (status["pendingShards"] is None) == (id not in self.changing)


class Syncs(Machine):
    """None → PENDING → SUCCESS | FAILED → PENDING …; the members are those of the last successful sync."""

    def __init__(self) -> None:
        super().__init__()
        self.list: set[str] = {"a@example.com", "b@example.com"}
        self.members = set(self.list)
        self.state = "SUCCESS"
        self.will_fail = False
        self.synced = self.fanfare.world.clock.now()
        self.id = self.fanfare.create_synced_list("LiStEd", *self.list)

    @rule()
    def sync(self) -> None:
        path = f"{AUDIENCES}/{self.id}/sync"
        if self.state == "PENDING":
            assert self.fanfare.refused(409, "POST", path) == {"error": "Sync already in progress"}
            return
        assert self.fanfare.send("POST", path)["status"] == "PENDING"
        self.state = "PENDING"

    @rule(members=st.sets(st.sampled_from([f"{letter}@example.com" for letter in "abcdef"])))
    def replace_list(self, members: set[str]) -> None:
        if self.state == "PENDING":
            return  # unspecified: which of the two lists a running sync reads
        profiles = [{"id": email, "email": email} for email in sorted(members)]
        self.fanfare.backstage("set_source_list", audienceId=self.id, profiles=profiles)
        self.list = members

    @rule()
    def fail_next(self) -> None:
        self.fanfare.backstage("fail_next_sync", audienceId=self.id)
        self.will_fail = True

    def finished(self) -> None:
        if self.state != "PENDING":
            return
        self.state = "FAILED" if self.will_fail else "SUCCESS"
        if not self.will_fail:
            self.members = set(self.list)
        self.will_fail = False

    @rule()
    def wait(self) -> None:
        self.fanfare.world.clock.advance(minutes=1)
        self.finished()

    @precondition(lambda self: self.state == "PENDING")
    @rule()
    def finish(self) -> None:
        self.fanfare.backstage("finish_sync", audienceId=self.id)
        self.finished()

    @invariant()
    def status_matches(self) -> None:
        status = self.fanfare.status(self.id)
        assert (status["syncStatus"], status["inProgress"]) == (self.state, self.state == "PENDING")
        assert (status["pendingShards"] is None) == (self.state != "PENDING")
        if self.state != "PENDING":
            assert status["stale"] == (self.state == "FAILED")
        emails = {one["email"] for one in self.fanfare.walk(f"{AUDIENCES}/{self.id}/members")}
        assert emails == self.members
        assert self.fanfare.get(f"{AUDIENCES}/{self.id}/count")["count"] == len(self.members)
        source = self.fanfare.get(f"{AUDIENCES}/{self.id}", include="primarySyncSource")["primarySyncSource"]
        assert (source["syncStatus"], source["syncSource"]) == (self.state, "klaviyo:list")
        assert source["lastSyncedAt"] == status["lastSyncedAt"]


class Imports(Machine):
    """PENDING → PROCESSING → SUCCESS | FAILED; progress never decreases.

    A later file replaces an earlier one until the first rows are imported.
    """

    def __init__(self) -> None:
        super().__init__()
        self.audience = self.fanfare.audience(type="STATIC")
        self.url, self.state, self.progress, self.good, self.bad = "", "", 0, 0, 0
        self.members = 0
        self.new_members = 0

    @precondition(lambda self: self.state != "PROCESSING")
    @rule()
    def open(self) -> None:
        opened = self.fanfare.send("POST", f"{AUDIENCES}/{self.audience}/import")
        assert opened["status"] == "PENDING"
        self.url, self.state, self.progress = opened["uploadUrl"], "PENDING", 0

    @precondition(lambda self: self.url)
    @rule(good=st.sampled_from([0, 1, 3, 2500]), bad=st.sampled_from([0, 0, 1, 4]))
    def upload(self, good: int, bad: int) -> None:
        rows = [f"{self.next_number()}@example.com" for _ in range(good)] + ["no address"] * bad
        current = self.fanfare.get(f"{AUDIENCES}/{self.audience}/import")
        reply = self.fanfare.upload(self.url, "\n".join(["email", *rows]) + "\n")
        assert reply.status_code == 200
        has_started = current["status"] in ("SUCCESS", "FAILED") or current["progress"] > 0
        if has_started:  # the file is ignored
            return
        self.good, self.bad, self.new_members = good, bad, good
        self.state = "PROCESSING"

    @precondition(lambda self: self.state in ("PENDING", "PROCESSING"))
    @rule()
    def fail(self) -> None:
        failed = self.fanfare.backstage("fail_import", audienceId=self.audience)
        assert failed["status"] == "FAILED"
        self.members = self.fanfare.count(self.audience)  # the rows imported by then
        self.state = "BROKEN"

    @rule(seconds=st.sampled_from([1, 1, 20]))
    def wait(self, seconds: int) -> None:
        self.fanfare.world.clock.advance(seconds=seconds)

    @precondition(lambda self: self.state)
    @invariant()
    def import_matches(self) -> None:
        current = self.fanfare.get(f"{AUDIENCES}/{self.audience}/import")
        assert current["progress"] >= self.progress
        self.progress = current["progress"]
        if self.state == "PENDING":
            assert (current["status"], current["progress"], current["totalConsumers"]) == ("PENDING", 0, None)
        elif self.state == "BROKEN":
            assert current["status"] == "FAILED"
        elif current["status"] == "PROCESSING":
            assert self.state == "PROCESSING"
            assert self.fanfare.status(self.audience)["inProgress"]
        else:
            self.finished(current)
        assert self.fanfare.status(self.audience)["inProgress"] == (current["status"] == "PROCESSING")

    def finished(self, current: Fields) -> None:
        assert current["status"] == ("SUCCESS" if self.good else "FAILED")
        assert (current["processedConsumers"], current["errorCount"]) == (self.good, self.bad)
        assert current["totalConsumers"] == self.good + self.bad
        if self.good:
            assert current["progress"] == 100
        if self.state == "PROCESSING":
            self.members += self.new_members
            self.state = current["status"]
        assert self.fanfare.count(self.audience) == self.members


class TierGroup(Machine):
    """A group exists while it has an active audience; a consumer is in at most one of its tiers."""

    def __init__(self) -> None:
        super().__init__()
        self.group = ""
        self.tiers: list[Fields] = []
        self.ids: dict[str, str] = {}
        self.spent: dict[str, float] = {}

    BOUNDS = st.lists(st.sampled_from([0, 10, 20, 30, 40]), min_size=1, max_size=4, unique=True).map(sorted)

    @staticmethod
    def tiers_at(bounds: list[int], names: list[str]) -> list[Fields]:
        tiers: list[Fields] = []
        for order, (low, name) in enumerate(zip(bounds, names, strict=False)):
            tiers.append({"name": name, "startValue": low, "order": order})
            if order + 1 < len(bounds):
                tiers[-1]["endValue"] = bounds[order + 1]
        return tiers

    @rule(bounds=BOUNDS, names=st.permutations(["Bronze", "Silver", "Gold", "Platinum"]))
    def save_tiers(self, bounds: list[int], names: list[str]) -> None:
        self.tiers = self.tiers_at(bounds, names)
        created = self.fanfare.save_tiers(self.tiers, self.group)
        assert self.group in ("", created["tierGroup"])
        self.group = created["tierGroup"]
        ids = {one["name"]: one["id"] for one in created["audiences"]}
        assert list(ids) == [tier["name"] for tier in self.tiers]
        for name, id in self.ids.items():
            assert ids.get(name, id) == id
            if name not in ids:
                self.fanfare.refused(404, "GET", f"{AUDIENCES}/{id}")
        self.ids = ids

    @rule(spent=st.sampled_from([0, 5, 10, 20, 35, 40, 100]))
    def create_consumer(self, spent: float) -> None:
        id = self.fanfare.consumer()
        if spent:
            self.fanfare.register_order(id, spent)
        self.spent[id] = spent

    @precondition(lambda self: self.spent)
    @rule(data=st.data())
    def register_order(self, data: Any) -> None:
        id = self.pick(data, self.spent)
        self.fanfare.register_order(id, 10)
        self.spent[id] += 10

    @precondition(lambda self: self.tiers)
    @rule(data=st.data())
    def archive_one(self, data: Any) -> None:
        name = self.pick(data, self.ids)
        self.fanfare.send("DELETE", f"{AUDIENCES}/{self.ids.pop(name)}")
        self.tiers = [tier for tier in self.tiers if tier["name"] != name]
        if not self.tiers:
            self.expect_unknown_group()

    @precondition(lambda self: self.tiers)
    @rule()
    def delete(self) -> None:
        gone = self.fanfare.send("DELETE", f"{AUDIENCES}/groups/{self.group}")
        assert {one["id"] for one in gone} == set(self.ids.values())
        self.expect_unknown_group()

    def expect_unknown_group(self) -> None:
        body = {"groupName": "T", "attribute": "totalOrders", "tiers": self.tiers_at([0], ["All"])}
        for method, path in (("GET", "groups"), ("DELETE", "groups"), ("PUT", "loyalty-tiers")):
            given = body if method == "PUT" else None
            self.fanfare.refused(404, method, f"{AUDIENCES}/{path}/{self.group}", given)
        self.group, self.tiers, self.ids = "", [], {}

    @precondition(lambda self: self.tiers)
    @invariant()
    def members_match(self) -> None:
        expected = {
            tier["name"]: {
                id
                for id, spent in self.spent.items()
                if tier["startValue"] <= spent < tier.get("endValue", float("inf"))
            }
            for tier in self.tiers
        }
        path = f"{AUDIENCES}/groups/{self.group}"
        current = self.fanfare.get(path)
        assert [one["name"] for one in current] == list(expected)
        assert {one["name"]: set(self.fanfare.members(one["id"])) for one in current} == expected
        together = [one["id"] for one in self.fanfare.walk(f"{path}/members")]
        assert len(together) == len(set(together))
        assert set(together) == set().union(*expected.values())


@few_or_many(2, 100)
@pytest.mark.parametrize("machine", [Audiences, Syncs, Imports, TierGroup])
def test_behaves_like_the_model(
    mockserver: World, machine: type[RuleBasedStateMachine], examples: int
) -> None:
    run(machine, mockserver, examples)
