"""Packed request bodies over HTTP, to a vendor and to the control API."""

import gzip
import json
import zlib

import pytest
import requests

from mockserver.client import World
from mockserver.server.app_context import MAX_BODY_BYTES

BODY = json.dumps({"limit": 1, "search_term": "x"}).encode()


def post(world: World, body: bytes, encoding: str) -> requests.Response:
    headers = world.headers("ortto") | {"Content-Type": "application/json", "Content-Encoding": encoding}
    return requests.post(world.url("ortto") + "/v1/audiences/get", data=body, headers=headers, timeout=20)


@pytest.mark.parametrize(
    ("packed", "encoding"), [(gzip.compress(BODY, mtime=0), "gzip"), (zlib.compress(BODY), "deflate")]
)
def test_a_packed_body_is_read_journalled_and_matched(
    mockserver: World, packed: bytes, encoding: str
) -> None:
    fault = mockserver.faults.add("ortto", None, "latency", seconds=0.001, where={"/search_term": "x"})
    assert post(mockserver, packed, encoding).status_code == 200
    mockserver.journal.assert_called(
        "ortto", "get_audiences", body={"limit": 1}, headers={"content-encoding": encoding}
    )
    assert (mockserver.journal()[0]["remarks"], fault.spent) == ([], 1)


@pytest.mark.parametrize(
    ("body", "encoding", "hint"),
    [
        (BODY, "gzip", "Content-Encoding: the body is not valid gzip; send it packed as the header says"),
        (b"\x0b\x05\x80", "br", "Content-Encoding: cannot unpack br; use gzip or deflate"),
    ],
)
def test_what_cannot_be_unpacked_is_explained_in_the_journal(
    mockserver: World, body: bytes, encoding: str, hint: str
) -> None:
    mockserver.faults.add("ortto", None, "duplicate")
    post(mockserver, body, encoding)
    assert [one["remarks"][0].startswith(hint) for one in mockserver.journal()] == [True, True]


def test_a_bomb_is_too_large(mockserver: World) -> None:
    bomb = gzip.compress(b" " * (MAX_BODY_BYTES + 1))
    assert len(bomb) < 100_000
    assert post(mockserver, bomb, "gzip").status_code == 413
    assert mockserver.journal(status=200) == []


def test_the_control_api_unpacks_too(mockserver: World) -> None:
    url = mockserver.url("ortto").split("/w/")[0] + f"/_mock/worlds/{mockserver.name}/clock"
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    body = gzip.compress(b'{"now": "2030-01-01T00:00:00Z", "frozen": true}')
    assert requests.put(url, data=body, headers=headers, timeout=20).json()["mode"] == "frozen"
