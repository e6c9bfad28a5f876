"""Options of the commands that drive a running server, and the connection to it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final

import click

from mockserver import environment
from mockserver.cli.display import format_option
from mockserver.client import Control
from mockserver.errors import ControlError

_META_KEY: Final = "mockserver.token"

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def server_options() -> Decorator:
    """`--url` and `--token`, by default from the environment; `connect` reads the token from the context."""
    url = click.option(
        "--url",
        default=lambda: environment.read().url,
        show_default="MOCKSERVER_URL, else http://127.0.0.1:4700",
        help="Base URL of the running server.",
    )
    token = token_option()
    output = format_option()
    return lambda command: url(token(output(command)))


def token_option() -> Decorator:
    """`--token`, which `connect` reads from the context."""
    return click.option(
        "--token",
        show_default="MOCKSERVER_TOKEN",
        expose_value=False,
        callback=_store_token,
        help="Token of the control API, if the server requires one.",
    )


def world_options() -> Decorator:
    """`--world` and the server's options, for a command group; its commands take them too (`with_world`)."""
    world = click.option("--world", "name", help="World that the command applies to.  [default: default]")
    url = server_options()
    return lambda group: world(url(group))


def with_server(command: Callable[..., Any]) -> Callable[..., Any]:
    """Passes the server to a command of a group; `--url` may come before or after the command's name."""

    @server_options()
    @wraps(command)
    def wrapper(url: str, **rest: Any) -> Any:
        with connect(_chosen_url(url)) as control:
            return command(control, **rest)

    return wrapper


def with_world(command: Callable[..., Any]) -> Callable[..., Any]:
    """Passes the world to a command of a group; `--world` may come before or after the command's name."""

    @world_options()
    @wraps(command)
    def wrapper(name: str | None, url: str, **rest: Any) -> Any:
        context = click.get_current_context()
        group_params = context.parent.params if context.parent else {}
        with connect(_chosen_url(url)) as control:
            return command(control.world(name or group_params.get("name") or "default"), **rest)

    return wrapper


def with_world_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Passes the world to a command outside of groups: given by `--world` or as its argument."""

    @click.argument("world", required=False)
    @world_options()
    @wraps(command)
    def wrapper(world: str | None, name: str | None, url: str, **rest: Any) -> Any:
        if world and name and world != name:
            raise click.UsageError(f"two worlds given, {world!r} and --world {name!r}; give one of them")
        with connect(url) as control:
            return command(control.world(name or world or "default"), **rest)

    return wrapper


def _chosen_url(url: str) -> str:
    """The URL given to the command, or else to its group."""
    context = click.get_current_context()
    # A group that invokes its `list` itself leaves no source.
    is_default = context.get_parameter_source("url") in (None, click.core.ParameterSource.DEFAULT)
    given: str = (context.parent.params if context.parent else {}).get("url", url)
    return given if is_default else url


@contextmanager
def connect(url: str, token: str | None = None) -> Iterator[Control]:
    """A client of the control API at the URL; an error response ends the command with one line."""
    context = click.get_current_context(silent=True)
    stored = context.meta.get(_META_KEY) if context else None
    try:
        yield Control(url, token=token or stored or environment.read().token)
    except ControlError as error:
        raise click.ClickException(str(error)) from error


def _store_token(context: click.Context, _option: click.Parameter, token: str | None) -> None:
    if token:
        context.meta[_META_KEY] = token
