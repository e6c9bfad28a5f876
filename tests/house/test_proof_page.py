"""The proof pages are those of the evidence, and the evidence is about what exists."""

import pytest

from mockserver.cli.proof import page_differs
from mockserver.verify.evidence import read_evidence
from mockserver.verify.proof import prove, unknown_names
from tests.house.pages import DOCS
from tests.house.proof_page import find_tests, problems_without_story, proven
from tests.read_vendors import read_vendor

COMMAND = "run `python -m tests.house.proof_page`"


@pytest.mark.parametrize("vendor", proven())
def test_the_page_is_that_of_the_evidence(vendor: str) -> None:
    found, evidence = read_vendor(vendor), read_evidence(vendor)
    assert unknown_names(found.contract, evidence) == []
    assert not page_differs(found, evidence), COMMAND


@pytest.mark.parametrize("vendor", proven())
def test_the_page_is_listed(vendor: str) -> None:
    assert f"\n| `{vendor}` | [" in DOCS["docs/vendors/README.md"]


@pytest.mark.parametrize("vendor", proven())
def test_most_operations_have_a_witness_that_is_not_ours(vendor: str) -> None:
    proved = prove(vendor, read_vendor(vendor).contract, read_evidence(vendor))
    summary, number = proved["summary"], len(proved["operations"])
    assert 100 * summary["outside"] >= 90 * number
    assert 100 * summary["clients"] >= 50 * number


def test_tests_reach_the_problems_that_no_story_does() -> None:
    named = {
        (vendor, problem): read_evidence(vendor).problem_tests.get(problem, ())
        for vendor in proven()
        for problem in problems_without_story(vendor)
    }
    assert [problem for problem, tests in named.items() if not tests] == [], COMMAND
    found = find_tests(sorted({test for tests in named.values() for test in tests}))
    assert [one for one, tests in named.items() if not set(tests) & set(found.get(one, ()))] == [], COMMAND
