"""Requests that the server refuses by itself: why, and the reply."""

import re
from typing import Final

from httptools import HttpParserCallbackError, HttpParserInvalidMethodError

from mockserver.errors import RefusedRequestError
from mockserver.formats.error_body import error_body
from mockserver.server.http_response import DateHeader, render_head, status_line

_REQUEST_LINE: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ \S+ HTTP/1\.[01]\r\n")


def refusal_of(error: Exception, data: bytes) -> RefusedRequestError:
    """Why a request is refused that could not be read."""
    if isinstance(error, HttpParserCallbackError) and error.__context__ is not None:
        error = error.__context__  # type: ignore[assignment]
    if isinstance(error, RefusedRequestError):
        return error
    if isinstance(error, HttpParserInvalidMethodError) and _REQUEST_LINE.match(data):
        return RefusedRequestError(501, "unknown_method", "the method is not supported; use a registered one")
    return RefusedRequestError(
        400, "invalid_request", f"the request is not valid HTTP ({error}); correct what the client sends"
    )


def render_refusal(refusal: RefusedRequestError, date: DateHeader) -> bytes:
    """The reply, after which the connection is closed."""
    body = error_body(refusal.name, str(refusal))
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    end = date.line() + "Connection: close\r\n"
    status = f"{refusal.status} {refusal.reason}" if refusal.reason else status_line(refusal.status)
    return render_head(status, headers, end) + body
