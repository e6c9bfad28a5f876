"""The page of all commands with their options, generated from the command line itself."""

from collections.abc import Iterator

import click

from mockserver import cli
from website.pages import Page

_WIDTH = 96
_HEAD = """# All commands and options

What `mockserver COMMAND --help` prints, for every command. [Command line](command-line.md) explains them,
with exit codes and environment variables.
"""


def help_page() -> Page:
    """The page."""
    parts = [_HEAD]
    for name, text in command_helps():
        parts.append(f"## {name}\n\n```text\n{text}\n```\n")
    return Page("reference/all-commands.md", None, "\n".join(parts))


def command_helps() -> Iterator[tuple[str, str]]:
    """Each command, subcommands after their group, with its help."""
    yield from _helps(cli.mockserver, "mockserver", None)


def _helps(command: click.Command, name: str, parent: click.Context | None) -> Iterator[tuple[str, str]]:
    context = click.Context(
        command,
        info_name=name.rpartition(" ")[2],
        parent=parent,
        terminal_width=_WIDTH,
        max_content_width=_WIDTH,
        help_option_names=["-h", "--help"],
    )
    yield name, command.get_help(context).strip()
    if isinstance(command, click.Group):
        for part in command.list_commands(context):
            found = command.get_command(context, part)
            if found is not None:
                yield from _helps(found, f"{name} {part}", context)
