"""The Flask application: vendor calls in a WSGI middleware, control API and console as blueprints.

`/<vendor>/…` is the default world (or the credential's own), `/w/<world>/<vendor>/…` any other,
`/_mock/…` the control API, `/` the console and `/_console/…` its files, `/<vendor>/openapi.json` the contract
with this server's address.
Under a vendor's own host name every path is that vendor's.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from datetime import time as TimeOfDay  # noqa: N812
from functools import partial
from math import inf
from os import PathLike, fspath
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar

from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import PathConverter, Rule

from mockserver import control, environment
from mockserver.binding.bound_contract import BoundContract
from mockserver.call import WireReply
from mockserver.contract.overlay import BACKSTAGE, CONTRACT, Overlay, parse_actions, read_overlays
from mockserver.contract.shared_contract import read_shared
from mockserver.control.errors import ControlHooks
from mockserver.control.performance import perform
from mockserver.control.scenario_validation import validate_scenario
from mockserver.errors import Problem, StoreUnavailableError, WouldBlockError
from mockserver.paths import contracts
from mockserver.pipeline.unknown_vendor import journal_call
from mockserver.server import wsgi_adapter
from mockserver.server.access_control import AccessControl, normalized_hosts
from mockserver.server.app_context import MAX_BODY_BYTES, AppContext
from mockserver.server.console_blueprint import console_asset, console_blueprint, contract_of_vendor
from mockserver.server.control_blueprint import call_control
from mockserver.server.error_replies import (
    control_error,
    flask_response,
    http_error,
    minimal_event,
    store_unavailable,
)
from mockserver.server.http_request import HttpRequest
from mockserver.server.url_paths import CONSOLE, CONTROL, UrlPath, split_path
from mockserver.server.vendor_middleware import VendorCalls, VendorMiddleware, log_failure, read_call
from mockserver.state import events
from mockserver.state.events import Observer
from mockserver.state.expiry import Expiry
from mockserver.state.journal import MAX_EXCHANGES
from mockserver.state.links import Links
from mockserver.state.portable_state import NamedState, create_from_named
from mockserver.state.scenario import Scenario, load_scenario
from mockserver.state.worlds import DEFAULT_WORLD, MAX_WORLDS, Worlds
from mockserver.storage.memory import MemoryStore
from mockserver.storage.store import Store
from mockserver.vendors import Vendors
from mockserver.vendors import names as vendor_names

_SECONDS_A_DAY: Final = 86_400
_THREADS: Final = 8
T = TypeVar("T")


class Application(Flask):
    """The Flask application with the objects that it serves (`context`)."""

    def __init__(self, context: AppContext) -> None:
        super().__init__("mockserver", static_folder=None)
        self.context = context
        self.calls: VendorCalls = VendorCalls(context, self.logger)
        self.opened: ExitStack[bool | None] = ExitStack()
        """Ends with the application: its folders on the vendor path."""

    def answer(self, request: HttpRequest) -> WireReply | None:
        """The reply to a vendor call; None for any other request, which is WSGI's.

        Raises `WouldBlockError` within `no_waiting`.
        """
        return self.calls.answer(request)

    @property
    def max_body(self) -> int:
        """The size in bytes up to which bodies are accepted."""
        return int(self.config["MAX_CONTENT_LENGTH"])

    def has_host(self, host: str) -> bool:
        """Whether calls to the host are for this application: a vendor's host, or one of its own names."""
        return self.context.hosts.find(host) is not None or host.lower() in self.context.access.hosts

    def redact(self, text: str) -> str:
        """The text for a log, with secrets blanked."""
        return self.context.vendors.redact(text)

    def on_refused(self, request: HttpRequest, status: int) -> None:
        """Notifies the observers of a request that the server has refused by itself."""
        self.context.worlds.notify(lambda: minimal_event(self.context, request, status, None))

    def call_key(self, request: HttpRequest) -> tuple[str, ...]:
        """The key that calls share which take about as long."""
        return self.calls.key(request)

    def call_group(self, request: HttpRequest) -> tuple[str, ...]:
        """The part of the key that is found without routing."""
        return self.calls.group(request)

    def no_waiting(self, seconds: float = inf) -> AbstractContextManager[object]:
        """Inside, a call of this thread that would have to wait for another raises `WouldBlockError`.

        So does one on a store that waits for another process, after that many seconds.
        """
        return self.context.worlds.store.no_waiting(seconds)

    def brief_waits(self, since: float) -> AbstractContextManager[object]:
        """Inside, a call of this thread waits briefly for others; it has waited `since` that time."""
        return self.context.worlds.store.brief_waits(since)

    @property
    def threads(self) -> int:
        """The number of threads that a server should give to calls; 0: only its own thread.

        Threads help calls that wait for a database server.
        """
        return 0 if self.context.worlds.store.is_local else _THREADS

    def close(self) -> None:
        """Ends what watches the worlds, closes the store, and takes its folders off the vendor path."""
        self.context.watch.close()
        self.context.worlds.store.close()
        self.opened.close()

    def handle_exception(self, e: Exception) -> Any:
        """The response to an unexpected exception of a view, as Flask calls this.

        `WouldBlockError` is passed on to the server, which repeats the call.
        """
        if isinstance(e, WouldBlockError):
            raise e
        return super().handle_exception(e)

    def log_exception(self, exc_info: Any) -> None:
        """Logs an exception of a view, as Flask calls this."""
        log_failure(self.logger, self.context, request.method, request.path, exc_info[1])


