"""WSGI middleware that answers the calls to vendors, in front of the Flask application."""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from werkzeug.exceptions import HTTPException, InternalServerError

from mockserver.call import READ_METHODS
from mockserver.errors import Problem
from mockserver.formats.sanitize import escape, format_traceback
from mockserver.pipeline.handler import handle_call
from mockserver.server import wsgi_adapter
from mockserver.server.app_context import AppContext
from mockserver.server.error_replies import http_error, reported_control_error
from mockserver.server.url_paths import UrlPath, split_path, split_vendor_host_path

WsgiApp = Callable[[wsgi_adapter.Environ, wsgi_adapter.StartResponse], Iterable[bytes]]


class VendorMiddleware:
    """Passes vendor calls to the pipeline and every other request to `wsgi_app`.

    Vendor calls need no Flask routes, contexts or request objects, which would take a third of their time.
    """

    def __init__(
        self, wsgi_app: WsgiApp, context: AppContext, config: Mapping[str, Any], logger: logging.Logger
    ) -> None:
        self._wsgi_app = wsgi_app
        self._context = context
        self._config = config
        self._logger = logger

    def __call__(
        self, environ: wsgi_adapter.Environ, start_response: wsgi_adapter.StartResponse
    ) -> Iterable[bytes]:
        """The WSGI application."""
        path = wsgi_adapter.decoded_path(environ)
        vendor_host = self._context.hosts.find(environ.get("HTTP_HOST", ""))
        url = split_vendor_host_path(path, *vendor_host) if vendor_host else split_path(path)
        if not vendor_host and not self._is_vendor_call(url, environ["REQUEST_METHOD"]):
            return self._wsgi_app(environ, start_response)
        context = self._context
        try:
            call = wsgi_adapter.read_call(environ, url.rest, url.prefix, self._config["MAX_CONTENT_LENGTH"])
            reply = handle_call(context.worlds, context.vendors[url.vendor], call, url.world)
        except Problem as problem:
            reply = reported_control_error(context, problem, environ)
        except HTTPException as error:
            return http_error(context, environ, error)(environ, start_response)
        except Exception as error:
            log_failure(self._logger, environ["REQUEST_METHOD"], path, error)
            return http_error(context, environ, InternalServerError())(environ, start_response)
        return wsgi_adapter.send_reply(reply, environ, start_response)

    def _is_vendor_call(self, url: UrlPath, method: str) -> bool:
        """Whether the vendor answers it; its contract is served by Flask."""
        is_contract = url.rest == "/openapi.json" and method in READ_METHODS
        return url.vendor in self._context.vendors and not is_contract


def log_failure(logger: logging.Logger, method: str, path: str, error: BaseException) -> None:
    """Logs an unexpected exception; what the caller sent is escaped."""
    logger.error("%s %s failed\n%s", escape(method), escape(path), format_traceback(error))
