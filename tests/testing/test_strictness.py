"""What fails a test although its client was content: the three levels of strictness."""

import pytest

from tests.processes import Run

pytest_plugins = ["pytester"]


def test_an_unknown_path_fails_the_test_that_called_it(run: Run) -> None:
    result = run(
        """
        def test_before(mockserver):
            assert call(mockserver).status_code == 200

        def test_typing_error(mockserver):
            call(mockserver, "/v1/audience/get")

        def test_after(mockserver):
            assert call(mockserver).status_code == 200
        """
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*test_typing_error*",
            "*POST /ortto/v1/audience/get*404*",
            '*"limit": 1*',
            "*Not Found*",
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


def test_a_broken_promise_fails_the_test_even_if_it_is_not_strict(run: Run) -> None:
    result = run(
        """
        @pytest.mark.mockserver(strict=False)
        def test_promise(mockserver, monkeypatch):
            ortto = mockserver.app.context.vendors["ortto"]
            monkeypatch.setitem(ortto.handlers, "get_audiences", lambda call, world: {"no": "such reply"})
            assert call(mockserver).status_code == 500
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*broken promise*POST /ortto/v1/audiences/get*500*"])


def test_a_test_that_is_not_strict_may_call_what_nobody_knows(run: Run) -> None:
    result = run(
        """
        @pytest.mark.mockserver(strict=False)
        def test_exploring(mockserver):
            assert call(mockserver, "/nowhere").status_code == 404
        """
    )
    result.assert_outcomes(passed=1)


def test_a_test_that_fails_by_itself_shows_what_was_wrong_too(run: Run) -> None:
    result = run(
        """
        def test_both(mockserver):
            assert call(mockserver, "/v1/audience/get").status_code == 200
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 404 == 200*", "*nearest*get_audiences*"])


@pytest.mark.parametrize("forget", ["reset", "clear_journal"])
def test_what_was_wrong_is_not_forgotten_with_the_journal(run: Run, forget: str) -> None:
    result = run(
        f"""
        def test_forgetful(mockserver):
            call(mockserver, "/v1/audience/get")
            mockserver.{forget}()
            assert call(mockserver).status_code == 200
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*nearest:*get_audiences*"])


def test_a_test_that_says_that_it_failed_shows_it_too(run: Run) -> None:
    result = run(
        """
        def test_told(mockserver):
            call(mockserver, "/v1/audience/get")
            pytest.fail("told so")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*told so*", "*nearest:*get_audiences*"])


def test_a_wrong_call_after_the_test_is_an_error_of_its_end(run: Run) -> None:
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


def test_a_client_may_be_refused_by_default(run: Run) -> None:
    run(LAX).assert_outcomes(passed=1)


def test_a_strict_test_fails_by_all_that_the_contract_forbids(run: Run) -> None:
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
            "*meant to be?*strict=None*",
        ]
    )
    result.stdout.no_fnmatch_line("*watch.py*")


def test_a_strict_test_may_be_told_what_is_no_fault_of_its_call(run: Run) -> None:
    result = run(
        f"""
        {STRICT}
        def test_honest(mockserver):
            headers = {{"X-Api-Key": "PRK-nobody"}}
            answer = requests.post(mockserver.url("ortto") + "/v1/audiences/get", json={{}}, headers=headers)
            assert answer.status_code == 401
        """
    )
    result.assert_outcomes(passed=1)


def test_an_option_makes_every_test_strict(run: Run) -> None:
    run(LAX, "--mockserver-strict").assert_outcomes(failed=1)


def test_the_ini_file_makes_every_test_strict(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nmockserver_strict = true\n")
    run(LAX).assert_outcomes(failed=1)


@pytest.mark.parametrize("level", ["None", "False"])
def test_the_marker_has_the_last_word(run: Run, level: str) -> None:
    marked = LAX.replace("def", f"@pytest.mark.mockserver(strict={level})\n    def", 1)
    run(marked, "--mockserver-strict").assert_outcomes(passed=1)


def test_no_exchange_of_a_world_that_was_reset_is_overlooked(run: Run) -> None:
    result = run(
        """
        def test_forgetful(mockserver):
            call(mockserver, "/v1/audience/get")
            mockserver.reset()
            call(mockserver, "/v1/person/gat")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*2 exchanges*", "*/v1/audience/get*", "*/v1/person/gat*"])


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('"/v1/person/gat"', "nearest: *POST /v1/person/get (get_people)"),
        ('serch_term="vip"', "unknown: *body/serch_term, nearest: *search_term"),
        ('limit="many"', 'wrong: *body/limit: expected integer or null, got string "many"'),
        ("limit=0.5", "wrong: *body/limit: expected integer or null, got number 0.5"),
    ],
)
def test_a_strict_test_is_told_what_would_have_been_right(run: Run, wrong: str, told: str) -> None:
    result = run(
        f"""
        {STRICT}
        def test_wrong(mockserver):
            call(mockserver, {wrong})
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*{told.replace('[', '[[]')}"])


SPOILT = """
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
    def test_spoilt(mockserver, kind, options):
        fault = mockserver.faults.add("ortto", "get_audiences", kind, **options)
        try:
            call(mockserver)
        except requests.RequestException:
            pass
        assert fault.spent == 1
"""


def test_what_a_fault_spoilt_fails_no_test(run: Run) -> None:
    run(SPOILT, "--mockserver-strict").assert_outcomes(passed=10)


def test_what_was_wrong_already_is_no_less_wrong_for_a_fault(run: Run) -> None:
    spoilt = SPOILT.replace("call(mockserver)", 'call(mockserver, limit="many")')
    result = run(spoilt, "--mockserver-strict", "-k", "drop_after or garbage or truncate")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*wrong: *body/limit: expected integer*", "*fault: *drop_after*"])
