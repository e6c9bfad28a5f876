"""HTTP Archives as different tools write them."""

import base64
import gzip
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from mockserver.errors import InvalidArchiveError
from mockserver.verify.har import HarEntry, SkippedEntry, read_archive

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


def one(path: Path, *parts: Any, **more: Any) -> HarEntry:
    (found,) = read_archive(archive(path, entry(*parts, **more)))
    assert isinstance(found, HarEntry)
    return found


def base64_of(raw: bytes) -> dict[str, Any]:
    return {"size": len(raw), "text": base64.b64encode(raw).decode(), "encoding": "base64"}


def coding(name: str) -> list[dict[str, str]]:
    return [{"name": "content-encoding", "value": name}]


def body(recorded: HarEntry) -> Any:
    assert recorded.response is not None
    return recorded.response.body


def test_body_as_text_and_base64(tmp_path: Path) -> None:
    text = '["Jäger 📚"]'
    assert body(one(tmp_path, content={"size": 14, "text": text})) == ["Jäger 📚"]
    assert body(one(tmp_path, content=base64_of(text.encode()))) == ["Jäger 📚"]


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("gzip", gzip.compress(b"[1]", mtime=0)),
        ("deflate", zlib.compress(b"[1]")),
        ("deflate, gzip", gzip.compress(zlib.compress(b"[1]"), mtime=0)),
        ("gzip", b"[1]"),  # what most tools store: decompressed, with the header unchanged
        ("br", b"[1]"),
    ],
)
def test_encoded_content(tmp_path: Path, name: str, packed: bytes) -> None:
    recorded = one(tmp_path, content=base64_of(packed), reply_headers=coding(name))
    assert body(recorded) == [1]
    assert recorded.has_response_body


def test_undecodable_body_counts_as_not_recorded(tmp_path: Path) -> None:
    packed = {"content": base64_of(b"\x1b\x02\x00\xf8\xff"), "reply_headers": coding("br")}
    assert not one(tmp_path, **packed).has_response_body
    assert not one(tmp_path, content={"size": 3, "text": "%%%", "encoding": "base64"}).has_response_body


def test_decompression_bomb_is_not_unpacked(tmp_path: Path) -> None:
    packed = gzip.compress(bytes(65 * 1024 * 1024))
    with pytest.raises(
        InvalidArchiveError, match="entry 1: the body is larger than 64 MiB when decompressed"
    ):
        one(tmp_path, content=base64_of(packed), reply_headers=coding("gzip"))


