"""Fanfare's state machines against plain models: audience, sync, import, tier group."""

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
from tests.vendors.fanfare import AUDIENCES, CONSUMERS, REFRESH_DURATION, Fanfare, make_rule

pytestmark = pytest.mark.mockserver(scenario="empty", now="2026-01-05T09:00:00Z")

Fields = dict[str, Any]


def run(machine: type[RuleBasedStateMachine], world: World, examples: int = 12) -> None:
    here = type(f"{machine.__name__}Here", (machine,), {"fanfare": Fanfare(world)})
    quick = settings(
        max_examples=examples, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(here, settings=quick)


class Machine(RuleBasedStateMachine):
    """Begins each run with an empty world."""

    fanfare: Fanfare

    def __init__(self) -> None:
        super().__init__()
        self.fanfare.world.reset()
        self.made = 0

    def fresh(self) -> int:
        self.made += 1
        return self.made

    def some(self, data: Any, choices: Any) -> Any:
        return data.draw(st.sampled_from(sorted(choices)))


class Audiences(Machine):
    """Audiences are active and then archived; who is in them follows rules, orders and clock."""

    def __init__(self) -> None:
        super().__init__()
        self.orders: dict[str, int] = {}
        self.least: dict[str, int | None] = {}
        """What the rules of each audience ask for; None where it is static."""
        self.members: dict[str, set[str]] = {}
        self.versions: dict[str, int] = {}
        self.changing: set[str] = set()

    def settle(self, *audiences: str) -> None:
        for id in audiences:
            least = self.least[id]
            if least is not None:
                self.members[id] = {one for one, orders in self.orders.items() if orders >= least}

    def move(self, consumer: str) -> None:
        for id, least in self.least.items():
            if least is not None and id not in self.changing:
                fits = consumer in self.orders and self.orders[consumer] >= least
                (self.members[id].add if fits else self.members[id].discard)(consumer)
            elif consumer not in self.orders:
                self.members[id].discard(consumer)

    @precondition(lambda self: len(self.orders) < 8)
    @rule()
    def come(self) -> None:
        id = self.fanfare.consumer(email=f"{self.fresh()}@example.com")
        self.orders[id] = 0
        self.move(id)

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def order(self, data: Any) -> None:
        self.wait()  # what a consumer that changes does to an audience just being refreshed is left open
        id = self.some(data, self.orders)
        assert self.fanfare.register_order(id, 10)["totalOrders"] == self.orders[id] + 1
        self.orders[id] += 1
        self.move(id)

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def go(self, data: Any) -> None:
        id = self.some(data, self.orders)
        self.fanfare.send("DELETE", f"{CONSUMERS}/{id}")
        del self.orders[id]
        self.move(id)

    @precondition(lambda self: len(self.least) < 5)
    @rule(least=st.one_of(st.none(), st.integers(0, 2)))
    def create(self, least: int | None) -> None:
        kind: Fields = {"type": "STATIC"}
        if least is not None:
            kind = {"type": "DYNAMIC", "rules": [make_rule("totalOrders", "GREATER_THAN_OR_EQUAL", least)]}
        id = self.fanfare.send("POST", AUDIENCES, {"name": f"A{self.fresh()}", **kind})["id"]
        self.least[id], self.members[id], self.versions[id] = least, set(), 1
        if least is not None:
            self.changing.add(id)

    @precondition(lambda self: any(least is not None for least in self.least.values()))
    @rule(data=st.data(), least=st.integers(0, 2))
    def ask_for_more(self, data: Any, least: int) -> None:
        id = self.some(data, [id for id, least in self.least.items() if least is not None])
        rules = [make_rule("totalOrders", "GREATER_THAN_OR_EQUAL", least)]
        self.fanfare.send("PUT", f"{AUDIENCES}/{id}/rules", {"rules": rules})
        self.least[id] = least
        self.versions[id] += 1
        self.changing.add(id)

    @precondition(lambda self: self.orders and None in self.least.values())
    @rule(data=st.data())
    def put_in(self, data: Any) -> None:
        id = self.some(data, [id for id, least in self.least.items() if least is None])
        consumer = self.some(data, self.orders)
        assert self.fanfare.add_members(id, consumer) == int(consumer not in self.members[id])
        self.members[id].add(consumer)

    @precondition(lambda self: self.least)
    @rule(data=st.data())
    def rename(self, data: Any) -> None:
        id = self.some(data, self.least)
        self.fanfare.send("PUT", f"{AUDIENCES}/{id}", {"name": f"A{self.fresh()}"})
        self.versions[id] += 1

    @rule()
    def wait(self) -> None:
        self.fanfare.world.clock.advance(**REFRESH_DURATION)
        self.settle(*self.changing)
        self.changing.clear()

    @precondition(lambda self: self.least)
    @rule(data=st.data())
    def archive(self, data: Any) -> None:
        id = self.some(data, self.least)
        assert self.fanfare.send("DELETE", f"{AUDIENCES}/{id}")["archived"]
        for one in (self.least, self.members, self.versions):
            one.pop(id)
        self.changing.discard(id)
        for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/members"), ("GET", "/status")):
            self.fanfare.refused(404, method, f"{AUDIENCES}/{id}{path}")

    @invariant()
    def audiences_hold_whom_they_should(self) -> None:
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
    """None → PENDING → SUCCESS | FAILED → PENDING …; the members are those of the last good list."""

    def __init__(self) -> None:
        super().__init__()
        self.list: set[str] = {"a@example.com", "b@example.com"}
        self.members = set(self.list)
        self.state = "SUCCESS"
        self.to_fail = False
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
    def change_the_list(self, members: set[str]) -> None:
        if self.state == "PENDING":
            return  # which of both lists a running sync reads is left open
        profiles = [{"id": email, "email": email} for email in sorted(members)]
        self.fanfare.backstage("set_source_list", audienceId=self.id, profiles=profiles)
        self.list = members

    @rule()
    def plan_a_failure(self) -> None:
        self.fanfare.backstage("fail_next_sync", audienceId=self.id)
        self.to_fail = True

    def ended(self) -> None:
        if self.state != "PENDING":
            return
        self.state = "FAILED" if self.to_fail else "SUCCESS"
        if not self.to_fail:
            self.members = set(self.list)
        self.to_fail = False

    @rule()
    def wait(self) -> None:
        self.fanfare.world.clock.advance(minutes=1)
        self.ended()

    @precondition(lambda self: self.state == "PENDING")
    @rule()
    def finish(self) -> None:
        self.fanfare.backstage("finish_sync", audienceId=self.id)
        self.ended()

    @invariant()
    def the_status_is_that_of_the_sync(self) -> None:
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
    """PENDING → PROCESSING → SUCCESS | FAILED, the newest of one audience; progress only rises."""

    def __init__(self) -> None:
        super().__init__()
        self.audience = self.fanfare.audience(type="STATIC")
        self.url, self.state, self.progress, self.good, self.bad = "", "", 0, 0, 0
        self.members = 0
        self.newcomers = 0

    @precondition(lambda self: self.state != "PROCESSING")
    @rule()
    def open(self) -> None:
        opened = self.fanfare.send("POST", f"{AUDIENCES}/{self.audience}/import")
        assert opened["status"] == "PENDING"
        self.url, self.state, self.progress = opened["uploadUrl"], "PENDING", 0

    @precondition(lambda self: self.url)
    @rule(good=st.sampled_from([0, 1, 3, 2500]), bad=st.sampled_from([0, 0, 1, 4]))
    def upload(self, good: int, bad: int) -> None:
        rows = [f"{self.fresh()}@example.com" for _ in range(good)] + ["no address"] * bad
        reply = self.fanfare.upload(self.url, "\n".join(["email", *rows]) + "\n")
        if self.state != "PENDING":
            assert reply.status_code == 409
            return
        assert reply.status_code == 200
        self.good, self.bad, self.newcomers = good, bad, good
        self.state = "PROCESSING"

    @precondition(lambda self: self.state in ("PENDING", "PROCESSING"))
    @rule()
    def fail(self) -> None:
        failed = self.fanfare.backstage("fail_import", audienceId=self.audience)
        assert failed["status"] == "FAILED"
        self.members = self.fanfare.count(self.audience)  # those whom it had read by then
        self.state = "BROKEN"

    @rule(seconds=st.sampled_from([1, 1, 20]))
    def wait(self, seconds: int) -> None:
        self.fanfare.world.clock.advance(seconds=seconds)

    @precondition(lambda self: self.state)
    @invariant()
    def the_import_is_where_it_should_be(self) -> None:
        told = self.fanfare.get(f"{AUDIENCES}/{self.audience}/import")
        assert told["progress"] >= self.progress
        self.progress = told["progress"]
        if self.state == "PENDING":
            assert (told["status"], told["progress"], told["totalConsumers"]) == ("PENDING", 0, None)
        elif self.state == "BROKEN":
            assert told["status"] == "FAILED"
        elif told["status"] == "PROCESSING":
            assert self.state == "PROCESSING"
            assert self.fanfare.status(self.audience)["inProgress"]
        else:
            self.ended(told)
        assert self.fanfare.status(self.audience)["inProgress"] == (told["status"] == "PROCESSING")

    def ended(self, told: Fields) -> None:
        assert told["status"] == ("SUCCESS" if self.good else "FAILED")
        assert (told["processedConsumers"], told["errorCount"]) == (self.good, self.bad)
        assert told["totalConsumers"] == self.good + self.bad
        if self.good:
            assert told["progress"] == 100
        if self.state == "PROCESSING":
            self.members += self.newcomers
            self.state = told["status"]
        assert self.fanfare.count(self.audience) == self.members


class TierGroup(Machine):
    """A group is there while it has an active audience; each consumer is in at most one of its tiers."""

    def __init__(self) -> None:
        super().__init__()
        self.group = ""
        self.tiers: list[Fields] = []
        self.ids: dict[str, str] = {}
        self.spent: dict[str, float] = {}

    CUT = st.lists(st.sampled_from([0, 10, 20, 30, 40]), min_size=1, max_size=4, unique=True).map(sorted)

    @staticmethod
    def cut_at(bounds: list[int], names: list[str]) -> list[Fields]:
        tiers: list[Fields] = []
        for order, (low, name) in enumerate(zip(bounds, names, strict=False)):
            tiers.append({"name": name, "startValue": low, "order": order})
            if order + 1 < len(bounds):
                tiers[-1]["endValue"] = bounds[order + 1]
        return tiers

    @rule(bounds=CUT, names=st.permutations(["Bronze", "Silver", "Gold", "Platinum"]))
    def cut(self, bounds: list[int], names: list[str]) -> None:
        self.tiers = self.cut_at(bounds, names)
        made = self.fanfare.save_tiers(self.tiers, self.group)
        assert self.group in ("", made["tierGroup"])
        self.group = made["tierGroup"]
        ids = {one["name"]: one["id"] for one in made["audiences"]}
        assert list(ids) == [tier["name"] for tier in self.tiers]
        for name, id in self.ids.items():
            assert ids.get(name, id) == id
            if name not in ids:
                self.fanfare.refused(404, "GET", f"{AUDIENCES}/{id}")
        self.ids = ids

    @rule(spent=st.sampled_from([0, 5, 10, 20, 35, 40, 100]))
    def come(self, spent: float) -> None:
        id = self.fanfare.consumer()
        if spent:
            self.fanfare.register_order(id, spent)
        self.spent[id] = spent

    @precondition(lambda self: self.spent)
    @rule(data=st.data())
    def order(self, data: Any) -> None:
        id = self.some(data, self.spent)
        self.fanfare.register_order(id, 10)
        self.spent[id] += 10

    @precondition(lambda self: self.tiers)
    @rule(data=st.data())
    def archive_one(self, data: Any) -> None:
        name = self.some(data, self.ids)
        self.fanfare.send("DELETE", f"{AUDIENCES}/{self.ids.pop(name)}")
        self.tiers = [tier for tier in self.tiers if tier["name"] != name]
        if not self.tiers:
            self.gone()

    @precondition(lambda self: self.tiers)
    @rule()
    def delete(self) -> None:
        gone = self.fanfare.send("DELETE", f"{AUDIENCES}/groups/{self.group}")
        assert {one["id"] for one in gone} == set(self.ids.values())
        self.gone()

    def gone(self) -> None:
        body = {"groupName": "T", "attribute": "totalOrders", "tiers": self.cut_at([0], ["All"])}
        for method, path in (("GET", "groups"), ("DELETE", "groups"), ("PUT", "loyalty-tiers")):
            given = body if method == "PUT" else None
            self.fanfare.refused(404, method, f"{AUDIENCES}/{path}/{self.group}", given)
        self.group, self.tiers, self.ids = "", [], {}

    @precondition(lambda self: self.tiers)
    @invariant()
    def everybody_is_in_the_tier_of_what_they_spent(self) -> None:
        expected = {
            tier["name"]: {
                id
                for id, spent in self.spent.items()
                if tier["startValue"] <= spent < tier.get("endValue", float("inf"))
            }
            for tier in self.tiers
        }
        path = f"{AUDIENCES}/groups/{self.group}"
        told = self.fanfare.get(path)
        assert [one["name"] for one in told] == list(expected)
        assert {one["name"]: set(self.fanfare.members(one["id"])) for one in told} == expected
        together = [one["id"] for one in self.fanfare.walk(f"{path}/members")]
        assert len(together) == len(set(together))
        assert set(together) == set().union(*expected.values())


@pytest.mark.parametrize("machine", [Audiences, Syncs, Imports, TierGroup])
def test_it_goes_as_the_model_says(mockserver: World, machine: type[RuleBasedStateMachine]) -> None:
    run(machine, mockserver)
