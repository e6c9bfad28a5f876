"""Head of line: how long other calls wait while one long call runs."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from calls import Client, Request, create_contact, to_vendor
from figures import Figures
from in_process import timed
from processes import serve

from mockserver import Control
from mockserver.client import World

_OTHER = "other"
_HEALTH = Request("", "/_mock/health", {})


class Probe:
    """Sends one request again and again in a thread, and keeps the longest time that it took."""

    def __init__(self, url: str, request: Request) -> None:
        self.longest = 0.0
        self.calls = 0
        self._client = Client(url)
        self._request = request
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Waits for the reply to the last request."""
        self._done.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._done.is_set():
            self.longest = max(self.longest, timed(lambda: self._client.ok(self._request)))
            self.calls += 1
            time.sleep(0.001)


def head_of_line(figures: Figures, people: int, moved: int) -> None:
    """The first call to a vendor in a large world, audiences recalculated in it, and a year in another."""
    figures.topic("head of line")
    with serve() as served:
        control = Control(served.url, timeout=600)
        other = control.create_world(_OTHER)
        client = Client(served.url, timeout=600)
        contact = json.loads(client.ok(create_contact(other)))
        read = to_vendor(other, "voyado", f"/api/v3/contacts/{contact['id']}")
        large = control.create_world("large", people=people)
        first = to_vendor(large, "voyado", "/api/v3/contacts/count")
        _measure(figures, f"first call, {people:,} people", served.url, read, lambda: client.ok(first))
        client.ok(_tiers(large))
        row = f"nine tiers recalculated, {people:,} people"
        _measure(figures, row, served.url, read, lambda: large.clock.advance(seconds=2))
        aged = _world_with_jobs(control, client, moved)
        row = f"clock moved by a year, {moved:,} people"
        _measure(figures, row, served.url, read, lambda: aged.clock.advance(days=365))
        client.close()


def _tiers(world: World) -> Request:
    """The creation of a loyalty program of nine tiers, whose audiences are recalculated two seconds later."""
    world.clock.freeze()
    tiers: list[dict[str, object]] = [
        {"name": f"Tier {order}", "order": order, "startValue": 100 * order, "endValue": 100 * order + 100}
        for order in range(9)
    ]
    body = {"groupName": "Program", "attribute": "totalOrderValue", "tiers": tiers}
    return to_vendor(world, "fanfare", "/api/v1/audiences/loyalty-tiers", body)


def _world_with_jobs(control: Control, client: Client, people: int) -> World:
    """A world in which vendors have nightly work."""
    world = control.create_world("aged", people=people)
    for vendor, path in (("voyado", "/api/v3/target-audiences"), ("fanfare", "/api/v1/audiences")):
        client.ok(to_vendor(world, vendor, path))
    return world


def _measure(figures: Figures, row: str, url: str, read: Request, work: Callable[[], object]) -> None:
    with _probes(url, read) as probes:
        took = timed(work)
    figures.add(row, "the long call", took, "s")
    for name, probe in probes.items():
        figures.add(row, f"longest {name}", probe.longest * 1000, "ms")


@contextmanager
def _probes(url: str, read: Request) -> Iterator[dict[str, Probe]]:
    """Probes of the server's health and of another world."""
    probes = {"GET /_mock/health": Probe(url, _HEALTH), "get in another world": Probe(url, read)}
    for probe in probes.values():
        probe.start()
    time.sleep(0.05)
    try:
        yield probes
    finally:
        for probe in probes.values():
            probe.stop()
