"""A running server for the worlds of tests, also of those of several workers."""

import pytest

from mockserver.client import Control
from tests.processes import Run, Served

pytest_plugins = ["pytester"]


def test_an_unreachable_server_is_a_one_line_error(run: Run) -> None:
    result = run("def test_it(mockserver): pass\n", "--mockserver-url", "http://127.0.0.1:9")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["mockserver: no mock server answers at http://127.0.0.1:9 *"])


def test_a_running_server_can_be_used(run: Run, served: Served, pytester: pytest.Pytester) -> None:
    pytester.makeini(f"[pytest]\nmockserver_url = {served.url}\n")
    result = run(
        f"""
        def test_it(mockserver, mockserver_server):
            assert mockserver_server.url == {served.url!r}
            assert mockserver.url("ortto").startswith({served.url!r})
            assert mockserver.app is None
            assert call(mockserver).status_code == 200
        """
    )
    result.assert_outcomes(passed=1)
    assert [world.name for world in Control(served.url).worlds()] == ["default"]


TESTS_OF_WORLDS = """
@pytest.mark.parametrize("turn", range(8))
def test_alone(mockserver, turn):
    assert mockserver.journal() == []
    everyone = {"$and": [{"$and": [{"$str::is": {"field_id": "str:cm:label", "value": "VIP"}}]}]}
    mockserver.backstage("ortto", "create_audience", name=f"mine {turn}", filter=everyone)
    assert [one["name"] for one in call(mockserver, search_term="mine", limit=40).json()] == [f"mine {turn}"]
    assert len(mockserver.journal()) == 1

@pytest.mark.parametrize("turn", range(8))
def test_faults(mockserver, turn):
    kind = "drop_after" if turn % 2 else "drop_before"
    mockserver.faults.add("ortto", "get_audiences", kind)
    with pytest.raises(requests.ConnectionError):
        call(mockserver)
    assert call(mockserver).status_code == 200
    mockserver.journal.assert_called("ortto", "get_audiences", times=2)
    mockserver.journal.assert_order(
        [("ortto", "get_audiences", {"fault": kind}), ("ortto", "get_audiences", {"fault": None})]
    )
    assert [(fault["id"], fault["spent"]) for fault in mockserver.faults.read()] == [("fault-1", 1)]

@pytest.mark.parametrize("turn", range(2))
def test_sweep(mockserver, turn):
    sweep = mockserver.faults.sweep(lambda: call(mockserver).json(), handles=requests.RequestException)
    sweep.assert_handled()
"""


WRONG = """
@pytest.mark.mockserver(strict=True)
@pytest.mark.parametrize("turn", range(4))
def test_wrong(mockserver, turn):
    call(mockserver, limit="many" if turn % 2 else 1)
"""


def test_worlds_of_workers_on_one_server_are_isolated(run: Run, served: Served) -> None:
    result = run(TESTS_OF_WORLDS + WRONG, "-n", "2", "--mockserver-url", served.url)
    result.assert_outcomes(passed=20, failed=2)
    result.stdout.fnmatch_lines(['*body/limit: expected integer or null, got string "many"'])
    assert [world.name for world in Control(served.url).worlds()] == ["default"]
