"""Servers of our own for tests that need a real one, and the facts of its vendors."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from urllib.request import Request, urlopen

from mockserver.app import create_app
from mockserver.client import Control
from mockserver.server.http_server import Server
from mockserver.state.events import Observer
from tests.read_vendors import read_vendor
from tests.signing import PLEASE_SIGN, signing


@contextmanager
def served(threads: int = 0, observers: Iterable[Observer] = ()) -> Iterator[str]:
    """The URL of a fresh server with the demo world on a free loopback port."""
    server = Server(create_app(observers=observers), threads=threads).start()
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def served_to_judges(observers: Iterable[Observer] = ()) -> Iterator[str]:
    """As `served`, behind a door that signs for those who cannot (see `signing`)."""
    with served(observers=observers) as url, signing(url) as door:
        yield door


@contextmanager
def served_to_judges_of(vendor: str, observers: Iterable[Observer] = ()) -> Iterator[str]:
    """As `served_to_judges`, with no door for unsigned calls: it costs more than the server."""
    with (served_to_judges if is_signed(vendor) else served)(observers=observers) as url:
        yield url


def honest_headers(url: str, vendor: str) -> dict[str, str]:
    """What every honest call to the vendor carries: its credential, and a content type where it wants one."""
    headers = dict(Control(url).world("default").headers(vendor))
    contract = read_vendor(vendor).contract
    if any(contract.schemes[name].get("in") == "cookie" for name in contract.default_schemes):
        headers["Cookie"] = _session(url, vendor)
    if is_signed(vendor):
        headers["Authorization"] = PLEASE_SIGN
    if contract.rules().requires_content_type(has_body=False):
        headers["Content-Type"] = "application/json"
    return headers


def is_signed(vendor: str) -> bool:
    """Whether calls to the vendor carry a signature, which judges cannot make."""
    schemes = read_vendor(vendor).contract.schemes
    return any(scheme.get("scheme") == "oauth" for scheme in schemes.values())


def _session(url: str, vendor: str) -> str:
    """The cookie that the vendor's first call, which is its login, sets."""
    contract = read_vendor(vendor).contract
    login = contract.operations[contract.first_call or ""]
    body = json.dumps(Control(url).world("default").credentials(vendor)).encode()
    call = Request(f"{url}/{vendor}{login.path}", body, {"Content-Type": "application/json"})  # noqa: S310
    with urlopen(call, timeout=30) as reply:  # noqa: S310
        cookie: str = reply.headers["Set-Cookie"]
    return cookie.partition(";")[0]
