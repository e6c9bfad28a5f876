"""Voyado: the client on PyPI, which is generated from the vendor's Swagger document, runs unmodified."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from mockserver.client import World
from mockserver.vendors import find
from tests.outside.tools import needs_tools, python_program, run
from tests.vendors.voyado import Engage

SCRIPT: Final = Path(__file__).with_name("voyado_engage_client.py")


@needs_tools
@pytest.mark.mockserver(now="2026-01-05T09:00:00Z", settings={"jobs": "immediate"})
def test_every_method_that_the_fake_serves_runs_unmodified(mockserver: World, tmp_path: Path) -> None:
    engage = Engage(mockserver)
    contact = engage.create("voucher@example.com")
    mockserver.backstage("voyado", "send_message", contactId=contact, type="SmsMessage")
    channel = {"type": "POS", "valueType": "PERCENT", "value": "20"}
    draft = {"name": "Offer", "redemptionChannels": [channel]}
    promotion = engage.send("POST", "/api/v3/promotions/multichannels", draft).json()["id"]
    mockserver.backstage("voyado", "activate_promotion", id=promotion)
    mockserver.backstage("voyado", "create_voucher", contactId=contact, amount=195)
    access = (mockserver.url("voyado"), mockserver.credentials("voyado")["apikey"])
    python = python_program("voyado-engage-client")
    methods = json.loads(run(python, str(SCRIPT), *access, contact, promotion, cwd=tmp_path))
    exchanges: list[Any] = mockserver.journal(vendor="voyado")[2:]
    assert [one["call"]["url"] for one in exchanges if one["problem"] or one["violations"]] == []
    assert len(methods) == len(exchanges)
    operations = find("voyado").contract.operations.values()
    served = {one.id for one in operations if one.path.startswith("/api/v2/")}
    assert {one["operation"] for one in exchanges} == served
