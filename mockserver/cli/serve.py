"""`mockserver serve`: a server in the foreground."""

import gc
import re
import secrets
import signal
from collections.abc import Callable
from functools import partial
from threading import Event
from typing import Any, Final

import click

from mockserver import __version__, environment
from mockserver.app import Application, create_app
from mockserver.cli import serve_options
from mockserver.cli.server_options import running
from mockserver.cli.vendor_summary import lines
from mockserver.client import Control
from mockserver.errors import (
    InvalidContractError,
    InvalidScenarioError,
    InvalidStoreError,
    WorkerCrashLoopError,
)
from mockserver.server.access_control import is_loopback
from mockserver.server.http_server import listening, serve_forever, url_of
from mockserver.server.prefork import serve_prefork
from mockserver.state.events import Observer
from mockserver.state.scenario import load_scenario
from mockserver.storage.urls import open_store, shares

_TOKEN: Final = re.compile(r"[!-~]+")


@click.command()
@click.option("--host", default=environment.DEFAULT_HOST, show_default=True, help="Where to listen.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=environment.DEFAULT_PORT,
    show_default=True,
    help="Where to listen; 0 takes a free one.",
)
@click.option("--scenario", default="demo", show_default=True, help="How the world starts: a name or a file.")
@click.option("--seed", type=click.IntRange(0), help="The same seed gives the same world.")
@click.option("--people", type=click.IntRange(0, 1_000_000), help="How many people live in it.")
@click.option(
    "--store",
    default="memory:",
    show_default=True,
    help="Where worlds are kept: sqlite:///worlds.db is a file, postgresql://… a database.",
)
@click.option(
    "--vendor", "vendors", metavar="NAME", multiple=True, help="Serve this vendor only; may be repeated."
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="How many processes serve; more than one need a --store that they can share.",
)
@click.option(
    "--limits/--no-limits",
    default=True,
    show_default=True,
    help="Whether the vendors' rate limits hold in the default world; each world can choose.",
)
@serve_options.options
@click.option(
    "--token",
    callback=lambda _context, _option, text: _token(text or environment.read().token),
    show_default="MOCKSERVER_TOKEN; made and printed if others can reach the server",
    help="What the control API and the console ask for.",
)
@click.option(
    "--allow-host",
    "hosts",
    metavar="NAME",
    multiple=True,
    help="A further name of this server, beside localhost, addresses and --host; may be repeated.",
)
def serve(host: str, workers: int, metrics: bool, log_format: str, **what: Any) -> None:
    """Serve the vendors until interrupted."""
    if workers > 1 and not shares(what["store"]):
        fix = "name a --store such as sqlite:///worlds.db or postgresql://…"
        raise click.ClickException(f"{workers} workers cannot share worlds in memory; {fix}")
    stop = Event()
    for wish in (signal.SIGINT, signal.SIGTERM):
        signal.signal(wish, lambda *_: stop.set())
    _tune()
    try:
        with serve_options.watching(metrics, log_format, workers) as observers:
            _serve(host, workers, stop, observers, **what)
    except (InvalidContractError, InvalidScenarioError, InvalidStoreError, WorkerCrashLoopError) as unfit:
        raise click.ClickException(str(unfit)) from unfit
    except OSError as unusable:
        raise click.ClickException(_line(unusable, host)) from unusable


def _serve(
    host: str,
    workers: int,
    stop: Event,
    observers: Callable[[], list[Observer]],
    port: int,
    token: str | None,
    hosts: tuple[str, ...],
    **what: Any,
) -> None:
    made = None if token or is_loopback(host) else secrets.token_urlsafe(24)
    application = partial(_application, observers, token=token or made, hosts=(host, *hosts), **what)
    sockets = listening(host, port)
    url = url_of(host, sockets[0].getsockname()[1])

    def ready() -> None:
        with running(url, token or made) as control:
            click.echo(greeting(control, made))

    if workers > 1:
        serve_prefork(workers, application, sockets, ready, stop)
    else:
        serve_forever(application(), sockets, ready, stop.wait)


def _application(
    observers: Callable[[], list[Observer]], scenario: str, store: str, **what: Any
) -> Application:
    return create_app(load_scenario(scenario), store=open_store(store), observers=observers(), **what)


def greeting(control: Control, token: str | None = None) -> str:
    """Where the server is, the token made for it, and for each vendor base URL, credentials and a call."""
    world = control.world()
    start = f"scenario {world.scenario}, seed {world.seed}, {world.people} people"
    shown = [f"mockserver {__version__} is ready at {control.url} ({start})", ""]
    if token:
        shown += [f"  others can reach it: its control API asks for the token  {token}", ""]
    for vendor in control.vendors():
        name = vendor["name"]
        shown += [*lines(name, vendor["url"], world.credentials(name), vendor["curl"]), ""]
    return "\n".join(shown)


def _tune() -> None:
    # Calls make few cycles; the default thresholds cost a pause of tens of milliseconds now and then.
    gc.set_threshold(50_000, 20, 100)


def _token(text: str | None) -> str | None:
    if text is not None and not _TOKEN.fullmatch(text):
        raise click.ClickException("the token cannot be sent in a header; write it in letters and digits")
    return text


def _line(unusable: OSError, host: str) -> str:
    if unusable.filename is None and unusable.strerror is None:
        return str(unusable)
    return f"cannot listen on {host} ({unusable.strerror}); name an address of this machine with --host"
