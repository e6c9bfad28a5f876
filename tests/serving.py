"""Servers of our own for tests that need a real one, and the facts of its vendors."""

from collections.abc import Iterator
from contextlib import contextmanager

from mockserver import vendors
from mockserver.client import Control
from mockserver.serving import Server
from mockserver.web import create_app


@contextmanager
def served() -> Iterator[str]:
    """The URL of a fresh server with the demo world on a free loopback port."""
    server = Server(create_app()).start()
    try:
        yield server.url
    finally:
        server.stop()


def honest_headers(url: str, vendor: str) -> dict[str, str]:
    """What every honest call to the vendor carries: its credential, and a content type where it wants one."""
    headers = dict(Control(url).world("default").headers(vendor))
    if vendors.find(vendor).contract.content_type_required:
        headers["Content-Type"] = "application/json"
    return headers
