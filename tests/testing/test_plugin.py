"""The pytest plugin, in separate pytest runs."""

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.processes import PATIENCE, Run

pytest_plugins = ["pytester"]


def test_a_test_gets_its_own_world(mockserver: World, mockserver_server: MockServer) -> None:
    assert mockserver.url("ortto") == f"{mockserver_server.url}/w/{mockserver.name}/ortto"
    assert (mockserver.scenario, mockserver.seed) == ("demo", 42)
    assert "a-test-gets-its-own-world" in mockserver.name
    assert mockserver_server.world().url("ortto") == f"{mockserver_server.url}/ortto"


def test_the_application_can_be_called_without_a_socket(mockserver: World) -> None:
    from werkzeug.test import Client

    path = mockserver.url("ortto").partition("://")[2].partition("/")[2]
    answer = Client(mockserver.app).post(
        f"/{path}/v1/audiences/get", headers=mockserver.headers("ortto"), json={"limit": 1}
    )
    assert answer.status_code == 200
    assert [one["operation"] for one in mockserver.journal()] == ["get_audiences"]


@pytest.mark.mockserver(seed=7, people=3, now="2030-01-01T00:00:00Z")
class TestMarkedClass:
    def test_the_marker_sets_the_initial_state(self, mockserver: World) -> None:
        assert (mockserver.seed, mockserver.people) == (7, 3)
        assert mockserver.clock.now().year == 2030

    @pytest.mark.mockserver(seed=8)
    def test_the_closest_marker_takes_precedence(self, mockserver: World) -> None:
        assert (mockserver.seed, mockserver.people) == (8, 3)


@pytest.mark.mockserver(settings={"limits": True, "jobs": "manual"})
def test_the_marker_sets_settings(mockserver: World) -> None:
    settings = mockserver.settings()
    assert (settings["limits"], settings["jobs"], settings["strictness"]) == (True, "manual", "vendor")
    mockserver.configure(limits=False)
    mockserver.reset()
    assert mockserver.settings()["limits"] is True


def test_worlds_are_isolated_and_deleted(run: Run) -> None:
    result = run(
        """
        seen = []

        @pytest.mark.parametrize("turn", [1, 2])
        def test_alone(mockserver, mockserver_server, turn):
            assert mockserver.journal() == []
            assert call(mockserver).status_code == 200
            seen.append(mockserver.name)

        def test_after(mockserver_server):
            assert len(set(seen)) == 2
            assert [world.name for world in mockserver_server.control.worlds()] == ["default"]
        """
    )
    result.assert_outcomes(passed=3)


def test_a_test_takes_three_control_calls(run: Run) -> None:
    """Each costs a suite half a millisecond a test: create, read the journal, delete with what came since."""
    result = run(
        """
        from mockserver.client.connection import Connection

        calls, send = [], Connection.send

        def counted(self, method, path, body=None):
            calls.append(f"{method} {path.rpartition('/')[2].partition('?')[0]}")
            return send(self, method, path, body)

        @pytest.fixture(scope="session", autouse=True)
        def counting():
            with pytest.MonkeyPatch.context() as patched:
                patched.setattr(Connection, "send", counted)
                yield

        @pytest.mark.parametrize("turn", [1, 2])
        def test_it(mockserver, turn):
            assert call(mockserver).status_code == 200
            calls[-1] += " of " + mockserver.name

        def test_count():
            first, second = calls[0].partition(" of ")[2], calls[3].partition(" of ")[2]
            one = [f"POST worlds of {first}", "GET journal", f"DELETE {first}"]
            assert calls == [*one, f"POST worlds of {second}", "GET journal", f"DELETE {second}"]
        """
    )
    result.assert_outcomes(passed=3)


