"""A session with workers, each with a server of its own: their worlds, and their reports in one."""

import json
from textwrap import dedent
from typing import Any

import pytest

from tests.processes import Run
from tests.testing import test_conduct_plugin, test_coverage_collector, test_needs_option
from tests.testing.test_coverage_collector import ENDPOINTS, covered
from tests.testing.test_shared_server import TESTS_OF_WORLDS

pytest_plugins = ["pytester"]

PARTS = (test_conduct_plugin.TESTS, test_coverage_collector.TESTS, test_needs_option.TESTS)
OPTIONS = (
    # A worker's server would read the contracts of all vendors.
    *("--mockserver-vendor=ortto", "--mockserver-vendor=voyado", "--mockserver-vendor=fanfare"),
    *("--mockserver-coverage=coverage.json", "--mockserver-provenance", "--mockserver-fail-under=0"),
    *("--mockserver-conduct=conduct.json", "--mockserver-fail-on=conduct", "--mockserver-needs=needs.json"),
    "--mockserver-coverage-ignore=fanfare/import_*",
)


def test_worlds_are_isolated_and_reports_are_merged(run: Run, pytester: pytest.Pytester) -> None:
    tests = "\n".join([TESTS_OF_WORLDS, *map(dedent, PARTS)])
    result = run(tests, "-n", "2", *OPTIONS)
    result.assert_outcomes(passed=24)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines_random(
        [
            *("*mockserver coverage*", f"ortto*1/{ENDPOINTS}*", "*fault-2*", "*mockserver provenance*"),
            *("*mockserver conduct*", "warning: no-user-agent: voyado *: sent 1 of 1 calls without *"),
            "mockserver: * findings on the conduct of clients; fix the client, or leave a rule out with *",
            *("*mockserver needs*", "*::test_kinds: 2 of 23 members are needed (* runs)"),
        ]
    )
    items = covered(pytester.path / "coverage.json")
    assert items["status", "429"]["by_fault"] == 3  # two of them by a sweep
    assert items["operation", "POST /v1/audiences/get"]["calls"] == 30  # those of both workers

    def read(name: str) -> Any:
        return json.loads((pytester.path / name).read_text(encoding="utf-8"))

    left = {item["operation"] for item in read("coverage.json")["items"] if item["vendor"] == "fanfare"}
    assert left
    assert not {one for one in left if (one or "").startswith("import_")}
    nameless = [one for one in read("conduct.json")["findings"] if one["rule"] == "no-user-agent"]
    assert sorted(one["test"].rpartition("::")[2] for one in nameless) == ["test_one", "test_one", "test_two"]
    (report,) = read("needs.json")["tests"]
    assert [one["pointer"] for one in report["members"] if one["used"]] == ["/*/name", "/*/type"]
