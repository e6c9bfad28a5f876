"""`mockserver serve`: runs the server in the foreground."""

import os
import re
import secrets
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from json import JSONDecodeError
from pathlib import Path
from threading import Event
from typing import Any, Final

import click

from mockserver import environment
from mockserver.app import Application, create_app
from mockserver.cli import serve_options
from mockserver.cli.greeting import greeting, nameable, reachable_url
from mockserver.cli.overlay_option import overlay_option
from mockserver.cli.personas import personas
from mockserver.cli.proxy_options import choose_proxy, host_options, proxy_option
from mockserver.cli.server_options import connect
from mockserver.cli.tls_options import tls_context, tls_options
from mockserver.cli.vendor_path import say_left_out, vendor_path_option
from mockserver.errors import (
    InvalidContractError,
    InvalidScenarioError,
    InvalidStoreError,
    ServerFailedError,
    StoreUnavailableError,
    WorkerCrashLoopError,
)
from mockserver.server.access_control import is_loopback
from mockserver.server.http_server import serve_forever
from mockserver.server.listening import listen, listen_unix, url_of
from mockserver.server.prefork import serve_prefork
from mockserver.server.warm_up import WarmUp
from mockserver.state.events import Observer
from mockserver.state.long_work import without_gc
from mockserver.state.portable_state import load_named
from mockserver.state.scenario import load_scenario
from mockserver.state.state_file import is_state_file
from mockserver.storage.urls import Durability, is_shareable, open_store, settle, unusable_store
from mockserver.vendors import Vendors

_FAILURES: Final = (
    InvalidContractError,
    InvalidScenarioError,
    InvalidStoreError,
    ServerFailedError,
    WorkerCrashLoopError,
)
_TOKEN: Final = re.compile(r"[!-~]+")


@click.command()
@click.option(
    "--host",
    "host",
    metavar="HOST",
    multiple=True,
    default=(environment.DEFAULT_HOST,),
    show_default=True,
    help="Address to listen on; repeatable.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=environment.DEFAULT_PORT,
    show_default=True,
    help="Port to listen on; 0 chooses a free one.",
)
@click.option("--unix-socket", metavar="PATH", help="Unix socket to listen on as well.")
@click.option(
    "--scenario",
    default="demo",
    show_default=True,
    help="Start of the default world: a scenario, its file, or an exported state.",
)
@click.option("--seed", type=click.IntRange(0), help="Random seed; the same seed gives the same world.")
@click.option("--people", type=click.IntRange(0, 1_000_000), help="Number of people in the default world.")
@click.option(
    "--store",
    default="memory:",
    show_default=True,
    help="Store URL: memory:, sqlite:///worlds.db or postgresql://…",
)
@click.option(
    "--vendor", "vendors", metavar="NAME", multiple=True, help="Serve only this vendor; repeatable."
)
@vendor_path_option
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Number of worker processes; more than one needs a sqlite or postgresql --store.",
)
@click.option(
    "--limits/--no-limits",
    default=None,
    show_default="as the scenario has it, else --limits",
    help="Enforce the vendors' rate limits in the default world.",
)
@overlay_option
@serve_options.serve_options
@tls_options
@proxy_option
@host_options
@click.option(
    "--token",
    callback=lambda _context, _option, text: _token(text or environment.read().token),
    show_default="MOCKSERVER_TOKEN; generated and printed if --host is not a loopback address",
    help="Token that the control API and the console require.",
)
@click.option(
    "--allow-host",
    "hosts",
    metavar="NAME",
    multiple=True,
    help="Additional allowed Host name, besides localhost, IP addresses and --host; repeatable.",
)
def serve(host: tuple[str, ...], workers: int, metrics: bool, log_format: str, **what: Any) -> None:
    """Serve the vendors until interrupted (Ctrl-C)."""
    if what["durability"] == "safe" and not is_shareable(what["store"]):
        fix = "pass a --store such as sqlite:///worlds.db or postgresql://…"
        raise click.ClickException(f"worlds in memory end with the process; {fix}, or leave out --durability")
    if workers > 1 and not is_shareable(what["store"]):
        fix = "pass a --store such as sqlite:///worlds.db or postgresql://…"
        raise click.ClickException(f"{workers} workers cannot share worlds in memory; {fix}")
    if workers > 1 and not hasattr(os, "fork"):
        fix = "start several servers on one PostgreSQL, or leave out --workers"
        raise click.ClickException(f"this system cannot fork, which {workers} workers need; {fix}")
    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    _tune_interpreter()
    try:
        with serve_options.observer_factory(metrics, log_format, workers) as observers:
            _serve(host, workers, stop, observers, **what)
    except _FAILURES as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(_listen_error(error)) from error


