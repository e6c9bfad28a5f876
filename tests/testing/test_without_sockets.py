"""The plugin without sockets, as pytest-socket's `--disable-socket` has it."""

import socket

import pytest

from mockserver.client import World
from mockserver.testing import local_control
from mockserver.testing.local_control import LocalControl
from tests.processes import Run

pytest_plugins = ["pytester"]
WITHOUT_SOCKETS = ("-p", "pytest_socket", "--disable-socket", "-W", "error")
IN_PROCESS = """
    import threading
    import httpx

    before = threading.active_count()

    {marker}
    def test_transports(mockserver, mockserver_server):
        url, headers = mockserver.url("ortto") + "/v1/audiences/get", mockserver.headers("ortto")
        session = requests.Session()
        session.mount(mockserver.url("ortto"), mockserver.transport("requests"))
        assert session.post(url, json={{"limit": 1}}, headers=headers).status_code == 200
        with httpx.Client(transport=mockserver.transport("httpx")) as client:
            assert client.post(url, json={{"limit": 2}}, headers=headers).status_code == 200
        pool = mockserver.transport("urllib3")
        assert pool.request("POST", url, json={{"limit": 3}}, headers=headers).status == 200
        mockserver.journal.assert_called("ortto", "get_audiences", times=3)

    {marker}
    def test_control(mockserver, mockserver_server):
        mockserver.clock.advance(hours=1)
        mockserver.snapshot("x")
        with mockserver.faults.add("ortto", None, "drop_after") as fault:
            assert fault.spent == 0
        mockserver.mint("ortto")
        assert mockserver_server.control.health()["status"] == "ok"
        assert repr(mockserver).endswith(" at this process)")
        other = mockserver_server.control.create_world()
        assert "/w/" in other.facts["vendors"]["ortto"]["url"]
        other.delete()

    {marker}
    def test_redirect(mockserver):
        with mockserver.redirect(strict=True):
            url = "https://api.ap3api.com/v1/audiences/get"
            assert requests.post(url, json={{}}, headers=mockserver.headers("ortto")).status_code == 200
        assert threading.active_count() == before
"""


def test_transports_control_and_redirects_need_no_socket(run: Run) -> None:
    pytest.importorskip("pytest_socket")
    run(IN_PROCESS.format(marker=""), *WITHOUT_SOCKETS).assert_outcomes(passed=3)


def test_one_session_has_tests_with_and_without_sockets(run: Run) -> None:
    pytest.importorskip("pytest_socket")
    result = run(
        """
        seen = []

        def test_blocked(mockserver):
            with pytest.raises(RuntimeError, match="A test tried to use socket"), pytest.warns(UserWarning):
                call(mockserver)

        @pytest.mark.enable_socket
        def test_allowed(mockserver):
            assert call(mockserver).status_code == 200
            seen.append(mockserver.url("ortto").split("/w/")[0])

        def test_in_process(mockserver):
            assert mockserver.url("ortto").startswith(seen[0])
            session = requests.Session()
            session.mount("http://", mockserver.transport("requests"))
            url = mockserver.url("ortto") + "/v1/audiences/get"
            assert session.post(url, json={}, headers=mockserver.headers("ortto")).status_code == 200
        """,
        *WITHOUT_SOCKETS[:-2],
    )
    result.assert_outcomes(passed=3)


def test_a_url_starts_the_server_and_nothing_else_does(
    mockserver: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    real = local_control._start_server

    def start(app: object) -> object:
        started.append(app)
        return real(app)

    monkeypatch.setattr(local_control, "_start_server", start)
    control = LocalControl(mockserver.app)
    try:
        world = control.world(mockserver.name)
        control.health()
        assert (world.vendors, repr(control)) == (mockserver.vendors, "LocalControl('this process')")
        assert world.credentials("ortto")
        assert started == []
        url = world.url("ortto")
        port = int(url.partition("//")[2].partition("/")[0].partition(":")[2])
        socket.create_connection(("127.0.0.1", port), timeout=20).close()
        assert world.facts["vendors"]["ortto"]["url"] == url
        assert all(vendor["url"].startswith(control.url) for vendor in control.vendors())
        assert len(started) == 1
    finally:
        control.stop()
