"""Scores the tests by mutants of the contracts: `python -m tests.mutants.contracts [--number 100]`.

Draws mutants over all contracts, evenly by kind, and runs for each the tests of behaviour that cover it, in a
copy of the checkout. Results are appended to a file, so an interrupted run is continued by the same command.
A mutant is killed by behaviour if a test of behaviour fails, and by the ledger if that differs.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from mockserver.contract.contract import Contract
from mockserver.errors import InvalidContractError
from mockserver.verify.vendor_lint import contract_names
from tests.contract import ledger
from tests.house.sources import ROOT
from tests.mutants.checkouts import copy_checkout
from tests.mutants.contract_mutants import Mutant, mutants, mutated

_SECONDS_A_MUTANT: Final = 30
_LINT: Final = "tests/contract/test_lint.py::test_our_contracts_have_no_diagnostics"
_BEHAVIOUR: Final = (
    _LINT,
    "tests/stories/test_required_members.py",
    "tests/contract/test_bounds.py",
    "tests/stories/test_runner.py",
)
"""The tests of all vendors' contracts; the tests of one vendor's calls come after them."""
_SLOW_ONES: Final = ("state", "every_problem", "invariants", "nights", "refresh", "onboarding", "rules")


def draw(number: int, seed: int) -> list[tuple[str, Mutant]]:
    """Mutants of all contracts, each kind and each contract as often as it can be."""
    chosen: list[tuple[str, Mutant]] = []
    shelves: dict[tuple[str, str], list[Mutant]] = {}
    for name in ledger.vendors():
        for mutant in mutants(ledger.read(f"{name}/openapi")):
            shelves.setdefault((mutant.kind, name), []).append(mutant)
    generator = random.Random(seed)
    for shelf in shelves.values():
        generator.shuffle(shelf)
    while len(chosen) < number and any(shelves.values()):
        for (_kind, name), shelf in sorted(shelves.items()):
            if shelf and len(chosen) < number:
                chosen.append((name, shelf.pop()))
    return chosen


def ledger_sees(contract: Contract, mutant: Mutant, kept: str) -> bool:
    """Whether the ledger of the mutant differs from the one kept, or the mutant is no contract at all."""
    try:
        return ledger.differs(mutated(contract, mutant), kept)
    except InvalidContractError:
        return True


def tests_of(vendor: str) -> list[str]:
    """The tests of behaviour of a vendor, the quickest first."""
    if vendor == "control":
        return [_LINT, "tests/control/test_control.py", "tests/control/test_faults.py"]
    files = sorted((ROOT / "tests/vendors").glob(f"test_{vendor}*.py"))
    own = [file for file in files if not any(word in file.name for word in _SLOW_ONES)]
    return [*_BEHAVIOUR, *(str(file.relative_to(ROOT)) for file in own)]


def behaviour_kills(folder: Path, vendor: str, root: dict[str, Any]) -> str | None:
    """The first failed test; None if the mutant survives, or is not found in time."""
    file = folder / "contracts" / vendor / "openapi.yaml"
    original = file.read_bytes()
    file.write_text(yaml.safe_dump(root, sort_keys=False, allow_unicode=True), encoding="utf-8")
    # the tests that are named for all vendors are narrowed to this one
    others = [name for name in contract_names() if name != vendor]
    run = [sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider", "--no-header", "-rN"]
    narrow = ["-k", f"{vendor} or not ({' or '.join(others)})"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    try:
        done = subprocess.run(
            [*run, *narrow, *tests_of(vendor)], cwd=folder, env=environment, capture_output=True, text=True,
            timeout=_SECONDS_A_MUTANT, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None  # what was not found in time is not found
    finally:
        file.write_bytes(original)
    if done.returncode == 0:
        return None
    failed = [
        line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR", "____", "E  "))
    ]
    return (failed or done.stdout.splitlines()[-3:] or ["failed"])[0].strip("_ ")[:160]


def _check_unchanged(folder: Path, names: set[str]) -> None:
    """A contract that is only written anew must survive, or every mutant would count as killed."""
    for vendor in sorted(names):
        failed = behaviour_kills(folder, vendor, ledger.read(f"{vendor}/openapi").document.root)
        if failed:
            raise SystemExit(f"the tests of {vendor} fail without a mutant ({failed}); make them pass first")


def run(number: int, seed: int, results: Path, seconds: float) -> Iterator[dict[str, Any]]:
    """Judges the drawn mutants that the file of results does not have yet; all results."""
    known = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    yield from known
    done, until = {(one["vendor"], one["mutant"]) for one in known}, time.monotonic() + seconds
    judged = {one["vendor"] for one in known}
    with tempfile.TemporaryDirectory() as folder:
        copy_checkout(Path(folder))
        _check_unchanged(Path(folder), {vendor for vendor, _mutant in draw(number, seed)} - judged)
        for vendor, mutant in draw(number, seed):
            if (vendor, mutant.id) in done or time.monotonic() > until:
                continue
            contract = ledger.read(f"{vendor}/openapi")
            kept = ledger.path(f"{vendor}/openapi").read_text(encoding="utf-8")
            result = {
                "vendor": vendor,
                "mutant": mutant.id,
                "kind": mutant.kind,
                "ledger": ledger_sees(contract, mutant, kept),
                "behaviour": behaviour_kills(Path(folder), vendor, mutant.apply(contract.document.root)),
            }
            with results.open("a") as file:
                file.write(json.dumps(result) + "\n")
            yield result


def summary(results: Iterable[dict[str, Any]], by: str) -> Iterator[str]:
    """A line for each vendor or kind: killed by behaviour, and by that or the ledger, of all."""
    results = list(results)
    counts = Counter(one[by] for one in results)
    behaviour = Counter(one[by] for one in results if one["behaviour"])
    killed = Counter(one[by] for one in results if one["behaviour"] or one["ledger"])
    for name, number in sorted(counts.items()):
        yield f"{name:18} {behaviour[name]:4} by behaviour  {killed[name]:4} killed  of {number:4}"
    total = len(results)
    yield f"{'all':18} {behaviour.total():4} by behaviour  {killed.total():4} killed  of {total:4}"


def main() -> int:
    """Runs and prints; 1 if a mutant survived."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--number", type=int, default=100, help="how many mutants are drawn")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=3_000, help="starts no mutant after this time")
    parser.add_argument(
        "--results", type=Path, default=Path(tempfile.gettempdir()) / "contract-mutants.jsonl"
    )
    options = parser.parse_args()
    results = []
    for one in run(options.number, options.seed, options.results, options.seconds):
        results.append(one)
        verdict = one["behaviour"] or ("ledger only" if one["ledger"] else "SURVIVED")
        print(f"{one['vendor']:16} {one['mutant']}: {verdict}", flush=True)  # noqa: T201
    for line in (*summary(results, "vendor"), "", *summary(results, "kind")):
        print(line)  # noqa: T201
    return 1 if any(not one["behaviour"] and not one["ledger"] for one in results) else 0


if __name__ == "__main__":
    sys.exit(main())
