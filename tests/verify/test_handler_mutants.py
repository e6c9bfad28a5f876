"""The script that counts the wrong handlers which the stories notice."""

import subprocess
import sys

from tests.processes import PATIENCE
from tests.verify.handler_mutants import mutants


def test_mutants_are_found_in_handlers_and_rules() -> None:
    found = mutants("ortto")
    changes = {(mutant.function, mutant.change) for mutant in found}
    assert ("merge_people", "condition is true") in changes
    assert ("Merge._set_fields", "drop the call") in changes
    assert ("archive_people", "return None") in changes
    codes = {mutant.make_code() for mutant in found[:9]}
    assert len(codes) == 9


def test_counts() -> None:
    words = ("ortto", "--handlers", "--count", "2", "--seed", "5")
    done = subprocess.run(
        [sys.executable, "-m", "tests.verify.handler_mutants", *words],
        capture_output=True,
        text=True,
        timeout=3 * PATIENCE,
        check=True,
    )
    *unnoticed, counts = done.stdout.splitlines()
    assert len(unnoticed) < 2, "the stories notice nothing, or the mutants change nothing"
    assert all(line.startswith("unnoticed: ") for line in unnoticed)
    assert counts.startswith(f"ortto: {2 - len(unnoticed)} of 2 mutants noticed (")
