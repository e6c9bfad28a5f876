"""The Pact of what clients need is accepted by PactFlow's comparator, against our contracts."""

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver.cli import main
from mockserver.client import World
from mockserver.needs.report import document
from mockserver.paths import contracts
from tests.clients.readers import AudienceKinds, MailingList, NewContact, Reader
from tests.outside.evidence import Evidence
from tests.outside.tools import needs_tools, node_program, npm_tool, run

pytestmark = needs_tools


def pact_of(world: World, readers: tuple[type[Reader], ...], folder: Path) -> Path:
    """The Pact of the needs of some clients of one vendor, as the command writes it."""
    found = [world.needs(one(world).run, changes=["removed"], test=one.__name__) for one in readers]
    needs, pact = folder / "needs.json", folder / f"{readers[0].vendor}.json"
    needs.write_text(json.dumps(document([one.as_json() for one in found])), encoding="utf-8")
    with pytest.raises(SystemExit) as end:
        main(["needs", str(needs), f"--vendor={readers[0].vendor}", f"--pact={pact}"])
    assert not end.value.code
    return pact


def compare(pact: Path, vendor: str) -> list[dict[str, Any]]:
    """What the comparator finds."""
    contract = str(contracts() / vendor / "openapi.yaml")
    output = run(node_program("openapi-pact-comparator"), contract, str(pact), cwd=pact.parent)
    found: list[dict[str, Any]] = json.loads(output)
    return found


@pytest.mark.parametrize("readers", [(AudienceKinds, MailingList), (NewContact,)])
@pytest.mark.mockserver(people=14)
def test_a_pact_fits_the_contract(
    mockserver: World,
    tmp_path: Path,
    evidence: Evidence,
    capsys: pytest.CaptureFixture[str],
    readers: tuple[type[Reader], ...],
) -> None:
    vendor = readers[0].vendor
    pact = pact_of(mockserver, readers, tmp_path)
    capsys.readouterr()
    assert compare(pact, vendor) == []
    wrong = json.loads(pact.read_text(encoding="utf-8"))
    assert wrong["interactions"]
    for interaction in wrong["interactions"]:
        interaction["response"]["status"] = 299
    other = tmp_path / "wrong.json"
    other.write_text(json.dumps(wrong), encoding="utf-8")
    with pytest.raises(AssertionError, match=r"response\.status\.unknown"):
        compare(other, vendor)
    tool = npm_tool("@pactflow/openapi-pact-comparator", "linter")
    evidence.read_by(tool, contracts() / vendor / "openapi.yaml")
