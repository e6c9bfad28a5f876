"""`mockserver wait`: until a server is ready, or not any longer."""

import socket
from collections.abc import Iterable
from types import SimpleNamespace

import pytest

from mockserver.cli import main
from mockserver.server import wsgi_adapter
from tests.live_server import served
from tests.server.wire import serving
from tests.verify.adversary import (
    JSON_HEAD,
    Behaviour,
    adversary,
    drips,
    page,
    sends,
    sends_for_ever,
    sends_json,
)

READY = b'{"status": "ready", "seed_data_pending": []}'
NOT_OURS = "what answers there is not a mock server"
OTHERS: dict[str, tuple[Behaviour, str]] = {
    "an SSH server": (sends(b"SSH-2.0-OpenSSH_9.6\r\n"), "invalid HTTP: BadStatusLine"),
    "binary bytes": (sends(bytes(range(256)) * 9), "invalid HTTP: BadStatusLine"),
    "headers that drip": (drips(b"HTTP/1.1 200 OK\r\nX-A: "), "timeout: not complete after"),
    "endless interim responses": (
        sends_for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        "the reply is larger than 1 MiB",
    ),
    "a list": (sends_json(b"[]"), NOT_OURS),
    "another object": (sends_json(b'{"status": "ready"}'), NOT_OURS),
    "deep brackets": (sends_json(b"[" * 100_000), "the reply is nested deeper than"),
    "an empty page": (page("200 OK", body=b""), NOT_OURS),
    "a body that is cut": (
        sends(JSON_HEAD + b"Content-Length: 99\r\n\r\n" + READY),
        "invalid HTTP: HTTPException: IncompleteRead",
    ),
    "half a body": (sends_json(READY[:-1]), NOT_OURS),
    "an error": (page("404 Not Found"), "status 404"),
}
"""Services that are not mock servers, and why."""


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
        start_response(next(answers), [("Content-Type", "application/json")])
        return [READY]

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


@pytest.mark.parametrize("name", OTHERS)
def test_another_service_is_not_ready(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked once: for the command, all time has passed then."""
    behave, reason = OTHERS[name]
    times = iter([0.0, 0.0, 1000.0])
    monkeypatch.setattr("mockserver.cli.wait.time", SimpleNamespace(monotonic=lambda: next(times)))
    patience = "0.1" if reason.startswith("timeout") else "60"
    with adversary(behave) as url:
        assert ended("--url", url, "--timeout", f"{patience}s") == 1
    message = capsys.readouterr().err
    assert message.startswith(f"mockserver: {url} is not ready after {patience} s (")
    assert reason in message
    assert message.count("\n") == 1


@pytest.mark.parametrize("url", ["http://a\nb", "http://a b", "http://a\x00", "http://a:99999", "http://[a"])
def test_a_url_that_no_request_can_have_is_refused(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("--url", url) == 2
    message = capsys.readouterr().err
    assert message.startswith("mockserver: invalid base URL ")
    assert message.count("\n") == 1
