"""The proof pages, made from evidence; `python -m tests.house.proof_page` writes both.

It plays the stories. With `tests/vendors`, or the names of tests, as arguments it also runs these tests and
writes which of them reach the problems that no story does. The evidence about the tools of others comes from
a run of all of them (`python -m tests.outside.evidence`).
"""

import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from mockserver import vendors
from mockserver.cli.proof import play_stories, write_page
from mockserver.verify.evidence import read_evidence, write_evidence
from tests.child_pytest import run_alone
from tests.house.sources import ROOT
from tests.read_vendors import read_vendor

_TESTS: Final = "tests/vendors"
_FAULTS: Final = "tests/vendors/test_every_problem.py"
"""Provokes each problem by a fault; named only for problems that nothing else can reach."""


def proven() -> list[str]:
    """The vendors that need a proof: not those whose contract is still a scaffold, invented as a whole."""
    roots = {name: read_vendor(name).contract.document.root for name in vendors.names()}
    return [name for name, root in roots.items() if root.get("x-source") != "inferred"]


def problems_without_story(vendor: str) -> set[str]:
    """The problems that no story reaches: tests do."""
    return read_vendor(vendor).contract.problems.keys() - read_evidence(vendor).problem_stories.keys()


def find_tests(names: Iterable[str], *options: str) -> dict[tuple[str, str], list[str]]:
    """The tests that reach each problem of each vendor, of those with these names or in these folders."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "coverage.json"
        words = ("--mockserver-coverage", str(file), *options, *names)
        done = run_alone(*words, cwd=ROOT, timeout=900)
        assert done.returncode == 0, done.stdout + done.stderr
        content = json.loads(file.read_text(encoding="utf-8"))
    found: dict[tuple[str, str], list[str]] = {}
    for item in content["items"]:
        if item["kind"] == "problem":
            found.setdefault((item["vendor"], item["name"]), []).extend(item["tests"])
    return found


def write_tests(vendor: str, found: dict[tuple[str, str], list[str]], by_faults: bool) -> None:
    """Writes the first test of each problem without a story; one that needs no fault goes before others."""
    known = {name: [*tests] for name, tests in read_evidence(vendor).problem_tests.items()}
    for name in problems_without_story(vendor):
        tests = sorted(found.get((vendor, name), []))
        if tests and (not by_faults or not known.get(name)):
            known[name] = tests[:1]
    lacking = problems_without_story(vendor)
    write_evidence(vendor, "tests", {"problems": {name: known[name] for name in lacking & known.keys()}})


def main(*tests: str) -> None:
    """Writes the evidence of stories and of these tests, and the pages."""
    for vendor in proven():
        write_evidence(vendor, "stories", play_stories(read_vendor(vendor)))
    if tests:
        found, of_faults = find_tests(tests, f"--ignore={_FAULTS}"), find_tests([_FAULTS])
        for vendor in proven():
            write_tests(vendor, found, by_faults=False)
            write_tests(vendor, of_faults, by_faults=True)
    for vendor in proven():
        write_page(read_vendor(vendor), read_evidence(vendor))


if __name__ == "__main__":
    main(*sys.argv[1:])
