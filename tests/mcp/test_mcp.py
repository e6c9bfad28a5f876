"""`mockserver mcp`, driven over standard input and output by the client of the official SDK."""

import asyncio
import json
import sys
from typing import Any

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from mockserver.app import create_app
from mockserver.cli import main
from mockserver.client import Control
from mockserver.contract.contract import Contract
from mockserver.errors import ControlError
from mockserver.mcp.tool_server import ToolServer
from mockserver.mcp.tools import Tools
from mockserver.paths import contracts
from mockserver.server.http_server import Server


def parameters(*options: str, **environment: str) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable, args=["-m", "mockserver", "mcp", *options], env=environment
    )


async def ask(client: Client, tool: str, **given: Any) -> tuple[bool, str]:
    reply = await client.call_tool(tool, given)
    (content,) = reply.content
    assert content.type == "text"
    return reply.is_error, content.text


async def read(client: Client, tool: str, **given: Any) -> Any:
    is_error, text = await ask(client, tool, **given)
    assert not is_error, text
    return json.loads(text)


def test_it_starts_a_server_of_its_own_for_every_action_of_the_twelve_tools() -> None:
    """The examples, in an order in which what one needs is there."""
    tools = Tools(Contract.read(contracts() / "control" / "openapi.yaml")).by_name
    actions = [(tool, action) for tool in tools.values() for action in tool.actions.values()]
    examples = {f"{tool.name} {action.name}".strip(): action.example for tool, action in actions}
    first = ["call", "faults add", "backstage run", "snapshots create", "worlds create"]
    last = ["snapshots delete", "journal clear", "faults clear", "worlds delete", "worlds reset"]
    middle = [one for one in examples if one not in (*first, *last)]

    async def drive() -> tuple[set[str], str]:
        async with Client(stdio_client(parameters())) as client:
            listed = {one.name: one for one in (await client.list_tools()).tools}
            assert listed["changes"].annotations.read_only_hint  # type: ignore[union-attr]
            address = await use_a_world(client)
            for name in (*first, *middle, *last):
                tool, _, text = examples[name].partition(" ")
                given = json.loads(text)
                if name == "records get":
                    where = {word: given[word] for word in ("vendor", "collection")}
                    page = await read(client, "records", action="list", **where)
                    given["id"] = page["records"][0]["id"]
                is_error, reply = await ask(client, tool, **given)
                assert not is_error, (name, reply)
            return set(listed), address

    listed, address = asyncio.run(drive())
    assert listed == set(tools)
    assert len(tools) == 12
    with pytest.raises(ControlError, match="no mock server answers"):
        Control(address).health()


async def use_a_world(client: Client) -> str:
    """The address of the server, after a call in a world of its own and a wrong one."""
    assert "worlds get" in (client.instructions or "")
    world = await read(client, "worlds", action="create", name="mine")
    url: str = world["vendors"]["ortto"]["url"]
    assert url.startswith("http://127.0.0.1:")
    address = url.partition("/w/")[0]
    Control(address).world("mine")  # the client under test reaches the same server
    call = {"vendor": "ortto", "method": "POST", "path": "/v1/audiences/get", "body": {}}
    assert (await read(client, "call", world="mine", **call))["reply"]["status"] == 200
    is_error, text = await ask(client, "worlds", action="get", world="yours")
    assert is_error
    assert text.endswith('next: worlds {"action": "list"}')
    return address


def test_it_drives_a_running_server_with_its_token() -> None:
    async def list_worlds(server: StdioServerParameters) -> tuple[bool, str]:
        async with Client(stdio_client(server)) as client:
            return await ask(client, "worlds", action="list")

    with Server(create_app(token="s3cret")) as server:
        options = ("--url", server.url, "--token")
        is_error, text = asyncio.run(list_worlds(parameters(*options, "s3cret")))
        assert not is_error
        assert [one["name"] for one in json.loads(text)["worlds"]] == ["default"]
        contract = Contract.read(contracts() / "control" / "openapi.yaml")
        here = ToolServer(Tools(contract), Control(server.url, token="wrong"))
        text, is_error = here.call("worlds", {"action": "list"})
        assert is_error
        assert text.startswith("token_unknown: wrong token; send the one that ")
        assert "\n" not in text


def test_what_it_cannot_start_with_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with Server(create_app()) as server, pytest.raises(SystemExit) as ended:
        main(["mcp", "--port", str(server.port)])
    assert ended.value.code == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    with pytest.raises(SystemExit) as ended:
        main(["mcp", "--url", "http://127.0.0.1:9"])
    assert ended.value.code == 2
    assert "no mock server answers at http://127.0.0.1:9" in capsys.readouterr().err
