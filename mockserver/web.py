"""The HTTP door: one Flask application in front of all worlds and vendors.

`/<vendor>/…` is the default world (or the credential's own), `/w/<world>/<vendor>/…` any other,
`/_mock/…` the control API, `/` the console, `/<vendor>/openapi.json` the contract with this server's address.
"""

from typing import Any

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import PathConverter, Rule

from mockserver import control
from mockserver.call import Call
from mockserver.contract.contract import Contract
from mockserver.control import console
from mockserver.exchange import Answer, answer, answer_directly, refuse_directly
from mockserver.places import contracts
from mockserver.trouble import Problem
from mockserver.vendor import Bound
from mockserver.vendors import Vendors
from mockserver.world.scenario import Scenario
from mockserver.world.sqlite import SQLite
from mockserver.world.store import Store
from mockserver.world.worlds import DEFAULT, Worlds

_LARGEST_BODY = 32 * 1024 * 1024
_READING = ("GET", "HEAD")


class Desk:
    """What the application answers from: the worlds, the vendors and the control contract."""

    def __init__(self, worlds: Worlds, vendors: Vendors, control: Bound) -> None:
        self.worlds = worlds
        self.vendors = vendors
        self.control = control


def create_app(
    scenario: Scenario | None = None,
    *,
    seed: int | None = None,
    people: int | None = None,
    vendors: tuple[str, ...] = (),
    store: Store | None = None,
) -> Flask:
    """The WSGI application. The default world starts as `scenario` (demo) unless the store already has it.

    Raises `UnfitContract` for a vendor that is none or whose functions do not fit its contract.
    """
    chosen = Vendors(vendors)
    scenarios = {scenario.name: scenario} if scenario else {}
    worlds = Worlds(store or Store(SQLite()), chosen, scenarios)
    bound = Bound(Contract.read(contracts() / "control" / "openapi.yaml"), control.operations)
    with worlds.store.transaction():
        if DEFAULT not in [world["name"] for world in worlds.all()]:
            worlds.create(DEFAULT, scenario.name if scenario else "demo", seed, people)
        worlds.let_in()
    return _application(Desk(worlds, chosen, bound))


class _Anything(PathConverter):
    """The rest of a path whatever it is: empty, with slashes at its start, with line ends."""

    part_isolating = False
    regex = r"[\s\S]*"


def _application(desk: Desk) -> Flask:
    app = Flask("mockserver", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY
    app.url_map.merge_slashes = False
    app.extensions["mockserver"] = desk

    def everything(path: str) -> Response:
        return _dispatch(desk, path)

    app.view_functions["everything"] = everything
    app.url_map.converters["anything"] = _Anything
    # Without methods the rule takes any: an unknown one is for the vendor to refuse, in its own words.
    app.url_map.add(Rule("/<anything:path>", endpoint="everything"))
    app.register_error_handler(HTTPException, _http_trouble)
    return app


def _dispatch(desk: Desk, path: str) -> Response:
    first, _, rest = path.partition("/")
    world: str | None = None
    prefix = ""
    if path == "" and request.method in _READING:
        page = console.page(desk.worlds, desk.vendors, _address())
        return Response(page, 200, content_type="text/html; charset=utf-8")
    if first == "_mock":
        return _control(desk, rest)
    if first == "w":
        world, _, rest = rest.partition("/")
        prefix = f"/w/{world}"
        first, _, rest = rest.partition("/")
    if first not in desk.vendors:
        known = ", ".join(desk.vendors)
        return _refused(desk, Problem("unknown_vendor", vendor=first, known=known))
    return _vendor(desk, first, rest, world, f"{_address()}{prefix}/{first}")


def _vendor(desk: Desk, name: str, rest: str, world: str | None, origin: str) -> Response:
    vendor = desk.vendors[name]
    try:
        if rest == "openapi.json" and request.method in _READING:
            desk.worlds.get(DEFAULT if world is None else world)
            return _document(vendor.contract, origin)
        return _response(answer(desk.worlds, vendor, _call(f"/{rest}", origin), world))
    except Problem as problem:
        return _refused(desk, problem)


def _control(desk: Desk, rest: str) -> Response:
    origin = f"{_address()}/_mock"
    if rest == "openapi.json" and request.method in _READING:
        return _document(desk.control.contract, origin)
    call = _call(f"/{rest}", origin)
    transaction = desk.worlds.store.transaction
    sent, _note = answer_directly(desk.control, call, desk.worlds, transaction, lambda: None)
    return _response(sent)


def _document(contract: Contract, origin: str) -> Response:
    document = {**contract.document.root, "servers": [{"url": origin}]}
    return Response(orjson.dumps(document), 200, content_type="application/json")


def _refused(desk: Desk, problem: Problem) -> Response:
    call = _call(request.path, _address())
    return _response(refuse_directly(desk.control, problem, call, desk.worlds))


def _call(path: str, origin: str) -> Call:
    environ = request.environ
    headers = {name[5:].replace("_", "-").lower(): environ[name] for name in environ if name[:5] == "HTTP_"}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    return Call(
        method=environ["REQUEST_METHOD"],
        path=path,
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        raw=request.get_data(cache=False) if "content-length" in headers else b"",
        origin=origin,
    )


def _address() -> str:
    """This server as the caller addressed it (Flask's own `host_url` costs a third of a call)."""
    environ = request.environ
    host = environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ['wsgi.url_scheme']}://{host}{environ.get('SCRIPT_NAME', '')}"


def _response(sent: Answer) -> Response:
    response = Response(sent.body, sent.status, sent.headers)
    if not any(name.lower() == "content-type" for name in sent.headers):
        # Flask's default would promise HTML where the vendor sends nothing.
        del response.headers["Content-Type"]
    return response


def _http_trouble(error: Any) -> Response:
    body = orjson.dumps({"error": "http", "message": error.description})
    return Response(body, error.code, content_type="application/json")
