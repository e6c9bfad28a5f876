"""Worlds that several tests share, worlds of a block, and what a failing test shows of its world."""

from tests.processes import Run

pytest_plugins = ["pytester"]

TESTS = """
import subprocess, sys

BAD = "/v1/audience/get"

@pytest.fixture(scope="module")
def application(mockserver_module):
    \"\"\"An application in another process, told its vendor's address at the start.\"\"\"
    code = (
        "import sys, urllib.request, urllib.error\\n"
        "for path in sys.stdin:\\n"
        "    try: print(urllib.request.urlopen(sys.argv[1] + path.strip(), b'{}').status, flush=True)\\n"
        "    except urllib.error.HTTPError as error: print(error.code, flush=True)\\n"
    )
    words = [sys.executable, "-c", code, mockserver_module.url("ortto")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        def ask(path):
            process.stdin.write(path + chr(10))
            process.stdin.flush()
            return int(process.stdout.readline())
        yield ask
        process.stdin.close()

def test_application_right(application):
    assert application("/v1/audiences/get") == 401

def test_application_wrong(application):
    assert application(BAD) in (401, 404)

def test_application_right_again(application):
    assert application("/v1/audiences/get") == 401

class TestClass:
    @pytest.fixture
    def late(self, mockserver_class):
        yield
        call(mockserver_class, BAD)

    def test_first(self, mockserver_class):
        assert (mockserver_class.seed, mockserver_class.journal()) == (42, [])
        call(mockserver_class)

    def test_wrong_in_its_teardown(self, late, mockserver_class):
        assert len(mockserver_class.journal("ortto", "get_audiences")) == 1

    def test_skipped(self, mockserver_class):
        call(mockserver_class, BAD)
        pytest.skip("not now")

    @pytest.mark.mockserver(strict=False)
    def test_exploring(self, mockserver_class):
        call(mockserver_class, BAD)

    @pytest.mark.mockserver(strict=True)
    def test_strict(self, mockserver_class):
        call(mockserver_class, limit="many")

    def test_fine(self, mockserver_class):
        assert len(mockserver_class.journal()) == 5

def test_session_world(mockserver_session, mockserver_server):
    assert mockserver_session.name.startswith("session-")
    call(mockserver_session)

def test_wrong_in_a_block(mockserver_server):
    with mockserver_server.world(scenario="empty", seed=7) as world:
        assert (world.people, world.seed) == (0, 7)
        call(world, BAD)
    assert False, "not reached"

def test_new_and_known_worlds(mockserver_server, mockserver_session):
    with mockserver_server.world() as world:
        assert world.name not in ("default", mockserver_session.name)
        assert call(world).status_code == 200
    with mockserver_server.world(mockserver_session.name) as world:
        assert len(world.journal()) == 1
        call(world)
    names = [one.name for one in mockserver_server.control.worlds()]
    assert "default" in names and mockserver_session.name in names
    assert len(names) == 3  # and that of the module
    assert mockserver_server.world().name == "default"

def test_explained(mockserver_session):
    assert call(mockserver_session, limit="many").status_code == 200

def test_explained_in_a_block(mockserver_server):
    with mockserver_server.world(scenario="empty") as world:
        assert call(world, serch_term="x").status_code == 500

def test_without_calls():
    assert False
"""


def test_verdicts_fall_on_the_test_that_made_the_call(run: Run) -> None:
    result = run(TESTS, "-rA", "--mockserver-coverage=coverage.json")
    outcomes = {
        line.split("::", 1)[1].split(" ")[0]: line.split(" ")[0]
        for line in result.outlines
        if line.startswith(("PASSED ", "FAILED ", "ERROR ")) and "::" in line
    }
    assert outcomes == {
        "test_application_right": "PASSED",
        "test_application_wrong": "FAILED",
        "test_application_right_again": "PASSED",
        "TestClass::test_first": "PASSED",
        "TestClass::test_wrong_in_its_teardown": "ERROR",
        "TestClass::test_exploring": "PASSED",
        "TestClass::test_strict": "FAILED",
        "TestClass::test_fine": "PASSED",
        "test_session_world": "PASSED",
        "test_wrong_in_a_block": "FAILED",
        "test_new_and_known_worlds": "PASSED",
        "test_explained": "FAILED",
        "test_explained_in_a_block": "FAILED",
        "test_without_calls": "FAILED",
    }
    result.assert_outcomes(passed=8, failed=6, errors=1, skipped=1)
    result.stdout.fnmatch_lines(
        [
            "*__ test_explained __*",
            "*assert 400 == 200*",
            "*Captured mockserver call*",
            "the last exchanges of world session-*",
            "  POST /ortto/v1/audiences/get -> 400 request_invalid",
            '    wrong: *body/limit: expected integer or null, got string "many"',
            "*__ test_explained_in_a_block __*",
            "the last exchanges of world block-*",
            "    unknown:  body/serch_term, nearest: *search_term",
            "*__ test_without_calls __*",
        ]
    )
    assert result.stdout.str().count("Captured mockserver call") == 2
    result.stdout.fnmatch_lines(["ortto *1/*"])


def test_dropped_exchanges_fail_the_test_and_the_coverage(run: Run) -> None:
    result = run(
        """
        @pytest.fixture(autouse=True)
        def small(mockserver_server):
            mockserver_server.app.context.worlds._max_exchanges = 16

        def test_many(mockserver):
            for _ in range(40):
                call(mockserver)

        def test_cleared_in_between(mockserver):
            for _ in range(40):
                call(mockserver)
                if len(mockserver.journal()) == 16:
                    mockserver.clear_journal()
        """,
        "--mockserver-coverage",
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "mockserver: the journal of test-many-* has dropped 16 exchanges unchecked; call clear_*",
            "mockserver: coverage is incomplete: the journal has dropped 16 exchanges of *::test_many; *",
        ]
    )
    result.stdout.no_fnmatch_line("*problems never returned*")
