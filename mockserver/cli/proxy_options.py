"""Options of the forward proxy, for `serve` and `run`."""

from collections.abc import Callable, Iterable
from typing import Any, Final

import click

from mockserver.server.proxy import Proxy


def host_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--host-map` and `--pass` to a command."""
    for option in reversed(_HOSTS):
        command = option(command)
    return command


def proxy_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--proxy` to a command."""
    option = click.option(
        "--proxy", is_flag=True, help="Let clients use the server as a forward proxy; implies --tls."
    )
    return option(command)


def _read_map(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in given:
        host, sign, vendor = text.rpartition("=")
        if not (host and sign and vendor):
            raise click.BadParameter(
                f"{text!r} is not HOST=VENDOR; write the host, = and the name of a vendor"
            )
        found[host.lower()] = vendor
    return found


_HOSTS: Final = (
    click.option(
        "--host-map",
        metavar="HOST=VENDOR",
        multiple=True,
        callback=_read_map,
        help="Answer for another host, or base URL, as this vendor; repeatable.",
    ),
    click.option(
        "--pass",
        "passes",
        metavar="HOST",
        multiple=True,
        help="Let the proxy connect to this host, or to all below .HOST; repeatable.",
    ),
)


def choose_proxy(proxy: bool, passes: Iterable[str]) -> Proxy | None:
    """The proxy that the options choose; None for a server that refuses to be one."""
    hosts = list(passes)
    if hosts and not proxy:
        raise click.ClickException("--pass names hosts that the proxy connects to; add --proxy")
    return Proxy(hosts) if proxy else None
