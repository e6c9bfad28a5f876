"""A strict redirect beside the libraries with which tests replace the replies of other services."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests

from mockserver.client import World

ORTTO = "https://api.ap3api.com/v1/audiences/get"
OTHER = "https://other.example/"


@contextmanager
def with_respx(library: Any, _folder: Path) -> Iterator[None]:
    with library.mock(assert_all_mocked=False, assert_all_called=False) as routes:
        routes.get(OTHER).respond(204)
        for host in ("api.ap3api.com", "127.0.0.1"):
            routes.route(host=host).pass_through()
        yield
        assert httpx.get(OTHER).status_code == 204


@contextmanager
def with_responses(library: Any, _folder: Path) -> Iterator[None]:
    with library.RequestsMock() as routes:
        routes.get(OTHER, status=204)
        routes.add_passthru("https://api.ap3api.com")
        yield
        assert requests.get(OTHER, timeout=20).status_code == 204


@contextmanager
def with_requests_mock(library: Any, _folder: Path) -> Iterator[None]:
    with library.Mocker(real_http=True) as routes:
        routes.get(OTHER, status_code=204)
        yield
        assert requests.get(OTHER, timeout=20).status_code == 204


@contextmanager
def with_vcr(library: Any, folder: Path) -> Iterator[None]:
    with library.use_cassette(str(folder / "cassette.yaml"), ignore_hosts=["api.ap3api.com"]):
        yield


@pytest.mark.parametrize("is_inside", [True, False])
@pytest.mark.parametrize(
    ("name", "replaced"),
    [
        ("respx", with_respx),
        ("responses", with_responses),
        ("requests_mock", with_requests_mock),
        ("vcr", with_vcr),
    ],
)
def test_both_take_their_calls(
    name: str, replaced: Any, is_inside: bool, mockserver: World, tmp_path: Path
) -> None:
    pytest.importorskip(name)
    others: AbstractContextManager[None] = replaced(import_module(name), tmp_path)
    ours: AbstractContextManager[Any] = mockserver.redirect(strict=True)
    outer, inner = (others, ours) if is_inside else (ours, others)
    with outer, inner:
        for library in (requests, httpx):
            reply: Any = library.post(ORTTO, json={}, headers=mockserver.headers("ortto"))
            assert reply.status_code == 200
    assert len(mockserver.journal(vendor="ortto")) == 2
