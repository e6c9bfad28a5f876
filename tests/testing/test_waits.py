"""Waits of a client in the pytest plugin: the marker, the fixture and the report."""

from tests.processes import Run

pytest_plugins = ["pytester"]


def test_the_marker_the_fixture_and_the_report(run: Run) -> None:
    result = run(
        """
        import time

        @pytest.mark.mockserver(waiting=True)
        def test_marked(mockserver, mockserver_waits):
            time.sleep(3000)
            assert mockserver_waits is mockserver.waits
            assert mockserver.waits.total == 3000

        @pytest.mark.mockserver(waiting={"longest": "1s"})
        def test_options(mockserver):
            try:
                time.sleep(2)
            except Exception:
                pass

        def test_fixture(mockserver_waits):
            time.sleep(3000)
            assert mockserver_waits.total == 1
        """
    )
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        ["*mockserver: the client of world test-options-main-* waits 2s, longer than 1s; fix the client*"]
    )
    result.stdout.fnmatch_lines(["*1 wait of the client of world test-fixture-main-*, 50m in all:*"])
