"""Coverage and provenance reports of a test session, in separate pytest runs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver.client import Control
from mockserver.contract import coverage
from mockserver.vendors import find
from tests.live_server import served
from tests.processes import Run

pytest_plugins = ["pytester"]

ENDPOINTS = len(find("ortto").contract.operations)
PAGES = sum(target.kind == "page" for target in coverage.targets(find("ortto").contract))
SHARE = 100 / ENDPOINTS  # that of one endpoint
REACHED = int(SHARE)  # the highest minimum in whole percent that one endpoint reaches
MISSED = REACHED + 1

TESTS = """
    def test_good(mockserver):
        assert call(mockserver).status_code == 200

    def test_refused(mockserver):
        mockserver.faults.add("ortto", "get_audiences", "problem", problem="rate_limited")
        mockserver.faults.add("ortto", "merge_people", "drop_after")
        assert call(mockserver).status_code == 429
        assert call(mockserver, offset=1).status_code == 200
"""


def covered(path: Path) -> dict[tuple[str, str], dict[str, Any]]:
    """The covered items of a JSON report, by kind and name."""
    report = json.loads(path.read_text())
    return {(item["kind"], item["name"]): item for item in report["items"] if item["calls"]}


def test_no_report_by_default(run: Run) -> None:
    result = run(TESTS)
    result.assert_outcomes(passed=2)
    result.stdout.no_fnmatch_line("*coverage*")


def test_table_and_gaps(run: Run) -> None:
    result = run(TESTS, "--mockserver-coverage")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "*mockserver coverage*",
            "vendor*operations*statuses*problems*parameters*pages*by faults only",
            f"ortto*1/{ENDPOINTS} *2/* 1/* 2/* 2/{PAGES} * 2",
            f"ortto: operations without a successful response ({ENDPOINTS - 1}): subscribe_people*",
            "ortto: problems never returned (*): *unauthorized*",
            "faults that affected no call:",
            "  fault-2: drop_after for ortto merge_people (*::test_refused)",
        ]
    )
    result.stdout.no_fnmatch_line("voyado*")


def test_the_json_report_names_tests_and_faults(run: Run, pytester: pytest.Pytester) -> None:
    run(TESTS, "--mockserver-coverage=out/coverage.json").assert_outcomes(passed=2)
    path = pytester.path / "out" / "coverage.json"
    items = covered(path)
    assert (items["status", "429"]["calls"], items["status", "429"]["by_fault"]) == (1, 1)
    assert items["problem", "rate_limited"]["by_fault"] == 1
    (name,) = {test.partition("::")[0] for item in items.values() for test in item["tests"]}
    assert items["parameter", "body /limit"]["tests"] == [f"{name}::test_good", f"{name}::test_refused"]
    assert items["parameter", "body /offset"]["tests"] == [f"{name}::test_refused"]
    report = json.loads(path.read_text())
    assert [fault["test"] for fault in report["unused_faults"]] == [f"{name}::test_refused"]
    assert report["vendors"]["ortto"]["operation"] == {"covered": 1, "total": ENDPOINTS, "by_fault": 0}


def test_calls_before_clear_and_reset_count(run: Run, pytester: pytest.Pytester) -> None:
    run(
        """
        def test_clears_and_resets(mockserver):
            call(mockserver)
            mockserver.clear_journal()
            call(mockserver, offset=1)
            mockserver.reset()
            call(mockserver)

        def test_default_world(mockserver_server):
            call(mockserver_server.world(), search_term="vip")
        """,
        "--mockserver-coverage=coverage.json",
    ).assert_outcomes(passed=2)
    items = covered(pytester.path / "coverage.json")
    assert items["operation", "POST /v1/audiences/get"]["calls"] == 4
    assert items["parameter", "body /search_term"]["calls"] == 1


@pytest.fixture
def running_server() -> Iterator[str]:
    """The URL of a running server."""
    with served() as url:
        yield url


def test_coverage_on_a_running_server(run: Run, running_server: str, pytester: pytest.Pytester) -> None:
    Control(running_server).world()
    result = run(TESTS, "--mockserver-url", running_server, "--mockserver-coverage=coverage.json")
    result.assert_outcomes(passed=2)
    assert covered(pytester.path / "coverage.json")["operation", "POST /v1/audiences/get"]["calls"] == 2


@pytest.mark.parametrize(
    ("minimum", "message"),
    [
        ("0", None),
        (f"operations={REACHED}", None),
        (
            f"operations={MISSED}",
            f"coverage of operations is {SHARE:.2f} %, below the minimum of {MISSED} %; reach 1 more (first: "
            "call subscribe_people successfully), or leave out what is not used with coverage-ignore",
        ),
        ("100", "coverage of everything is * %, below the minimum of 100 %; reach * more (first: *), or *"),
        (
            "problems=100",
            "*; reach * more (first: provoke *, or plan it: mockserver.faults.add(?ortto?, problem=?*?)), *",
        ),
    ],
)
def test_coverage_below_the_minimum_fails_the_session(run: Run, minimum: str, message: str | None) -> None:
    result = run(TESTS, "--mockserver-fail-under", minimum)
    result.assert_outcomes(passed=2)
    assert result.ret == (1 if message else 0)
    if message:
        result.stdout.fnmatch_lines([f"mockserver: {message}"])


def test_a_named_vendor_without_calls_counts(run: Run) -> None:
    options = ("--mockserver-vendor=ortto", "--mockserver-vendor=voyado", "--mockserver-coverage")
    result = run(TESTS, *options, f"--mockserver-fail-under=operations={REACHED}")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [f"ortto*1/{ENDPOINTS}*", f"voyado*0/{len(find('voyado').contract.operations)}*"]
    )


def test_what_is_left_out_does_not_count(run: Run, pytester: pytest.Pytester) -> None:
    used = ("--mockserver-coverage=left.json", "--mockserver-fail-under=operations=100")
    others = [one for one in find("ortto").contract.operations if one != "get_audiences"]
    result = run(TESTS, *used, *(f"--mockserver-coverage-ignore=ortto/{one}" for one in others))
    assert result.ret == 0
    result.stdout.fnmatch_lines(["ortto*1/1 *"])
    items = json.loads((pytester.path / "left.json").read_text())["items"]
    assert {item["operation"] for item in items} == {"get_audiences", None}


def test_a_name_that_leaves_nothing_out_fails_the_session(run: Run) -> None:
    ignored = ("ortto/get_audience", "ortto/get_*s", "voyado", "ortto.get_people")  # Voyado is not called
    result = run(TESTS, "--mockserver-coverage", *(f"--mockserver-coverage-ignore={one}" for one in ignored))
    assert result.ret == 1
    line = (
        "mockserver: ortto/get_audience is to be left out of coverage, but matches no operation (nearest: *)"
    )
    unknown = "mockserver: ortto.get_people is to be left out of coverage, but is not a vendor; write VENDOR*"
    result.stdout.fnmatch_lines([line, unknown])


def test_without_calls_nothing_is_covered(run: Run) -> None:
    result = run("def test_alone(): pass", "--mockserver-fail-under=0")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["mockserver: no vendor was called, so nothing is covered"])


def test_ini_options(run: Run, pytester: pytest.Pytester) -> None:
    lines = ("mockserver_coverage = coverage.html", "mockserver_fail_under = operations=100 problems=1")
    pytester.makeini("\n".join(["[pytest]", *lines, "mockserver_provenance = true"]))
    result = run(TESTS)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["written to coverage.html", "*mockserver provenance*", "*coverage of operations is *%, below*"]
    )
    assert (pytester.path / "coverage.html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (
            "--mockserver-coverage=tests",
            "*=tests is not a coverage file; use =FILE.json*",
        ),
        (
            "--mockserver-fail-under=much",
            "*invalid --mockserver-fail-under 'much'; use PERCENT*operations=PERCENT*",
        ),
        ("--mockserver-fail-under=worlds=1", "*invalid --mockserver-fail-under 'worlds=1'*"),
        ("--mockserver-fail-under=101", "*invalid --mockserver-fail-under '101'*"),
    ],
)
def test_invalid_options_are_rejected(run: Run, option: str, message: str) -> None:
    result = run(TESTS, option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


def test_the_html_report_escapes_test_names(run: Run, pytester: pytest.Pytester) -> None:
    run(
        """
        @pytest.mark.parametrize("word", ["<script>alert(1)</script>"])
        def test_named(mockserver, word):
            call(mockserver)
            mockserver.faults.add("ortto", "merge_people", "drop_after")
        """,
        "--mockserver-coverage=coverage.html",
    ).assert_outcomes(passed=1)
    page = (pytester.path / "coverage.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "http" not in page


def test_inferred_rules_are_listed(run: Run) -> None:
    result = run(
        """
        def test_unknown_key(mockserver):
            url = mockserver.url("ortto") + "/v1/audiences/get"
            assert requests.post(url, json={}, headers={"X-Api-Key": "no"}, timeout=20).status_code == 401
        """,
        "--mockserver-provenance",
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "*mockserver provenance*",
            "inferred rules that tests depend on (1); check them against the real service:",
            "  ortto  /components/examples/unauthorized  The key is unknown or missing.",
            "      *::test_unknown_key",
        ]
    )
    result.stdout.no_fnmatch_line("*mockserver coverage*")
    run(TESTS, "--mockserver-provenance", "-k", "good").stdout.fnmatch_lines(
        ["no test depends on an inferred rule"]
    )
