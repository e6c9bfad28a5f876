"""What every command that controls a server has in common: the world, durations and the output format."""

import json
from collections.abc import Iterator
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from mockserver import cli
from mockserver.app import create_app
from mockserver.client import Control
from mockserver.server.http_server import Server
from mockserver.state.scenario import load_scenario

NOT_OURS = {
    "verify",
    "check",
    "diff",
    "lint",
    "contract",
    "demo",
    "serve",
    "run",
    "mcp",
    "wait",
    "watch",
}  # run, wait: no output of ours
READS: dict[str, tuple[str, ...]] = {
    "clock": (),
    "journal": (),
    "coverage": (),
    "reset": (),
    "settings": (),
    "faults": (),
    "jobs": (),
    "snapshot": (),
    "credentials": (),
}
POSITIONAL = ("clock", "journal", "coverage", "reset", "settings")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(create_app(load_scenario("empty"), vendors=("ortto",))) as server:
        Control(server.url).create_world("other", people=3)
        yield server


@pytest.fixture
def url(server: Server) -> str:
    """The server, on which no clock runs."""
    for world in Control(server.url).worlds():
        world.clock.freeze()
    return server.url


def invoke(url: str, *words: str) -> Result:
    return CliRunner().invoke(cli.mockserver, [*words, "--url", url])


def leaves(command: click.Command, name: str = "") -> Iterator[tuple[str, click.Command]]:
    if isinstance(command, click.Group):
        for part in command.list_commands(click.Context(command)):
            if part not in NOT_OURS:
                found = command.get_command(click.Context(command), part)
                assert found
                yield from leaves(found, f"{name} {part}".strip())
    else:
        yield name, command


def test_every_command_has_a_format() -> None:
    commands = [*leaves(cli.mockserver)]
    assert len(commands) > 20
    for name, command in commands:
        formats = [one for one in command.params if "--format" in one.opts]
        assert [one.type.choices for one in formats if isinstance(one.type, click.Choice)] == [
            ("text", "json")
        ], name


@pytest.mark.parametrize("command", READS)
def test_the_format_decides_in_a_pipe(url: str, command: str) -> None:
    text = invoke(url, command, "--format", "text")
    assert text.exit_code == 0, text.output
    with pytest.raises(ValueError, match=r"Expecting value|Extra data"):
        json.loads(text.output)
    assert json.loads(invoke(url, command, "--format", "json").output) == json.loads(
        invoke(url, command).output
    )


def test_the_format_may_stand_before_or_after_the_command_of_a_group(url: str) -> None:
    for words in (("jobs", "--format", "text", "list"), ("jobs", "list", "--format", "text")):
        assert invoke(url, *words).output == "no pending jobs\n"
    for words in (("worlds", "--format", "text", "list"), ("worlds", "list", "--format", "text")):
        assert invoke(url, *words).output.startswith("name ")


@pytest.mark.parametrize("command", READS)
def test_every_command_takes_the_world_as_an_option(url: str, command: str) -> None:
    assert "'nosuch'" in invoke(url, command, "--world", "nosuch").output
    assert invoke(url, command, "--world", "other").exit_code == 0


@pytest.mark.parametrize("command", POSITIONAL)
def test_a_world_may_be_an_argument_too(url: str, command: str) -> None:
    assert invoke(url, command, "other").output == invoke(url, command, "--world", "other").output
    assert invoke(url, command, "other", "--world", "other").exit_code == 0
    both = invoke(url, command, "other", "--world", "default")
    assert (both.exit_code, "two worlds given, 'other' and --world 'default'" in both.output) == (2, True)


def test_credentials_take_the_world_after_the_command(url: str) -> None:
    minted = json.loads(invoke(url, "credentials", "mint", "ortto", "--world", "other").output)
    (id,) = [one["id"] for one in minted]
    assert id in invoke(url, "credentials", "--world", "other", "list").output
    assert id not in invoke(url, "credentials", "list", "--world", "default").output
    assert json.loads(invoke(url, "credentials", "revoke", id, "--world", "other").output) == {
        "revoked": [id]
    }


@pytest.mark.parametrize(
    ("words", "member", "expected"),
    [
        (("clock", "--set", "2026-01-01T00:00:00Z", "--advance", "1d12h"), "now", "2026-01-02T12:00:00Z"),
        (("clock", "--set", "2026-01-01T00:00:00Z", "--advance", "90"), "now", "2026-01-01T00:01:30Z"),
        (("faults", "add", "latency", "--seconds", "200ms"), "seconds", 0.2),
        (("faults", "add", "latency", "--seconds", "1.5"), "seconds", 1.5),
        (
            ("faults", "add", "latency", "--seconds", '{"uniform": [0, 1]}'),
            "seconds",
            {"uniform": [0, 1]},
        ),
        (("faults", "add", "rate_limited", "--retry-after", "2m"), "retry_after", 120),
        (("faults", "add", "rate_limited", "--retry-after", "7"), "retry_after", 7),
    ],
)
def test_durations_have_one_form(url: str, words: tuple[str, ...], member: str, expected: Any) -> None:
    assert json.loads(invoke(url, *words).output)[member] == expected


@pytest.mark.parametrize(
    "words",
    [
        ("clock", "--advance"),
        ("credentials", "mint", "ortto", "--expires-in"),
        ("faults", "add", "rate_limited", "--retry-after"),
    ],
)
def test_a_wrong_duration_is_refused_with_the_form(url: str, words: tuple[str, ...]) -> None:
    refused = invoke(url, *words, "soon")
    assert refused.exit_code == 2
    assert "'soon' is not a duration; write it like 90s, 2h, 1d12h, 200ms or plain seconds" in " ".join(
        refused.output.split()
    )
