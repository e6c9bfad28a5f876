"""The needs of the clients of marked tests: `--mockserver-needs` and the marker's `needs`."""

import json

import pytest

from tests.processes import Run

pytest_plugins = ["pytester"]

TESTS = """
    def kinds(world):
        url, session = world.url("fanfare") + "/api/v1/audiences", requests.Session()
        session.mount(url, world.transport("requests"))
        return {one["name"]: one["type"] for one in session.get(url, headers=world.headers("fanfare")).json()}

    @pytest.mark.mockserver(people=5, strict=True, needs={"changes": ["removed"]})
    def test_kinds(mockserver):
        assert "DYNAMIC" in kinds(mockserver).values()

    @pytest.mark.mockserver(people=5)
    def test_not_marked(mockserver):
        assert kinds(mockserver)
"""
WRONG = """
    @pytest.mark.mockserver(people=5, needs=True)
    def test_wrong(mockserver):
        assert requests.get(mockserver.url("fanfare") + "/api/v1/audiences", timeout=20).status_code == 200

    @pytest.mark.mockserver(people=5, needs={"most": 1})
    def test_too_many(mockserver):
        call(mockserver)

    @pytest.mark.mockserver(needs=True)
    def test_no_world():
        pass
"""


def test_the_needs_of_marked_tests(run: Run, pytester: pytest.Pytester) -> None:
    result = run(TESTS, "--mockserver-needs=out/needs.json")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*mockserver needs*", "*::test_kinds: 2 of 23 members are needed (* runs)"])
    found = json.loads((pytester.path / "out" / "needs.json").read_text(encoding="utf-8"))
    assert found["format"] == "mockserver-needs/1"
    (report,) = found["tests"]
    assert report["test"].endswith("::test_kinds")
    assert [one["pointer"] for one in report["members"] if one["used"]] == ["/*/name", "/*/type"]


def test_a_test_that_fails_or_cannot_be_examined(run: Run) -> None:
    result = run(WRONG, "--mockserver-needs=needs.json")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines_random(
        [
            "*AssertionError*",
            "mockserver: finding the needs can take * runs, more than 1; narrow it with *",
            "needs=True takes a test with the fixture mockserver; add it",
        ]
    )
    run(TESTS, "--mockserver-needs=needs.html").stderr.fnmatch_lines(
        ["*--mockserver-needs=needs.html is not a report file; use =FILE.json*"]
    )
