"""The HTTP door: one Flask application in front of all worlds and vendors.

`/<vendor>/…` is the default world (or the credential's own), `/w/<world>/<vendor>/…` any other,
`/_mock/…` the control API, `/` the console, `/<vendor>/openapi.json` the contract with this server's address.
Under a vendor's own host name there is nothing but that vendor, at its own paths.
"""

import logging
import time
from collections.abc import Iterable
from contextlib import nullcontext, suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
from flask import Flask, Response, current_app, request
from werkzeug.exceptions import HTTPException, InternalServerError, ServiceUnavailable
from werkzeug.routing import PathConverter, Rule

from mockserver import control
from mockserver.binding.bound_contract import BoundContract
from mockserver.call import Call, WireReply
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.contract.servers import Hosts
from mockserver.control import console
from mockserver.control.errors import ControlApi
from mockserver.errors import Problem, StoreUnavailableError
from mockserver.formats.sanitize import escape, format_traceback
from mockserver.paths import contracts
from mockserver.pipeline.handler import handle_call, handle_internal_call, render_problem
from mockserver.pipeline.journal_entry import redacted_url
from mockserver.pipeline.request_context import RequestContext
from mockserver.pipeline.unknown_vendor import journal_call
from mockserver.server import wsgi_adapter
from mockserver.server.access_control import AccessControl, normalized_hosts
from mockserver.state import events
from mockserver.state.events import CallEvent, Observer
from mockserver.state.expiry import Expiry
from mockserver.state.journal import MAX_EXCHANGES
from mockserver.state.scenario import Scenario
from mockserver.state.worlds import DEFAULT_WORLD, MAX_WORLDS, Worlds
from mockserver.storage.sqlite import SQLite
from mockserver.storage.store import Store
from mockserver.vendors import Vendors

_log = logging.getLogger("mockserver")
_LARGEST_BODY = 32 * 1024 * 1024
_READING = ("GET", "HEAD")
_CONTROL = "control"
_WORLDS = "/worlds"
_A_DAY = 86_400
_THREADS = 8


class AppContext:
    """What the application answers from: worlds, vendors, the control contract, and who may use it."""

    def __init__(
        self,
        worlds: Worlds,
        vendors: Vendors,
        control: BoundContract,
        guard: AccessControl,
        expiry: Expiry | None,
    ) -> None:
        self.worlds = worlds
        self.vendors = vendors
        self.control = control
        self.hosts = Hosts((name, server) for name in vendors for server in vendors[name].contract.servers)
        self.guard = guard
        self.expiry = expiry


class Application(Flask):
    """Flask, with a way past its request machinery for the calls that vendors answer.

    They need no routes, contexts or request objects, which would cost a third of a call. Everything else (the
    console, the control API, the contracts) is a Flask view.
    """

    def __init__(self, desk: AppContext) -> None:
        super().__init__("mockserver", static_folder=None)
        self.desk = desk

    @property
    def threads(self) -> int:
        """How many threads a server should give to its calls; 0: none but its own.

        Only calls that wait for a database elsewhere get ahead by it: SQLite does one at a time anyway.
        """
        return 0 if self.desk.worlds.store.is_local else _THREADS

    def close(self) -> None:
        """Lets go of the store."""
        self.desk.worlds.store.close()

    def wsgi_app(
        self, environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse
    ) -> Iterable[bytes]:
        """The WSGI application."""
        path = wsgi_adapter.decoded_path(environ)
        at_home = self.desk.hosts.find(environ.get("HTTP_HOST", ""))
        world, prefix, name, rest = _parts_at_home(path, *at_home) if at_home else _parts(path)
        reading = environ["REQUEST_METHOD"] in _READING
        if not at_home and (name not in self.desk.vendors or (rest == "/openapi.json" and reading)):
            return super().wsgi_app(environ, start_response)
        try:
            call = wsgi_adapter.read_call(environ, rest, prefix, self.config["MAX_CONTENT_LENGTH"])
            sent = handle_call(self.desk.worlds, self.desk.vendors[name], call, world)
        except Problem as problem:
            sent = _control_error_with_event(self.desk, problem, environ)
        except HTTPException as error:
            return _http_error(self.desk, environ, error)(environ, start_response)
        except Exception as error:
            self._log(environ["REQUEST_METHOD"], path, error)
            return _http_error(self.desk, environ, InternalServerError())(environ, start_response)
        return wsgi_adapter.send_reply(sent, environ, start_response)

    def log_exception(self, exc_info: Any) -> None:
        """What failed in a view, as Flask has it written down."""
        self._log(request.method, request.path, exc_info[1])

    def _log(self, method: str, path: str, error: BaseException) -> None:
        self.logger.error("%s %s failed\n%s", escape(method), escape(path), format_traceback(error))