def test_a_call_of_a_teardown_fails_its_test(run: Run) -> None:
    """Calls after the test function are found by the deletion of the world."""
    result = run(
        """
        @pytest.fixture
        def late(mockserver):
            yield
            requests.get(mockserver.url("ortto") + "/nowhere", timeout=20)

        def test_it(late):
            pass
        """
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*GET *nowhere*"])


def test_a_misspelt_marker_argument_is_a_one_line_error(run: Run) -> None:
    result = run(
        """
        @pytest.mark.mockserver(sede=7)
        def test_it(mockserver):
            pass
        """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["the marker mockserver has no argument 'sede'; use mockserver(scenario=*"])


def test_an_unknown_scenario_is_a_one_line_error(run: Run) -> None:
    result = run(
        """
        @pytest.mark.mockserver(scenario="nosuch")
        def test_it(mockserver):
            pass
        """
    )
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["mockserver: unknown scenario 'nosuch' (available: *demo*"])
    result.stdout.no_fnmatch_line("*During handling*")


def test_loading_the_plugin_loads_no_other_module(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # others take a second to load
    pytester.makepyfile(
        "import sys\n"
        "def test_it():\n"
        "    loaded = {name for name in sys.modules if name.startswith('mockserver')}\n"
        "    names = ('plugin_options', 'conduct_plugin', 'needs_plugin')\n"
        "    own = {f'mockserver.testing.{name}' for name in names}\n"
        "    assert loaded == {'mockserver', 'mockserver.pytest_plugin', 'mockserver.testing', *own}\n"
        "    assert 'flask' not in sys.modules\n"
    )
    plugin = ("-p", "mockserver.pytest_plugin")
    pytester.runpytest_subprocess(*plugin, timeout=PATIENCE).assert_outcomes(passed=1)


SCENARIO = "people: 3\nseed: 7\nnow: 2026-09-01T08:00:00Z\n"
SCENARIO_TESTS = """
    def test_without_marker(mockserver):
        assert (mockserver.scenario, mockserver.seed, mockserver.people) == ("autumn", 7, 3)
        assert mockserver.clock.now().month == 9

    @pytest.mark.mockserver(seed=8)
    def test_another_seed(mockserver):
        assert (mockserver.scenario, mockserver.seed, mockserver.people) == ("autumn", 8, 3)

    @pytest.mark.mockserver(scenario="empty")
    def test_another_scenario(mockserver):
        assert (mockserver.scenario, mockserver.people) == ("empty", 0)
"""


def test_worlds_start_from_a_scenario_file(run: Run, pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("autumn.yaml").write_text(SCENARIO)
    run(SCENARIO_TESTS, "--mockserver-scenario=./autumn.yaml").assert_outcomes(passed=3)


def test_a_scenario_file_is_relative_to_the_ini_file(run: Run, pytester: pytest.Pytester) -> None:
    pytester.mkdir("worlds").joinpath("autumn.yaml").write_text(SCENARIO)
    pytester.makeini("[pytest]\nmockserver_scenario = worlds/autumn.yaml\n")
    run(SCENARIO_TESTS).assert_outcomes(passed=3)


def test_an_invalid_scenario_is_a_one_line_error(run: Run, pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("autumn.yaml").write_text("people: many\n")
    result = run("def test_it(mockserver): pass", "--mockserver-scenario=./autumn.yaml")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ['mockserver: autumn.yaml at /people: "many" is not of types "integer", "array"; *']
    )


def test_markers_choose_among_several_scenario_files(run: Run, pytester: pytest.Pytester) -> None:
    pytester.path.joinpath("autumn.yaml").write_text("people: 3\nnow: 2026-09-01T00:00:00Z\n")
    pytester.path.joinpath("spring.yaml").write_text("people: [{email: eva@example.com}, 6]\n")
    result = run(
        """
        @pytest.mark.mockserver(scenario="./autumn.yaml")
        def test_autumn(mockserver):
            assert (mockserver.people, mockserver.clock.now().month) == (3, 9)

        @pytest.mark.mockserver(scenario="spring.yaml", seed=5)
        def test_spring(mockserver):
            assert (mockserver.people, mockserver.scenario) == (7, "inline")

        def test_without(mockserver):
            assert mockserver.people == 200

        @pytest.mark.mockserver(scenario="nosuch.yaml")
        def test_missing(mockserver):
            pass
        """
    )
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(["*nosuch.yaml: file not found; *"])
