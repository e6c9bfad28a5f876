"""Worlds: creation, isolation, reset, snapshots, forks, credentials and seed data."""

import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from mockserver.contract.secret_values import SecretValues
from mockserver.errors import Problem
from mockserver.formats import yaml_loader
from mockserver.paths import fixtures
from mockserver.state.scenario import Scenario
from mockserver.state.world import World
from mockserver.state.worlds import DEFAULT_WORLD, Worlds
from mockserver.storage.layout import ROOT_SPACE, SEED_SPEC
from mockserver.storage.memory import MemoryStore
from mockserver.storage.sql_store import SqlStore
from mockserver.storage.sqlite import SQLite
from mockserver.storage.store import Store
from tests.state.conftest import START, Field, Shop

DAY = timedelta(days=1)


def load(worlds: Worlds, name: str, vendor: str = "shop") -> World:
    return worlds.load(worlds.get(name), vendor)


def people(worlds: Worlds, name: str, vendor: str = "shop") -> list[str]:
    return [row.id for row in load(worlds, name, vendor).records("person").iterate()]


def change(worlds: Worlds, name: str) -> None:
    """Adds, updates and removes a person, schedules a job, moves the clock and journals a call."""
    world = load(worlds, name)
    people_records = world.records("person")
    people_records.add("new", {"first": "New"})
    people_records.update("p1", {"first": "Changed"})
    people_records.remove("p2")
    world.jobs.schedule(world.now() + 9 * DAY, "later")
    worlds.clock(name).advance(DAY / 2)
    worlds.journal(name).add(cast(Any, {"number": worlds.journal(name).last_number() + 1}))


def state(worlds: Worlds, name: str) -> tuple[Any, ...]:
    """Everything that a vendor can see of a world."""
    world = load(worlds, name)
    return (
        list(world.records("person").iterate()),
        list(world.records("list").iterate()),
        world.jobs.pending(),
        worlds.clock(name).now(),
        world.records("person").count(),
    )


def details_of(problem: pytest.ExceptionInfo[Problem]) -> tuple[str, dict[str, Any]]:
    return problem.value.name, problem.value.details


def rows(store: Store, space: str) -> list[tuple[Any, ...]]:
    """All rows of a space, without the real time at which seed data was last used."""
    return sorted(
        (kind, id, parent, 0 if kind == SEED_SPEC else rank, body)
        for in_space, kind, id, parent, rank, body in _all_rows(store)
        if in_space == space
    )


def spaces(store: Store) -> set[str]:
    return {row[0] for row in _all_rows(store)}


def _all_rows(store: Store) -> list[tuple[Any, ...]]:
    if isinstance(store, SqlStore):
        return store._engine.flush_and_select("SELECT space, kind, id, parent, rank, body FROM docs", ())
    assert isinstance(store, MemoryStore)
    return [
        (space, kind, id, parent, rank, body)
        for space, kinds in store.spaces.items()
        for kind, collection in kinds.items()
        for id, (rank, _, parent, body) in collection.documents.items()
    ]


def test_a_world_is_created_from_its_scenario(worlds: Worlds) -> None:
    world = worlds.create("x", "twelve")
    assert worlds.get("x") == world
    assert {key: world[key] for key in ("name", "scenario", "seed", "people", "start")} == {
        "name": "x",
        "scenario": "twelve",
        "seed": 7,
        "people": 12,
        "start": "2026-01-01T00:00:00Z",
    }
    assert people(worlds, "x") == [f"p{number}" for number in range(1, 13)]
    assert load(worlds, "x").records("list").get("seeded") == {
        "section": {"lists": 1},
        "at": "2026-01-01T00:00:00+00:00",
    }
    assert load(worlds, "x", "depot").records("list").get("seeded") is not None


def test_explicit_values_override_the_scenario(worlds: Worlds) -> None:
    now = datetime(2030, 5, 6, tzinfo=UTC)
    world = worlds.create("x", "twelve", seed=0, people=0, now=now)
    assert (world["seed"], world["people"], world["start"]) == (0, 0, "2030-05-06T00:00:00Z")
    assert people(worlds, "x") == []
    assert load(worlds, "x").now() == now
    assert worlds.clock("x").mode == "frozen"


