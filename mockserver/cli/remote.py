"""What the commands share that drive a running server: where it is, and how its refusals reach the shell."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from mockserver import settings
from mockserver.client import Control, ControlError

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def url_option() -> Decorator:
    """`--url`: the running server, by default that of the environment."""
    return click.option(
        "--url",
        default=lambda: settings.read().url,
        show_default="MOCKSERVER_URL, else http://127.0.0.1:4700",
        help="The running server.",
    )


@contextmanager
def running(url: str) -> Iterator[Control]:
    """The control of the server at this URL; whatever it refuses ends the command with one line."""
    try:
        yield Control(url)
    except ControlError as refusal:
        raise click.ClickException(str(refusal)) from refusal
