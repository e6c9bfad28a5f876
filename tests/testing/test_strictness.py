"""The three levels of strictness: exchanges that fail a test whose assertions pass."""

import pytest

from mockserver.vendors import find
from tests.processes import Run

pytest_plugins = ["pytester"]

ENDPOINTS = len(find("ortto").contract.operations)


def test_an_unknown_path_fails_the_test_that_called_it(run: Run) -> None:
    result = run(
        """
        def test_before(mockserver):
            assert call(mockserver).status_code == 200

        def test_misspelt_path(mockserver):
            call(mockserver, "/v1/audience/get")

        def test_after(mockserver):
            assert call(mockserver).status_code == 200
        """
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*test_misspelt_path*",
            "*POST /ortto/v1/audience/get*404*",
            '*"limit": 1*',
            "*Unknown endpoint or method*",
            "*nearest:*POST /v1/audiences/get (get_audiences)",
        ]
    )
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


def test_an_unknown_method_fails_the_test_that_called_it(run: Run) -> None:
    result = run(
        """
        def test_wrong_method(mockserver):
            url = mockserver.url("ortto") + "/v1/audiences/get"
            requests.get(url, headers=mockserver.headers("ortto"), timeout=20)
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*GET /ortto/v1/audiences/get*", "*nearest*get_audiences*"])


def test_a_broken_promise_fails_even_a_test_with_strict_false(run: Run) -> None:
    result = run(
        """
        @pytest.mark.mockserver(strict=False)
        def test_invalid_reply(mockserver, monkeypatch):
            ortto = mockserver.app.context.vendors["ortto"]
            monkeypatch.setitem(ortto.handlers, "get_audiences", lambda call, world: {"no": "such reply"})
            assert call(mockserver).status_code == 500
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*broken promise*POST /ortto/v1/audiences/get*500*"])


@pytest.mark.parametrize(("fault", "failed"), [("latency", 1), ("partial", 0)])
def test_a_latency_excuses_no_broken_promise(run: Run, fault: str, failed: int) -> None:
    result = run(
        f"""
        def test_invalid_reply(mockserver, monkeypatch):
            ortto = mockserver.app.context.vendors["ortto"]
            monkeypatch.setitem(ortto.handlers, "merge_people", lambda call, world: 7)
            options = {{"seconds": 0.001}} if "{fault}" == "latency" else {{}}
            mockserver.faults.add("ortto", "merge_people", "{fault}", **options)
            person = {{"fields": {{"str::email": "a@example.com"}}}}
            body = {{"people": [person] * 2, "merge_by": ["str::email"]}}
            url = mockserver.url("ortto") + "/v1/person/merge"
            reply = requests.post(url, json=body, headers=mockserver.headers("ortto"), timeout=20)
            assert reply.status_code == 500
        """
    )
    result.assert_outcomes(failed=failed, passed=1 - failed)


def test_a_fault_excuses_no_invalid_call(run: Run) -> None:
    result = run(
        """
        @pytest.mark.mockserver(strict=True)
        def test_lax(mockserver):
            mockserver.faults.add("ortto", None, "latency", seconds=0.001)
            call(mockserver, limit="many")
        """
    )
    result.assert_outcomes(failed=1)


def test_strict_false_allows_unknown_paths(run: Run) -> None:
    result = run(
        """
        @pytest.mark.mockserver(strict=False)
        def test_exploring(mockserver):
            assert call(mockserver, "/nowhere").status_code == 404
        """
    )
    result.assert_outcomes(passed=1)


def test_a_failing_test_also_reports_its_exchanges(run: Run) -> None:
    result = run(
        """
        def test_both(mockserver):
            assert call(mockserver, "/v1/audience/get").status_code == 200
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 404 == 200*", "*nearest*get_audiences*"])


@pytest.mark.parametrize("forget", ["reset", "clear_journal"])
def test_exchanges_before_clear_and_reset_count(run: Run, forget: str) -> None:
    result = run(
        f"""
        def test_clears(mockserver):
            call(mockserver, "/v1/audience/get")
            mockserver.{forget}()
            assert call(mockserver).status_code == 200
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*nearest:*get_audiences*"])


def test_pytest_fail_also_reports_exchanges(run: Run) -> None:
    result = run(
        """
        def test_fails(mockserver):
            call(mockserver, "/v1/audience/get")
            pytest.fail("my message")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*my message*", "*nearest:*get_audiences*"])


def test_a_wrong_call_in_teardown_is_an_error(run: Run) -> None:
    result = run(
        """
        @pytest.fixture
        def tidy(mockserver):
            yield
            call(mockserver, "/v1/audience/get")

        def test_tidy(tidy):
            pass
        """
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*nearest*get_audiences*"])


LAX = """
    def test_lax(mockserver):
        assert call(mockserver, limit="many").status_code == 400
        assert call(mockserver, "/v1/audiences/get?limt=2").status_code == 200
"""
STRICT = "@pytest.mark.mockserver(strict=True)"


def test_invalid_calls_are_allowed_by_default(run: Run) -> None:
    run(LAX).assert_outcomes(passed=1)


def test_a_strict_test_fails_on_invalid_calls(run: Run) -> None:
    result = run(LAX.replace("def", f"{STRICT}\n    def", 1))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "mockserver: 2 exchanges violated the contract",
            "*POST /ortto/v1/audiences/get -> 400 request_invalid",
            '*wrong: *body/limit: expected *integer*, got string "many"',
            '*sent: * {"limit": "many"}',
            "*POST /ortto/v1/audiences/get?limt=2 -> 200",
            "*unknown: *query/limt",
            "*expected?*strict=None*",
        ]
    )
    result.stdout.no_fnmatch_line("*strictness.py*")


def test_a_strict_test_allows_error_responses_to_valid_calls(run: Run) -> None:
    result = run(
        f"""
        {STRICT}
        def test_unknown_key(mockserver):
            headers = {{"X-Api-Key": "PRK-unknown"}}
            answer = requests.post(mockserver.url("ortto") + "/v1/audiences/get", json={{}}, headers=headers)
            assert answer.status_code == 401
        """
    )
    result.assert_outcomes(passed=1)


def test_the_option_makes_every_test_strict(run: Run) -> None:
    run(LAX, "--mockserver-strict").assert_outcomes(failed=1)


def test_the_ini_file_makes_every_test_strict(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nmockserver_strict = true\n")
    run(LAX).assert_outcomes(failed=1)


@pytest.mark.parametrize("level", ["None", "False"])
def test_the_marker_takes_precedence(run: Run, level: str) -> None:
    marked = LAX.replace("def", f"@pytest.mark.mockserver(strict={level})\n    def", 1)
    run(marked, "--mockserver-strict").assert_outcomes(passed=1)


def test_exchanges_before_and_after_a_reset_count(run: Run) -> None:
    result = run(
        """
        def test_clears(mockserver):
            call(mockserver, "/v1/audience/get")
            mockserver.reset()
            call(mockserver, "/v1/person/gat")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*2 exchanges*", "*/v1/audience/get*", "*/v1/person/gat*"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ('"/v1/person/gat"', "nearest: *POST /v1/person/get (get_people)"),
        ('serch_term="vip"', "unknown: *body/serch_term, nearest: *search_term"),
        ('limit="many"', 'wrong: *body/limit: expected integer or null, got string "many"'),
        ("limit=0.5", "wrong: *body/limit: expected integer or null, got number 0.5"),
    ],
)
def test_the_message_of_a_strict_test_suggests_a_fix(run: Run, arguments: str, message: str) -> None:
    result = run(
        f"""
        {STRICT}
        def test_wrong(mockserver):
            call(mockserver, {arguments})
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*{message.replace('[', '[[]')}"])


FAULT_TESTS = """
    @pytest.mark.parametrize(
        ("kind", "options"),
        [
            ("problem", {"problem": "unauthorized"}),
            ("status", {"status": 418}),
            ("latency", {"seconds": 0.001}),
            ("rate_limited", {}),
            ("drop_before", {}),
            ("drop_after", {}),
            ("truncate", {}),
            ("garbage", {}),
            ("drift", {"field": "/*/id", "change": "removed"}),
            ("duplicate", {}),
        ],
    )
    def test_fault(mockserver, kind, options):
        fault = mockserver.faults.add("ortto", "get_audiences", kind, **options)
        try:
            call(mockserver)
        except requests.RequestException:
            pass
        assert fault.spent == 1
"""


def test_replies_changed_by_a_fault_fail_no_test(run: Run) -> None:
    run(FAULT_TESTS, "--mockserver-strict").assert_outcomes(passed=10)


def test_an_invalid_call_fails_despite_a_fault(run: Run) -> None:
    invalid = FAULT_TESTS.replace("call(mockserver)", 'call(mockserver, limit="many")')
    result = run(invalid, "--mockserver-strict", "-k", "drop_after or garbage or truncate")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*wrong: *body/limit: expected integer*", "*fault: *drop_after*"])


DECIDED = """
    BAD = "/v1/audience/get"

    @pytest.fixture
    def late(mockserver):
        yield
        call(mockserver, BAD)

    @pytest.fixture
    def skips(mockserver):
        call(mockserver, BAD)
        pytest.skip("not here")

    @pytest.fixture
    def xfails(mockserver):
        call(mockserver, BAD)
        pytest.xfail("known")

    def test_skipped(mockserver):
        call(mockserver, BAD)
        pytest.skip("not now")

    def test_skipped_with_a_late_call(late):
        pytest.skip("not now")

    def test_skipped_by_a_fixture(skips):
        pass

    def test_xfailed(mockserver):
        call(mockserver, BAD)
        pytest.xfail("known")

    def test_xfailed_by_a_fixture(xfails):
        pass

    @pytest.mark.xfail(raises=ValueError)
    def test_xfailed_by_the_marker(late, mockserver):
        call(mockserver, BAD)
        raise ValueError

    def test_skipped_after_deleting_its_world(mockserver, mockserver_server):
        mockserver_server.world(mockserver.name).delete()
        pytest.skip("not now")
"""


def test_a_skipped_or_xfailed_test_stays_so(run: Run) -> None:
    run(DECIDED).assert_outcomes(skipped=4, xfailed=3)


def test_a_failed_test_fails_once(run: Run) -> None:
    result = run(
        """
        BAD = "/v1/audience/get"

        @pytest.fixture
        def late(mockserver):
            yield
            call(mockserver, BAD)

        @pytest.fixture
        def broken(mockserver):
            call(mockserver, BAD)
            raise ValueError("the set-up")

        def test_failed(late):
            assert False

        def test_exits(mockserver):
            call(mockserver, BAD)
            raise SystemExit(3)

        def test_fails_without_its_world(mockserver, mockserver_server):
            mockserver_server.world(mockserver.name).delete()
            assert False

        def test_never_runs(broken):
            pass
        """
    )
    result.assert_outcomes(failed=3, errors=1)
    result.stdout.fnmatch_lines(["*ERROR*test_never_runs*the set-up*"])


def test_an_interrupted_test_has_no_verdict(run: Run) -> None:
    result = run(
        """
        def test_stopped(mockserver):
            call(mockserver, "/v1/audience/get")
            pytest.exit("enough", returncode=7)
        """
    )
    assert result.ret == 7
    result.stdout.no_fnmatch_line("*violated the contract*")


def test_a_deleted_world_keeps_its_verdict(run: Run) -> None:
    result = run(
        """
        def test_right(mockserver):
            call(mockserver)
            mockserver.delete()

        def test_wrong(mockserver):
            call(mockserver, "/v1/audience/get")
            mockserver.delete()
        """,
        "--mockserver-coverage",
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*nearest:*get_audiences*", f"ortto *1/{ENDPOINTS}*"])