def test_a_world_with_the_real_time(store: Store, shop: Shop, scenario: Scenario) -> None:
    worlds = Worlds(store, {"shop": shop}, {"real": replace(scenario, now=None)})
    world = worlds.create("x", "real")
    assert world["start"] is None
    assert worlds.clock("x").mode == "real"
    assert abs(load(worlds, "x").now() - datetime.now(UTC)) < timedelta(seconds=9)
    seeded = load(worlds, "x").records("list").get("seeded")
    assert seeded is not None
    assert seeded["at"].endswith("T00:00:00+00:00")


def test_a_name_is_generated_if_none_is_given(worlds: Worlds) -> None:
    one, other = worlds.create(None, "twelve"), worlds.create(None, "twelve")
    assert one["name"] != other["name"]
    assert worlds.get(one["name"]) == one


def test_worlds_are_listed_oldest_first(worlds: Worlds) -> None:
    for name in ("z", "a", "m"):
        worlds.create(name, "twelve")
    worlds.delete("a")
    worlds.create("b", "twelve")
    assert [world["name"] for world in worlds.all()] == ["z", "m", "b"]


@pytest.mark.parametrize("name", ["A", "-a", "a/b", "a b", "å", "a" * 65, "a\n", "."])
def test_invalid_names(worlds: Worlds, name: str) -> None:
    with pytest.raises(Problem) as raised:
        worlds.create(name, "twelve")
    problem, details = details_of(raised)
    assert (problem, details["pointer"], details["field"]) == ("call_does_not_fit", "/name", "name")
    assert repr(name) in details["reason"]


def test_an_existing_name(worlds: Worlds) -> None:
    before = worlds.create("x", "twelve")
    for again in (worlds.create, worlds.fork):
        with pytest.raises(Problem) as raised:
            again("x", "x" if again == worlds.fork else "twelve")
        assert details_of(raised) == ("world_exists", {"world": "x"})
    assert worlds.all() == [before]


def test_an_unknown_world(worlds: Worlds) -> None:
    actions = (
        worlds.get,
        worlds.delete,
        worlds.reset,
        worlds.snapshots,
        worlds.clock,
        worlds.journal,
        worlds.fork,
        lambda name: worlds.snapshot(name, "s"),
        lambda name: worlds.restore(name, "s"),
    )
    for action in actions:
        with pytest.raises(Problem) as raised:
            action("nowhere")
        assert details_of(raised) == ("unknown_world", {"world": "nowhere"})
    assert worlds.all() == []


def test_an_unknown_scenario(worlds: Worlds) -> None:
    for name in ("nothing", "../demo", "./own.yaml", ""):
        with pytest.raises(Problem) as raised:
            worlds.create("x", name)
        problem, details = details_of(raised)
        assert (problem, details["scenario"]) == ("unknown_scenario", name)
        assert details["known"] == "demo, empty, showcase, twelve"
    assert worlds.scenarios() == ["demo", "empty", "showcase", "twelve"]


def test_an_unknown_snapshot(worlds: Worlds) -> None:
    worlds.create("x", "twelve")
    worlds.create("y", "twelve")
    worlds.snapshot("y", "s")
    with pytest.raises(Problem) as raised:
        worlds.restore("x", "s")
    assert details_of(raised) == ("unknown_snapshot", {"snapshot": "s", "world": "x"})


def test_the_default_world_cannot_be_deleted(worlds: Worlds) -> None:
    worlds.create(DEFAULT_WORLD, "twelve")
    with pytest.raises(Problem, match="default_world_stays"):
        worlds.delete(DEFAULT_WORLD)
    assert worlds.get(DEFAULT_WORLD)["name"] == DEFAULT_WORLD


def test_worlds_and_vendors_are_isolated(worlds: Worlds) -> None:
    worlds.create("x", "twelve")
    worlds.create("y", "twelve")
    before = state(worlds, "y")
    change(worlds, "x")
    assert state(worlds, "y") == before
    assert worlds.journal("y").read() == []
    assert people(worlds, "x") == ["p1", *(f"p{number}" for number in range(3, 13)), "new"]
    assert people(worlds, "x", "depot") == [f"p{number}" for number in range(1, 13)]


