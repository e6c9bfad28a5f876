"""Recorded traffic validated against a small contract."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from mockserver.call import Call
from mockserver.contract.contract import Contract
from mockserver.contract.operation import HeaderSpec
from mockserver.verify.har import HarEntry, SkippedEntry
from mockserver.verify.har_check import VendorUrls, _check_response, check_entries
from mockserver.verify.http_client import Request, Response
from tests.read_vendors import read_vendor

HOST = "https://shelf.example"
FIT = {"content-type": "application/json", "x-total": "1"}
KEY = {"x-key": "K-1234"}


def recorded(
    method: str = "GET",
    target: str = "/books",
    body: Any = None,
    reply: Any = (),
    *,
    status: int = 200,
    host: str = HOST,
    **more: Any,
) -> HarEntry:
    headers = {**KEY, **({"content-type": "application/json"} if body is not None else {})}
    raw = b"" if reply is None else orjson.dumps(list(reply) if reply == () else reply)
    response = Response(status, {**FIT, **more.pop("headers", {})}, raw)
    request = Request(method, host + target, headers, None if body is None else orjson.dumps(body))
    options = {"has_request_body": True, "has_response_body": True, **more}
    return HarEntry(1, request, options.pop("response", response), **options)


def found(shelf: Contract, entry: HarEntry) -> list[str]:
    (checked,) = check_entries(shelf, [entry], VendorUrls(shelf))
    return [f"{one.phase} {one.check} {one.pointer}: {one.message}" for one in checked.case.findings]


def test_valid_exchanges(shelf: Contract) -> None:
    assert found(shelf, recorded()) == []
    assert found(shelf, recorded("POST", "/books", {"title": "Momo"}, {"title": "Momo"}, status=201)) == []
    refusal = {"error": "no such path", "id": 7}
    (first, *more) = found(shelf, recorded("GET", "/shelves", reply=refusal, status=404))
    assert first.startswith("call path : unknown path")
    assert more == []


def test_a_path_is_read_as_the_server_reads_it() -> None:
    """One slash at the end may be too many, two are not."""
    contract = read_vendor("voyado").contract
    for path, unknown in {"/api/v3/contacts/count/": False, "/api/v3/contacts/count//": True}.items():
        findings = found(contract, recorded("GET", path, reply=0, host="https://x.voyado.com"))
        assert ("call path : unknown path" in str(findings)) == unknown, path


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            recorded("GET", "/bocks"),
            "call path : unknown path; nearest: GET /books (list_books)",
        ),
        (
            recorded("GET", "/" + "~" * 30),
            "call path : unknown path; no similar operation",
        ),
        (recorded("PUT", "/books"), "call method : the path supports only GET, POST; nearest: POST /books"),
        (recorded("GET", "/books?limt=5"), "call query /limt: unknown to the contract; nearest: limit"),
        (recorded("GET", "/books?limit=x"), "call query /limit: 'x' is not of type 'integer'"),
        (recorded("POST", "/books", {"titel": "a"}), "call body /titel: unknown to the contract; near"),
        (recorded("POST", "/books", {"isbn": "1"}), "call body /title: 'title' is a required property"),
        (recorded("POST", "/books"), "call body : a body is required"),
        (recorded(status=302), "reply status : status 302 is not declared"),
        (recorded(headers={"x-total": "-1"}), "reply headers /x-total: x-total does not fit"),
        (recorded(headers={"content-type": "text/html"}), "reply content type : text/html instead"),
        (recorded(reply=[{}, {"title": 5}]), "reply schema /*/title: 'title' is a required property"),
        (recorded(reply=[{}, {"title": 5}]), "reply schema /*/title: 5 is not of type 'string'"),
        (recorded(reply=None), "reply schema : the contract declares a body"),
        (recorded(reply={"error": "So", "id": 1}, status=401), "reply problem : "),
    ],
)
def test_violations(shelf: Contract, entry: HarEntry, message: str) -> None:
    assert [one for one in found(shelf, entry) if one.startswith(message)], found(shelf, entry)


def test_missing_bodies_are_not_validated(shelf: Contract) -> None:
    entry = recorded(
        "POST", "/books", None, None, status=201, has_request_body=False, has_response_body=False
    )
    (checked,) = check_entries(shelf, [entry], VendorUrls(shelf))
    assert checked.case.findings == ()
    assert checked.not_recorded == ("the request body was not recorded", "the response body was not recorded")
    assert checked.case.exchanges == ()
    (checked,) = check_entries(shelf, [recorded("GET", "/books?limit=0", response=None)], VendorUrls(shelf))
    assert [one.phase for one in checked.case.findings] == ["call"]
    assert checked.not_recorded == ("no response was recorded",)


def test_redacted_headers_are_not_reported(shelf: Contract) -> None:
    """Browsers remove cookies and keys from recordings by default, and so do our reports."""
    operation = shelf.operations["list_books"]
    spec = operation.replies["200"]
    cookie = HeaderSpec(True, shelf.schema({"type": "string", "pattern": "^sid="}))
    changed = replace(operation, replies={"200": replace(spec, headers={"set-cookie": cookie})})
    for headers, count in (({}, 0), ({"set-cookie": "…"}, 0), ({"set-cookie": "other=1"}, 1)):
        response = Response(200, {"content-type": "application/json", **headers}, b"[]")
        call = Call("GET", "/books", headers=KEY)
        assert len(list(_check_response(shelf, changed, call, response, True))) == count


def test_secrets_are_redacted(shelf: Contract) -> None:
    refusal = {"error": "no key K-1234", "id": 1}
    (message,) = found(shelf, recorded(reply=refusal, status=401))
    assert "no key …" in message


@pytest.mark.parametrize(
    ("url", "path"),
    [
        (f"{HOST}/books", "/books"),
        (f"{HOST}:443", "/"),
        (f"{HOST.upper()}/books/a%20b", "/books/a b"),
        ("https://other.example/books", None),
        ("http://127.0.0.1:4700/contract/books", "/books"),
        ("http://[::1]:4700/w/mine/contract/books", "/books"),
        ("http://mocks:4700/contract", "/"),
        ("http://localhost/w/mine/other/books", None),
        ("http://mocks.test/contract/books", "/books"),
        ("https://other.example/contract/books", None),
        ("https://proxy.example:8443/to/it/books", "/books"),
        ("https://proxy.example:8443/to/item", None),
        ("https://proxy.example/to/it/books", None),
    ],
)
def test_vendor_path_of_a_url(shelf: Contract, url: str, path: str | None) -> None:
    # The small contract has the name of its folder.
    assert VendorUrls(shelf, ["https://proxy.example:8443/to/it/"]).vendor_path(url) == path


def test_page_resources_are_skipped(shelf: Contract) -> None:
    kinds = [
        recorded("GET", "/logo.png", resource_type="image"),
        recorded("GET", "/app", resource_type="document"),
    ]
    checked = list(check_entries(shelf, [*kinds, SkippedEntry(3, "a WebSocket")], VendorUrls(shelf)))
    assert [one.case.skipped for one in checked] == [
        "fetched by a page as image",
        "fetched by a page as document",
    ]
    (one,) = check_entries(shelf, [recorded("GET", "/openapi.json")], VendorUrls(shelf))
    assert "download of the contract" in str(one.case.skipped)
    assert found(shelf, recorded("GET", "/app", resource_type="fetch"))
