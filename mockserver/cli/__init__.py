"""The command line; the module of a command is imported only when the command runs, to start fast."""

import gc
import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

import click

from mockserver import __version__
from mockserver.state.long_work import without_gc

_MODULES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "serve": "serve",
        "demo": "demo",
        "run": "run",
        "wait": "wait",
        "ca": "ca",
        "routes": "contracts",
        "lint": "contracts",
        "contract": "contracts",
        "proof": "proof",
        "new": "new",
        "worlds": "worlds",
        "reset": "worlds",
        "snapshot": "snapshot",
        "capsule": "capsule",
        "replay": "capsule",
        "clock": "clock",
        "jobs": "jobs",
        "faults": "faults",
        "settings": "settings",
        "profile": "profile",
        "backstage": "backstage",
        "journal": "journal",
        "records": "records",
        "changes": "records",
        "coverage": "coverage",
        "conduct": "conduct",
        "needs": "needs",
        "impact": "impact",
        "credentials": "credentials",
        "share": "share",
        "sign": "sign",
        "mcp": "mcp",
        "verify": "verify",
        "watch": "watch",
        "check": "check",
        "diff": "diff",
    }
)


class Commands(click.Group):
    """A group that imports the module of a command on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _MODULES:
            return None
        with without_gc(keeps_all=True):  # of modules
            command: click.Command = getattr(import_module(f"mockserver.cli.{_MODULES[cmd_name]}"), cmd_name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mockserver", message="%(prog)s %(version)s")
def mockserver() -> None:
    """Stateful fakes of marketing audience APIs, held to their contracts."""


def main(args: list[str] | None = None) -> None:
    """Runs one command and exits: 0 success, 1 something was found, 2 the command failed."""
    # Reading a contract creates many long-lived objects; collecting meanwhile costs a tenth of the start.
    gc.set_threshold(50_000, 20, 100)
    sys.exit(_run(args))


def _run(args: list[str] | None) -> int:
    try:
        result: Any = mockserver.main(args, prog_name="mockserver", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as help_text:
        click.echo(help_text.format_message())
        return 0
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "mockserver"
        click.echo(f"mockserver: {_one_line(error)}; see `{command} --help`", err=True)
        return 2
    except click.ClickException as error:
        click.echo(f"mockserver: {_one_line(error)}", err=True)
        return 2
    except click.Abort:
        click.echo("mockserver: interrupted before the command finished; run it again", err=True)
        return 2
    return result if isinstance(result, int) else 0


def _one_line(error: click.ClickException) -> str:
    return " ".join(error.format_message().split()).rstrip(".")