def test_a_reset_restores_the_start(worlds: Worlds) -> None:
    before = worlds.create("x", "twelve")
    start = state(worlds, "x")
    worlds.snapshot("x", "kept")
    change(worlds, "x")
    worlds.reset("x")
    assert state(worlds, "x") == start
    assert worlds.journal("x").read() == []
    assert worlds.journal("x").last_number() == 0
    assert worlds.get("x") == before
    assert worlds.snapshots("x") == ["kept"]


def test_after_a_reset_the_same_changes_give_the_same_rows(worlds: Worlds, store: Store) -> None:
    worlds.create("x", "twelve")
    change(worlds, "x")
    first = rows(store, "w/x")
    worlds.reset("x")
    change(worlds, "x")
    assert rows(store, "w/x") == first


def test_a_snapshot_is_restored_with_clock_and_jobs(worlds: Worlds) -> None:
    worlds.create("x", "twelve")
    change(worlds, "x")
    kept = state(worlds, "x")
    worlds.snapshot("x", "s")
    worlds.clock("x").advance(30 * DAY)
    assert worlds.job_runner.run_due(worlds.get("x")).count == 2
    load(worlds, "x").records("person").remove("new")
    for _ in range(2):
        worlds.restore("x", "s")
        assert state(worlds, "x") == kept
        change(worlds, "x")
    assert worlds.journal("x").last_number() == 3


def test_a_snapshot_of_the_same_name_is_replaced(worlds: Worlds) -> None:
    worlds.create("x", "twelve")
    worlds.snapshot("x", "b")
    worlds.snapshot("x", "a")
    change(worlds, "x")
    worlds.snapshot("x", "b")
    changed = state(worlds, "x")
    worlds.reset("x")
    worlds.restore("x", "b")
    assert state(worlds, "x") == changed
    assert worlds.snapshots("x") == ["a", "b"]


def test_a_fork_is_independent(worlds: Worlds) -> None:
    worlds.create("x", "twelve")
    change(worlds, "x")
    before = state(worlds, "x")
    fork = worlds.fork("x", "y")
    assert state(worlds, "y") == before
    assert fork["credentials"] != worlds.get("x")["credentials"]
    assert worlds.journal("y").read() == []
    load(worlds, "y").records("person").remove("new")
    worlds.clock("y").advance(DAY)
    assert state(worlds, "x") == before
    worlds.reset("y")
    assert people(worlds, "y") == [f"p{number}" for number in range(1, 13)]


def test_a_deleted_world_leaves_nothing(worlds: Worlds, store: Store) -> None:
    worlds.create("keep", "twelve")
    load(worlds, "keep")
    kept = spaces(store), rows(store, "")
    world = worlds.create("x", "twelve")
    change(worlds, "x")
    worlds.snapshot("x", "s")
    worlds.snapshot("x", "t/u")
    worlds.delete("x")
    assert (spaces(store), rows(store, "")) == kept
    assert worlds.credential("shop", "api_key", world["credentials"]["shop"]["api_key"]) is None
    worlds.create("x", "twelve")
    assert people(worlds, "x") == people(worlds, "keep")
    assert worlds.snapshots("x") == []


def test_a_deleted_snapshot_leaves_nothing(worlds: Worlds, store: Store) -> None:
    worlds.create("x", "twelve")
    change(worlds, "x")
    kept = spaces(store)
    worlds.snapshot("x", "s")
    assert spaces(store) != kept
    worlds.delete_snapshot("x", "s")
    assert (spaces(store), worlds.snapshots("x")) == (kept, [])


def test_every_world_gets_new_credentials(worlds: Worlds) -> None:
    minted = [worlds.create(f"w{number}", "twelve")["credentials"] for number in range(20)]
    assert all(set(one) == {"shop", "depot"} for one in minted)
    values = [value for one in minted for fields in one.values() for value in fields.values()]
    assert len(set(values)) == 20 * 2 * 2
    assert minted[0]["shop"]["api_key"].startswith("key-")
    assert len(minted[0]["shop"]["api_key"]) == len("key-") + 32
    assert minted[0]["shop"]["login"].endswith("@example.com")


