"""What the commands share that drive a running server: where it is, and how its refusals reach the shell."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final

import click

from mockserver import environment
from mockserver.client import Control
from mockserver.errors import ControlError

_REMEMBERED: Final = "mockserver.token"

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def url_option() -> Decorator:
    """`--url` and `--token` (which `running` finds by itself): by default those of the environment."""
    url = click.option(
        "--url",
        default=lambda: environment.read().url,
        show_default="MOCKSERVER_URL, else http://127.0.0.1:4700",
        help="The running server.",
    )
    token = click.option(
        "--token",
        show_default="MOCKSERVER_TOKEN",
        expose_value=False,
        callback=_remember,
        help="The token that the server asks for, if it does.",
    )
    return lambda command: url(token(command))


def world_options() -> Decorator:
    """`--world`, `--url` and `--token` of a group; its commands take them too (`at_a_world`)."""
    world = click.option("--world", "name", help="Which world; left out, `default`.")
    url = url_option()
    return lambda group: world(url(group))


def at_a_world(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command of a group gets the world that is named, after its name or before it."""

    @world_options()
    @wraps(command)
    def aimed(name: str | None, url: str, **rest: Any) -> Any:
        context = click.get_current_context()
        before = context.parent.params if context.parent else {}
        if context.get_parameter_source("url") is click.core.ParameterSource.DEFAULT:
            url = before.get("url", url)
        with running(url) as control:
            return command(control.world(name or before.get("name") or "default"), **rest)

    return aimed


@contextmanager
def running(url: str, token: str | None = None) -> Iterator[Control]:
    """The control of the server at this URL; whatever it refuses ends the command with one line."""
    context = click.get_current_context(silent=True)
    remembered = context.meta.get(_REMEMBERED) if context else None
    try:
        yield Control(url, token=token or remembered or environment.read().token)
    except ControlError as refusal:
        raise click.ClickException(str(refusal)) from refusal


def _remember(context: click.Context, _option: click.Parameter, token: str | None) -> None:
    if token:
        context.meta[_REMEMBERED] = token
