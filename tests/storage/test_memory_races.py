"""The store in memory under threads: isolation, updates, deadlocks, rollbacks, reads while others write."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from mockserver.errors import Problem, StoreUnavailableError, WouldBlockError
from mockserver.state import seed_data as seed_data_module
from mockserver.state.seed_data import SeedData
from mockserver.state.worlds import DEFAULT_WORLD, Worlds
from mockserver.storage.layout import ROOT_SPACE
from mockserver.storage.memory import MemoryStore
from mockserver.storage.reads import Body, FirstBaseRank, FirstRank, LastRank
from mockserver.storage.store import Row
from tests.state.conftest import Shop, twelve

THREADS = 6
SECONDS = 0.3


class UndoError(Exception):
    """Raised to roll back a transaction."""


@pytest.fixture(autouse=True)
def _frequent_switches() -> Iterator[None]:
    """Lets the interpreter change threads hundreds of times as often, wherever it may."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


def race(*works: Callable[[Random], object], seconds: float = SECONDS) -> None:
    """Runs each function again and again in a thread of its own; raises what one of them raises."""
    end = time.monotonic() + seconds

    def repeat(number: int, work: Callable[[Random], object]) -> None:
        chance = Random(number)
        while time.monotonic() < end:
            work(chance)

    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(repeat, *one) for one in enumerate(works)]:
            done.result(60)


def number_in(store: MemoryStore, space: str, id: str) -> int:
    row = store.space(space).get("k", id)
    return int(row.body or b"0") if row else 0


def test_no_update_is_lost_though_others_are_rolled_back(store: MemoryStore) -> None:
    counted = [0] * THREADS

    def count(thread: int) -> Callable[[Random], None]:
        def one(chance: Random) -> None:
            fails = chance.random() < 0.3
            with suppress(UndoError), store.transaction():
                store.lock("w")
                space = store.space("w")
                with suppress(UndoError), store.transaction():
                    space.put("k", Row("n", "", 0, b"-1000000"))
                    raise UndoError
                space.put("k", Row("n", "", 0, str(number_in(store, "w", "n") + 1).encode()))
                if fails:
                    raise UndoError
            counted[thread] += not fails

        return one

    race(*map(count, range(THREADS)))
    assert sum(counted) > 100
    assert number_in(store, "w", "n") == sum(counted)


def test_a_locked_reader_sees_whole_transactions(store: MemoryStore) -> None:
    """Two documents, a list and a copy that every transaction changes together, or not at all."""

    def write(chance: Random) -> None:
        with suppress(UndoError), store.transaction():
            store.lock("w")
            space, number = store.space("w"), chance.randrange(1_000_000)
            kind = chance.randrange(4)
            if kind == 0:
                store.delete_space("w")
            elif kind == 1:
                store.delete_space("w")
                store.copy("snapshot", "w")
                number = number_in(store, "w", "a")
            space.put("k", Row("a", "", 0, str(number).encode()))
            if chance.random() < 0.5:
                raise UndoError
            space.put("k", Row("b", "", number, str(number).encode()))
            if chance.random() < 0.3:
                store.delete_space("snapshot")
                store.copy("w", "snapshot")

    def read(_chance: Random) -> None:
        with store.transaction():
            store.lock("w")
            a, b, rank = store.fetch(Body("w", "k", "a"), Body("w", "k", "b"), LastRank("w", "k"))
            assert a == b
            assert int(a or b"0") == (rank or 0)
            rows = store.space("w").page("k", limit=10)
            assert [row.id for row in rows] == (["a", "b"] if rank else ["a", "b"][: len(rows)])

    race(write, write, write, read, read)


def _change(store: MemoryStore, chance: Random) -> None:
    """Changes the space `w` in any way; four times in ten it is undone."""
    space = store.space("w", "b")
    id = f"{chance.randrange(40)}"

    def copy() -> None:
        store.delete_space("c")
        store.copy("w", "c")

    changes: list[Callable[[], object]] = [
        lambda: space.put("k", Row(id, "", chance.randrange(50), b"1")),
        lambda: space.delete("k", id),
        lambda: store.delete_space("w"),
        lambda: space.delete_below_rank("k", "", chance.randrange(50)),
        lambda: space.trim_to_size("k", "", chance.randrange(9)),
        copy,
    ]
    with suppress(UndoError), store.transaction():
        chance.choice(changes)()
        if chance.random() < 0.4:
            raise UndoError