def test_a_credential_identifies_its_world(worlds: Worlds) -> None:
    key = worlds.create("x", "twelve")["credentials"]["shop"]["api_key"]
    found = worlds.credential("shop", "api_key", key)
    assert found
    assert {name: found[name] for name in ("world", "vendor", "field", "value")} == {
        "world": "x",
        "vendor": "shop",
        "field": "api_key",
        "value": key,
    }
    assert worlds.credential("depot", "api_key", key) is None
    assert worlds.credential("shop", "login", key) is None
    assert worlds.credential("shop", "api_key", key + "0") is None


def test_a_field_without_a_scheme_identifies_no_world(worlds: Worlds) -> None:
    login = worlds.create("x", "twelve")["credentials"]["shop"]["login"]
    assert worlds.credential("shop", "login", login) is None


def test_the_default_world_has_fixed_credentials(store: Store) -> None:
    fixed: Mapping[str, Mapping[str, str]] = yaml_loader.read(fixtures() / "credentials.yaml")
    vendors = {
        name: Shop(name, tuple(Field(field, "ApiKey", "{hex}") for field in fields))
        for name, fields in fixed.items()
    }
    worlds = Worlds(store, {**vendors, "own": Shop("own")}, {})
    world = worlds.create(DEFAULT_WORLD, "empty")
    for name, fields in fixed.items():
        assert world["credentials"][name] == fields
        for field, value in fields.items():
            found = worlds.credential(name, field, value)
            assert found is not None
            assert found["world"] == DEFAULT_WORLD
    assert world["credentials"]["own"]["api_key"].startswith("key-")


def test_the_same_seed_gives_the_same_bytes(shop: Shop, scenario: Scenario) -> None:
    written = []
    for _ in range(2):
        store = MemoryStore()
        worlds = Worlds(store, {"shop": shop}, {"twelve": scenario})
        base = worlds.create("x", "twelve")["base"]
        change(worlds, "x")
        written.append((base, rows(store, base), rows(store, "w/x")))
        store.close()
    assert written[0] == written[1]
    assert len(written[0][1]) > 24


def test_another_seed_gives_other_people(worlds: Worlds, store: Store) -> None:
    bases = [worlds.create(f"w{seed}", "twelve", seed=seed)["base"] for seed in (1, 2)]
    for seed in (1, 2):
        load(worlds, f"w{seed}")
    assert rows(store, bases[0]) != rows(store, bases[1])


_HASH_OF_SEED_DATA = """
import hashlib
from tests.state.conftest import START, Shop
from tests.state.test_worlds import change, rows
from mockserver.state.scenario import Scenario
from mockserver.storage.memory import MemoryStore
from mockserver.state.worlds import Worlds
store = MemoryStore()
scenario = Scenario("twelve", "", 12, 7, {"sv_SE": 1.0, "nl_NL": 1.0}, START, {"shop": {"lists": 1}})
worlds = Worlds(store, {"shop": Shop()}, {"twelve": scenario})
base = worlds.create("x", "twelve")["base"]
change(worlds, "x")
print(hashlib.sha256(repr((base, rows(store, base), rows(store, "w/x"))).encode()).hexdigest())
"""


