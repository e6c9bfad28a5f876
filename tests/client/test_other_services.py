"""The client, and the commands that use it, against services that are not mock servers: a bounded line."""

import json
from collections.abc import Callable

import pytest

from mockserver import Control
from mockserver.cli import main
from mockserver.client import connection
from mockserver.contract.contract import Contract
from mockserver.errors import ControlError
from mockserver.mcp.tool_server import ToolServer
from mockserver.mcp.tools import Tools
from mockserver.paths import contracts
from tests.verify.adversary import UNUSABLE, WRONG, Behaviour, adversary, sends_json

ADVERSARIES: dict[str, Behaviour] = {
    "[]": sends_json(b"[]"),
    "{}": sends_json(b"{}"),
    "another object": sends_json(b'{"status": "ok", "worlds": 1}'),
    "null": sends_json(b"null"),
    "deep brackets": sends_json(b"[" * 100_000),
    **{name: behave for name, (behave, _reason) in UNUSABLE.items()},
    **WRONG,
}
COMMANDS = (
    "worlds list",
    "clock",
    "jobs",
    "journal",
    "settings",
    "records",
    "coverage",
    "changes",
    "conduct",
    "credentials list",
    "snapshot list",
    "backstage list",
    "faults list",
    "profile list",
    "reset",
    "share list",
)


@pytest.mark.parametrize("name", ADVERSARIES)
def test_another_service_is_a_one_line_error(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_MAX_BYTES", 256 * 1024)
    with adversary(ADVERSARIES[name]) as url:
        control = Control(url, timeout=0.25)
        with pytest.raises(ControlError) as raised:
            control.worlds()
    assert raised.value.problem == "unreachable"
    assert "\n" not in str(raised.value)
    assert url in str(raised.value)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("body", [b"[]", b'{"worlds": 1}'])
def test_a_command_ends_with_one_line(command: str, body: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    with adversary(sends_json(body)) as url, pytest.raises(SystemExit) as end:
        main([*command.split(), "--url", url])
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (f"mockserver: {url} is not a mock server: GET /health returned other JSON; check the URL")


def test_a_tool_is_not_called_on_another_service() -> None:
    tools = Tools(Contract.read(contracts() / "control" / "openapi.yaml"))
    with adversary(sends_json(b"{}")) as url:
        text, is_error = ToolServer(tools, Control(url)).call("worlds", {"action": "list"})
    assert is_error
    assert "is not a mock server" in text


CHANGES: list[Callable[[Control], object]] = [
    lambda control: control.create_world("mine"),
    lambda control: control.fetch_file("/worlds/mine/capsule"),
    lambda control: control.send("DELETE", "/worlds/mine"),
]


def test_another_service_receives_no_change() -> None:
    received: list[bytes] = []

    def behave(sock: object) -> None:
        received.append(b"")
        sends_json(b"{}")(sock)  # type: ignore[arg-type]

    for change in CHANGES:
        received.clear()
        with adversary(behave) as url, pytest.raises(ControlError, match="GET /health returned other JSON"):
            change(Control(url))
        assert len(received) == 1


def test_a_mock_server_is_asked_once() -> None:
    asked: list[str] = []
    health = json.dumps({"status": "ok", "version": "0.1.0", "vendors": [], "worlds": 1, "next": None})

    class Counted(Control):
        def _exchange(self, method: str, target: str, body: object) -> tuple[int, bytes]:
            asked.append(f"{method} {target}")
            return 200, health.encode()

    control = Counted("http://127.0.0.1:9")
    for _ in range(2):
        control.send("GET", "/access")
    assert asked == ["GET /_mock/health", "GET /_mock/access", "GET /_mock/access"]


@pytest.mark.parametrize("token", ["a\nb", "ä…"])
def test_a_token_that_no_header_can_have_is_one_line_without_it(token: str) -> None:
    with adversary(sends_json(b"{}")) as url, pytest.raises(ControlError) as raised:
        Control(url, token=token).worlds()
    assert "the host name or the token is not valid in HTTP" in str(raised.value)
    assert token not in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("url", ["http://a\nb", "http://a:99999", "http://[a", "http://a b"])
def test_a_url_that_no_request_can_have_is_refused_at_once(url: str) -> None:
    with pytest.raises(ControlError, match="invalid server URL") as raised:
        Control(url)
    assert "\n" not in str(raised.value)
