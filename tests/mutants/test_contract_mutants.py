"""No rule of a contract is loosened or falsified unseen: its ledger differs."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.contract import ledger
from tests.mutants.contract_mutants import mutants
from tests.mutants.contracts import draw, ledger_sees, run

KINDS = {
    *("change-status", "drop-problem", "drop-required", "loosen-pattern", "open-object"),
    *("swap-source", "union-type", "widen-bound", "widen-enum"),
}


@cache
def drawn_ids() -> dict[str, set[str]]:
    """The mutants of a few of each kind, by contract."""
    found: dict[str, set[str]] = {}
    for name, mutant in draw(60, seed=7):
        found.setdefault(name, set()).add(mutant.id)
    return found


def survivors(name: str, ids: set[str] | None = None) -> list[str]:
    """The mutants of a contract (of these, if any are named) that its ledger does not see."""
    contract = ledger.read(f"{name}/openapi")
    kept = ledger.path(f"{name}/openapi").read_text(encoding="utf-8")
    chosen = [one for one in mutants(contract) if ids is None or one.id in ids]
    assert chosen
    return [one.id for one in chosen if not ledger_sees(contract, one, kept)]


def test_the_mutants_are_of_all_kinds() -> None:
    drawn = draw(200, seed=7)
    assert {mutant.kind for _name, mutant in drawn} == KINDS
    assert {name for name, _mutant in drawn} == {*ledger.vendors()}
    assert max(Counter(mutant.kind for _name, mutant in drawn).values()) <= 30
    assert [one.id for _name, one in draw(200, seed=7)] == [one.id for _name, one in drawn]


@pytest.mark.parametrize("name", ledger.vendors())
def test_drawn_mutants_are_seen(name: str) -> None:
    """A few of each kind; a thorough run has every one."""
    assert survivors(name, drawn_ids()[name]) == []


@pytest.mark.thorough
@pytest.mark.parametrize("name", ledger.vendors())
def test_every_mutant_is_seen(name: str) -> None:
    assert survivors(name) == []


@pytest.mark.thorough
def test_behaviour_kills_drawn_mutants_too(tmp_path: Path) -> None:
    results = [*run(12, seed=11, results=tmp_path / "results.jsonl", seconds=600)]
    assert len(results) == 12
    assert [one for one in results if not one["ledger"]] == []
    assert sum(bool(one["behaviour"]) for one in results) >= 4, results
    # the file of results continues an interrupted run
    assert [*run(12, seed=11, results=tmp_path / "results.jsonl", seconds=0)] == results