def test_the_same_bytes_in_every_process() -> None:
    root = Path(__file__).parents[2]
    printed = {
        subprocess.run(
            [sys.executable, "-c", _HASH_OF_SEED_DATA],
            cwd=root,
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(root)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(printed) == 1


def test_seed_data_is_loaded_once_and_shared(worlds: Worlds, shop: Shop) -> None:
    bases = {worlds.create(f"w{number}", "twelve")["base"] for number in range(3)}
    assert len(bases) == 1
    assert shop.populated == []
    for number in range(3):
        load(worlds, f"w{number}")
    assert shop.populated == [*bases]


def test_seed_data_that_was_rolled_back_is_loaded_again(worlds: Worlds, store: Store, shop: Shop) -> None:
    """As when the first call to a vendor is a rejected backstage action."""
    worlds.create("x", "twelve")
    with suppress(ZeroDivisionError), store.transaction():
        load(worlds, "x")
        raise ZeroDivisionError
    assert len(people(worlds, "x")) == 12
    assert len(shop.populated) == 2
    people(worlds, "x")
    assert len(shop.populated) == 2


def test_a_failed_population_leaves_nothing(worlds: Worlds, shop: Shop, store: Store) -> None:
    base = worlds.create("x", "twelve")["base"]

    def fail(world: World, *_: Any) -> None:
        world.records("person").add("half", {})
        raise ZeroDivisionError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shop, "populate", fail)
        with pytest.raises(ZeroDivisionError):
            load(worlds, "x")
    assert rows(store, base) == []
    assert len(people(worlds, "x")) == 12


def test_seed_data_outlives_its_worlds(worlds: Worlds, shop: Shop) -> None:
    worlds.create("x", "twelve")
    load(worlds, "x")
    worlds.delete("x")
    worlds.create("y", "twelve")
    assert len(people(worlds, "y")) == 12
    assert len(shop.populated) == 1


def test_jobs_run_with_their_due_time(worlds: Worlds, shop: Shop) -> None:
    worlds.create("x", "twelve")
    load(worlds, "x")
    shop.jobs["nightly"] = lambda world: world.jobs.schedule(
        world.now() + DAY, "chained", first=world.serial()
    )
    shop.jobs["chained"] = lambda world, first: shop.done.append((world.now(), f"chained {first}"))
    worlds.clock("x").advance(3 * DAY)
    assert worlds.job_runner.run_due(worlds.get("x")).count == 2
    assert shop.done == [(START + 2 * DAY, "chained 15")]
    assert worlds.job_runner.run_due(worlds.get("x")).count == 0


def test_setting_the_clock_back_does_not_run_jobs_again(worlds: Worlds, shop: Shop) -> None:
    worlds.create("x", "twelve")
    load(worlds, "x")
    worlds.clock("x").advance(2 * DAY)
    assert worlds.job_runner.run_due(worlds.get("x")).count == 1
    worlds.clock("x").advance(-9 * DAY)
    assert worlds.job_runner.run_due(worlds.get("x")).count == 0
    load(worlds, "x").jobs.schedule(START - 6 * DAY, "soon")
    assert worlds.job_runner.run_due(worlds.get("x")).count == 0
    worlds.clock("x").advance(2 * DAY)
    assert worlds.job_runner.run_due(worlds.get("x")).count == 1
    assert shop.done == [(START + DAY, "nightly"), (START - 6 * DAY, "soon")]


def test_eight_threads_create_worlds_concurrently(worlds: Worlds, shop: Shop) -> None:
    def create(number: int) -> tuple[str, list[str]]:
        name = worlds.create(None, "twelve", seed=number % 3)["name"]
        change(worlds, name)
        return name, people(worlds, name)

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(create, range(40)))
    assert len({name for name, _ in made}) == len(worlds.all()) == 40
    assert {len(found) for _, found in made} == {12}
    assert len(shop.populated) == 3
    keys = {world["credentials"]["shop"]["api_key"] for world in worlds.all()}
    assert len(keys) == 40


def test_eight_threads_create_the_same_name(worlds: Worlds) -> None:
    def create(_: int) -> str:
        try:
            return str(worlds.create("x", "twelve")["name"])
        except Problem as problem:
            return problem.name

    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(create, range(16))) == ["world_exists"] * 15 + ["x"]


