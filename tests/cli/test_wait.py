"""`mockserver wait`: until a server is ready, or not any longer."""

import socket
from collections.abc import Iterable

import pytest

from mockserver.cli import main
from mockserver.server import wsgi_adapter
from tests.live_server import served
from tests.server.wire import serving


def ended(*arguments: str) -> object:
    with pytest.raises(SystemExit) as error:
        main(["wait", *arguments])
    return error.value.code


def test_a_ready_server_ends_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with served() as url:
        assert ended("--url", url) == 0
        monkeypatch.setenv("MOCKSERVER_URL", f"{url}/")
        assert ended("--timeout", "5s") == 0


def test_it_waits_until_the_server_is_ready() -> None:
    answers = iter(["503 Not Yet", "503 Not Yet", "200 OK"])

    def later(_environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse) -> Iterable[bytes]:
        start_response(next(answers), [("Content-Length", "0")])
        return []

    with serving(later) as server:
        assert ended("--url", server.url, "--timeout", "20s") == 0
    assert list(answers) == []


def test_a_server_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    assert ended("--url", url, "--timeout", "0.1s") == 1
    message = capsys.readouterr().err
    assert message.startswith(f"mockserver: {url} is not ready after 0.1 s (")
    assert message.count("\n") == 1
    assert ended("--url", "nonsense") == 2
