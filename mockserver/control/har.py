"""Exports the journal as an HTTP Archive (HAR 1.2)."""

import json
from collections.abc import Iterable, Mapping
from io import StringIO
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from harfile import Content, Creator, HarFile, PostData, Record, Request, Response, Timings
from werkzeug.http import HTTP_STATUS_CODES

from mockserver import __version__
from mockserver.call import Exchange

_PROTOCOL = "HTTP/1.1"


def to_har(exchanges: Iterable[Exchange]) -> dict[str, Any]:
    """The exchanges as one archive. Times are those of the world's clock; errors are in the comments."""
    text = StringIO()
    with HarFile(text, creator=Creator("audience-mockserver", __version__)) as file:
        for exchange in exchanges:
            took = exchange["duration_us"] / 1000
            file.add_entry(
                startedDateTime=exchange["at"],
                time=took,
                request=_request(exchange["call"]),
                response=_response(exchange["reply"]),
                timings=Timings(send=0, wait=took, receive=0),
                comment=_comment(exchange),
            )
    archive: dict[str, Any] = json.loads(text.getvalue())
    return archive


def _request(call: Mapping[str, Any]) -> Request:
    body = call["body"]
    pairs = parse_qsl(urlsplit(call["url"]).query, keep_blank_values=True, errors="replace")
    return Request(
        method=call["method"],
        url=call["url"],
        httpVersion=_PROTOCOL,
        headers=_records(call["headers"].items()),
        queryString=_records(pairs),
        postData=PostData(_media_type(call["headers"]), text=body) if body else None,
        bodySize=len(body.encode()),
    )


def _response(reply: Mapping[str, Any]) -> Response:
    headers, body = reply["headers"], reply["body"]
    return Response(
        status=reply["status"],
        statusText=HTTP_STATUS_CODES.get(reply["status"], ""),
        httpVersion=_PROTOCOL,
        headers=_records(headers.items()),
        content=Content(size=len(body.encode()), mimeType=_media_type(headers), text=body),
        redirectURL=next((text for name, text in headers.items() if name.lower() == "location"), ""),
        bodySize=len(body.encode()),
    )


def _records(pairs: Iterable[tuple[str, str]]) -> list[Record]:
    return [Record(name, text) for name, text in pairs]


def _media_type(headers: Mapping[str, str]) -> str:
    return next((text for name, text in headers.items() if name.lower() == "content-type"), "")


def _comment(exchange: Exchange) -> str:
    """Number, vendor, operation, problem and flaw, for which HAR has no fields."""
    parts = [f"#{exchange['number']}", exchange["vendor"], exchange["operation"], exchange["problem"]]
    return " ".join(filter(None, [*parts, exchange["flaw"]]))
