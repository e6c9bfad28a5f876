"""A client of one world within the server: its calls go through the pipelines, without HTTP."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

from mockserver.binding.bound_contract import BoundContract
from mockserver.call import Call, Exchange, WireReply
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.control import vendor_access
from mockserver.control.errors import ControlHooks
from mockserver.control.repeated_call import find_exchange
from mockserver.errors import ServerUnreachableError, StoreUnavailableError
from mockserver.formats.url_path import decode_path, routable_path
from mockserver.paths import contracts
from mockserver.pipeline.handler import handle_call, handle_internal_call
from mockserver.state.world_record import WorldRecord
from mockserver.state.worlds import Worlds
from mockserver.verify.http_client import ACCEPT, Request, Response

_AGENT: Final = "mockserver-console"


class WorldClient:
    """Sends requests to the vendors of a world and to the control API as a client of this server would.

    Waits for no latency of a fault; where a fault would break the connection, `send` raises
    `ServerUnreachableError`.
    """

    def __init__(
        self, worlds: Worlds, registered: WorldRecord, base: str, address: str, accept: str | None = ACCEPT
    ) -> None:
        """`base` is the server's URL, `address` that of the caller for whom the calls are made.

        `accept` is the header of requests that have none.
        """
        self._worlds = worlds
        self._world = registered["name"]
        self._address = address
        self._own = {"user-agent": _AGENT} | ({"accept": accept} if accept else {})
        self.access: dict[str, dict[str, Any]] = vendor_access.world_access_view(worlds, registered, base)
        self.control_url: str = f"{base}/_mock"
        self.number: int | None = None
        """The number of the last exchange with a vendor; None after a call to the control API."""

    def send(self, request: Request) -> Response:
        """The response to one request. Raises `ServerUnreachableError`."""
        reply = self.answer(request)
        if reply.breaks_connection:
            raise ServerUnreachableError(f"{request.label} got no whole reply: a fault breaks the connection")
        headers = {name.lower(): text for name, text in reply.headers.items()}
        headers.setdefault("content-length", str(len(reply.body)))
        return Response(reply.status, headers, reply.body)

    def exchange(self, request: Request) -> Exchange:
        """The journalled exchange of one request to a vendor, also of one that gets no reply."""
        self.answer(request)
        number = self.number
        if not number:
            raise StoreUnavailableError("the call is not in the journal", again=False)
        with self._worlds.store.transaction():
            return find_exchange(self._worlds, self._world, number)

    def answer(self, request: Request) -> WireReply:
        """The reply to one request, also one that breaks the connection."""
        self.number = None
        for name, base in self._bases():
            rest = request.url.removeprefix(base)
            if rest != request.url and rest[:1] in ("/", "?", ""):
                call = self._call(request, base, rest)
                if name is None:
                    return self._control(call, request.label)
                reply = handle_call(
                    self._worlds, vendor_access.find_vendor(self._worlds, name), call, self._world
                )
                self.number = call.number
                return reply
        raise ServerUnreachableError(f"{request.label} is not an address of this world")

    def _bases(self) -> Iterator[tuple[str | None, str]]:
        yield None, self.control_url
        for name, access in self.access.items():
            yield name, access["url"]

    def _control(self, call: Call, label: str) -> WireReply:
        """The reply of the control API, to calls for this world only: a caller may have no access to others.

        The URL of a story's step may come from its caller.
        """
        found = _bound().contract.route(call.method, routable_path(call.raw_path, call.path))
        is_own = call.raw_path.split("/")[1:3] == ["worlds", self._world]
        if not is_own or (isinstance(found, Operation) and found.access == "owner"):
            raise ServerUnreachableError(f"{label} is not an address of this world")
        transaction = self._worlds.store.transaction
        return handle_internal_call(_bound(), call, self._worlds, transaction, lambda: None)[0]

    def _call(self, request: Request, base: str, rest: str) -> Call:
        raw_path, _, query = rest.partition("?")  # urlsplit would take the start of //a for a host
        raw_path = raw_path or "/"
        own = {"host": urlsplit(base).netloc, **self._own}
        given = {name.lower(): text for name, text in request.headers.items()}
        if request.body is not None:
            own["content-length"] = str(len(request.body))
        return Call(
            method=request.method,
            path=decode_path(raw_path),
            query=query,
            headers={**own, **given},
            raw=request.body or b"",
            origin=base,
            address=self._address,
            raw_path=raw_path,
        )


@cache
def _bound() -> BoundContract:
    """The control API for calls from within; its package imports this module."""
    operations = import_module("mockserver.control").operations
    return BoundContract(Contract.read(contracts() / "control" / "openapi.yaml"), operations, ControlHooks())
