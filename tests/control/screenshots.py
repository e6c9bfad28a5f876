"""Screenshots of every view of the console: `python -m tests.control.screenshots FOLDER [VIEW…]`."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import requests

from mockserver.client import Control, World
from tests.control.browser import Console, console
from tests.live_server import served
from tests.verify.chromium import chromium

LOOKS: Final = {"light": (1280, 820), "dark": (1280, 820), "narrow": (360, 740)}

QUALITIES: Final = (80, 60, 40, 20, 10)
MAX_BYTES: Final = 60_000
"""What a page of the documentation may load for one picture."""


def make_calls(world: World) -> None:
    """Calls of every verdict, to three vendors; the last one of each is what its story ends with."""

    def send(vendor: str, method: str, path: str, body: Any = None, **headers: str) -> None:
        given = {**world.headers(vendor), **headers}
        requests.request(method, world.url(vendor) + path, json=body, headers=given, timeout=20)

    send("ortto", "POST", "/v1/audiences/get", {"limit": 40})
    send("voyado", "GET", "/api/v3/target-audiences")
    send("ortto", "POST", "/v1/audience/get", {"limit": 10})
    send("fanfare", "GET", "/api/v1/audiences?limit=5000")
    send("fanfare", "GET", "/api/v1/audiences?limit=20")
    send("fanfare", "POST", "/api/v1/consumers", {"email": "ann@shop.example", "fullName": "Ann Berg"})
    send("ortto", "POST", "/v1/audiences/get", {"limit": 40}, **{"X-Api-Key": "PRK-wrong"})
    world.faults.add("voyado", "list_target_audiences", "status", status=503)
    send("voyado", "GET", "/api/v3/target-audiences")
    people = [{"fields": {"str::email": "li@shop.example", "str::first": "Li"}}]
    send("ortto", "POST", "/v1/person/merge", {"people": people, "merge_by": ["str::email"]})
    send("ortto", "POST", "/v1/audiences/get", {"limit": "ten", "ofset": 0})


@contextmanager
def prepared() -> Iterator[Console]:
    """The console of a server whose default world has calls and a snapshot, beside the showcase."""
    with tempfile.TemporaryDirectory() as folder, served() as url:
        world = Control(url).world("default")
        world.snapshot("before-the-sale")
        make_calls(world)
        Control(url).create_world(name="autumn-demo", scenario="showcase", label="for the demo on Thursday")
        with chromium(Path(folder)) as browser, console(browser, url) as page:
            yield page


def addresses() -> dict[str, str]:
    return {
        "calls": "#/default/calls",
        "call": "#/default/calls?n=10",
        "errors": "#/default/calls?group=errors",
        "worlds": "#/default/worlds",
        "changes": "#/default/worlds?tab=changes",
        "snapshots": "#/default/worlds?tab=snapshots",
        **{name: f"#/default/{name}" for name in ("state", "time", "trouble", "tours")},
        "contract": "#/default/contract?vendor=ortto",
        "pictures": "#/autumn-demo/pictures?vendor=voyado",
    }


def take(page: Console, name: str, address: str, folder: Path) -> None:
    for look, (width, height) in LOOKS.items():
        page.resize(width, height)
        page.theme("dark" if look == "dark" else "light")
        page.open(address)
        page.settle()
        file = folder / f"{name}-{look}.webp"
        for quality in QUALITIES:
            page.screenshot(file, quality=quality)
            if file.stat().st_size <= MAX_BYTES:
                break


def main(folder: str, *names: str) -> None:
    Path(folder).mkdir(parents=True, exist_ok=True)
    with prepared() as page:
        for name, address in addresses().items():
            if not names or name in names:
                take(page, name, address, Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