@pytest.fixture
def locked(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The locks that were asked for, in order."""
    names: list[str] = []
    lock = worlds.store.lock

    def note(name: str) -> None:
        names.append(name)
        lock(name)

    monkeypatch.setattr(worlds.store, "lock", note)
    return names


@pytest.mark.parametrize("create", ["create", "fork"])
def test_a_new_world_is_locked_before_the_root_space(worlds: Worlds, create: str, locked: list[str]) -> None:
    """As in a deletion, which holds the lock of its world while it waits for the root space."""
    worlds.create("twelve", "twelve")
    locked.clear()
    getattr(worlds, create)(*(["new", "twelve"] if create == "create" else ["twelve", "new"]))
    assert "new" in locked[: locked.index(ROOT_SPACE)]


def test_forks_to_the_names_of_each_others_sources_lock_in_one_order(
    worlds: Worlds, locked: list[str]
) -> None:
    for name in ("a", "b"):
        worlds.create(name, "twelve")
    for source, name in (("a", "b"), ("b", "a")):
        locked.clear()
        with pytest.raises(Problem):
            worlds.fork(source, name)
        assert list(dict.fromkeys(locked))[:2] == ["a", "b"]


def test_a_file_store_can_be_reopened(tmp_path: Path, scenario: Scenario) -> None:
    path = str(tmp_path / "x.db")
    first, second = Shop(), Shop()
    store = SqlStore(SQLite(path))
    worlds = Worlds(store, {"shop": first}, {"twelve": scenario})
    record = worlds.create("x", "twelve")
    change(worlds, "x")
    worlds.snapshot("x", "s")
    before = state(worlds, "x")
    store.close()
    store = SqlStore(SQLite(path))
    worlds = Worlds(store, {"shop": second}, {})
    assert worlds.get("x") == record
    assert state(worlds, "x") == before
    assert worlds.snapshots("x") == ["s"]
    assert worlds.journal("x").last_number() == 1
    assert second.populated == []
    store.close()


def test_a_new_vendor_gets_credentials_in_existing_worlds(tmp_path: Path, scenario: Scenario) -> None:
    path = str(tmp_path / "x.db")
    store = SqlStore(SQLite(path))
    worlds = Worlds(store, {"shop": Shop()}, {"twelve": scenario})
    before = {name: worlds.create(name, "twelve")["credentials"] for name in (DEFAULT_WORLD, "x")}
    store.close()
    store = SqlStore(SQLite(path))
    worlds = Worlds(store, {"depot": Shop("depot"), "ortto": Shop("ortto")}, {})
    worlds.grant_credentials()
    for name in (DEFAULT_WORLD, "x"):
        now = worlds.get(name)["credentials"]
        assert now["shop"] == before[name]["shop"]
        key = now["depot"]["api_key"]
        found = worlds.credential("depot", "api_key", key)
        assert found is not None
        assert found["world"] == name
        assert len(people(worlds, name, "depot")) == 12
    assert worlds.get(DEFAULT_WORLD)["credentials"]["ortto"] == {"api_key": "PRK-mockserver"}
    assert [world["name"] for world in worlds.all()] == [DEFAULT_WORLD, "x"]
    written = rows(store, "")
    worlds.grant_credentials()
    assert rows(store, "") == written
    worlds.delete("x")
    assert worlds.credential("shop", "api_key", before["x"]["shop"]["api_key"]) is None
    store.close()


def test_a_world_has_a_secret_of_its_own(worlds: Worlds) -> None:
    made = worlds.create("x", "twelve")
    fork = worlds.fork("x", "y")
    worlds.snapshot("x", "s")
    worlds.reset("x")
    worlds.restore("x", "s")
    assert worlds.get("x")["secret"] == made["secret"]
    assert load(worlds, "x").secret == made["secret"]
    assert load(worlds, "y").secret == fork["secret"] != made["secret"]
    assert len(made["secret"]) == 64
    assert SecretValues().redact(made["secret"]) == "…"


def test_the_secret_of_the_default_world_is_the_same_on_every_server(scenario: Scenario, shop: Shop) -> None:
    servers = [Worlds(MemoryStore(), {"shop": shop}, {"twelve": scenario}) for _ in range(2)]
    for worlds, seed in zip(servers, (7, 7), strict=True):
        worlds.create(DEFAULT_WORLD, "twelve", seed=seed)
    first, second = (worlds.get(DEFAULT_WORLD)["secret"] for worlds in servers)
    assert len(first) == 64
    assert first == second
    assert servers[0].create("x", "twelve")["secret"] != servers[1].create("x", "twelve")["secret"]


def test_issued_values_are_recognized(worlds: Worlds) -> None:
    values = [
        *worlds.create("x", "twelve")["credentials"]["shop"].values(),
        worlds.credentials("x").mint("shop")["value"],
    ]
    assert [SecretValues().redact(value) for value in values] == ["…"] * len(values)