StrPath = str | PathLike[str]


def create_app(
    scenario: Scenario | StrPath | None = None,
    *,
    seed: int | None = None,
    people: int | None = None,
    vendors: tuple[str, ...] = (),
    store: Store | None = None,
    limits: bool | None = None,
    token: str | None = None,
    hosts: Iterable[str] = (),
    host_map: Mapping[str, str] = MappingProxyType({}),
    max_worlds: int = MAX_WORLDS,
    max_journal: int = MAX_EXCHANGES,
    max_world_bytes: int | None = None,
    expire_worlds: float | None = None,
    kept_replies: bool = True,
    observers: Iterable[Observer] = (),
    state: NamedState | None = None,
    reset_daily: TimeOfDay | None = None,
    cors: Iterable[str] = (),
    overlays: Iterable[Overlay | StrPath] = (),
    vendor_path: Iterable[StrPath] = (),
) -> Application:
    """Creates the application.

    The default world starts as `scenario` (a name, a file or a read one; None: demo), or with the exported
    `state`, unless the store already has it; `limits` switches its rate limits on or off. `host_map` has the
    vendors of hosts besides `hosts`. Worlds unused for `expire_worlds` seconds are deleted. `overlays` (paths
    or read ones) adapt contracts. The folders `vendor_path` are on that of the process until the
    application closes. Raises `InvalidContractError` and `InvalidScenarioError`.
    """
    with ExitStack() as opened:
        opened.enter_context(environment.more_vendors(map(Path, _listed("vendor_path", vendor_path))))
        start = load_scenario(fspath(scenario)) if isinstance(scenario, str | PathLike) else scenario
        chosen = Vendors(vendors, (*_read(overlays), *_overlays_of(start)))
        own, bounds = {start.name: start} if start else {}, (max_worlds, max_journal, max_world_bytes)
        worlds = Worlds(store or MemoryStore(), chosen, own, *bounds, kept_replies)
        expiry = Expiry(worlds, expire_worlds) if expire_worlds else None
        worlds.redact, worlds.observers = chosen.redact, (*observers, *([expiry] if expiry else []))
        bound = _bind_control(worlds, chosen, start)
        _ensure_default(worlds, start, seed, people, limits, state)
        access = AccessControl(token, normalized_hosts(*hosts), Links(worlds))
        app = _assemble(AppContext(worlds, chosen, bound, access, expiry, host_map, reset_daily, cors))
        app.opened = opened.pop_all()
        return app


def _read(overlays: Iterable[Overlay | StrPath]) -> Iterator[Overlay]:
    """The overlays, with those of files and folders in their places."""
    for one in _listed("overlays", overlays):
        yield from [one] if isinstance(one, Overlay) else read_overlays([Path(one)])


def _listed(name: str, given: Iterable[T]) -> Iterable[T]:
    """The argument. Raises `TypeError` for one path, whose letters would be taken for a list of paths."""
    if isinstance(given, str | PathLike):
        raise TypeError(f"{name} is {given!r}; pass a list of paths")
    return given


