"""The conduct report through the control API and the command line."""

import json

import pytest
import requests
from click.testing import CliRunner

from mockserver import cli
from mockserver.app import create_app
from mockserver.client import Control, World
from mockserver.pytest_plugin import MockServer
from mockserver.server.http_server import Server
from tests.control.api import refusal


def call(world: World) -> None:
    """One call without User-Agent, which this vendor asks for."""
    url, headers = world.url("voyado") + "/api/v3/target-audiences", world.headers("voyado")
    requests.get(url, headers={**headers, "User-Agent": ""}, timeout=20)


def test_unknown_names_are_refused(mockserver: World, mockserver_server: MockServer) -> None:
    base = f"{mockserver_server.url}/_mock/worlds"
    path = f"{base}/{mockserver.name}/conduct"
    assert requests.get(path, timeout=20).json()["findings"] == []
    assert refusal(requests.get(path, params={"vendor": "nope"}, timeout=20)) == (404, "unknown_vendor")
    assert refusal(requests.get(f"{base}/nope/conduct", timeout=20)) == (404, "unknown_world")
    assert refusal(requests.get(path, params={"after": "x"}, timeout=20)) == (400, "call_does_not_fit")


def test_the_command(mockserver: World, mockserver_server: MockServer) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(
            cli.mockserver,
            ["conduct", mockserver.name, "--url", mockserver_server.url, *arguments],
            standalone_mode=False,
        )
        return (2 if done.exception else done.return_value), done.output or str(done.exception)

    assert run("--format", "text") == (0, "no findings in 0 calls\n")
    call(mockserver)
    code, output = run()
    assert (code, json.loads(output)["findings"][0]["rule"]) == (1, "no-user-agent")
    code, output = run("--format", "text")
    assert code == 1
    assert "warning" in output
    assert "voyado list_target_audiences: sent 1 of 1 calls without User-Agent" in output
    assert run("--without", "no-user-agent", "--format", "text") == (0, "no findings in 1 calls\n")
    assert run("--vendor", "ortto", "--format", "text")[0] == 0
    assert run("--after", "1", "--format", "text")[0] == 0
    assert "unknown rule 'no-agent', the nearest is no-user-agent" in run("--without", "no-agent")[1]


def test_dropped_calls_are_not_forgotten() -> None:
    app = create_app(people=0)
    app.context.worlds._max_exchanges = 16
    with Server(app) as server:
        world = Control(server.url).create_world()
        for _ in range(32):
            call(world)
        conduct = world.conduct(without=["no-user-agent", "polled-too-fast"])
        assert (conduct.exchanges, conduct.dropped) == (16, 16)
        with pytest.raises(AssertionError, match="has dropped 16 calls unjudged; clear the journal"):
            conduct.assert_clean()
        done = CliRunner().invoke(
            cli.mockserver, ["conduct", world.name, "--url", server.url], standalone_mode=False
        )
        assert done.return_value == 1
        assert f"the report is incomplete: the journal of {world.name} has dropped 16 calls" in done.stderr