@pytest.mark.parametrize(
    ("content", "status", "recorded_completely"),
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
def test_response_without_text_is_empty_or_not_recorded(
    tmp_path: Path, content: dict[str, Any], status: int, recorded_completely: bool
) -> None:
    assert one(tmp_path, content=content, status=status).has_response_body is recorded_completely


def test_content_length_announces_a_body(tmp_path: Path) -> None:
    length = [{"name": "Content-Length", "value": "5"}]
    assert not one(tmp_path, reply_headers=length).has_response_body
    assert not one(tmp_path, "POST", headers=length).has_request_body
    assert not one(tmp_path, "POST", bodySize=5).has_request_body
    assert one(tmp_path, "POST", bodySize=0).has_request_body


def test_request_body(tmp_path: Path) -> None:
    sent = one(tmp_path, "POST", postData={"mimeType": "application/json", "text": '{"a": 1}'})
    assert (sent.request.body, sent.request.headers) == (b'{"a": 1}', {"content-type": "application/json"})
    form = {"mimeType": "application/x-www-form-urlencoded", "params": [{"name": "a b", "value": "ü"}]}
    assert one(tmp_path, "POST", postData=form).request.body == b"a+b=%C3%BC"
    parts = {"mimeType": "multipart/form-data; boundary=x", "params": [{"name": "file"}]}
    assert not one(tmp_path, "POST", postData=parts).has_request_body
    packed = {"mimeType": "", "text": base64.b64encode(b"[2]").decode(), "encoding": "base64"}
    assert one(tmp_path, "POST", postData=packed).request.body == b"[2]"


def test_http_2_headers(tmp_path: Path) -> None:
    written = [(":authority", "shelf.example"), (":method", "GET"), ("cookie", "a=1"), ("Cookie", "b=2")]
    written += [("accept", "a"), ("accept", "b")]
    recorded = one(tmp_path, headers=[{"name": name, "value": text} for name, text in written])
    assert recorded.request.headers == {"cookie": "a=1; b=2", "accept": "a, b"}


def test_query_string_is_added_to_the_url(tmp_path: Path) -> None:
    query = [{"name": "a", "value": "1 2"}, {"name": "a", "value": "3"}]
    assert one(tmp_path, queryString=query).request.url == "https://shelf.example/books?a=1+2&a=3"
    both = one(tmp_path, "GET", "https://shelf.example/books?a=1%202&a=3", queryString=query)
    assert both.request.url == "https://shelf.example/books?a=1%202&a=3"


def test_missing_response(tmp_path: Path) -> None:
    for status in (0, -1):
        assert one(tmp_path, status=status).response is None
    bare = entry()
    bare["response"] = None
    (found,) = read_archive(archive(tmp_path, bare))
    assert isinstance(found, HarEntry)
    assert found.response is None


@pytest.mark.parametrize(
    ("skipped", "reason"),
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
def test_skipped_entries(tmp_path: Path, skipped: Any, reason: str) -> None:
    found = read_archive(archive(tmp_path, entry(), skipped))
    assert isinstance(found[1], SkippedEntry)
    assert found[1].number == 2
    assert found[1].reason.startswith(reason)


@pytest.mark.parametrize(
    ("odd", "reason"),
    [
        ({**entry(), "response": {"status": "error"}}, "invalid (its status is 'error', not a number)"),
        (entry(url="http://[x"), "invalid (Invalid IPv6 URL)"),
        ({"request": {"method": "GET"}}, "invalid (it lacks 'url')"),
        (entry(content={"_file": "missing.json"}), "invalid (its body, the file missing.json, is not beside"),
        (entry(content={"_file": "../a.har"}), "invalid (its body, the file ../a.har, is not beside it"),
    ],
)
def test_an_odd_entry_is_skipped_and_named(tmp_path: Path, odd: Any, reason: str) -> None:
    first, skipped = read_archive(archive(tmp_path, entry(), odd))
    assert isinstance(first, HarEntry)
    assert isinstance(skipped, SkippedEntry)
    assert (skipped.number, skipped.is_invalid) == (2, True)
    assert skipped.reason.startswith(reason)


@pytest.mark.parametrize("packed", [True, False], ids=["zip", "folder"])
def test_attached_bodies(tmp_path: Path, packed: bool) -> None:
    sent = {"mimeType": "application/json", "_file": "b.json"}
    call = entry(
        "POST", postData=sent, content={"size": 9, "mimeType": "application/json", "_file": "a.json"}
    )
    file = archive(tmp_path, call, entry(content={"_file": "c.json"}))
    (tmp_path / "a.json").write_text('["found"]')
    (tmp_path / "b.json").write_text('["sent"]')
    if packed:
        with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archived:
            for one in ("a.har", "a.json", "b.json"):
                archived.write(tmp_path / one, one)
        file = tmp_path / "all.zip"
    found, skipped = read_archive(file)
    assert isinstance(found, HarEntry)
    assert (body(found), found.request.body) == (["found"], b'["sent"]')
    assert found.has_request_body
    assert found.has_response_body
    assert isinstance(skipped, SkippedEntry)
    assert "c.json" in skipped.reason


def test_a_zip_without_an_archive_is_invalid(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archived:
        archived.writestr("a.json", "{}")
    with pytest.raises(InvalidArchiveError, match=r"the zip has no files that end in \.har"):
        read_archive(tmp_path / "a.zip")
    (tmp_path / "b.zip").write_bytes((tmp_path / "a.zip").read_bytes()[:40])
    with pytest.raises(InvalidArchiveError, match="is not an HTTP Archive; export"):
        read_archive(tmp_path / "b.zip")


def test_byte_order_mark(tmp_path: Path) -> None:
    file = archive(tmp_path, entry())
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert len(read_archive(file)) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is not an HTTP Archive (invalid JSON: "),
        ("[]", "is not an HTTP Archive; export"),
        ('{"log": {}}', "is not an HTTP Archive; export"),
        ('{"log": {"entries": [5]}}', "entry 1 is invalid (a part of it is not"),
        ('{"log": {"entries": [{"request": {"method": "GET"}}]}}', "entry 1 is invalid (it lacks 'url')"),
        (
            '{"log": {"entries": [{"request": {"method": "GET", "url": "http://[x"}}]}}',
            "entry 1 is invalid",
        ),
    ],
)
def test_invalid_archives(tmp_path: Path, text: str, reason: str) -> None:
    file = tmp_path / "a.har"
    file.write_text(text)
    with pytest.raises(InvalidArchiveError, match="export a HAR file") as error:
        read_archive(file)
    assert reason in str(error.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidArchiveError, match="cannot be read"):
        read_archive(tmp_path / "none.har")
