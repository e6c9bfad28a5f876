"""The conduct of the clients of a test session: report, file and gate."""

import json

import pytest

from tests.processes import Run

pytest_plugins = ["pytester"]

TESTS = """
    def read(world, times):
        url, headers = world.url("voyado") + "/api/v3/target-audiences", world.headers("voyado")
        for number in range(times):
            requests.get(url, params={"count": 1}, headers={**headers, "User-Agent": ""}, timeout=20)

    def test_one(mockserver):
        read(mockserver, 1)
        mockserver.clear_journal()
        read(mockserver, 1)

    def test_two(mockserver):
        read(mockserver, 1)
"""


def test_the_gate_fails_the_session(run: Run, pytester: pytest.Pytester) -> None:
    result = run(TESTS, "--mockserver-conduct=conduct.json", "--mockserver-fail-on=conduct")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "*mockserver conduct*",
            "warning: no-user-agent: voyado *: sent 1 of 1 calls without User-Agent (call 1)",
            "  in:  *::test_* and 2 more",
            "written to conduct.json",
            "mockserver: 3 findings on the conduct of clients; fix the client, or leave a rule out with *",
        ]
    )
    report = json.loads((pytester.path / "conduct.json").read_text(encoding="utf-8"))
    assert (report["calls"], report["dropped"]) == (3, 0)
    assert sorted(one["test"].rpartition("::")[2] for one in report["findings"]) == [
        "test_one",
        "test_one",
        "test_two",
    ]


def test_the_report_alone_fails_nothing(run: Run) -> None:
    result = run(TESTS, "--mockserver-conduct", "--mockserver-conduct-without=no-user-agent")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*mockserver conduct*", "no findings in 3 calls"])


def test_wrong_options_are_refused(run: Run) -> None:
    refused = run(TESTS, "--mockserver-fail-on=manners")
    refused.stderr.fnmatch_lines(["*invalid --mockserver-fail-on 'manners'; use conduct"])
    refused = run(TESTS, "--mockserver-conduct=conduct.txt")
    refused.stderr.fnmatch_lines(["*--mockserver-conduct=conduct.txt is not a report file; use =FILE.json*"])
