"""HTTP Archives as the many tools write them, each oddity by itself."""

import base64
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import pytest

from mockserver.errors import InvalidArchiveError
from mockserver.verify.har import Left, Recorded, read

JSON = {"name": "Content-Type", "value": "application/json"}


def entry(
    method: str = "GET", url: str = "https://shelf.example/books", *, status: int = 200, **more: Any
) -> dict[str, Any]:
    """An entry with as little as a tool may write; `more` is put into the request or the response."""
    response = {"status": status, "headers": [JSON], "content": more.pop("content", {"size": 0})}
    response["headers"] = response["headers"] + more.pop("reply_headers", [])
    outer = {name: more.pop(name) for name in list(more) if name.startswith("_")}
    return {"request": {"method": method, "url": url, "headers": [], **more}, "response": response, **outer}


def archive(path: Path, *entries: Any) -> Path:
    file = path / "a.har"
    file.write_text(json.dumps({"log": {"entries": entries}}))
    return file


def one(path: Path, *parts: Any, **more: Any) -> Recorded:
    (found,) = read(archive(path, entry(*parts, **more)))
    assert isinstance(found, Recorded)
    return found


def base64_of(raw: bytes) -> dict[str, Any]:
    return {"size": len(raw), "text": base64.b64encode(raw).decode(), "encoding": "base64"}


def coding(name: str) -> list[dict[str, str]]:
    return [{"name": "content-encoding", "value": name}]


def body(recorded: Recorded) -> Any:
    assert recorded.came is not None
    return recorded.came.body


def test_a_body_as_text_and_in_base64(tmp_path: Path) -> None:
    text = '["Jäger 📚"]'
    assert body(one(tmp_path, content={"size": 14, "text": text})) == ["Jäger 📚"]
    assert body(one(tmp_path, content=base64_of(text.encode()))) == ["Jäger 📚"]


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("gzip", gzip.compress(b"[1]", mtime=0)),
        ("deflate", zlib.compress(b"[1]")),
        ("deflate, gzip", gzip.compress(zlib.compress(b"[1]"), mtime=0)),
        ("gzip", b"[1]"),  # what most tools do: unpacked, though the header still stands
        ("br", b"[1]"),
    ],
)
def test_encoded_content(tmp_path: Path, name: str, packed: bytes) -> None:
    recorded = one(tmp_path, content=base64_of(packed), reply_headers=coding(name))
    assert body(recorded) == [1]
    assert recorded.reply_whole


def test_what_cannot_be_decoded_counts_as_not_recorded(tmp_path: Path) -> None:
    packed = {"content": base64_of(b"\x1b\x02\x00\xf8\xff"), "reply_headers": coding("br")}
    assert not one(tmp_path, **packed).reply_whole
    assert not one(tmp_path, content={"size": 3, "text": "%%%", "encoding": "base64"}).reply_whole


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    packed = gzip.compress(bytes(65 * 1024 * 1024))
    assert not one(tmp_path, content=base64_of(packed), reply_headers=coding("gzip")).reply_whole


@pytest.mark.parametrize(
    ("content", "status", "whole"),
    [
        ({"size": 0}, 200, True),
        ({"size": 12}, 200, False),
        ({"size": -1}, 200, False),
        ({}, 200, False),
        ({"size": 12, "text": ""}, 200, False),
        ({"size": 0, "mimeType": "x-unknown"}, 204, True),
        ({}, 204, True),
        ({}, 304, True),
    ],
)
def test_whether_a_reply_without_text_is_empty(
    tmp_path: Path, content: dict[str, Any], status: int, whole: bool
) -> None:
    assert one(tmp_path, content=content, status=status).reply_whole is whole


def test_a_length_tells_of_a_body_that_was_streamed_past(tmp_path: Path) -> None:
    length = [{"name": "Content-Length", "value": "5"}]
    assert not one(tmp_path, reply_headers=length).reply_whole
    assert not one(tmp_path, "POST", headers=length).call_whole
    assert not one(tmp_path, "POST", bodySize=5).call_whole
    assert one(tmp_path, "POST", bodySize=0).call_whole


