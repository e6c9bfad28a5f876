"""The command line. A command's module is loaded when the command is called: no shell waits for the rest."""

import gc
import sys
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any, Final

import click

from mockserver import __version__

_HOMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "serve": "serve",
        "routes": "contracts",
        "lint": "contracts",
        "contract": "contracts",
        "new": "new",
        "worlds": "worlds",
        "reset": "worlds",
        "snapshot": "snapshot",
        "clock": "clock",
        "jobs": "jobs",
        "faults": "faults",
        "settings": "settings",
        "journal": "journal",
        "coverage": "coverage",
        "credentials": "credentials",
        "verify": "verify",
        "check": "check",
        "diff": "diff",
    }
)


class Commands(click.Group):
    """The commands, found by name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _HOMES:
            return None
        command: click.Command = getattr(import_module(f"mockserver.cli.{_HOMES[cmd_name]}"), cmd_name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mockserver", message="%(prog)s %(version)s")
def mockserver() -> None:
    """Stateful fakes of marketing audience APIs, held to their contracts."""


def main(args: list[str] | None = None) -> None:
    """Run one command and leave with its exit code: 0 fine, 1 something was found, 2 not carried out."""
    # A contract becomes many small objects that all stay: collecting meanwhile costs a tenth of the start.
    gc.set_threshold(50_000, 20, 100)
    sys.exit(_run(args))


def _run(args: list[str] | None) -> int:
    try:
        outcome: Any = mockserver.main(args, prog_name="mockserver", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as help_wanted:
        click.echo(help_wanted.format_message())
        return 0
    except click.UsageError as wrong:
        command = wrong.ctx.command_path if wrong.ctx else "mockserver"
        click.echo(f"mockserver: {_line(wrong)}; see `{command} --help`", err=True)
        return 2
    except click.ClickException as failure:
        click.echo(f"mockserver: {_line(failure)}", err=True)
        return 2
    except click.Abort:
        click.echo("mockserver: interrupted; nothing was finished", err=True)
        return 2
    return outcome if isinstance(outcome, int) else 0


def _line(exception: click.ClickException) -> str:
    return " ".join(exception.format_message().split()).rstrip(".")
