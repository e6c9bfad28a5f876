"""Voyado: the client on PyPI that was generated from the vendor's own Swagger document runs unmodified.

It needs an environment of its own, which `.ci/run` makes: `python -m venv FOLDER`, `FOLDER/bin/pip install
voyado-engage-client==1.0.0`, and the variable VOYADO_CLIENT_PYTHON=FOLDER/bin/python.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from mockserver.client import World
from mockserver.vendors import find
from tests.vendors.voyado import Engage

PYTHON: Final = os.environ.get("VOYADO_CLIENT_PYTHON", "")
SCRIPT: Final = Path(__file__).with_name("voyado_engage_client.py")


def run(*words: str) -> list[str]:
    """The methods of the client that the script called, in the order of their calls."""
    environment = {**os.environ, "NO_PROXY": "*"}
    command = [PYTHON, str(SCRIPT), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr + done.stdout
    methods: list[str] = json.loads(done.stdout)
    return methods


@pytest.mark.skipif(not PYTHON, reason="needs an environment with voyado-engage-client: VOYADO_CLIENT_PYTHON")
@pytest.mark.mockserver(now="2026-01-05T09:00:00Z", settings={"jobs": "immediate"})
def test_every_method_that_the_fake_serves_runs_unmodified(mockserver: World) -> None:
    engage = Engage(mockserver)
    contact = engage.create("voucher@example.com")
    channel = {"type": "POS", "valueType": "PERCENT", "value": "20"}
    draft = {"name": "Offer", "redemptionChannels": [channel]}
    promotion = engage.send("POST", "/api/v3/promotions/multichannels", draft).json()["id"]
    mockserver.backstage("voyado", "activate_promotion", id=promotion)
    mockserver.backstage("voyado", "create_voucher", contactId=contact, amount=195)
    methods = run(mockserver.url("voyado"), mockserver.credentials("voyado")["apikey"], contact, promotion)
    exchanges: list[Any] = mockserver.journal(vendor="voyado")[2:]
    assert [one["call"]["url"] for one in exchanges if one["problem"] or one["violations"]] == []
    assert len(methods) == len(exchanges)
    operations = find("voyado").contract.operations.values()
    served = {one.id for one in operations if one.path.startswith("/api/v2/")}
    assert {one["operation"] for one in exchanges} == served
