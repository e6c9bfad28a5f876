"""Servers of our own for tests that need a real one, and the facts of its vendors."""

from collections.abc import Iterator
from contextlib import contextmanager

from mockserver import vendors
from mockserver.client import Control
from mockserver.serving import Server
from mockserver.web import create_app
from tests.signing import PLEASE_SIGN, signing


@contextmanager
def served() -> Iterator[str]:
    """The URL of a fresh server with the demo world on a free loopback port."""
    server = Server(create_app()).start()
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def served_to_judges(*, signs_everything: bool = False) -> Iterator[str]:
    """As `served`, behind a door that signs for those who cannot (see `signing`)."""
    with served() as url, signing(url, unsigned_too=signs_everything) as door:
        yield door


def honest_headers(url: str, vendor: str) -> dict[str, str]:
    """What every honest call to the vendor carries: its credential, and a content type where it wants one."""
    headers = dict(Control(url).world("default").headers(vendor))
    contract = vendors.find(vendor).contract
    if any(scheme.get("scheme") == "oauth" for scheme in contract.schemes.values()):
        headers["Authorization"] = PLEASE_SIGN
    if contract.content_type_required:
        headers["Content-Type"] = "application/json"
    return headers
