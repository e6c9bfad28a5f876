"""Spotler: clients and signers of others work unmodified, with another base URL."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from mockserver.client import Control
from tests.live_server import served
from tests.outside.evidence import CallCounter, Evidence, Tool
from tests.outside.tools import NODE_MODULES, needs_tools, npm_tool, python_program, python_tool, run
from tests.vendors.spotler import Spotler

HERE: Final = Path(__file__).parent
PLACES: Final = {"oauthlib": 3, "requests-oauthlib": 3, "Authlib": 3, "oauth-1.0a": 2}
"""The places of the parameters that each signer supports: header, query, body."""
SUCCESSES: Final = {"GET": 200, "PUT": 204, "DELETE": 404}

pytestmark = needs_tools


@pytest.fixture
def counter() -> CallCounter:
    return CallCounter()


@pytest.fixture
def spotler(counter: CallCounter) -> Iterator[Spotler]:
    with served(observers=[counter]) as url:
        yield Spotler(Control(url).create_world())


def signer(name: str, spotler: Spotler, secret: str, folder: Path) -> list[dict[str, Any]]:
    """The calls that a signer has made, with their status."""
    if name == "oauth-1.0a":
        command = ["node", str(HERE / "spotler_signer.js"), str(NODE_MODULES)]
    else:
        command = [python_program("oauth-signers"), str(HERE / "spotler_signers.py"), name]
    output = run(*command, spotler.url, spotler.key, secret, cwd=folder)
    return [json.loads(line) for line in output.splitlines()]


def signing_tool(name: str) -> Tool:
    return npm_tool(name, "signer") if name == "oauth-1.0a" else python_tool("oauth-signers", name, "signer")


@pytest.mark.parametrize("name", PLACES)
def test_signers_agree(
    spotler: Spotler, counter: CallCounter, evidence: Evidence, name: str, tmp_path: Path
) -> None:
    for id in ("c/1", "a@b:c d", "é"):
        spotler.contact(id)
    with evidence.reached_by(signing_tool(name), counter):
        calls = signer(name, spotler, spotler.secret, tmp_path)
    assert len({one["place"] for one in calls}) == PLACES[name]
    assert len(calls) >= 12
    assert [one for one in calls if one["status"] != SUCCESSES[one["method"]]] == []
    forged = signer(name, spotler, "another secret", tmp_path)
    assert {one["status"] for one in forged} == {401}


def test_spotler_sdk_runs_unmodified(
    spotler: Spotler, counter: CallCounter, evidence: Evidence, tmp_path: Path
) -> None:
    id = hashlib.sha256(b"jan@example.com").hexdigest()
    spotler.contact(
        id,
        email="jan@example.com",
        firstName="Jan",
        birthday="1990-01-31",
        lastPurchaseDate="2026-01-01T10:00:00+01:00",
        freeField1="7",
    )
    python, script = python_program("spotler-sdk"), str(HERE / "run_spotler_sdk.py")
    before = spotler.world.journal.newest()
    with evidence.reached_by(python_tool("spotler-sdk", "spotler-sdk", "client"), counter) as reached:
        output = run(python, script, spotler.url, spotler.key, spotler.secret, cwd=tmp_path)
    ran = next(json.loads(line) for line in output.splitlines() if line.startswith("{"))
    assert ran["missing"] == []
    conduct = spotler.world.conduct("spotler", after=before)
    assert {*conduct.rules} == set(), str(conduct)
    assert {row["operation"] for row in reached} >= {
        *("get_contact", "update_contact", "create_order", "update_order", "delete_order"),
        *("get_product", "create_product", "update_product", "delete_product"),
    }
