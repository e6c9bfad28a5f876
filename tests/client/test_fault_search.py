"""The search for the worst day: seeded bugs and their twins, the printed test, claims, and its limits."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from threading import Lock
from typing import Any
from uuid import UUID

import httpx
import pytest

from mockserver.client import World
from mockserver.client.fault_sweep import KINDS
from mockserver.errors import FaultSearchError, RunawayClientError
from mockserver.worst_day import Claims, Run, converges, nothing_doubled, nothing_if_raised, same_result
from mockserver.worst_day.events import FaultEvent, Jump, Switch
from mockserver.worst_day.net_changes import NetChanges, net_changes
from mockserver.worst_day.search_result import Search
from tests import audiences as audiences_of
from tests.child_pytest import OURS
from tests.clients.worst_day import audiences, campaigns, consumers, stores
from tests.clients.worst_day.bugs import BUGS, Bug, Works, exactly_one
from tests.clients.worst_day.connection import ClientError, UnknownOutcomeError, Work
from tests.clients.worst_day.people import MERGE

SAMPLE = (
    "FallsOutOfTheLoop",
    "IgnoresFailedLogin",
    "ForgetsLostReply",
    "LeavesItToTheOther",
    "ForgetsParked",
)
"""The bugs that each run of the tests looks for: of each vendor, with a jump, and with two clients."""

AT_NIGHT = ("ForgetsLostReply", "LeavesItToTheOther")
"""Of them, those whose twins each run searches at midnight: one that draws ids by then, and two clients."""

claims = Claims(sometimes=["looked again"])
pytest_plugins = ["pytester"]


def search(world: World, bug: Bug, works: Works, calls: int) -> Search:
    """A search with a budget in calls, which is the same on every machine."""
    bug.prepare(world)
    functions = [one.work for one in works]
    return world.faults.search(*functions, invariant=bug.invariant, kinds=bug.kinds, calls=calls)


def is_found_by_sweep(world: World, bug: Bug) -> bool:
    """Whether one failure at a time shows the bug, if the invariant is asserted after each."""
    bug.prepare(world)
    day = world.faults.day(*[one.work for one in bug.flawed])

    def checked() -> None:
        day.run()
        day.check(bug.invariant)

    also = [{"kind": "duplicate"}] if "duplicate" in bug.kinds else []
    sweep = world.faults.sweep(checked, handles=ClientError, kinds=set(KINDS) & set(bug.kinds), also=also)
    day.end()
    return bool(sweep.unhandled)


@pytest.mark.parametrize("bug", [bug for bug in BUGS if bug.name in SAMPLE], ids=lambda bug: bug.name)
def test_a_bug_of_some_events_is_found_and_its_twin_is_not(mockserver: World, bug: Bug) -> None:
    found = search(mockserver, bug, bug.flawed, 600).finding
    assert found is not None
    assert len(found.history) == bug.events
    assert search(mockserver, bug, bug.correct, 60).finding is None
    assert mockserver.snapshots() == []
    assert mockserver.faults.read() == []


@pytest.mark.parametrize(
    "bug",
    [
        pytest.param(bug, marks=() if bug.name in AT_NIGHT else pytest.mark.thorough)
        for bug in BUGS
        if bug.name in SAMPLE
    ],
    ids=lambda bug: bug.name,
)
def test_a_jump_over_midnight_is_not_a_finding(mockserver: World, bug: Bug) -> None:
    """The jobs of the night draw ids, so that the vendor draws others for the calls after it."""
    mockserver.clock.freeze("2027-03-01T23:30:00Z")
    assert search(mockserver, bug, bug.correct, 60).finding is None


@pytest.mark.parametrize(
    ("external_ids", "are_equal"),
    [(("S1", "S1"), True), (("S1", "S2"), False), ((f"{UUID(int=1)}", f"{UUID(int=2)}"), False)],
)
def test_changes_are_equal_but_for_what_the_vendor_has_made(
    mockserver: World, external_ids: tuple[str, str], are_equal: bool
) -> None:
    def changes(external_id: str) -> NetChanges:
        body = {"externalId": external_id, "name": "Main street"}
        httpx.post(mockserver.url("voyado") + stores.STORES, headers=mockserver.headers("voyado"), json=body)
        return net_changes(mockserver.journal()[-1:])

    mockserver.snapshot("start")
    first = changes(external_ids[0])
    mockserver.restore("start")
    changes("wasted")
    second = changes(external_ids[1])
    assert len(first) == 1
    assert (first == second) is are_equal


def test_a_record_that_is_made_and_removed_is_no_change(mockserver: World) -> None:
    url, headers = mockserver.url("fanfare") + consumers.CONSUMERS, mockserver.headers("fanfare")
    made = httpx.post(url, headers=headers, json={"email": "ada@example.com"})
    assert made.is_success
    assert net_changes(mockserver.journal()) != {}
    removed = httpx.delete(f"{url}/{made.json()['id']}", headers=headers)
    assert removed.is_success
    assert {one["change"] for one in mockserver.journal()[-1]["effects"]} == {"removed"}
    assert net_changes(mockserver.journal()) == {}


def test_effects_that_no_exchange_lists_are_counted(mockserver: World) -> None:
    """A call that has changed more than its exchange lists: one record less is another end."""

    def changes(people: int) -> NetChanges:
        rows = [{"fields": {"str::email": f"p{number}@example.com"}} for number in range(people)]
        body = {"people": rows, "merge_by": ["str::email"]}
        url = mockserver.url("ortto") + MERGE
        assert httpx.post(url, headers=mockserver.headers("ortto"), json=body).status_code == 200
        (exchange,) = mockserver.journal()[-1:]
        assert len(exchange["effects"]) < people
        return net_changes([exchange])

    mockserver.snapshot("start")
    first = changes(80)
    mockserver.restore("start")
    assert first != changes(79)


def test_a_search_ends_after_its_budget_of_time(mockserver: World) -> None:
    bug = next(one for one in BUGS if one.name in SAMPLE)
    bug.prepare(mockserver)
    works = [one.work for one in bug.flawed]
    ended = mockserver.faults.search(*works, invariant=bug.invariant, kinds=bug.kinds, budget=0)
    assert (ended.finding, ended.is_complete) == (None, False)
    found = mockserver.faults.search(*works, invariant=bug.invariant, kinds=bug.kinds, budget="10m")
    assert found.finding is not None
    assert 0 < found.seconds < 600


@pytest.mark.thorough
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_every_bug_is_found(mockserver: World, bug: Bug) -> None:
    found = search(mockserver, bug, bug.flawed, 4000).finding
    assert found is not None
    assert len(found.history) <= 5


@pytest.mark.thorough
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_no_twin_is_found(mockserver: World, bug: Bug) -> None:
    search(mockserver, bug, bug.correct, 1500).assert_held()


@pytest.mark.thorough
def test_the_sweep_finds_none_of_them(mockserver: World) -> None:
    found = []
    for bug in BUGS:
        mockserver.reset()
        if is_found_by_sweep(mockserver, bug):
            found.append(bug.name)
    assert BUGS
    assert found == []


@pytest.mark.usefixtures("no_other_plugins")
def test_the_printed_test_fails_and_passes_for_the_twin(mockserver: World, pytester: pytest.Pytester) -> None:
    """As it is printed: with a jump, with an invariant and a handled error of its own, with two clients."""
    jumped = mockserver.faults.search(
        campaigns.IgnoresFailedLogin.work, kinds=["drop_before"], handles=ClientError, calls=600
    )
    pair = (audiences.BothGiveWay.work, audiences.BothGiveWay.work)
    switched = mockserver.faults.search(*pair, invariant=exactly_one, kinds=[], jumps=(), calls=600)
    assert jumped.finding is not None
    assert switched.finding is not None
    assert [type(event) for event in jumped.finding.history] == [Jump, FaultEvent]
    assert [type(event) for event in switched.finding.history] == [Switch] * 3
    text = jumped.finding.test + switched.finding.test
    assert 'day.run(jumps={2: "1h"})' in text
    assert "handles=ClientError" in text
    flawed = pytester.makepyfile(test_flawed=text)
    twins = {"IgnoresFailedLogin": "Campaigns", "BothGiveWay": "DropsOwnDouble"}
    for name, twin in twins.items():
        text = text.replace(name, twin)
    correct = pytester.makepyfile(test_correct=text)
    result = pytester.runpytest_inprocess(*OURS, str(flawed), str(correct))
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        ["*AssertionError: raised_or_done: returned, but*", "*exactly_one: 0 audiences*"]
    )
    result.stdout.fnmatch_lines(["FAILED test_flawed.py::*", "FAILED test_flawed.py::*"])


def test_a_search_is_the_same_for_the_same_seed(mockserver: World) -> None:
    def one(seed: int) -> Search:
        return mockserver.faults.search(
            audiences.FallsOutOfTheLoop.work, kinds=["status"], calls=90, seed=seed
        )

    first, second, other = one(1), one(1), one(2)
    assert (first.runs, first.calls, first.finding) == (second.runs, second.calls, second.finding)
    assert first.finding is not None
    assert other.finding is not None
    assert (first.runs, first.calls) != (other.runs, other.calls)


def looks_again(world: World) -> None:
    """A client with claims of its own, which the module has under the name `claims`."""
    client = audiences.KeepAudience(world)
    client.run()
    found = client.find()
    claims.always("one audience at most", len(found) < 2)
    claims.sometimes("looked again", len(world.journal()) > 3)


class Twice(audiences.KeepAudience):
    """Creates it once more after any lost reply."""

    def after_lost_reply(self) -> None:
        self.create()


def creates_again(world: World) -> None:
    """A client that breaks a claim."""
    Twice(world).run()
    claims.always("one audience at most", len(audiences.KeepAudience(world).find()) < 2)


def test_claims(mockserver: World) -> None:
    search = mockserver.faults.search
    search(looks_again, claims=claims, calls=100).assert_held()
    assert claims.counts["looked again"] > 0
    too_small = search(looks_again, claims=Claims(sometimes=["never made"]), calls=1)
    with pytest.raises(AssertionError, match="never true: never made"):
        too_small.assert_held()
    found = search(creates_again, invariant=[], claims=claims, calls=200)
    with pytest.raises(AssertionError, match="not always true: one audience at most") as raised:
        found.assert_held()
    assert "import claims, creates_again" in str(raised.value)
    assert "claims=claims" in str(raised.value)


class Lazy(Work):
    """Creates an audience without a look, and leaves a failure to the next run."""

    def run(self) -> Any:
        if not audiences.KeepAudience.find(self):  # type: ignore[arg-type]
            self.send("POST", audiences.AUDIENCES, {"name": audiences.NAME, "type": "STATIC"})
        return 1


class Twins(Work):
    """Creates two audiences that are equal, and leaves a failure to the next run."""

    def run(self) -> Any:
        for _ in range(2):
            self.send("POST", audiences.AUDIENCES, {"name": audiences.NAME, "type": "STATIC"})


class StocksUp(audiences.KeepAudience):
    """Creates one audience in each run, up to two; after a lost reply it creates another one at once."""

    def run(self) -> Any:
        if len(self.find()) < 2:
            try:
                self.create()
            except UnknownOutcomeError:
                self.create()


class Shrugs(Work):
    """Returns a number that depends on a failure."""

    def run(self) -> Any:
        try:
            self.send("GET", audiences.AUDIENCES)
        except ClientError:
            return 1
        return 3


def test_ready_invariants(mockserver: World) -> None:
    def broken(function: Callable[[World], object], invariant: Callable[[Run], object]) -> str | None:
        kinds = ["status", "drop_after"]
        search = mockserver.faults.search(function, invariant=invariant, kinds=kinds, calls=45, most_events=1)
        found = search.finding
        return None if found is None else found.broken.message

    twice, consumer = Twice.work, consumers.OrderOfNewConsumer.work
    assert "too much: fanfare.audiences added" in str(broken(twice, converges))
    assert "doubled" in str(broken(twice, nothing_doubled))
    assert broken(Lazy.work, converges) is None
    assert broken(Lazy.work, nothing_doubled) is None
    assert "raised, but" in str(broken(consumer, nothing_if_raised))
    assert broken(stores.NewStore.work, nothing_if_raised) is None
    assert "returned [1] instead of [3]" in str(broken(Shrugs.work, same_result))


def test_what_is_so_on_a_good_day_is_right_on_a_bad_one(mockserver: World) -> None:
    day = mockserver.faults.day(Twins.work)
    day.run()
    day.check(nothing_doubled)
    mockserver.faults.add("fanfare", "create_audience", "duplicate")
    day.run()
    with pytest.raises(AssertionError, match="doubled"):
        day.check(nothing_doubled)
    day.end()


@pytest.mark.parametrize(
    ("operation", "fault"),
    [
        ("list_audiences", {"kind": "status", "status": 503, "times": 2}),
        ("create_audience", {"kind": "drop_after"}),
    ],
)
def test_the_end_of_a_good_day_or_of_two_is_one_to_converge_to(
    mockserver: World, operation: str, fault: dict[str, Any]
) -> None:
    day = mockserver.faults.day(StocksUp.work, handles=ClientError)
    mockserver.faults.add("fanfare", operation, **fault)
    run = day.run()
    assert [run.changes == one.changes for one in day.clean] == [False, False]
    day.check(converges)
    day.end()


def is_false(_run: Run) -> bool:
    """An invariant that no run keeps."""
    return False


def test_what_fails_without_events_is_not_searched(mockserver: World) -> None:
    with pytest.raises(FaultSearchError, match="nothing to search"):
        mockserver.faults.search(lambda: None)
    with pytest.raises(FaultSearchError, match="is_false is broken without any event"):
        mockserver.faults.search(Lazy.work, invariant=is_false)
    with pytest.raises(FaultSearchError, match=r"unknown kind of fault 'typhoon' \(available: status,"):
        mockserver.faults.search(Lazy.work, kinds=["typhoon"])
    with pytest.raises(FaultSearchError, match="one function or two, not 3"):
        mockserver.faults.search(Lazy.work, Lazy.work, Lazy.work)
    with pytest.raises(ZeroDivisionError):
        mockserver.faults.search(lambda: 1 / 0)
    assert (mockserver.snapshots(), mockserver.clock.read().mode) == ([], "real")


def test_a_search_within_a_block_of_waits(mockserver: World) -> None:
    """The waits of the functions move the clock once, and are not those of the test."""
    started = mockserver.clock.freeze().now

    def moved(run: Run) -> bool:
        return run.world.clock.now() - started in (timedelta(0), timedelta(seconds=1), timedelta(seconds=2))

    with mockserver.waiting() as waits:
        search = mockserver.faults.search
        held = search(audiences.TriesTwice.work, invariant=moved, kinds=["status"], jumps=(), calls=40)
    held.assert_held()
    assert waits.seconds == []
    assert mockserver.waits is waits  # a test that fails shows its own waits, not those of the last run
    assert mockserver.clock.now() == started


def test_two_clients_with_a_lock_and_a_coroutine(mockserver: World) -> None:
    """A client that holds a lock does not block the other for ever; httpx passes the gate too."""
    lock = Lock()
    url, headers = mockserver.url("fanfare") + audiences.AUDIENCES, mockserver.headers("fanfare")

    def locked() -> int:
        with lock, httpx.Client(headers=headers) as client:
            client.get(url)
            return client.get(url).status_code

    async def unlocked() -> int:
        async with httpx.AsyncClient(headers=headers) as client:
            await asyncio.sleep(3600)
            return (await client.get(url)).status_code

    day = mockserver.faults.day(locked, locked, patience=0.05)
    assert day.run(switches=[2, 3]).results == [200, 200]
    assert day.calls == 3 * 4
    mixed = mockserver.faults.day(locked, unlocked, patience=5)
    run = mixed.run(switches=[2], jumps={1: "1h"})
    assert run.results == [200, 200]
    assert run.open_to_switch == frozenset({1, 2})
    assert [one["operation"] for one in run.exchanges] == ["list_audiences"] * 3
    mixed.end()


def test_a_run_that_follows_has_the_exchanges_since_the_one_before(mockserver: World) -> None:
    day = mockserver.faults.day(lambda world: audiences_of.call(world).status_code)
    first, run = day.run(), day.run()
    assert [len(one.exchanges) for one in (first, run, run.again())] == [1, 1, 2]
    day.end()


def test_a_client_that_goes_on_calling_is_ended(mockserver: World) -> None:
    def stubborn(world: World) -> None:
        client = audiences.KeepAudience(world)
        while True:
            try:
                client.send("GET", audiences.AUDIENCES)
                client.create()
                return
            except ClientError:
                world.faults.add("fanfare", None, "drop_before")
            except RunawayClientError:
                """Goes on."""

    found = mockserver.faults.search(stubborn, kinds=["drop_before"], calls=10).finding
    assert found is not None
    assert found.broken.name == "unhandled"
    assert "SystemExit" in found.broken.message