def create_app(
    scenario: Scenario | None = None,
    *,
    seed: int | None = None,
    people: int | None = None,
    vendors: tuple[str, ...] = (),
    store: Store | None = None,
    limits: bool = False,
    token: str | None = None,
    hosts: Iterable[str] = (),
    max_worlds: int = MAX_WORLDS,
    max_journal: int = MAX_EXCHANGES,
    max_world_bytes: int | None = None,
    expire_worlds: float | None = None,
    observers: Iterable[Observer] = (),
) -> Application:
    """The WSGI application. The default world starts as `scenario` (demo) unless the store already has it,
    and with the vendors' rate limits if `limits` are wished for.

    The control API and the console ask for `token` if there is one, and answer to `hosts` beside the names of
    this machine. `observers` are told of every call. Worlds that nobody used for `expire_worlds`
    seconds are removed; None: never.
    Raises `InvalidContractError` for a vendor that is none or whose functions do not fit its contract.
    """
    chosen = Vendors(vendors)
    scenarios = {scenario.name: scenario} if scenario else {}
    bounds = (max_worlds, max_journal, max_world_bytes)
    worlds = Worlds(store or Store(SQLite()), chosen, scenarios, *bounds)
    expiry = Expiry(worlds, expire_worlds) if expire_worlds else None
    bound = ControlApi(Contract.read(contracts() / "control" / "openapi.yaml"), control.operations)
    worlds.observers = (*observers, *([expiry] if expiry else []))
    worlds.ensure_default(scenario.name if scenario else "demo", seed, people, {"limits": limits})
    worlds.seed_data.collect_garbage(int(time.time()) - _A_DAY)
    return _application(
        AppContext(worlds, chosen, bound, AccessControl(token, normalized_hosts(*hosts)), expiry)
    )


class _AnyPath(PathConverter):
    """The rest of a path whatever it is: empty, with slashes at its start, with line ends."""

    part_isolating = False
    regex = r"[\s\S]*"


def _application(desk: AppContext) -> Application:
    app = Application(desk)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY
    app.url_map.merge_slashes = False

    def everything(path: str) -> Response:
        return _dispatch(desk, path)

    app.view_functions["everything"] = everything
    app.url_map.converters["anything"] = _AnyPath
    # Without methods the rule takes any: an unknown one is for a contract to refuse, in its own words.
    app.url_map.add(Rule("/<anything:path>", endpoint="everything"))
    app.register_error_handler(HTTPException, lambda error: _http_error(desk, request.environ, error))
    app.register_error_handler(StoreUnavailableError, lambda trouble: _store_unavailable(desk, trouble))
    return app


def _parts(path: str) -> tuple[str | None, str, str, str]:
    """World (None: not named), prefix up to the vendor's own path, vendor and that path."""
    first, _, rest = path.lstrip("/").partition("/")
    if first != "w":
        return None, f"/{first}", first, f"/{rest}"
    world, _, rest = rest.partition("/")
    name, _, rest = rest.partition("/")
    return world, f"/w/{world}/{name}", name, f"/{rest}"


def _parts_at_home(path: str, name: str, base: str) -> tuple[None, str, str, str]:
    """The same under a vendor's own host name, where everything is the vendor's."""
    within = f"{path}/".startswith(f"{base}/")
    return None, base, name, (path[len(base) :] or "/") if within else path


def _dispatch(desk: AppContext, path: str) -> Response:
    environ = request.environ
    address = wsgi_adapter.base_url(environ)
    world, prefix, name, rest = _parts(path)
    try:
        if path == "" and request.method in _READING:
            return _console(desk, environ, address)
        if name == "_mock" and world is None:
            return _control(desk, rest, prefix)
        if name not in desk.vendors:
            return _response(_unknown_vendor(desk, environ, world, prefix, name))
        desk.worlds.get(DEFAULT_WORLD if world is None else world)
        return _document(desk.vendors[name].contract, f"{address}{prefix}")
    except Problem as problem:
        return _response(_control_error_with_event(desk, problem, environ))


def _unknown_vendor(
    desk: AppContext, environ: wsgi_adapter.Environ, world: str | None, prefix: str, name: str
) -> WireReply:
    problem = Problem("unknown_vendor", vendor=name, known=", ".join(desk.vendors))
    sent = _control_error(desk, problem, environ)
    # What browsers ask for by themselves (favicon.ico) is no call of anybody's client.
    known = DEFAULT_WORLD if world is None else world
    if world is not None or "." not in name:
        start = prefix.removesuffix(f"/{name}")
        path = wsgi_adapter.decoded_path(environ).removeprefix(start)
        call = wsgi_adapter.read_call(
            environ, path, wsgi_adapter.base_url(environ) + start, current_app.config["MAX_CONTENT_LENGTH"]
        )
        with suppress(Problem):  # no such world either: there is no journal to write in
            exchange = journal_call(desk.worlds, known, desk.vendors, call, sent)
            _notify(desk, events.from_exchange(exchange, known))
    return sent


