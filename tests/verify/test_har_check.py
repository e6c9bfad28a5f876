"""Recorded traffic held against a small contract."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from mockserver.call import Call
from mockserver.contract.contract import Contract
from mockserver.contract.operation import HeaderSpec
from mockserver.verify.har import Left, Recorded
from mockserver.verify.har_check import Addresses, _of_reply, check
from mockserver.verify.http_client import Came, Sent

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
) -> Recorded:
    headers = {**KEY, **({"content-type": "application/json"} if body is not None else {})}
    raw = b"" if reply is None else orjson.dumps(list(reply) if reply == () else reply)
    came = Came(status, {**FIT, **more.pop("headers", {})}, raw)
    sent = Sent(method, host + target, headers, None if body is None else orjson.dumps(body))
    whole = {"call_whole": True, "reply_whole": True, **more}
    return Recorded(1, sent, whole.pop("came", came), **whole)


def found(shelf: Contract, entry: Recorded) -> list[str]:
    (looked,) = check(shelf, [entry], Addresses(shelf))
    return [f"{one.phase} {one.check} {one.pointer}: {one.message}" for one in looked.case.findings]


def test_what_is_good(shelf: Contract) -> None:
    assert found(shelf, recorded()) == []
    assert found(shelf, recorded("POST", "/books", {"title": "Momo"}, {"title": "Momo"}, status=201)) == []
    refusal = {"error": "no such path", "id": 7}
    (first, *more) = found(shelf, recorded("GET", "/shelves", reply=refusal, status=404))
    assert first.startswith("call path : no operation has this path")
    assert more == []


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            recorded("GET", "/bocks"),
            "call path : no operation has this path; nearest: GET /books (list_books)",
        ),
        (
            recorded("GET", "/" + "~" * 30),
            "call path : no operation has this path; nothing is at all like it",
        ),
        (recorded("PUT", "/books"), "call method : the path knows only GET, POST; nearest: POST /books"),
        (recorded("GET", "/books?limt=5"), "call query /limt: the contract does not know it; nearest: limit"),
        (recorded("GET", "/books?limit=x"), "call query /limit: 'x' is not of type 'integer'"),
        (recorded("POST", "/books", {"titel": "a"}), "call body /titel: the contract does not know it; near"),
        (recorded("POST", "/books", {"isbn": "1"}), "call body /title: 'title' is a required property"),
        (recorded("POST", "/books"), "call body : a body is required"),
        (recorded(status=302), "reply status : status 302 is not declared"),
        (recorded(headers={"x-total": "-1"}), "reply headers /x-total: x-total does not fit"),
        (recorded(headers={"content-type": "text/html"}), "reply content type : text/html came"),
        (recorded(reply=[{}, {"title": 5}]), "reply schema /*/title: 'title' is a required property"),
        (recorded(reply=[{}, {"title": 5}]), "reply schema /*/title: 5 is not of type 'string'"),
        (recorded(reply=None), "reply schema : the contract declares a body"),
        (recorded(reply={"error": "So", "id": 1}, status=401), "reply problem : "),
    ],
)
def test_what_is_wrong(shelf: Contract, entry: Recorded, message: str) -> None:
    assert [one for one in found(shelf, entry) if one.startswith(message)], found(shelf, entry)


def test_what_was_not_recorded_is_not_judged(shelf: Contract) -> None:
    entry = recorded("POST", "/books", None, None, status=201, call_whole=False, reply_whole=False)
    (looked,) = check(shelf, [entry], Addresses(shelf))
    assert looked.case.findings == ()
    assert looked.unseen == ("the call's body was not recorded", "the reply's body was not recorded")
    assert looked.case.exchanges == ()
    (looked,) = check(shelf, [recorded("GET", "/books?limit=0", came=None)], Addresses(shelf))
    assert [one.phase for one in looked.case.findings] == ["call"]
    assert looked.unseen == ("no reply was recorded",)


def test_what_was_taken_out_of_a_recording_is_not_missed(shelf: Contract) -> None:
    """Browsers leave out cookies and keys unless told otherwise, and so do we."""
    operation = shelf.operations["list_books"]
    spec = operation.replies["200"]
    cookie = HeaderSpec(True, shelf.schema({"type": "string", "pattern": "^sid="}))
    promised = replace(operation, replies={"200": replace(spec, headers={"set-cookie": cookie})})
    for headers, flaws in (({}, 0), ({"set-cookie": "…"}, 0), ({"set-cookie": "other=1"}, 1)):
        came = Came(200, {"content-type": "application/json", **headers}, b"[]")
        call = Call("GET", "/books", headers=KEY)
        assert len(list(_of_reply(shelf, promised, call, came, True))) == flaws


def test_secrets_are_not_told(shelf: Contract) -> None:
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
def test_whose_a_call_is(shelf: Contract, url: str, path: str | None) -> None:
    # The small contract is called by the name of its folder.
    assert Addresses(shelf, ["https://proxy.example:8443/to/it/"]).path(url) == path


def test_what_a_page_fetches_for_itself_is_left(shelf: Contract) -> None:
    kinds = [recorded("GET", "/logo.png", kind="image"), recorded("GET", "/app", kind="document")]
    looked = list(check(shelf, [*kinds, Left(3, "a WebSocket")], Addresses(shelf)))
    assert [one.case.skipped for one in looked] == [
        "fetched by a page as image",
        "fetched by a page as document",
    ]
    (looked_at,) = check(shelf, [recorded("GET", "/openapi.json")], Addresses(shelf))
    assert "the contract itself" in str(looked_at.case.skipped)
    assert found(shelf, recorded("GET", "/app", kind="fetch"))
