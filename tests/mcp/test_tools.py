"""The tools: made from the contract of the control API, each action right as its example shows it."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from mockserver.client import Control
from mockserver.contract.contract import Contract
from mockserver.errors import InvalidToolCallError
from mockserver.mcp.tool_server import ToolServer
from mockserver.mcp.tools import Action, Tools
from mockserver.paths import contracts
from tests.house.commands import unknown_part
from tests.house.pages import PAGES, blocks
from tests.live_server import served

CONTRACT = Contract.read(contracts() / "control" / "openapi.yaml")
TOOLS = Tools(CONTRACT)
ACTIONS = [(tool, action) for tool in TOOLS.by_name.values() for action in tool.actions.values()]
VALIDATORS = {name: jsonschema.Draft202012Validator(tool.schema) for name, tool in TOOLS.by_name.items()}
IDS = [f"{tool.name}-{action.name}" for tool, action in ACTIONS]
HELPLESS = {"body_malformed", "media_type_unsupported", "token_missing", "token_unknown", "token_ended"}
"""The problems that no argument of a tool can cause, or no other call can cure."""


def arguments(call: str) -> dict[str, Any]:
    """The arguments of a call as a message names it."""
    found: dict[str, Any] = json.loads(call.partition(" ")[2])
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[ToolServer]:
    with served() as url:
        yield ToolServer(TOOLS, Control(url))


def done(server: ToolServer, call: str) -> Any:
    text, is_error = server.call(call.partition(" ")[0], arguments(call))
    assert not is_error, f"{call}\n{text}"
    return None if text == "done" else json.loads(text)


def refused(server: ToolServer, tool: str, **given: Any) -> str:
    text, is_error = server.call(tool, given)
    assert is_error
    return text


def test_twelve_tools_fit_into_the_mind_of_an_agent() -> None:
    assert len(TOOLS.by_name) <= 12
    declared = {node["x-tool"]["name"] for *_, node in CONTRACT.operation_nodes() if "x-tool" in node}
    assert declared == set(TOOLS.by_name)
    assert sum(len(json.dumps(tool.schema)) for tool in TOOLS.by_name.values()) < 35_000


@pytest.mark.parametrize("name", TOOLS.by_name)
def test_the_schema_of_a_tool_is_valid(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(TOOLS.by_name[name].schema)


@pytest.mark.parametrize(("tool", "action"), ACTIONS, ids=IDS)
def test_the_example_of_an_action_fits_the_schema_of_its_tool(tool: Any, action: Action) -> None:
    VALIDATORS[tool.name].validate(arguments(action.example))
    with pytest.raises(jsonschema.ValidationError):
        VALIDATORS[tool.name].validate({**arguments(action.example), "nonsense": 1})


def test_a_call_is_explained(server: ToolServer) -> None:
    """An agent calls a vendor wrongly, reads why, and judges what is left to do."""
    done(server, 'worlds {"action": "create", "name": "explained"}')
    done(
        server, 'call {"world": "explained", "vendor": "ortto", "method": "POST", "path": "/v1/audience/get"}'
    )
    listed = done(server, 'journal {"action": "list", "world": "explained"}')["exchanges"]
    assert [one["status"] for one in listed] == [404]
    number = listed[0]["number"]
    one = done(server, f'journal {{"action": "explain", "world": "explained", "number": {number}}}')
    assert one["nearest"] == "POST /v1/audiences/get (get_audiences)"
    verdict = done(
        server,
        'assert {"action": "calls", "world": "explained", "vendor": "ortto", "operation": "get_audiences"}',
    )
    assert not verdict["passed"]
    assert done(server, 'clock {"action": "set", "world": "explained", "advance": 60}')["mode"] != "real"


def test_body_that_was_given_is_sent(server: ToolServer) -> None:
    """An object and a list as JSON, a text as it is, also an empty one; without a body none is sent."""
    call = {"vendor": "ortto", "method": "POST", "path": "/v1/audiences/get"}
    sent = {
        '{"limit":1}': {"limit": 1},
        "[1]": [1],
        '{"limit": 1}': '{"limit": 1}',
        "{": "{",
        "": "",
        "{}": {},
    }
    seen = []
    for body in sent.values():
        exchange = done(server, f"call {json.dumps({**call, 'body': body})}")
        seen.append((exchange["call"]["body"], "content-type" in exchange["call"]["headers"]))
    assert seen == [
        ('{"limit":1}', True),
        ("[1]", True),
        ('{"limit": 1}', True),
        ("{", True),
        ("", True),
        ("{}", True),
    ]
    without = done(server, f"call {json.dumps(call)}")["call"]
    assert (without["body"], "content-type" in without["headers"]) == ("", False)
    assert "body/body: 5 is not" in refused(server, "call", **call, body=5)


def test_an_empty_body_is_not_left_out() -> None:
    action = TOOLS.by_name["backstage"].actions["run"]
    (body,) = (name for name, one in action.arguments.items() if one.place == "body")
    assert action.request({"vendor": "ortto", "name": "sync", body: {}}).body == {}
    assert action.request({"vendor": "ortto", "name": "sync"}).body is None


def test_an_error_names_the_next_right_call(server: ToolServer) -> None:
    told = {
        refused(server, "nothing"): "unknown tool 'nothing' (nearest: ",
        refused(
            server, "clock"
        ): 'clock has no action None (available: get, set)\nnext: clock {"action": "get"}',
        refused(server, "snapshots", action="create"): (
            'snapshots create needs name\nnext: snapshots {"action": "create", "name": "before-import"}'
        ),
        refused(
            server, "changes", form="start"
        ): "changes does not take 'form' (nearest: from)\nnext: changes {}",
        refused(server, "worlds", action="get", world="nope"): 'next: worlds {"action": "list"}',
        refused(
            server, "faults", action="add", kind="sneeze"
        ): 'next: faults {"action": "add", "kind": "problem"',
        refused(server, "records", action="list", vendor="ortto", collection="cats"): (
            'next: records {"action": "collections", "vendor": "ortto"}'
        ),
        refused(server, "worlds", action="delete", world="default"): (
            'next: worlds {"action": "reset", "world": "default"}'
        ),
        refused(server, "backstage", action="run", vendor="ortto", name="dance"): (
            'next: backstage {"action": "describe", "vendor": "ortto"}'
        ),
    }
    assert [text for text, expected in told.items() if expected not in text] == []


def test_the_next_right_call_is_in_the_same_world(server: ToolServer) -> None:
    done(server, 'worlds {"action": "create", "name": "sync"}')
    told = {
        refused(server, "changes", world="sync", since="start"): 'next: changes {"world": "sync"}',
        refused(server, "clock", world="sync"): 'next: clock {"action": "get", "world": "sync"}',
        refused(server, "journal", action="explain", world="sync"): (
            'next: journal {"action": "explain", "number": 1, "world": "sync"}'
        ),
        refused(server, "clock", action="set", world="sync", advance="24h"): (
            'next: clock {"action": "set", "advance": 7200, "world": "sync"}'
        ),
        refused(server, "clock", action="set", world=5, advance=1): "next: worlds",
    }
    assert [text for text, expected in told.items() if expected not in text] == []


def test_every_problem_of_a_tool_leads_to_a_right_call() -> None:
    """400s lead to an example of the action; others to the call that the contract names."""
    seen = 0
    for _path, _method, _item, node in CONTRACT.operation_nodes():
        if "x-tool" not in node:
            continue
        tool = TOOLS.by_name[node["x-tool"]["name"]]
        action = tool.actions[node["x-tool"].get("action", "")]
        for problem in CONTRACT.operations[node["operationId"]].problems.values():
            next_call = TOOLS.next_call(action, problem.name, {})
            VALIDATORS[next_call.partition(" ")[0]].validate(arguments(next_call))
            if problem.status != 400 and problem.name not in HELPLESS:
                seen += 1
                assert "x-next" in CONTRACT.document.root["components"]["examples"][problem.name], (
                    problem.name
                )
    assert seen > 20


def test_a_result_that_would_fill_a_mind_is_refused(server: ToolServer) -> None:
    text = refused(server, "records", action="list", vendor="ortto", collection="people", limit=1000)
    assert text.startswith("the result has ")
    assert text.endswith("narrow it with where, search, sort, after, limit")


def test_a_server_that_is_gone_is_one_line() -> None:
    gone = ToolServer(TOOLS, Control("http://127.0.0.1:9"))
    text = refused(gone, "worlds", action="list")
    assert text.startswith("unreachable: no mock server answers at http://127.0.0.1:9")
    assert "\n" not in text


def test_the_page_has_every_tool_and_an_error_as_it_is(server: ToolServer) -> None:
    page = PAGES["docs/how-to/drive-with-mcp.md"]
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", page, re.MULTILINE)
    listed = {name: set(re.findall(r"`(\w+)`", actions)) for name, actions in rows}
    assert listed == {tool.name: set(tool.actions) - {""} for tool in TOOLS.by_name.values()}
    assert refused(server, "worlds", action="get", world="checkout") in page
    (command,) = json.loads(blocks("json", page)[0])["mcpServers"].values()
    assert command["command"] == "mockserver"
    assert unknown_part(" ".join(command["args"])) is None


ODD: list[Any] = [None, True, -1, 10**400, "", "\x00", "\ud800", [], [["\ud800"]], {}, {"\udfff": 1}]


@pytest.mark.parametrize("name", TOOLS.by_name)
def test_odd_arguments_are_refused_with_the_next_right_call_or_sent(name: str) -> None:
    """Those that are sent can be: as a path in ASCII, and a body of JSON."""
    tool = TOOLS.by_name[name]
    next_calls = []
    for action in tool.actions.values():
        right = arguments(action.example)
        right.pop("action", None)
        for odd in ODD:
            for argument in (*action.arguments, "nonsense"):
                try:
                    request = action.request({**right, argument: odd})
                except InvalidToolCallError as error:
                    next_calls.append(error.next_call)
                else:
                    assert request.path.isascii()
                    json.dumps(request.body, ensure_ascii=False).encode()
    assert next_calls
    assert all(VALIDATORS[name].is_valid(arguments(one)) for one in next_calls)


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_an_odd_action_is_refused_with_the_next_right_call(odd: Any, server: ToolServer) -> None:
    several = [name for name, tool in TOOLS.by_name.items() if len(tool.actions) > 1]
    texts = {name: refused(server, name, action=odd) for name in several}
    assert texts
    assert all(
        text.startswith(f"{name} has no action {odd!r} (available: ")
        and VALIDATORS[name].is_valid(arguments(text.partition("\nnext: ")[2]))
        for name, text in texts.items()
    )
