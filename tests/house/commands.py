"""`mockserver …` commands as they are written in pages and workflows, compared with the real commands."""

import re
import shlex

import click

from mockserver import cli

_SPAN = re.compile(r"`mockserver ([a-z][^`]*)`")


def spans(text: str) -> list[str]:
    """The arguments of every `mockserver …` in the prose of a page, without brackets."""
    return [re.sub(r"[\[\]]", "", " ".join(found.split())) for found in _SPAN.findall(text)]


def unknown_part(arguments: str) -> str | None:
    """The first command or option in the arguments of `mockserver` that does not exist."""
    words = shlex.split(arguments)
    if "--" in words:  # what follows is the command of somebody else
        words = words[: words.index("--")]
    words = [word for word in words if word != "OPTIONS"]
    command: click.Command = cli.mockserver
    context = click.Context(command)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        if found is None:
            return f"no command {words[0]}"
        command, words = found, words[1:]
    known = {option for one in command.params for option in [*one.opts, *one.secondary_opts]}
    return next(
        (word for word in words if word[:1] == "-" != word and word.partition("=")[0] not in known), None
    )
