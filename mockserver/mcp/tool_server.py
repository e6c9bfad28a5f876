"""The tools as a server of the Model Context Protocol (MCP), over standard input and output."""

import json
from collections.abc import Mapping
from typing import Any, Final

import anyio
import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel.server import Server
from mcp.server.stdio import stdio_server

from mockserver import __version__
from mockserver.client.connection import Connection
from mockserver.errors import ControlError, InvalidToolCallError
from mockserver.formats.suggestions import nearest
from mockserver.mcp.tools import Action, Tool, Tools

_MAX_RESULT: Final = 60_000
"""How many characters of JSON a tool returns: more would fill what an agent can keep in mind."""

_INSTRUCTIONS: Final = (
    "Stateful fakes of marketing vendors' audience APIs, at {url}. `worlds get` has the URL and the "
    "credentials that a client under test needs; give a test a world of its own with `worlds create`. "
    "After a call, `journal list` and `journal explain` say what arrived and what was wrong with it, "
    "`changes` what it changed. Vendors: {vendors}."
)


class ToolServer:
    """The tools, called on one mock server."""

    def __init__(self, tools: Tools, connection: Connection) -> None:
        self._tools = tools
        self._connection = connection

    def call(self, name: str, given: Mapping[str, Any]) -> tuple[str, bool]:
        """The text of the result, and whether it is an error; an error ends with the next right call."""
        tool = self._tools.by_name.get(name)
        if tool is None:
            known = ", ".join(self._tools.by_name)
            return f"unknown tool {name!r} (nearest: {nearest(name, self._tools.by_name)}; {known})", True
        try:
            action, arguments = tool.choose(given)
            request = action.request(arguments)
        except InvalidToolCallError as error:
            return f"{error}\nnext: {error.next_call}", True
        try:
            reply = self._connection.send(request.method, request.path, request.body)
        except ControlError as error:
            return self._refusal(action, error, arguments), True
        return _result(action, reply)

    async def run(self, vendors: list[str]) -> None:
        """Serves one client over standard input and output until it disconnects."""
        server = Server[Any](
            "audience-mockserver",
            version=__version__,
            instructions=_INSTRUCTIONS.format(url=self._connection.url, vendors=", ".join(vendors)),
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
        )
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())

    async def _list_tools(
        self, _context: ServerRequestContext[Any], _params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_declare(one) for one in self._tools.by_name.values()])

    async def _call_tool(
        self, _context: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        given = params.arguments or {}
        text, is_error = await anyio.to_thread.run_sync(self.call, params.name, given)
        return types.CallToolResult(content=[types.TextContent(text=text)], is_error=is_error)

    def _refusal(self, action: Action, error: ControlError, arguments: Mapping[str, Any]) -> str:
        text = f"{error.problem}: {error}"
        if error.status is None or error.problem in ("token_missing", "token_unknown", "token_ended"):
            return text  # the message names what to start differently, and no tool helps
        return f"{text}\nnext: {self._tools.next_call(action, error.problem, arguments)}"


def _declare(tool: Tool) -> types.Tool:
    hints = types.ToolAnnotations(
        read_only_hint=tool.reads,
        destructive_hint=None if tool.reads else any(one.method == "DELETE" for one in tool.actions.values()),
        open_world_hint=False,
    )
    return types.Tool(
        name=tool.name, description=tool.description, input_schema=dict(tool.schema), annotations=hints
    )


def _result(action: Action, reply: Any) -> tuple[str, bool]:
    if reply is None:
        return "done", False
    text = json.dumps(reply, ensure_ascii=False)
    if action.reads and len(text) > _MAX_RESULT:
        narrowing = [one.name for one in action.arguments.values() if one.place == "query"]
        fix = f"narrow it with {', '.join(narrowing)}" if narrowing else "ask for less"
        return f"the result has {len(text):,} characters, more than {_MAX_RESULT:,}; {fix}", True
    return text, False
