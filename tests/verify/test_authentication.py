from collections.abc import Iterator

import pytest

from mockserver import vendors
from mockserver.client import Control, World
from mockserver.errors import AuthenticationError
from mockserver.verify.authentication import Authenticator
from mockserver.verify.http_client import HttpClient, Request
from tests.live_server import served
from tests.read_vendors import read_vendor

VENDORS = vendors.names()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with served() as url:
        yield Control(url).world("default")


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_scheme_authenticates(world: World, vendor: str) -> None:
    found = read_vendor(vendor)
    authenticator = Authenticator(found, world.url(vendor), world.credentials(vendor))
    client = HttpClient()
    operation = next(
        one
        for one in found.contract.operations.values()
        if one.is_read_only and one.schemes and "{" not in one.path
    )
    url = world.url(vendor) + operation.path
    headers = {**authenticator.headers, **authenticator.sign(operation.method, url)}
    for scheme, value in authenticator.session_cookies(client).items():
        headers["Cookie"] = f"{found.contract.schemes[scheme]['name']}={value}"
    body = b"{}" if operation.body else None
    response = client.send(
        Request(operation.method, url, {"Content-Type": "application/json", **headers}, body)
    )
    assert response.status not in (401, 403)
    assert (
        client.send(Request(operation.method, url, {"Content-Type": "application/json"}, body)).status == 401
    )


def test_vendors_cover_all_schemes() -> None:
    kinds = {
        (scheme["type"], scheme.get("in") or scheme.get("scheme"))
        for vendor in VENDORS
        for scheme in read_vendor(vendor).contract.schemes.values()
    }
    assert kinds == {("http", "bearer"), ("http", "oauth"), ("apiKey", "header"), ("apiKey", "cookie")}


def test_failed_login(world: World) -> None:
    vendor = "digitalaudience"
    wrong = {**world.credentials(vendor), "password": "wrong"}
    with pytest.raises(AuthenticationError, match=r"login did not set the cookie .* \(status 401\)"):
        Authenticator(read_vendor(vendor), world.url(vendor), wrong).session_cookies(HttpClient())
    with pytest.raises(AuthenticationError, match="no login operation takes the credentials"):
        Authenticator(read_vendor(vendor), world.url(vendor), {}).session_cookies(HttpClient())
    with pytest.raises(AuthenticationError, match="got no reply"):
        Authenticator(read_vendor(vendor), "http://127.0.0.1:9", world.credentials(vendor)).session_cookies(
            HttpClient()
        )


def test_signature_needs_its_credentials() -> None:
    with pytest.raises(AuthenticationError, match="'consumer_key'"):
        Authenticator(read_vendor("spotler"), "http://api", {}).sign("GET", "http://api/a")
