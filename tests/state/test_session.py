"""Loading the state of a world for a call; cached lookups never hide a change."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from mockserver.errors import Problem, SeedDataMissingError
from mockserver.state.session import RequestSession
from mockserver.state.world_record import WorldRecord
from mockserver.state.worlds import DEFAULT_WORLD, Worlds
from mockserver.storage.reads import Read
from mockserver.storage.sql_store import SqlStore
from mockserver.storage.store import Store
from tests.state.conftest import START, Shop


def key_of(record: WorldRecord) -> list[tuple[str, str]]:
    return [("api_key", record["credentials"]["shop"]["api_key"])]


def load(worlds: Worlds, named: str | None, presented: list[tuple[str, str]]) -> RequestSession:
    try:
        with worlds.store.transaction():
            return worlds.resolve("shop", named, presented)
    except SeedDataMissingError as missing:
        worlds.seed_data.ensure_loaded(missing.space, worlds.vendors[missing.vendor])
    with worlds.store.transaction():
        return worlds.resolve("shop", named, presented)


def test_a_world_is_found_by_name_by_credential_or_by_default(worlds: Worlds) -> None:
    worlds.create(DEFAULT_WORLD, "twelve")
    mine = worlds.create("mine", "twelve")
    for _ in range(2):
        assert load(worlds, "mine", []).world.name == "mine"
        assert load(worlds, None, key_of(mine)).world.name == "mine"
        assert load(worlds, None, [("api_key", "nobody's"), *key_of(mine)]).world.name == "mine"
        assert load(worlds, DEFAULT_WORLD, key_of(mine)).world.name == DEFAULT_WORLD
        assert load(worlds, None, [("api_key", "nobody's")]).world.name == DEFAULT_WORLD
        with pytest.raises(Problem) as unknown:
            load(worlds, "yours", key_of(mine))
        assert (unknown.value.name, unknown.value.details) == ("unknown_world", {"world": "yours"})


def test_the_record_of_each_credential(worlds: Worlds) -> None:
    mine = worlds.create("mine", "twelve")
    first, second = load(worlds, "mine", [("api_key", "nobody's"), *key_of(mine)]).credentials
    assert first is None
    assert second is not None
    assert (second["world"], second["value"]) == ("mine", mine["credentials"]["shop"]["api_key"])


def test_credentials_are_copies(worlds: Worlds) -> None:
    mine = worlds.create("mine", "twelve")
    (known,) = load(worlds, None, key_of(mine)).credentials
    assert known is not None
    known["world"] = "yours"
    assert load(worlds, None, key_of(mine)).credentials != [known]


def test_the_clock_the_journal_and_the_settings_are_current(worlds: Worlds) -> None:
    mine = worlds.create("mine", "twelve")
    before = load(worlds, None, key_of(mine))
    assert (before.world.now(), before.number, before.world.settings.limits) == (START, 1, False)
    worlds.clock("mine").set(START.replace(year=2027))
    worlds.settings("mine").change({"limits": True})
    before.journal.add(cast(Any, {"number": 1, "reply": {"body": ""}}))
    worlds.faults("mine").add({"kind": "drop_before"})
    now = load(worlds, None, key_of(mine))
    assert (now.world.now().year, now.number, now.world.settings.limits) == (2027, 2, True)
    assert (before.has_armed_faults, now.has_armed_faults) == (False, True)
    assert now.has_due_jobs, "a job of the seed data"


def test_the_version_of_a_world_is_replaced_by_its_changes(worlds: Worlds) -> None:
    worlds.create("mine", "twelve")
    world = load(worlds, "mine", []).world
    before = world.version()
    assert (before is None) == isinstance(worlds.store, SqlStore), "of a store in memory alone"
    world.records("person").add("new", {})
    assert before is None or world.version() not in (None, before)


def test_time_passes_within_a_job(worlds: Worlds) -> None:
    worlds.create("mine", "twelve")
    world, later = load(worlds, "mine", []).world, START.replace(year=2027)
    world.pass_time(later)
    assert (world.now(), world.today()) == (later, later.date())
    assert load(worlds, "mine", []).world.now() == START, "the world's clock stays"


def test_a_recreated_world_is_another_world(worlds: Worlds) -> None:
    worlds.create("mine", "twelve", seed=1)
    assert load(worlds, "mine", []).world.seed == 1
    worlds.delete("mine")
    with pytest.raises(Problem):
        load(worlds, "mine", [])
    worlds.create("mine", "twelve", seed=2)
    assert load(worlds, "mine", []).world.seed == 2


def test_a_credential_that_moves(worlds: Worlds) -> None:
    worlds.create(DEFAULT_WORLD, "twelve")
    session = [("session", "s1")]
    for name in ("first", "second"):
        worlds.create(name, "twelve")
        assert load(worlds, None, session).world.name == DEFAULT_WORLD
        load(worlds, name, []).world.issue("session", "s1")
        assert load(worlds, None, session).world.name == name
        worlds.delete(name)


def test_jobs_of_seed_data_are_found_by_the_first_call(worlds: Worlds, shop: Shop) -> None:
    worlds.create("mine", "twelve")
    worlds.clock("mine").set(START.replace(month=2))
    assert load(worlds, "mine", []).has_due_jobs, "the first lookup finds the job of the seed data"


def test_one_read_for_any_number_of_credentials(
    worlds: Worlds, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    prepare = store.prepare

    def counting(*wanted: Read) -> Callable[[], tuple[Any, ...]]:
        read = prepare(*wanted)

        def counted() -> tuple[Any, ...]:
            reads.append(len(wanted))
            return read()

        return counted

    monkeypatch.setattr(store, "prepare", counting)
    presented = [("api_key", "nobody's"), *key_of(worlds.create("mine", "twelve"))]
    load(worlds, None, presented)
    reads.clear()
    load(worlds, None, presented)
    assert len(reads) == 1