def test_unlocked_reads_of_what_others_write_do_not_fail(store: MemoryStore) -> None:
    base = store.space("b")
    base.bulk_insert("k", [Row(f"{number}", "", number, b"0") for number in range(30)])
    space = store.space("w", "b")

    def write(chance: Random) -> None:
        with store.transaction():
            store.lock("w")
            _change(store, chance)

    def read(_chance: Random) -> None:
        rows = space.page("k", limit=100)
        assert [row.cursor for row in rows] == sorted(row.cursor for row in rows)
        assert len({row.id for row in rows}) == len(rows)
        space.count("k")
        list(space.iterate("k"))
        store.size("w")
        store.fetch(
            FirstRank("w", "k"),
            LastRank("w", "k"),
            FirstBaseRank("w", "b", "k"),
            FirstBaseRank("x", "w", "k"),
        )

    race(write, write, read, read, read)


def test_the_lists_are_whole_after_a_storm(store: MemoryStore) -> None:
    """After any mix of commits and rollbacks, lists, documents and counts agree."""

    def storm(chance: Random) -> None:
        with suppress(UndoError), store.transaction():
            name = f"w{chance.randrange(3)}"
            store.lock(name)
            space = store.space(name)
            for _ in range(chance.randrange(6)):
                id, parent = f"{chance.randrange(20)}", "ab"[chance.randrange(2)]
                if chance.random() < 0.6:
                    space.put("k", Row(id, parent, chance.randrange(5), b"1"))
                else:
                    space.delete("k", id)
            if chance.random() < 0.2:
                store.delete_space(name)
            if chance.random() < 0.2 and not space.count("f"):
                space.bulk_insert("f", [Row(f"{one}", "", one, b"1") for one in range(5)])
            if chance.random() < 0.5:
                raise UndoError

    race(*[storm] * THREADS)
    for kinds in store.spaces.values():
        for collection in kinds.values():
            listed = sorted(entry for lists in collection.live.values() for entry in lists)
            assert listed == sorted(collection.documents.values())
            ordered = [list(collection.entries(parent)) for parent in [*collection.live]]
            assert all(lists == sorted(lists) for lists in ordered)
    assert len(store.locks) == 0