def test_the_body_of_a_call(tmp_path: Path) -> None:
    sent = one(tmp_path, "POST", postData={"mimeType": "application/json", "text": '{"a": 1}'})
    assert (sent.sent.body, sent.sent.headers) == (b'{"a": 1}', {"content-type": "application/json"})
    form = {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a b", "value": "ü"}]}
    assert one(tmp_path, "POST", postData=form).sent.body == b"a+b=%C3%BC"
    parts = {"mimeType": "multipart/form-data; boundary=x", "params": [{"name": "file"}]}
    assert not one(tmp_path, "POST", postData=parts).call_whole
    packed = {"mimeType": "", "text": base64.b64encode(b"[2]").decode(), "encoding": "base64"}
    assert one(tmp_path, "POST", postData=packed).sent.body == b"[2]"


def test_headers_of_http_2(tmp_path: Path) -> None:
    written = [(":authority", "shelf.example"), (":method", "GET"), ("cookie", "a=1"), ("Cookie", "b=2")]
    written += [("accept", "a"), ("accept", "b")]
    recorded = one(tmp_path, headers=[{"name": name, "value": text} for name, text in written])
    assert recorded.sent.headers == {"cookie": "a=1; b=2", "accept": "a, b"}


def test_a_query_that_stands_beside_the_url(tmp_path: Path) -> None:
    query = [{"name": "a", "value": "1 2"}, {"name": "a", "value": "3"}]
    assert one(tmp_path, queryString=query).sent.url == "https://shelf.example/books?a=1+2&a=3"
    both = one(tmp_path, "GET", "https://shelf.example/books?a=1%202&a=3", queryString=query)
    assert both.sent.url == "https://shelf.example/books?a=1%202&a=3"


def test_no_reply(tmp_path: Path) -> None:
    for status in (0, -1):
        assert one(tmp_path, status=status).came is None
    bare = entry()
    bare["response"] = None
    (found,) = read(archive(tmp_path, bare))
    assert isinstance(found, Recorded)
    assert found.came is None


@pytest.mark.parametrize(
    ("left", "why"),
    [
        (entry(url="wss://shelf.example/live"), "a WebSocket"),
        (entry(_resourceType="websocket", status=101), "a WebSocket"),
        (entry(_webSocketMessages=[]), "a WebSocket"),
        (entry(url="blob:https://shelf.example/4f"), "not HTTP (blob:)"),
        (entry(url="data:image/png;base64,AA=="), "not HTTP (data:)"),
        (entry(url="chrome-extension://abc/x.js"), "not HTTP (chrome-extension:)"),
        (entry("OPTIONS", headers=[{"name": "Access-Control-Request-Method", "value": "PUT"}]), "a CORS pre"),
        (entry("OPTIONS", _resourceType="preflight"), "a CORS preflight"),
        (entry("CONNECT", "https://shelf.example:443"), "a tunnel"),
    ],
)
def test_what_is_no_call(tmp_path: Path, left: Any, why: str) -> None:
    found = read(archive(tmp_path, entry(), left))
    assert isinstance(found[1], Left)
    assert found[1].number == 2
    assert found[1].why.startswith(why)


def test_a_byte_order_mark(tmp_path: Path) -> None:
    file = archive(tmp_path, entry())
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert len(read(file)) == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no HTTP Archive; save one"),
        ("[]", "is no HTTP Archive; save one"),
        ('{"log": {}}', "is no HTTP Archive; save one"),
        ('{"log": {"entries": [5]}}', "entry 1 does not fit (TypeError"),
        ('{"log": {"entries": [{"request": {"method": "GET"}}]}}', "entry 1 does not fit (KeyError: 'url')"),
        (
            '{"log": {"entries": [{"request": {"method": "GET", "url": "http://[x"}}]}}',
            "entry 1 does not fit",
        ),
    ],
)
def test_what_is_no_archive(tmp_path: Path, text: str, why: str) -> None:
    file = tmp_path / "a.har"
    file.write_text(text)
    with pytest.raises(InvalidArchiveError, match="save one as HAR") as refusal:
        read(file)
    assert why in str(refusal.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidArchiveError, match="cannot be read"):
        read(tmp_path / "none.har")
