"""Answers the calls to vendors: directly for this project's server, or as a WSGI middleware before Flask."""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge

from mockserver.call import READ_METHODS, Call, WireReply
from mockserver.contract.operation import Operation
from mockserver.contract.servers import ORIGIN_HEADER, WORLD_HEADER
from mockserver.errors import OversizedBodyError, Problem, WouldBlockError
from mockserver.formats.authority import is_authority
from mockserver.formats.content_encoding import unpack
from mockserver.formats.sanitize import escape, format_traceback
from mockserver.formats.url_path import decode_path, routable_path
from mockserver.pipeline.handler import handle_call
from mockserver.server import wsgi_adapter
from mockserver.server.app_context import MAX_BODY_BYTES, AppContext
from mockserver.server.error_replies import http_error, reported_control_error
from mockserver.server.http_request import HttpRequest
from mockserver.server.url_paths import UrlPath, split_path, split_vendor_host_path

_URL: Final = re.compile(r"https?://([A-Za-z0-9._~:\[\]-]+)(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/-]{0,255})?")

_NO_NOTES: Final[tuple[str, ...]] = ()

WsgiApp = Callable[[wsgi_adapter.Environ, wsgi_adapter.StartResponse], Iterable[bytes]]


class VendorCalls:
    """Passes the calls to vendors to the pipeline; other requests are left to Flask.

    Vendor calls need no WSGI and no Flask routes, contexts or request objects, which would take a third of
    their time.
    """

    def __init__(self, context: AppContext, logger: logging.Logger) -> None:
        self._context = context
        self._logger = logger

    def find(self, request: HttpRequest) -> UrlPath | None:
        """The parts of the path of a vendor call; None for other requests, such as for a contract."""
        url, is_vendor_call = self._split(request)
        return url if is_vendor_call else None

    def _split(self, request: HttpRequest) -> tuple[UrlPath, bool]:
        """The parts of the path, and whether it is a vendor call: found once for each request."""
        if request.parts is None:
            request.parts = self._read(request)
        parts: tuple[UrlPath, bool] = request.parts
        return parts

    def _read(self, request: HttpRequest) -> tuple[UrlPath, bool]:
        context = self._context
        vendor_host = context.hosts.find(request.headers.get("host", ""))
        url = split_vendor_host_path(request.path, *vendor_host) if vendor_host else split_path(request.path)
        if url.world is None and WORLD_HEADER in request.headers:
            url = url._replace(world=request.headers[WORLD_HEADER])
        if vendor_host:
            return url, True
        is_contract = url.rest == "/openapi.json" and request.method in READ_METHODS
        return url, not is_contract and url.vendor in context.vendors

    def answer(self, request: HttpRequest) -> WireReply | None:
        """The reply to the request; None for any other request. Raises `WouldBlockError`."""
        url = self.find(request)
        return url and self.answer_vendor(request, url)

    def answer_vendor(self, request: HttpRequest, url: UrlPath) -> WireReply:
        """The vendor's reply to the request. Raises `WouldBlockError`."""
        cors = self._context.cors
        if cors is None or not cors.allows(request):
            return self._answer(request, url)
        contract = self._context.vendors[url.vendor].contract
        if cors.is_preflight(request) and not (contract.preflight or contract.answers_options):
            return cors.preflight(request)
        return cors.share(request, self._answer(request, url))

    def _answer(self, request: HttpRequest, url: UrlPath) -> WireReply:
        context = self._context
        if context.upkeep.is_daily:
            context.upkeep.run_if_due()
        try:
            call = read_call(request, url.rest, url.prefix)
            return handle_call(context.worlds, context.vendors[url.vendor], call, url.world)
        except Problem as problem:
            return reported_control_error(context, problem, request)
        except WouldBlockError:
            raise
        except HTTPException as error:
            return http_error(context, request, error)
        except Exception as error:
            log_failure(self._logger, context, request.method, decode_path(request.path), error)
            return http_error(context, request, InternalServerError())

    def group(self, request: HttpRequest) -> tuple[str, str]:
        """The part of the key that is found without routing: vendor and world."""
        url = self._split(request)[0]
        return (url.vendor, url.world or "")

    def key(self, request: HttpRequest) -> tuple[str, ...]:
        """The key that calls share which take about as long: vendor, operation and world."""
        context = self._context
        url = self._split(request)[0]
        is_vendor = url.vendor in context.vendors
        contract = context.vendors[url.vendor].contract if is_vendor else context.control.contract
        path = routable_path(url.rest, decode_path(url.rest))
        operation = contract.route(request.method, path)
        name = operation.id if isinstance(operation, Operation) else ""
        return (url.vendor, name, url.world or "")


class VendorMiddleware:
    """The WSGI middleware: vendor calls to `VendorCalls`, every other request to `wsgi_app`."""

    def __init__(
        self, wsgi_app: WsgiApp, calls: VendorCalls, context: AppContext, config: Mapping[str, Any]
    ) -> None:
        self._wsgi_app = wsgi_app
        self._calls = calls
        self._context = context
        self._config = config

    def __call__(
        self, environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse
    ) -> Iterable[bytes]:
        """The WSGI application."""
        request = wsgi_adapter.read_request(environ)
        url = self._calls.find(request)
        if url is None:
            return self._wsgi_app(environ, start_response)
        try:
            request = wsgi_adapter.read_request(environ, self._config["MAX_CONTENT_LENGTH"])
        except HTTPException as error:
            reply = http_error(self._context, request, error)
        else:
            reply = self._calls.answer_vendor(request, url)
        return wsgi_adapter.send_reply(reply, environ, start_response)


def read_call(request: HttpRequest, path: str, prefix: str) -> Call:
    """The call of a request; `prefix` precedes its `path` on this server, such as `/w/mine/vendor`.

    Raises werkzeug's RequestEntityTooLarge for a body that unpacks to more than `MAX_BODY_BYTES`.
    """
    headers, origin = request.headers, None
    raw, notes = request.body, _NO_NOTES
    if raw and "content-encoding" in headers:
        raw, notes = _unpack(raw, headers["content-encoding"])
    if ORIGIN_HEADER in headers or WORLD_HEADER in headers:
        headers = dict(headers)
        headers.pop(WORLD_HEADER, None)
        origin = _origin(headers)
    return Call(
        method=request.method,
        path=decode_path(path),
        query=request.query,
        origin=origin or f"{request.base_url}{prefix}",
        headers=headers,
        raw=raw,
        address=request.address,
        raw_path=path,
        notes=notes,
    )


def _unpack(raw: bytes, encoding: str) -> tuple[bytes, tuple[str, ...]]:
    """The unpacked body; or the body as it is, and a note that says why."""
    try:
        return unpack(raw, encoding, MAX_BODY_BYTES), ()
    except OversizedBodyError as error:
        raise RequestEntityTooLarge from error
    except ValueError as error:
        return raw, (f"Content-Encoding: {error}",)


def log_failure(
    logger: logging.Logger, context: AppContext, method: str, path: str, error: BaseException
) -> None:
    """Logs an unexpected exception; what the caller sent is escaped, and secrets in it are redacted."""
    redact = context.vendors.redaction.text
    logger.error(
        "%s %s failed\n%s", escape(redact(method)), escape(redact(path)), redact(format_traceback(error))
    )


def _origin(headers: dict[str, str]) -> str | None:
    """The vendor's base URL that a redirected client called; its Host header is restored."""
    found = _URL.fullmatch(headers.pop(ORIGIN_HEADER, ""))
    if found is None or not is_authority(found[1]):
        return None
    headers["host"] = found[1]
    return found[0]