def _serve(
    addresses: tuple[str, ...],
    workers: int,
    stop: Event,
    observers: Callable[[], list[Observer]],
    port: int,
    unix_socket: str | None,
    token: str | None,
    hosts: tuple[str, ...],
    tls: bool,
    tls_cert: Path | None,
    tls_key: Path | None,
    proxy: bool,
    passes: tuple[str, ...],
    **what: Any,
) -> None:
    generated = None if token or all(map(is_loopback, addresses)) else secrets.token_urlsafe(24)
    hosts = (*addresses, *hosts)
    ssl_context = tls_context(tls or proxy, tls_cert, tls_key, nameable(hosts))
    create = partial(_application, observers, token=token or generated, hosts=hosts, **what)
    sockets = listen(addresses, port)
    port = sockets[0].getsockname()[1]
    url = url_of(addresses[0], port)
    options = {"ssl_context": ssl_context, "proxy": choose_proxy(proxy, passes)}
    if unix_socket is not None:
        sockets.append(listen_unix(unix_socket))

    def ready() -> None:
        with connect(url, token or generated) as control:
            reachable = reachable_url(addresses, port)
            text = greeting(control, generated, reachable, is_https=ssl_context is not None)
            # In one piece: a reader may stop the server as soon as it has the first line.
            click.echo(f"{text}\n{personas(what['scenario'])}", nl=False)

    try:
        if workers > 1:
            say_left_out(Vendors(what["vendors"]))
            serve_prefork(workers, create, sockets, ready, stop, **options)
        else:
            _serve_here(create(), sockets, ready, stop, is_shareable(what["store"]), options)
    finally:
        if workers > 1:
            settle(what["store"])  # workers that end at the same moment leave it to each other
        if unix_socket is not None:
            Path(unix_socket).unlink(missing_ok=True)


def _serve_here(
    application: Application,
    sockets: list[socket.socket],
    ready: Callable[[], None],
    stop: Event,
    is_shared: bool,
    options: dict[str, Any],
) -> None:
    """Serves from this process; seed data is written ahead unless another server may be writing it."""
    say_left_out(application.context.vendors)
    warm_up = WarmUp(application.context, seed_data=not is_shared, error_messages=True)
    with closing(application), warm_up:

        def announce() -> None:
            ready()
            warm_up.start()

        serve_forever(application, sockets, announce, stop, **options)


def _application(
    observers: Callable[[], list[Observer]],
    scenario: str,
    store: str,
    durability: Durability,
    latency: Any,
    limits: bool | None,
    **what: Any,
) -> Application:
    if is_state_file(scenario):
        return _application_of_state(observers, scenario, store, durability, latency, **what, limits=limits)
    start = load_scenario(scenario)
    if limits is None and "limits" not in start.settings:
        limits = True
    start = replace(start, faults=(*start.faults, *_delays(latency)))
    return _open(store, durability, partial(create_app, start, limits=limits, observers=observers(), **what))


def _application_of_state(
    observers: Callable[[], list[Observer]],
    path: str,
    store: str,
    durability: Durability,
    latency: Any,
    **what: Any,
) -> Application:
    """The application whose default world starts with an exported state."""
    given = [f"--{name}" for name in ("seed", "people") if what[name] is not None]
    if given:
        raise click.ClickException(f"the state {path} has its own seed and people; leave out {given[0]}")
    state = load_named(path)._replace(faults=_delays(latency))
    return _open(store, durability, partial(create_app, state=state, observers=observers(), **what))


def _delays(latency: Any) -> tuple[dict[str, Any], ...]:
    """The fault of `--latency`, if it is given."""
    return () if latency is None else ({"kind": "latency", "seconds": latency, "times": None},)


def _open(store: str, durability: Durability, create: Callable[..., Application]) -> Application:
    opened = open_store(store, durability)
    try:
        with without_gc(keeps_all=True):  # of contracts
            return create(store=opened)
    except StoreUnavailableError as error:
        opened.close()
        raise unusable_store(store, error) from None
    except JSONDecodeError as error:
        opened.close()
        damage = StoreUnavailableError(f"a document in it is damaged: {error}", again=False)
        raise unusable_store(store, damage) from None
    except BaseException:
        opened.close()
        raise


def _tune_interpreter() -> None:
    # While long work runs in another thread, the event loop waits so long each time that it wants to go on.
    sys.setswitchinterval(0.001)


def _token(text: str | None) -> str | None:
    if text is not None and not _TOKEN.fullmatch(text):
        raise click.ClickException("the token cannot be sent in a header; use letters and digits only")
    return text


def _listen_error(error: OSError) -> str:
    if error.filename is None and error.strerror is None:
        return str(error)
    is_path = "/" in str(error.filename)
    fix = "a usable path as --unix-socket" if is_path else "an address of this machine as --host"
    return f"cannot listen on {error.filename} ({error.strerror}); pass {fix}"