def _overlays_of(scenario: Scenario | None) -> Iterator[Overlay]:
    """The overlays that the scenario has."""
    if scenario:
        title = f"scenario {scenario.name}"
        for name, actions in scenario.overlays.items():
            vendor, _, part = name.partition(".")
            document = BACKSTAGE if part else CONTRACT
            yield parse_actions(vendor, f"{title} at {scenario.overlays_at[name]}", title, actions, document)


def _bind_control(worlds: Worlds, vendors: Vendors, scenario: Scenario | None) -> BoundContract:
    """The contract of the control API, bound to its operations, which the worlds can perform from now on.

    They check scenarios with it too, as this one is checked.
    """
    bound = BoundContract(
        read_shared(contracts() / "control" / "openapi.yaml"), control.operations, ControlHooks()
    )
    worlds.perform = partial(perform, bound, worlds)
    own = scenario.overlays if scenario else {}
    worlds.check_scenario = partial(
        validate_scenario, bound, worlds, known_vendors=vendor_names(), overlays=own
    )
    if scenario:
        worlds.check_scenario(scenario)
    bound.contract.share_redaction(lambda: vendors.redaction)
    return bound


def _ensure_default(
    worlds: Worlds,
    scenario: Scenario | None,
    seed: int | None,
    people: int | None,
    limits: bool | None,
    state: NamedState | None,
) -> None:
    """Creates the default world unless it exists, and removes starts that no world has any more.

    Worlds know the state from now on, if there is one.
    """
    settings = {} if limits is None else {"limits": limits}
    if state is not None:
        worlds.states[state.title] = state.content
        worlds.ensure_default(partial(create_from_named, worlds, state, settings))
    else:
        name = scenario.name if scenario else "demo"
        worlds.ensure_default(partial(worlds.create, DEFAULT_WORLD, name, seed, people, settings=settings))
    worlds.seed_data.collect_garbage(int(time.time()) - _SECONDS_A_DAY)


class _AnyPath(PathConverter):
    """Any rest of a path: empty, with slashes at its start, with line ends."""

    part_isolating = False
    regex = r"[\s\S]*"


def _assemble(context: AppContext) -> Application:
    app = Application(context)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.url_map.merge_slashes = False
    app.url_map.converters["anything"] = _AnyPath
    app.register_blueprint(console_blueprint(context))
    # One rule for all that contracts route: Flask takes 0.3 ms to compile each of its own. Without methods it
    # matches every one: the contracts declare the replies to unknown methods.
    app.url_map.add(Rule("/<anything:path>", endpoint="fallback"))
    app.view_functions["fallback"] = lambda path: _fallback(context)
    app.register_error_handler(HTTPException, lambda error: _error(http_error, context, error))
    app.register_error_handler(StoreUnavailableError, lambda error: _error(store_unavailable, context, error))
    app.wsgi_app = VendorMiddleware(app.wsgi_app, app.calls, context, app.config)  # type: ignore[method-assign]
    return app


def _error(render: Callable[..., WireReply], context: AppContext, error: Exception) -> Response:
    return flask_response(render(context, wsgi_adapter.read_request(request.environ), error))


def _fallback(context: AppContext) -> Response:
    """The response to a request that Flask does not route: control API, console, contracts, the rest."""
    url = split_path(wsgi_adapter.read_request(request.environ).path)
    if url.vendor == CONTROL and url.world is None:
        return call_control(context)
    if url.vendor == CONSOLE and url.world is None:
        return console_asset(context, url)
    if url.vendor in context.vendors:
        return contract_of_vendor(context)
    return _unknown_vendor(context, url)


def _unknown_vendor(context: AppContext, url: UrlPath) -> Response:
    received = wsgi_adapter.read_request(request.environ, current_app.config["MAX_CONTENT_LENGTH"])
    problem = Problem("unknown_vendor", vendor=url.vendor, known=", ".join(context.vendors))
    reply = control_error(context, problem, received)
    # Browsers request files such as favicon.ico by themselves: those are not calls of a client.
    world = DEFAULT_WORLD if url.world is None else url.world
    if url.world is not None or "." not in url.vendor:
        start = url.prefix.rpartition("/")[0]
        call = read_call(received, received.path.removeprefix(start), start)
        with suppress(Problem):  # an unknown world has no journal
            redaction = context.vendors.redaction
            exchange = journal_call(context.worlds, world, context.vendors, redaction, call, reply)
            context.worlds.notify(lambda: events.from_exchange(exchange, world))
    return flask_response(reply)
