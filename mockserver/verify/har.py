"""Recorded traffic: the entries of an HTTP Archive (HAR), whichever tool wrote it."""

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
from mockserver.verify.http_client import Came, Sent

_LARGEST: Final = 64 * 1024 * 1024  # of a body, unpacked
_WINDOWS: Final = MappingProxyType({"gzip": 31, "x-gzip": 31, "deflate": 15})  # what zlib calls their headers
_BODILESS: Final = (204, 205, 304)
_KINDS: Final = {
    "websocket": "a WebSocket",
    "webtransport": "a WebTransport",
    "preflight": "a CORS preflight",
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """One entry, counted from 1. `came` is None where no reply came; `kind` is what a browser fetched it as.

    The bodies are as they were before anything was encoded; `call_whole` and `reply_whole` tell whether the
    recording has them at all.
    """

    number: int
    sent: Sent
    came: Came | None
    call_whole: bool
    reply_whole: bool
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """An entry that is no HTTP call and reply, and what it is."""

    number: int
    why: str


def read(path: Path) -> list[Recorded | Left]:
    """The entries in the file's order. Raises `InvalidArchiveError`."""
    try:
        document: Any = orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
        entries = document["log"]["entries"]
        return [_entry(number, entry) for number, entry in enumerate(entries, 1)]
    except OSError as error:
        why = f"cannot be read ({error.strerror})"
    except InvalidEntryError as unfit:
        why = f"is no HTTP Archive: {unfit}"
    except (ValueError, KeyError, TypeError):
        why = "is no HTTP Archive"
    raise InvalidArchiveError(
        f"{path} {why}; save one as HAR in the developer tools of a browser, or in mitmproxy"
    )


def _entry(number: int, entry: Any) -> Recorded | Left:
    try:
        request, response = entry["request"], entry.get("response") or {}
        method, url = request["method"].upper(), request["url"]
        headers = _headers(request)
        left = _left(entry, method, url, headers)
        if left:
            return Left(number, left)
        query = request.get("queryString")
        if query and not urlsplit(url).query:
            url += "?" + urlencode([(one["name"], one["value"]) for one in query])
        body, call_whole = _sent_body(request, headers)
        came, reply_whole = _came(entry, method, response)
    except (KeyError, TypeError, AttributeError, ValueError) as flaw:
        raise InvalidEntryError(f"entry {number} does not fit ({type(flaw).__name__}: {flaw})") from flaw
    kind = entry.get("_resourceType") or headers.get("sec-fetch-dest") or ""
    return Recorded(number, Sent(method, url, headers, body), came, call_whole, reply_whole, str(kind))


def _left(entry: Mapping[str, Any], method: str, url: str, headers: Mapping[str, str]) -> str | None:
    """What an entry is that is no call of a client, if it is none."""
    scheme = urlsplit(url).scheme.lower()
    if scheme in ("ws", "wss") or "_webSocketMessages" in entry:
        return _KINDS["websocket"]
    if scheme not in ("http", "https"):
        return f"not HTTP ({scheme}:)"
    if method == "OPTIONS" and "access-control-request-method" in headers:
        return _KINDS["preflight"]
    if method == "CONNECT":
        return "a tunnel"
    return _KINDS.get(str(entry.get("_resourceType")).lower())


def _headers(message: Mapping[str, Any]) -> dict[str, str]:
    """Names in lower case, several of one name joined, HTTP/2's pseudo headers left out."""
    found: dict[str, str] = {}
    for one in message.get("headers") or []:
        name, text = str(one["name"]).lower(), str(one["value"])
        if not name.startswith(":"):
            separator = "; " if name == "cookie" else ", "
            found[name] = f"{found[name]}{separator}{text}" if name in found else text
    return found


def _sent_body(request: Mapping[str, Any], headers: dict[str, str]) -> tuple[bytes | None, bool]:
    """The body and whether it was recorded; a media type that no header tells is put among the headers."""
    data = request.get("postData") or {}
    text, params = data.get("text"), data.get("params")
    if data.get("mimeType"):
        headers.setdefault("content-type", data["mimeType"])
    if not text and params:
        text = urlencode([(one["name"], one.get("value") or "") for one in params])
        return text.encode(), "multipart/" not in headers.get("content-type", "")
    if not text:
        there = (request.get("bodySize") or 0) > 0 or _announced(headers)
        return None, not there
    return _plain_body(text, data.get("encoding") or data.get("_encoding"), headers)


def _came(entry: Mapping[str, Any], method: str, response: Mapping[str, Any]) -> tuple[Came | None, bool]:
    status = int(response.get("status") or 0)
    if status <= 0:
        return None, False
    headers, content = _headers(response), response.get("content") or {}
    media_type = content.get("mimeType")
    text = content.get("text")
    if text:
        body, whole = _plain_body(text, content.get("encoding"), headers)
        if media_type and media_type != "x-unknown":
            headers.setdefault("content-type", media_type)
    else:
        size = content.get("size", response.get("bodySize"))
        body, whole = b"", status in _BODILESS or (size == 0 and method != "HEAD" and not _announced(headers))
    seconds = max(float(entry.get("time") or 0), 0.0) / 1000
    return Came(status, headers, body or b"", seconds), whole


def _announced(headers: Mapping[str, str]) -> bool:
    """Whether the headers tell of a body."""
    return headers.get("content-length", "0").strip() not in ("", "0") or "transfer-encoding" in headers


def _plain_body(text: str, encoding: Any, headers: Mapping[str, str]) -> tuple[bytes | None, bool]:
    """The body before anything was encoded, and whether it could be had."""
    if encoding != "base64":
        return text.encode("utf-8", "surrogatepass"), True
    try:
        raw: bytes | None = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None, False
    codings = [one.strip().lower() for one in headers.get("content-encoding", "").split(",") if one.strip()]
    for coding in reversed(codings):
        raw = _unpacked(raw or b"", coding)
    return raw, raw is not None


def _unpacked(raw: bytes, coding: str) -> bytes | None:
    """The body without one coding, None where nobody here can read it. Most tools unpack it."""
    if coding in _WINDOWS:
        try:
            unpacking = zlib.decompressobj(_WINDOWS[coding])
            body = unpacking.decompress(raw, _LARGEST)
            return None if unpacking.unconsumed_tail else body
        except zlib.error:
            pass
    try:
        raw.decode()
    except UnicodeDecodeError:
        return None
    return raw


def hosts(entries: list[Recorded | Left]) -> Iterator[str]:
    """The host of each call."""
    return (urlsplit(one.sent.url).netloc for one in entries if isinstance(one, Recorded))
