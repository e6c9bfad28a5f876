"""Voyado: the client on PyPI, which is generated from the vendor's Swagger document, runs unmodified."""

import json
from pathlib import Path
from typing import Any, Final

from mockserver.client import Control, World
from mockserver.vendors import find
from tests.live_server import served
from tests.outside.evidence import CallCounter, Evidence
from tests.outside.tools import needs_tools, python_program, python_tool, run
from tests.vendors.voyado import Engage

SCRIPT: Final = Path(__file__).with_name("voyado_engage_client.py")

EXPLAINED: Final = {
    "created-without-consent": "the script creates a contact with the least that the method takes",
    "never-asked-after": "the script asks for the batch of the first of two imports",
    "sent-unchanged-updates": "the script unsubscribes a contact who takes no messages",
}
"""The findings of the conduct report on a script that calls each method once, and why it has them."""


def prepare(world: World) -> tuple[str, str]:
    """Adds to the world what the script needs; returns the ids of its contact and of its promotion."""
    engage = Engage(world)
    keys = {"externalId": "client-7", "socialSecurityNumber": "198506059738"}
    contact = engage.create("voucher@example.com", **keys)
    world.backstage("voyado", "send_message", contactId=contact, type="SmsMessage")
    channel = {"type": "POS", "valueType": "PERCENT", "value": "20"}
    draft = {"name": "Offer", "redemptionChannels": [channel]}
    promotion = engage.send("POST", "/api/v3/promotions/multichannels", draft).json()["id"]
    world.backstage("voyado", "activate_promotion", id=promotion)
    world.backstage("voyado", "create_voucher", contactId=contact, amount=195)
    return contact, promotion


@needs_tools
def test_every_method_that_the_fake_serves_runs_unmodified(evidence: Evidence, tmp_path: Path) -> None:
    counter = CallCounter()
    with served(observers=[counter]) as url:
        world = Control(url).create_world(now="2026-01-05T09:00:00Z", settings={"jobs": "immediate"})
        contact, promotion = prepare(world)
        access = (world.url("voyado"), world.credentials("voyado")["apikey"])
        python = python_program("voyado-engage-client")
        tool = python_tool("voyado-engage-client", "voyado-engage-client", "client")
        before = world.journal.newest()
        with evidence.reached_by(tool, counter) as reached:
            methods = json.loads(run(python, str(SCRIPT), *access, contact, promotion, cwd=tmp_path))
        exchanges: list[Any] = world.journal(vendor="voyado", flawed=True)
        conduct = world.conduct("voyado", after=before)
    assert {*conduct.rules} == EXPLAINED.keys(), str(conduct)
    assert [one["call"]["url"] for one in exchanges] == []
    assert len(methods) == sum(number for row in reached for number in row["statuses"].values())
    assert {status[0] for row in reached for status in row["statuses"]} == {"2"}
    operations = find("voyado").contract.operations.values()
    served_ones = {one.id for one in operations if one.path.startswith("/api/v2/")}
    assert {row["operation"] for row in reached} == served_ones