def test_two_that_wait_for_each_other_do_not_wait_for_the_timeout(store: MemoryStore) -> None:
    met = threading.Barrier(3)
    refused: list[StoreUnavailableError] = []

    def take(*names: str) -> None:
        try:
            with store.transaction():
                store.lock(names[0])
                met.wait(30)
                store.lock(names[1])
        except StoreUnavailableError as error:
            refused.append(error)

    threads = [threading.Thread(target=take, args=pair) for pair in (("a", "b"), ("b", "c"), ("c", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not [thread for thread in threads if thread.is_alive()]
    assert [error.again for error in refused] == [True], "one gives way and may try again"
    assert len(store.locks) == 0


def test_waiting_in_a_row_is_no_deadlock(store: MemoryStore) -> None:
    def hold(chance: Random) -> None:
        with store.transaction():
            for name in sorted(chance.sample("abcdef", 3)):
                store.lock(name)

    race(*[hold] * THREADS)
    assert len(store.locks) == 0


def test_a_rollback_that_fails_releases_the_locks(
    store: MemoryStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    def undo() -> None:
        with store.transaction():
            store.lock("w")
            store.space("w").put("k", Row("1", "", 0, b"1"))
            monkeypatch.setattr(store, "undo", fail)
            raise UndoError

    with pytest.raises(MemoryError):
        undo()
    monkeypatch.undo()
    assert len(store.locks) == 0
    assert store.local.transaction is None
    with ThreadPoolExecutor(1) as pool:
        pool.submit(store.lock, "w").result(10)


def test_a_thread_that_must_not_wait_leaves_nothing_behind(store: MemoryStore) -> None:
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with store.transaction():
            store.lock("held")
            held.set()
            done.wait(30)

    def try_it() -> None:
        with store.no_waiting(), store.transaction():
            store.lock("mine")
            store.space("mine").put("k", Row("1", "", 0, b"1"))
            store.after_commit(lambda: pytest.fail("it was not committed"))
            store.lock("held")

    with ThreadPoolExecutor(1) as pool:
        holding = pool.submit(hold)
        held.wait(30)
        for _ in range(3):
            with pytest.raises(WouldBlockError):
                try_it()
        assert list(store.locks) == ["held"]
        assert store.space("mine").get("k", "1") is None
        done.set()
        holding.result(30)


def test_a_bulk_insert_with_an_id_twice_is_refused_as_in_a_database(store: MemoryStore) -> None:
    with pytest.raises(KeyError), store.transaction():
        store.space("w").bulk_insert("k", [Row("1", "", 0, b"1"), Row("1", "", 1, b"2")])
    assert store.space("w").count("k") == 0


def _worlds(store: MemoryStore) -> Worlds:
    scenario = twelve()
    worlds = Worlds(store, {"shop": Shop()}, {scenario.name: scenario})
    worlds.ensure_default(lambda: worlds.create(DEFAULT_WORLD, scenario.name))
    worlds.load(worlds.get(DEFAULT_WORLD), "shop")  # the seed data, which all worlds share
    return worlds


def test_worlds_are_made_forked_and_deleted_by_everybody_at_once(store: MemoryStore) -> None:
    """On few names, in every direction: who locks what in another order would wait for two minutes."""
    worlds = _worlds(store)
    names = ["a", "b", "c"]

    def act(chance: Random) -> None:
        one, other = chance.sample(names, 2)
        with suppress(Problem):
            match chance.randrange(7):
                case 0:
                    worlds.create(one, "twelve")
                case 1:
                    worlds.delete(one)
                case 2:
                    worlds.fork(one, other)
                case 3:
                    worlds.reset(one)
                case 4:
                    worlds.snapshot(one, "s")
                case 5:
                    with store.transaction():
                        session = worlds.resolve("shop", one, ())
                        assert session.world.name == one
                case 6:
                    listed, _ = worlds.page(10)
                    assert "default" in [known.record["name"] for known in listed]
                    worlds.grant_credentials()

    race(*[act] * THREADS, seconds=1.0)
    assert len(store.locks) == 0
    assert worlds.count() == len(worlds.all())
    for name in names:
        with suppress(Problem):
            worlds.delete(name)
    assert worlds.count() == 1
    kept = {row.parent for row in store.space(ROOT_SPACE).iterate("_credential")}
    assert kept <= {"", "default"}
    assert not [space for space in store.spaces if space.partition("/")[0] in ("w", "s", "j")]


def test_seed_data_of_two_specs_is_made_at_once(store: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each thread gets the people of its own spec, though both keep theirs in the same place."""
    data = SeedData(store)
    monkeypatch.setattr(seed_data_module, "people", lambda seed, number, *_rest: [seed] * number)
    spec = {"people": 3, "locales": {}}

    def load(seed: int) -> Callable[[Random], None]:
        def one(_chance: Random) -> None:
            with data._people_of(f"b/{seed}", {**spec, "seed": seed}) as made:  # type: ignore[typeddict-item]
                found: list[Any] = [*made]
                assert found == [seed] * 3

        return one

    race(*map(load, range(4)))


def test_what_is_loaded_is_noted_while_seed_data_is_deleted(store: MemoryStore) -> None:
    worlds = _worlds(store)
    data = worlds.seed_data

    def load(chance: Random) -> None:
        data._loaded.add((f"b/{chance.randrange(500)}", "shop"))

    def collect(chance: Random) -> None:
        with store.transaction():
            store.lock(ROOT_SPACE)
            data.register(twelve(), chance.randrange(5), 1, None)
        data.collect_garbage(2**40)

    race(load, load, collect, collect)
