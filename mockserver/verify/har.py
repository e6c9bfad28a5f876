"""HAR reader: parses the entries of an HTTP Archive as browsers and proxies write it."""

import base64
import binascii
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from mockserver.errors import InvalidArchiveError, InvalidEntryError, ReplyLimitError
from mockserver.formats.json_text import parse_json
from mockserver.verify import content_coding
from mockserver.verify.har_file import MAX_BODY_BYTES, HarFile, open_har
from mockserver.verify.http_client import Request, Response
from mockserver.verify.limits import MEBIBYTE, describe_bytes

MAX_FILE_BYTES: Final = 128 * MEBIBYTE
_MAX_BODIES_BYTES: Final = 4 * MAX_BODY_BYTES
_WITHOUT_BODY: Final = (204, 205, 304)
_SKIPPED_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {"websocket": "a WebSocket", "webtransport": "a WebTransport", "preflight": "a CORS preflight"}
)


_FIX: Final = "export a HAR file from a browser's developer tools, Playwright or mitmproxy"


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
    """An entry that is not an HTTP call of a client, or not valid (`is_invalid`), and the reason."""

    number: int
    reason: str
    is_invalid: bool = False


def read_archive(path: Path, max_bytes: int = MAX_FILE_BYTES) -> list[HarEntry | SkippedEntry]:
    """The entries in file order. Raises `InvalidArchiveError`."""
    try:
        with open_har(path, max_bytes) as file:
            document = _parsed(path, file.text)
            return _checked(list(_bounded_entries(document["log"]["entries"], file)))
    except InvalidArchiveError:
        raise
    except ReplyLimitError as error:
        raise InvalidArchiveError(f"{path}: {error}") from error
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
    except InvalidEntryError as error:
        reason = f"is not an HTTP Archive: {error}"
    except (ValueError, KeyError, TypeError, zipfile.BadZipFile, NotImplementedError):
        reason = "is not an HTTP Archive"
    raise InvalidArchiveError(f"{path} {reason}; {_FIX}")


def _parsed(path: Path, text: bytes) -> Any:
    try:
        return parse_json(text)
    except ValueError as error:
        raise InvalidArchiveError(f"{path} is not an HTTP Archive (invalid JSON: {error}); {_FIX}") from error


def _checked(found: list[HarEntry | SkippedEntry]) -> list[HarEntry | SkippedEntry]:
    """The entries, of which some are valid. Raises `InvalidEntryError`."""
    invalid = [one for one in found if isinstance(one, SkippedEntry) and one.is_invalid]
    if invalid and len(invalid) == len(found):
        raise InvalidEntryError(f"entry {invalid[0].number} is {invalid[0].reason}")
    return found


def _bounded_entries(entries: Any, file: HarFile) -> Iterator[HarEntry | SkippedEntry]:
    """The entries. Raises `ReplyLimitError` if compressed bodies would fill the memory."""
    if not isinstance(entries, list):
        raise InvalidEntryError("its entries are not a list")
    total = 0
    for number, entry in enumerate(entries, 1):
        try:
            read = _entry(number, entry, file)
        except ReplyLimitError as error:
            raise ReplyLimitError(f"entry {number}: {error}; remove the entry") from error
        if isinstance(read, HarEntry):
            total += len(read.request.body or b"") + len(read.response.content if read.response else b"")
        if total > _MAX_BODIES_BYTES:
            most = describe_bytes(_MAX_BODIES_BYTES)
            raise ReplyLimitError(f"the bodies up to entry {number} are larger than {most}; split the file")
        yield read


def _fault(error: Exception) -> str:
    """The fault of an entry that could not be read."""
    if isinstance(error, KeyError):
        return f"it lacks {error}"
    if isinstance(error, TypeError | AttributeError):
        return "a part of it is not of the type that the format gives it"
    return " ".join(str(error).split())[:200]


def _entry(number: int, entry: Any, file: HarFile) -> HarEntry | SkippedEntry:
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
        body, has_request_body = _request_body(request, headers, file)
        reply, has_response_body = _response(entry, method, response, file)
    except InvalidEntryError as error:
        return SkippedEntry(number, f"invalid ({error})", is_invalid=True)
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        # The others are worth checking.
        return SkippedEntry(number, f"invalid ({_fault(error)})", is_invalid=True)
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


def _request_body(
    request: Mapping[str, Any], headers: dict[str, str], file: HarFile
) -> tuple[bytes | None, bool]:
    """The body, and whether it was recorded; adds a missing Content-Type to the headers."""
    data = request.get("postData") or {}
    text, params = data.get("text"), data.get("params")
    if data.get("mimeType"):
        headers.setdefault("content-type", data["mimeType"])
    if "_file" in data:
        return file.attached(data["_file"]), True
    if not text and params:
        text = urlencode([(one["name"], one.get("value") or "") for one in params])
        return text.encode(), "multipart/" not in headers.get("content-type", "")
    if not text:
        expected = (request.get("bodySize") or 0) > 0 or _has_body(headers)
        return None, not expected
    return _decode_body(text, data.get("encoding") or data.get("_encoding"), headers)


def _status(given: Any) -> int:
    try:
        return int(given)
    except (TypeError, ValueError):
        raise InvalidEntryError(f"its status is {given!r}, not a number") from None


def _response(
    entry: Mapping[str, Any], method: str, response: Mapping[str, Any], file: HarFile
) -> tuple[Response | None, bool]:
    status = _status(response.get("status") or 0)
    if status <= 0:
        return None, False
    headers, content = _headers(response), response.get("content") or {}
    media_type = content.get("mimeType")
    text = content.get("text")
    if "_file" in content:
        text, content = base64.b64encode(file.attached(content["_file"])), {**content, "encoding": "base64"}
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
    return Response(status, headers, body or b"", seconds, _sent_at(entry)), recorded


def _sent_at(entry: Mapping[str, Any]) -> float:
    """The Unix time at which the call was sent; 0 if the recording lacks it, or has no valid one."""
    try:
        moment = datetime.fromisoformat(str(entry.get("startedDateTime")))
        return max(moment.timestamp(), 0.0) if moment.tzinfo else 0.0
    except (ValueError, OverflowError):
        return 0.0


def _has_body(headers: Mapping[str, str]) -> bool:
    """Whether the headers announce a body."""
    return headers.get("content-length", "0").strip() not in ("", "0") or "transfer-encoding" in headers


def _decode_body(text: str | bytes, encoding: Any, headers: Mapping[str, str]) -> tuple[bytes | None, bool]:
    """The decoded body, and whether it could be decoded."""
    if encoding != "base64" and isinstance(text, str):
        return text.encode("utf-8", "surrogatepass"), True
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        return None, False
    codings = content_coding.content_codings(headers.get("content-encoding", ""))
    body = content_coding.decompress(raw, codings, MAX_BODY_BYTES)
    if body is None and codings and _is_text(raw):
        body = raw  # most tools store the body decompressed
    return body, body is not None


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def called_hosts(entries: list[HarEntry | SkippedEntry]) -> Iterator[str]:
    """The host of each recorded call."""
    return (urlsplit(one.request.url).netloc for one in entries if isinstance(one, HarEntry))
