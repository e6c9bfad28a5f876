"""The ledgers agree with the contracts: promises and their sources change in sight."""

from pathlib import Path

import pytest

from tests.contract import ledger


@pytest.mark.parametrize("name", ledger.names())
def test_the_ledger_agrees_with_the_contract(name: str) -> None:
    file = ledger.path(name)
    kept = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    now = ledger.render(ledger.read(name)).splitlines()
    old, new = {*kept}, {*now}
    added, removed = [one for one in now if one not in old], [one for one in kept if one not in new]
    fix = "run `python -m tests.contract.ledger` and review the diff"
    assert (added, removed) == ([], []), fix
    assert now == kept, fix


def test_every_ledger_has_a_contract() -> None:
    assert {*ledger.FOLDER.iterdir()} == {ledger.path(name) for name in ledger.names()}


def test_a_ledger_has_a_line_for_each_kind_of_promise() -> None:
    lines = ledger.render(ledger.read("spotler/openapi"))
    assert "/paths/~1integrationservice~1audience/post seed synchronizing-audiences swagger\n" in lines
    for words in (
        " required ",
        " enum ",
        " maxLength ",
        " pattern ",
        " type ",
        " examples: ",
        " responses: ",
    ):
        assert words in lines, words
    assert Path(ledger.FOLDER).is_dir()
