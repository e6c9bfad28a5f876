"""`--mockserver-capsule` writes a capsule of a failing test; the marker's `capsule` rebuilds its world."""

import pytest

from mockserver.app import create_app
from mockserver.testing.local_control import LocalControl

pytest_plugins = ["pytester"]

TESTS = """
import httpx
import pytest

def merge(world, email):
    with httpx.Client(transport=world.transport("httpx")) as client:
        body = {"people": [{"fields": {"str::email": email}}], "merge_by": ["str::email"]}
        return client.post(world.url("ortto") + "/v1/person/merge", json=body, headers=world.headers("ortto"))

def test_fails(mockserver):
    merge(mockserver, "kim@example.com")
    mockserver.clock.advance(60)
    merge(mockserver, "lee@example.com")
    assert False

def test_passes(mockserver):
    merge(mockserver, "kim@example.com")

def test_fails_without_calls(mockserver):
    assert False

def test_fails_after_clearing(mockserver):
    merge(mockserver, "kim@example.com")
    mockserver.clear_journal()
    merge(mockserver, "kim@example.com")
    assert False
"""

AGAIN = """
import pytest

@pytest.mark.mockserver(capsule="fails.zip", strict=True)
def test_again(mockserver):
    assert len(mockserver.journal()) == 2
    assert len(mockserver.records("ortto", "people", search="@example.com")) >= 2
    assert [one["operation"] for one in mockserver.actions()] == ["set_clock"]

@pytest.mark.mockserver(capsule="fails.zip", people=3)
def test_with_people(mockserver):
    pass

@pytest.mark.mockserver(capsule="wrong.zip")
def test_wrong(mockserver):
    pass
"""


def test_failing_tests_leave_capsules_that_fixtures_rebuild(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_first=TESTS)
    result = pytester.runpytest("-p", "no:cacheprovider", "--mockserver-capsule", "capsules")
    result.assert_outcomes(passed=1, failed=3)
    (file,) = (pytester.path / "capsules").iterdir()
    assert file.name.startswith("test_first.py-test_fails-")
    result.stdout.fnmatch_lines(
        [
            "*mockserver capsules*",
            f"world test-fails-*: replay it with `mockserver replay {file}`",
            "no capsule of world test-fails-after-*: *its journal was cleared*",
        ]
    )
    control = LocalControl(create_app(people=0))
    done = control.replay(file)
    assert (done.difference, done.exchanges) == (None, 2)
    content = file.read_bytes()
    pytester.makepyfile(test_second=AGAIN)
    (pytester.path / "fails.zip").write_bytes(content)
    (pytester.path / "wrong.zip").write_bytes(b"no capsule")
    result = pytester.runpytest("-p", "no:cacheprovider", "test_second.py")
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(
        ["*a capsule has its own people; leave out people*", "*damaged or no capsule*"]
    )
