"""HAR reader: parses the entries of an HTTP Archive as browsers and proxies write it."""

import base64
import binascii
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import orjson

from mockserver.errors import InvalidArchiveError, InvalidEntryError
from mockserver.verify.http_client import Request, Response

_MAX_BODY_BYTES: Final = 64 * 1024 * 1024  # decompressed
_WINDOW_BITS: Final = MappingProxyType({"gzip": 31, "x-gzip": 31, "deflate": 15})  # zlib's wbits
_WITHOUT_BODY: Final = (204, 205, 304)
_SKIPPED_KINDS: Final = {
    "websocket": "a WebSocket",
    "webtransport": "a WebTransport",
    "preflight": "a CORS preflight",
}


@dataclass(frozen=True, slots=True)
class HarEntry:
    """One HTTP entry, numbered from 1. `response` is None if there was none.

    Bodies are decoded; `has_request_body` and `has_response_body` are False if the recording lacks them.
    `resource_type` is what a browser fetched the URL as.
    """

    number: int
    request: Request
    response: Response | None
    has_request_body: bool
    has_response_body: bool
    resource_type: str = ""


@dataclass(frozen=True, slots=True)
class SkippedEntry:
    """An entry that is not an HTTP call of a client, and the reason."""

    number: int
    reason: str


def read_archive(path: Path) -> list[HarEntry | SkippedEntry]:
    """The entries in file order. Raises `InvalidArchiveError`."""
    try:
        document: Any = orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
        entries = document["log"]["entries"]
        return [_entry(number, entry) for number, entry in enumerate(entries, 1)]
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
    except InvalidEntryError as error:
        reason = f"is not an HTTP Archive: {error}"
    except (ValueError, KeyError, TypeError):
        reason = "is not an HTTP Archive"
    raise InvalidArchiveError(
        f"{path} {reason}; export a HAR file from a browser's developer tools or mitmproxy"
    )


def _entry(number: int, entry: Any) -> HarEntry | SkippedEntry:
    try:
        request, response = entry["request"], entry.get("response") or {}
        method, url = request["method"].upper(), request["url"]
        headers = _headers(request)
        reason = _skip_reason(entry, method, url, headers)
        if reason:
            return SkippedEntry(number, reason)
        query = request.get("queryString")
        if query and not urlsplit(url).query:
            url += "?" + urlencode([(one["name"], one["value"]) for one in query])
        body, has_request_body = _request_body(request, headers)
        reply, has_response_body = _response(entry, method, response)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InvalidEntryError(f"entry {number} is invalid ({type(error).__name__}: {error})") from error
    resource_type = entry.get("_resourceType") or headers.get("sec-fetch-dest") or ""
    call = Request(method, url, headers, body)
    return HarEntry(number, call, reply, has_request_body, has_response_body, str(resource_type))


def _skip_reason(entry: Mapping[str, Any], method: str, url: str, headers: Mapping[str, str]) -> str | None:
    """Why the entry is not an HTTP call of a client; None if it is one."""
    scheme = urlsplit(url).scheme.lower()
    if scheme in ("ws", "wss") or "_webSocketMessages" in entry:
        return _SKIPPED_KINDS["websocket"]
    if scheme not in ("http", "https"):
        return f"not HTTP ({scheme}:)"
    if method == "OPTIONS" and "access-control-request-method" in headers:
        return _SKIPPED_KINDS["preflight"]
    if method == "CONNECT":
        return "a tunnel"
    return _SKIPPED_KINDS.get(str(entry.get("_resourceType")).lower())


def _headers(message: Mapping[str, Any]) -> dict[str, str]:
    """Headers with lower-case names, repeated ones joined, without the pseudo-headers of HTTP/2."""
    found: dict[str, str] = {}
    for one in message.get("headers") or []:
        name, text = str(one["name"]).lower(), str(one["value"])
        if not name.startswith(":"):
            separator = "; " if name == "cookie" else ", "
            found[name] = f"{found[name]}{separator}{text}" if name in found else text
    return found


def _request_body(request: Mapping[str, Any], headers: dict[str, str]) -> tuple[bytes | None, bool]:
    """The body, and whether it was recorded; adds a missing Content-Type to the headers."""
    data = request.get("postData") or {}
    text, params = data.get("text"), data.get("params")
    if data.get("mimeType"):
        headers.setdefault("content-type", data["mimeType"])
    if not text and params:
        text = urlencode([(one["name"], one.get("value") or "") for one in params])
        return text.encode(), "multipart/" not in headers.get("content-type", "")
    if not text:
        expected = (request.get("bodySize") or 0) > 0 or _has_body(headers)
        return None, not expected
    return _decode_body(text, data.get("encoding") or data.get("_encoding"), headers)


def _response(
    entry: Mapping[str, Any], method: str, response: Mapping[str, Any]
) -> tuple[Response | None, bool]:
    status = int(response.get("status") or 0)
    if status <= 0:
        return None, False
    headers, content = _headers(response), response.get("content") or {}
    media_type = content.get("mimeType")
    text = content.get("text")
    if text:
        body, recorded = _decode_body(text, content.get("encoding"), headers)
        if media_type and media_type != "x-unknown":
            headers.setdefault("content-type", media_type)
    else:
        size = content.get("size", response.get("bodySize"))
        body, recorded = (
            b"",
            status in _WITHOUT_BODY or (size == 0 and method != "HEAD" and not _has_body(headers)),
        )
    seconds = max(float(entry.get("time") or 0), 0.0) / 1000
    return Response(status, headers, body or b"", seconds), recorded


def _has_body(headers: Mapping[str, str]) -> bool:
    """Whether the headers announce a body."""
    return headers.get("content-length", "0").strip() not in ("", "0") or "transfer-encoding" in headers


def _decode_body(text: str, encoding: Any, headers: Mapping[str, str]) -> tuple[bytes | None, bool]:
    """The decoded body, and whether it could be decoded."""
    if encoding != "base64":
        return text.encode("utf-8", "surrogatepass"), True
    try:
        raw: bytes | None = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None, False
    codings = [one.strip().lower() for one in headers.get("content-encoding", "").split(",") if one.strip()]
    for coding in reversed(codings):
        raw = _decompress(raw or b"", coding)
    return raw, raw is not None


def _decompress(raw: bytes, coding: str) -> bytes | None:
    """The body without one content coding; None if it cannot be decoded.

    Most tools store the body decompressed already, so a readable text is returned unchanged.
    """
    if coding in _WINDOW_BITS:
        try:
            decompressor = zlib.decompressobj(_WINDOW_BITS[coding])
            body = decompressor.decompress(raw, _MAX_BODY_BYTES)
            return None if decompressor.unconsumed_tail else body
        except zlib.error:
            pass
    try:
        raw.decode()
    except UnicodeDecodeError:
        return None
    return raw


def called_hosts(entries: list[HarEntry | SkippedEntry]) -> Iterator[str]:
    """The host of each recorded call."""
    return (urlsplit(one.request.url).netloc for one in entries if isinstance(one, HarEntry))
