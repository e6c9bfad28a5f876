"""The command line; the module of a command is imported only when the command runs, to start fast."""

import sys
from collections.abc import Mapping
from importlib import import_module
from io import TextIOWrapper
from types import MappingProxyType
from typing import Any, Final

import click

from mockserver import __version__
from mockserver.errors import MockserverError
from mockserver.state.long_work import OwnProcess, without_gc

_GROUPS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "Run a server": {
            "serve": "serve",
            "demo": "demo",
            "run": "run",
            "mcp": "mcp",
            "wait": "wait",
            "ca": "ca",
        },
        "Control a world": {
            "worlds": "worlds",
            "reset": "worlds",
            "snapshot": "snapshot",
            "clock": "clock",
            "jobs": "jobs",
            "faults": "faults",
            "profile": "profile",
            "settings": "settings",
            "backstage": "backstage",
            "credentials": "credentials",
            "sign": "sign",
            "share": "share",
        },
        "See what happened": {
            "journal": "journal",
            "records": "records",
            "changes": "records",
            "capsule": "capsule",
            "replay": "capsule",
        },
        "Judge a client": {
            "conduct": "conduct",
            "needs": "needs",
            "impact": "impact",
            "coverage": "coverage",
        },
        "Read and write contracts": {
            "routes": "contracts",
            "contract": "contracts",
            "proof": "proof",
            "new": "new",
            "lint": "contracts",
        },
        "Verify against contracts": {
            "verify": "verify",
            "watch": "watch",
            "check": "check",
            "diff": "diff",
        },
    }
)
"""What each group of commands is for, and the module of each command, in the order of the help."""

_MODULES: Final[Mapping[str, str]] = MappingProxyType(
    {name: module for group in _GROUPS.values() for name, module in group.items()}
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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the commands of each group under what the group is for, in columns of one width."""
        width = max(map(len, _MODULES))
        room = formatter.width - width - 6
        for title, group in _GROUPS.items():
            commands = [(name, self.get_command(ctx, name)) for name in group]
            rows = [(name.ljust(width), one.get_short_help_str(room)) for name, one in commands if one]
            with formatter.section(title):
                formatter.write_dl(rows)


def command_groups() -> dict[str, list[str]]:
    """The names of the commands by what they are for, in the order of the help."""
    return {title: [*group] for title, group in _GROUPS.items()}


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mockserver", message="%(prog)s %(version)s")
def mockserver() -> None:
    """Stateful fakes of marketing audience APIs, held to their contracts."""


def main(args: list[str] | None = None) -> None:
    """Runs one command and exits: 0 success, 1 something was found, 2 the command failed.

    Without `args` it is the command of this process, and the process has no other task.
    """
    if args is None:
        OwnProcess.declare()
    for stream in (sys.stdout, sys.stderr):
        _allow_every_character(stream)
    sys.exit(_run(args))


def _allow_every_character(stream: object) -> None:
    """Lets a stream take every character: Windows gives pipes and files an encoding with 256 of them."""
    if isinstance(stream, TextIOWrapper) and not stream.encoding.lower().startswith("utf"):
        stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


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
    except MockserverError as error:  # what a command has not worded itself, such as a reference to nothing
        click.echo(f"mockserver: {' '.join(str(error).split())}", err=True)
        return 2
    except click.Abort:
        click.echo("mockserver: interrupted before the command finished; run it again", err=True)
        return 2
    return result if isinstance(result, int) else 0


def _one_line(error: click.ClickException) -> str:
    return " ".join(error.format_message().split()).rstrip(".")
