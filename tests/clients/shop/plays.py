"""What each client of the shop does in a world: a day's work, in no real time."""

import time
from collections.abc import Callable
from typing import Any, Final

import requests

from mockserver import World
from tests.clients.shop.batch_import import BatchImport
from tests.clients.shop.crm_sync import CrmSync
from tests.clients.shop.token_client import TokenClient
from tests.clients.shop.webhooks import Webhooks


def syncs(world: World) -> None:
    """The sync of 130 people, of whom none is there yet."""
    url, headers = world.url("ortto"), world.headers("ortto")
    found = requests.post(f"{url}/v1/audiences/get", json={"limit": 40}, headers=headers, timeout=10).json()
    world.journal.clear()
    rows = [
        {"email": f"p{number}@crm.example", "first": f"P{number}", "last": "X", "newsletter": number % 2 == 0}
        for number in range(130)
    ]
    sync = CrmSync(url, world.credentials("ortto")["api_key"])
    with world.waiting():
        assert sync.run(rows, found[0]["id"]) == 130


def handles_events(world: World) -> None:
    """Eight changed contacts, six visitors, and some events that come again."""
    service = Webhooks(world.url("voyado"), world.credentials("voyado")["apikey"])
    emails = [one["email"] for one in world.records("voyado", "contacts") if one.get("email")]
    ids = [one for one in map(service.find, emails[:16]) if one is not None][:8]
    world.journal.clear()
    with world.waiting():
        for number, contact in enumerate(ids):
            service.handle({"id": f"e{number}", "type": "updated", "contactId": contact})
            time.sleep(45)
        for number in range(6):
            visitor = {"email": f"new{number}@a.example", "name": "Ann", "mail": True, "sms": False}
            service.handle({"id": f"s{number}", "type": "signup", **visitor})
            time.sleep(90)
        service.handle({"id": "e0", "type": "updated", "contactId": ids[0]})
        for number, contact in enumerate(ids[:4]):
            service.handle({"id": f"f{number}", "type": "updated", "contactId": contact})
            time.sleep(20)
    assert len(service.table) == len(ids)


def imports(world: World) -> None:
    """A list of 240, which takes three pages to read."""
    rows = [{"email": f"b{number}@l.example", "firstName": "B", "lastName": "X"} for number in range(240)]
    job = BatchImport(world.url("fanfare"), world.credentials("fanfare")["secret_key"])
    with world.waiting():
        assert job.run("Loyalty list", rows) == []


def watches(world: World) -> None:
    """Four hours with a look at the segments in each, and an opt-out."""
    own = world.credentials("digitalaudience")

    def sign(path: str) -> str:
        return str(world.backstage("digitalaudience", "sign_upload", path=path)["url"])

    service = TokenClient(world.url("digitalaudience"), own["userName"], own["password"], sign)
    with world.waiting(clock=True):
        service.watch(4)
        audience = service.call("GET", "/audience/loadaudiences")[0]["id"]
        service.opt_out(audience, ["ann@shop.example", "Bea@shop.example "])


PLAYS: Final[tuple[Callable[[World], Any], ...]] = (syncs, handles_events, imports, watches)
