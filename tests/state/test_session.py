"""How a call enters its world: what is remembered of the last one like it never outlives a change."""

from typing import Any, cast

import pytest

from mockserver.errors import Problem
from mockserver.state.session import RequestSession
from mockserver.state.world_record import WorldRecord
from mockserver.state.worlds import DEFAULT_WORLD, Worlds
from mockserver.storage.scalar_query import ScalarQuery
from mockserver.storage.store import Store
from tests.state.conftest import START, Shop


def key_of(registered: WorldRecord) -> list[tuple[str, str]]:
    return [("api_key", registered["credentials"]["shop"]["api_key"])]


def entered(worlds: Worlds, named: str | None, presented: list[tuple[str, str]]) -> RequestSession:
    with worlds.store.transaction():
        return worlds.resolve("shop", named, presented)


def test_by_its_name_by_a_credential_and_else_the_default(worlds: Worlds) -> None:
    worlds.create(DEFAULT_WORLD, "twelve")
    mine = worlds.create("mine", "twelve")
    for _ in range(2):
        assert entered(worlds, "mine", []).world.name == "mine"
        assert entered(worlds, None, key_of(mine)).world.name == "mine"
        assert entered(worlds, None, [("api_key", "nobody's"), *key_of(mine)]).world.name == "mine"
        assert entered(worlds, DEFAULT_WORLD, key_of(mine)).world.name == DEFAULT_WORLD
        assert entered(worlds, None, [("api_key", "nobody's")]).world.name == DEFAULT_WORLD
        with pytest.raises(Problem) as unknown:
            entered(worlds, "yours", key_of(mine))
        assert (unknown.value.name, unknown.value.details) == ("unknown_world", {"world": "yours"})


def test_what_is_known_of_each_credential(worlds: Worlds) -> None:
    mine = worlds.create("mine", "twelve")
    first, second = entered(worlds, "mine", [("api_key", "nobody's"), *key_of(mine)]).credentials
    assert first is None
    assert second is not None
    assert (second["world"], second["value"]) == ("mine", mine["credentials"]["shop"]["api_key"])


def test_what_a_caller_does_to_it_is_forgotten(worlds: Worlds) -> None:
    mine = worlds.create("mine", "twelve")
    (known,) = entered(worlds, None, key_of(mine)).credentials
    assert known is not None
    known["world"] = "yours"
    assert entered(worlds, None, key_of(mine)).credentials != [known]


def test_the_clock_the_journal_and_the_settings_are_those_of_now(worlds: Worlds) -> None:
    mine = worlds.create("mine", "twelve")
    before = entered(worlds, None, key_of(mine))
    assert (before.world.now(), before.number, before.world.settings.limits) == (START, 1, False)
    worlds.clock("mine").set(START.replace(year=2027))
    worlds.settings("mine").change({"limits": True})
    before.journal.add(cast(Any, {"number": 1, "reply": {"body": ""}}))
    worlds.faults("mine").add({"kind": "drop_before"})
    now = entered(worlds, None, key_of(mine))
    assert (now.world.now().year, now.number, now.world.settings.limits) == (2027, 2, True)
    assert (before.has_armed_faults, now.has_armed_faults) == (False, True)
    assert now.has_due_jobs, "the job of the start"


def test_a_world_of_the_same_name_is_another(worlds: Worlds) -> None:
    worlds.create("mine", "twelve", seed=1)
    assert entered(worlds, "mine", []).world.seed == 1
    worlds.delete("mine")
    with pytest.raises(Problem):
        entered(worlds, "mine", [])
    worlds.create("mine", "twelve", seed=2)
    assert entered(worlds, "mine", []).world.seed == 2


def test_a_credential_that_moves(worlds: Worlds) -> None:
    worlds.create(DEFAULT_WORLD, "twelve")
    session = [("session", "s1")]
    for name in ("first", "second"):
        worlds.create(name, "twelve")
        assert entered(worlds, None, session).world.name == DEFAULT_WORLD
        entered(worlds, name, []).world.issue("session", "s1")
        assert entered(worlds, None, session).world.name == name
        worlds.delete(name)


def test_a_start_is_written_before_its_jobs_are_asked_for(worlds: Worlds, shop: Shop) -> None:
    worlds.create("mine", "twelve")
    worlds.clock("mine").set(START.replace(month=2))
    assert entered(worlds, "mine", []).has_due_jobs, "the very first look finds the job that the start has"


def test_one_statement_however_much_is_presented(worlds: Worlds, monkeypatch: pytest.MonkeyPatch) -> None:
    presented = [("api_key", "nobody's"), *key_of(worlds.create("mine", "twelve"))]
    entered(worlds, None, presented)
    asked = []
    answers = Store.fetch_combined

    def counting(store: Store, question: ScalarQuery) -> tuple[Any, ...]:
        asked.append(question)
        return answers(store, question)

    monkeypatch.setattr(Store, "fetch_combined", counting)
    entered(worlds, None, presented)
    assert len(asked) == 1