def _console(desk: AppContext, environ: wsgi_adapter.Environ, address: str) -> Response:
    desk.guard.check_host(environ)
    try:
        desk.guard.check_token(environ)
    except Problem as problem:
        response = _response(_control_error(desk, problem, environ))
        # A browser asks its user for it.
        response.headers["WWW-Authenticate"] = 'Basic realm="mockserver: any name, and the token as password"'
        return response
    page = console.page(desk.worlds, desk.vendors, address)
    return Response(page, 200, content_type="text/html; charset=utf-8")


def _control(desk: AppContext, rest: str, prefix: str) -> Response:
    environ, contract = request.environ, desk.control.contract
    desk.guard.check_host(environ)
    desk.guard.check_site(environ)
    if rest == "/openapi.json" and request.method in _READING:
        return _document(
            contract, f"{wsgi_adapter.base_url(environ)}{prefix}", asks=desk.guard.token is not None
        )
    operation = contract.route(request.method, rest)
    if not isinstance(operation, Operation) or operation.schemes:
        desk.guard.check_token(environ)
    call = wsgi_adapter.read_call(environ, rest, prefix, current_app.config["MAX_CONTENT_LENGTH"])
    if desk.expiry and call.path == _WORLDS:
        desk.expiry.delete_expired()  # nobody is to see, or to be kept waiting by, what should be gone
    apart = isinstance(operation, Operation) and operation.id in control.WITHOUT_TRANSACTION
    transaction = nullcontext if apart else desk.worlds.store.transaction
    started = time.perf_counter_ns()
    sent, note = handle_internal_call(desk.control, call, desk.worlds, transaction, lambda: None)
    if desk.worlds.observers:
        _tell_of_control(desk, call, sent, note, (time.perf_counter_ns() - started) // 1000)
    return _response(sent)


def _tell_of_control(
    desk: AppContext, call: Call, sent: WireReply, note: RequestContext, duration_us: int
) -> None:
    seen = CallEvent(
        method=call.method,
        url=redacted_url(desk.control.contract.redaction, call),
        status=sent.status,
        duration_us=duration_us,
        id=call.id,
        world=call.params.get("world"),
        vendor=_CONTROL,
        operation=note.operation.id if note.operation else None,
        problem=note.problem,
        flaw=note.kind_of_error,
        sides=tuple(side for side, _violation in note.violations),
    )
    _notify(desk, seen)


def _document(contract: Contract, origin: str, *, asks: bool = True) -> Response:
    """The contract with this server's address; without its security where this server asks for none."""
    document = {**contract.document.root, "servers": [{"url": origin}], **({} if asks else {"security": []})}
    return Response(orjson.dumps(document), 200, content_type="application/json")


def _control_error_with_event(desk: AppContext, problem: Problem, environ: wsgi_adapter.Environ) -> WireReply:
    """The same, and observers hear of it: there is no journal that would tell."""
    sent = _control_error(desk, problem, environ)
    _notify(desk, _minimal_event(environ, sent.status, problem.name))
    return sent


def _minimal_event(environ: wsgi_adapter.Environ, status: int, problem: str | None) -> CallEvent:
    """A call of which nothing is known but what any server sees; its query is nobody's business."""
    url = wsgi_adapter.base_url(environ) + quote(wsgi_adapter.decoded_path(environ))
    return CallEvent(environ["REQUEST_METHOD"], url, status, 0, problem=problem)


def _notify(desk: AppContext, seen: CallEvent) -> None:
    for one in desk.worlds.observers:
        one.on_call(seen)


def _control_error(desk: AppContext, problem: Problem, environ: wsgi_adapter.Environ) -> WireReply:
    """What we say ourselves to a call that reaches no vendor."""
    call = Call(
        environ["REQUEST_METHOD"], wsgi_adapter.decoded_path(environ), origin=wsgi_adapter.base_url(environ)
    )
    return render_problem(desk.control, problem, call, desk.worlds)


def _response(sent: WireReply) -> Response:
    response = Response(sent.body, sent.status, sent.headers)
    if not any(name.lower() == "content-type" for name in sent.headers):
        # Flask's default would promise HTML where nothing is sent.
        del response.headers["Content-Type"]
    return response


def _store_unavailable(desk: AppContext, trouble: StoreUnavailableError) -> Response:
    _log.warning("the store is not available (%s)", trouble)
    again = ServiceUnavailable("the store cannot be asked just now (the server's log says why); try again")
    return _http_error(desk, request.environ, again)


def _http_error(desk: AppContext, environ: wsgi_adapter.Environ, error: HTTPException) -> Response:
    response = _render_http_error(error)
    _notify(desk, _minimal_event(environ, response.status_code, None))
    return response


def _render_http_error(error: Any) -> Response:
    name, message = "http", error.description
    if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        name, message = "body_too_large", f"the body has more than {_LARGEST_BODY} bytes; send less at once"
    body = orjson.dumps({"error": name, "message": message})
    return Response(body, error.code, content_type="application/json")
