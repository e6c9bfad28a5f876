"""Worlds by the thousand: none costs more because there are others, and none leaves memory behind."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event
from types import FrameType
from typing import Any

import orjson
import pytest

from mockserver.errors import Problem, WouldBlockError
from mockserver.state.expiry import Expiry
from mockserver.state.world_listing import LastCount
from mockserver.state.worlds import DEFAULT_WORLD, Worlds
from mockserver.storage.engine import Engine
from mockserver.storage.layout import CREDENTIAL, ROOT_SPACE, WORLD, WORLD_COUNT, WORLD_USE, world_space_name
from mockserver.storage.memory import MemoryStore
from mockserver.storage.postgres import Postgres
from mockserver.storage.sqlite import SQLite
from mockserver.storage.store import Row, Store
from tests.state.conftest import Shop, twelve
from tests.storage.test_waiting import locked_by_another_thread

FEW, MANY = 10, 10_000


def _worlds(store: Store) -> Worlds:
    scenario = twelve()
    worlds = Worlds(store, {"shop": Shop()}, {scenario.name: scenario}, max_worlds=2 * MANY)
    worlds.ensure_default(lambda: worlds.create(DEFAULT_WORLD, scenario.name))
    worlds.load(worlds.get(DEFAULT_WORLD), "shop")  # the seed data, which all worlds share
    return worlds


def _multiply(worlds: Worlds, number: int) -> None:
    """Registers further worlds as copies of one, in bulk."""
    record = worlds.create("pattern", "twelve")
    root = worlds.store.space(ROOT_SPACE)
    (pattern,) = root.page(CREDENTIAL, "pattern", limit=1)
    first = root.last_rank(WORLD) + 1
    names = [f"copy-{number}-{one}" for one in range(number)]
    with worlds.store.transaction():
        root.bulk_insert(
            WORLD,
            [
                Row(name, "", first + one, orjson.dumps({**record, "name": name}))
                for one, name in enumerate(names)
            ],
        )
        root.bulk_insert(CREDENTIAL, [pattern._replace(id=f"{name}/x", parent=name) for name in names])
        root.put(WORLD_COUNT, Row("", "", 0, str(root.count(WORLD)).encode()))


@contextmanager
def _counted(store: Store) -> Iterator[Callable[[], int]]:
    """Counts the store's work: calls of functions, SQLite's instructions, or rows that PostgreSQL reads."""
    engine: Engine | None = getattr(store, "_engine", None)
    steps = 0

    def step(*_: Any) -> int:
        nonlocal steps
        steps += 1
        return 0

    def call(_frame: FrameType, event: str, _argument: Any) -> None:
        if event in ("call", "c_call"):
            step()

    if isinstance(engine, SQLite):
        engine._connection.set_progress_handler(step, 1)
        yield lambda: steps
        engine._connection.set_progress_handler(None, 0)
    elif isinstance(engine, Postgres):
        with store.transaction():
            rows = "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'docs'"
            yield lambda: int(engine.flush_and_select(rows, ())[0][0])
    else:
        sys.setprofile(call)
        yield lambda: steps
        sys.setprofile(None)


def _costs(worlds: Worlds) -> dict[str, int]:
    works: dict[str, Callable[[], Any]] = {
        "create": lambda: worlds.create("one", "twelve"),
        "fork": lambda: worlds.fork("one", "two"),
        "find by name": lambda: worlds.resolve("shop", "one", ()),
        "find by credential": lambda: worlds.resolve("shop", None, [("key", "unknown")]),
        "get": lambda: worlds.get("one"),
        "list a page": lambda: worlds.page(5),
        "count": worlds.count,
        "snapshot": lambda: worlds.snapshot("one", "s"),
        "reset": lambda: worlds.reset("one"),
        "delete": lambda: worlds.delete("one"),
        "delete the fork": lambda: worlds.delete("two"),
    }
    costs = {}
    with suppress(Problem):
        worlds.get("warm-up")
    for name, work in works.items():
        with _counted(worlds.store) as count:
            before = count()
            work()
            costs[name] = count() - before
    return costs


def test_a_world_costs_the_same_among_ten_and_among_ten_thousand(store: Store) -> None:
    worlds = _worlds(store)
    _multiply(worlds, FEW)
    _costs(worlds)  # caches
    few = _costs(worlds)
    worlds.delete("pattern")
    _multiply(worlds, MANY)
    many = _costs(worlds)
    assert {name: (few[name], many[name]) for name in few if many[name] > 1.5 * few[name] + 20} == {}


def test_a_page_has_no_world_that_is_just_being_made(store: Store) -> None:
    worlds = _worlds(store)
    with locked_by_another_thread(store, ROOT_SPACE), store.no_waiting(), pytest.raises(WouldBlockError):
        worlds.page(5)
    assert [one.record["name"] for one in worlds.page(5)[0]] == [DEFAULT_WORLD]


def test_a_count_that_is_known_is_read_at_once() -> None:
    """While another thread counts; and after it, since what was noted meanwhile is newer."""
    counting, counted = Event(), Event()

    def count() -> int:
        counting.set()
        return int(counted.wait(30))

    last = LastCount(count)
    assert last.read() is None
    assert counting.wait(30)
    last.note(7)
    assert last.read() == 7
    counted.set()
    for thread in threading.enumerate():
        if thread.name == "mockserver-count":
            thread.join(30)
    counted.clear()
    assert last.read() == 7
    counted.set()


def test_expiry_looks_only_at_worlds_that_may_have_expired(store: Store) -> None:
    worlds = _worlds(store)
    _multiply(worlds, 50)
    expiry = Expiry(worlds, 1000.0)
    expiry.delete_expired()
    with _counted(store) as count:
        before = count()
        expiry.delete_expired()
        few = count() - before
    names = [f"more-{one}" for one in range(3000)]
    root, record = store.space(ROOT_SPACE), worlds.get("pattern")
    bodies = [orjson.dumps({**record, "name": name}) for name in names]
    root.bulk_insert(WORLD, [Row(name, "", 9000 + at, bodies[at]) for at, name in enumerate(names)])
    root.bulk_insert(WORLD_USE, [Row(name, "", 2**40, b"1") for name in names])
    for _ in range(8):  # new worlds are looked at once
        expiry.delete_expired()
    with _counted(store) as count:
        before = count()
        expiry.delete_expired()
        assert count() - before <= 1.5 * few + 50


def test_the_number_of_worlds_is_exact(store: Store) -> None:
    worlds = _worlds(store)
    for number in range(5):
        worlds.create(f"w{number}", "twelve")
    with pytest.raises(Problem, match="world_exists"):
        worlds.create("w1", "twelve")
    worlds.delete("w2")
    with pytest.raises(Problem, match="unknown_world"):
        worlds.delete("w2")
    worlds.fork("w1")
    with suppress(ZeroDivisionError), store.transaction():
        worlds.create("undone", "twelve")
        worlds.delete("w3")
        worlds.delete("w4")
        raise ZeroDivisionError
    assert worlds.count() == 6 == len(worlds.all())
    store.space(ROOT_SPACE).delete(WORLD_COUNT, "")  # as an older release has left it
    assert worlds.count() == 6
    worlds.delete("w0")
    assert worlds.count() == 5


def test_pages_of_worlds(store: Store) -> None:
    worlds = _worlds(store)
    names = ["default", *(worlds.create(f"w{number}", "twelve")["name"] for number in range(6))]
    found: list[str] = []
    after: int | None = 0
    sizes = []
    while after is not None:
        listed, after = worlds.page(3, after)
        sizes.append(len(listed))
        found += [one.record["name"] for one in listed]
    assert found == names
    assert sizes == [3, 3, 1]
    listed, after = worlds.page(3)
    worlds.delete("w1")  # the last of the page
    assert after is not None
    assert [one.record["name"] for one in worlds.page(2, after)[0]] == ["w2", "w3"]
    assert worlds.page(6)[1] is None, "exactly as many as there are"


def test_nothing_is_kept_of_worlds_that_are_gone() -> None:
    store = MemoryStore()
    worlds = _worlds(store)
    worlds.quota._max_bytes = 10_000
    expiry = Expiry(worlds, 1000.0)
    kept: list[dict[str, Any]] = []
    for turn in range(3):
        for number in range(20):
            name = f"{turn}-{number}"
            worlds.create(name, "twelve")
            with store.transaction():
                session = worlds.resolve("shop", name, [("key", f"of {name}")])
                store.space(world_space_name(name)).put("shop/items", Row("x", name, 0, b"1"))
                assert session.number == 1
                worlds.quota.check(name, 10)
            expiry._record_use(name)
            worlds.snapshot(name, "s")
            worlds.fork(name, f"fork-{name}")
            worlds.delete(f"fork-{name}")
            with suppress(Problem):
                worlds.resolve("shop", f"never-{name}", ())
            worlds.delete(name)
            with suppress(Problem):
                worlds.resolve("shop", name, [("key", f"of {name}")])
        expiry._reconcile()
        root = store.spaces[""]
        kept.append(
            {
                "spaces": sorted(store.spaces),
                "locks": list(store.locks),
                "documents": {kind: sorted(one.documents) for kind, one in root.items()},
                "lists": {kind: sorted(one.live) for kind, one in root.items()},
                "lookups": list(worlds._lookups._lookups),
                "keys": list(worlds._lookups._keys),
                "quota": list(worlds.quota._left),
                "uses": list(expiry._last_recorded),
            }
        )
    assert kept[0] == kept[1] == kept[2]
    assert not kept[0]["quota"] + kept[0]["uses"] + kept[0]["locks"]
