"""`mockserver mcp`: the control API as tools of the Model Context Protocol, over stdin and stdout."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import click

from mockserver import environment
from mockserver.app import create_app
from mockserver.cli.overlay_option import overlay_option
from mockserver.cli.server_options import connect, token_option
from mockserver.cli.vendor_path import say_left_out, vendor_path_option
from mockserver.client import Control
from mockserver.contract.contract import Contract
from mockserver.contract.overlay import Overlay
from mockserver.errors import AddressInUseError, InvalidContractError, InvalidScenarioError
from mockserver.mcp.tools import Tools
from mockserver.paths import contracts
from mockserver.server.http_server import Server
from mockserver.state.scenario import load_scenario


@click.command(short_help="Let a coding agent drive a server (MCP).")
@click.option(
    "--url",
    show_default="MOCKSERVER_URL, else a server of its own",
    help="Base URL of the running server to drive.",
)
@token_option()
@click.option(
    "--scenario", default="demo", show_default=True, help="Scenario of its own server: a name or a file."
)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port of its own server; 0: any free.")
@vendor_path_option
@overlay_option
def mcp(url: str | None, scenario: str, port: int, overlays: tuple[Overlay, ...]) -> None:
    """Serve the control API as tools of the Model Context Protocol (MCP), over standard input and output.

    Without --url it starts a server of its own, on this machine only, which ends with it.
    """
    tool_server = _import_server()
    tools = Tools(Contract.read(contracts() / "control" / "openapi.yaml"))
    with _server(url or environment.inherited("MOCKSERVER_URL"), scenario, port, overlays) as control:
        vendors = control.health()["vendors"]
        asyncio.run(tool_server(tools, control).run(vendors))


def _import_server() -> Any:
    try:
        return import_module("mockserver.mcp.tool_server").ToolServer
    except ImportError as error:
        fix = "pip install 'audience-mockserver[mcp]'"
        raise click.ClickException(f"the MCP SDK is not installed ({error.name}); {fix}") from None


@contextmanager
def _server(url: str | None, scenario: str, port: int, overlays: Sequence[Overlay]) -> Iterator[Control]:
    """The server at the URL, or one of its own."""
    if url:
        with connect(url) as control:
            yield control
        return
    try:
        app = create_app(load_scenario(scenario), token=environment.read().token, overlays=overlays)
        server = Server(app, port=port)
    except (InvalidContractError, InvalidScenarioError, AddressInUseError) as error:
        raise click.ClickException(str(error)) from error
    say_left_out(app.context.vendors)
    with server, connect(server.url) as control:
        yield control
