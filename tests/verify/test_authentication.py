from collections.abc import Iterator

import pytest

from mockserver import vendors
from mockserver.client import Control, World
from mockserver.errors import AuthenticationError
from mockserver.verify.authentication import Access
from mockserver.verify.http_client import Sent, Wire
from tests.live_server import served

VENDORS = vendors.names()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with served() as url:
        yield Control(url).world("default")


@pytest.mark.parametrize("vendor", VENDORS)
def test_every_scheme_is_let_in(world: World, vendor: str) -> None:
    found = vendors.find(vendor)
    access = Access(found, world.url(vendor), world.credentials(vendor))
    wire = Wire()
    operation = next(
        one
        for one in found.contract.operations.values()
        if one.is_read_only and one.schemes and "{" not in one.path
    )
    url = world.url(vendor) + operation.path
    headers = {**access.headers, **access.sign(operation.method, url)}
    for scheme, value in access.sessions(wire).items():
        headers["Cookie"] = f"{found.contract.schemes[scheme]['name']}={value}"
    body = b"{}" if operation.body else None
    came = wire.send(Sent(operation.method, url, {"Content-Type": "application/json", **headers}, body))
    assert came.status not in (401, 403)
    assert wire.send(Sent(operation.method, url, {"Content-Type": "application/json"}, body)).status == 401


def test_the_schemes_differ() -> None:
    kinds = {
        (scheme["type"], scheme.get("in") or scheme.get("scheme"))
        for vendor in VENDORS
        for scheme in vendors.find(vendor).contract.schemes.values()
    }
    assert kinds == {("http", "bearer"), ("http", "oauth"), ("apiKey", "header"), ("apiKey", "cookie")}


def test_a_login_that_fails_says_so(world: World) -> None:
    vendor = "digitalaudience"
    wrong = {**world.credentials(vendor), "password": "wrong"}
    with pytest.raises(AuthenticationError, match=r"login set no cookie .* \(status 401\)"):
        Access(vendors.find(vendor), world.url(vendor), wrong).sessions(Wire())
    with pytest.raises(AuthenticationError, match="no operation takes the credentials"):
        Access(vendors.find(vendor), world.url(vendor), {}).sessions(Wire())
    with pytest.raises(AuthenticationError, match="got no reply"):
        Access(vendors.find(vendor), "http://127.0.0.1:9", world.credentials(vendor)).sessions(Wire())


def test_a_signature_needs_its_secret() -> None:
    with pytest.raises(AuthenticationError, match="'consumer_key'"):
        Access(vendors.find("spotler"), "http://api", {}).sign("GET", "http://api/a")
