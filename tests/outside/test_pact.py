"""The Pact of what clients need is accepted by PactFlow's comparator, against our contracts."""

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver.cli import main
from mockserver.client import World
from mockserver.needs.report import Needs, document
from mockserver.paths import contracts
from tests.client_samples.table import CLIENTS as SAMPLES
from tests.client_samples.table import play, set_up
from tests.clients.readers import AudienceKinds, MailingList, NewContact, PropertyForm, Reader
from tests.outside.evidence import Evidence
from tests.outside.tools import needs_tools, node_program, npm_tool, run

pytestmark = needs_tools
CLIENTS = (
    "digitalaudience_erasure",
    "ortto_audience_report",
    pytest.param("spotler_subscribers", marks=pytest.mark.thorough),
)
"""With a session, filters and OAuth: of vendors whose contracts the comparator cannot read as they are."""


def pact_of(found: list[Needs], vendor: str, folder: Path) -> Path:
    """The Pact of needs, as the command writes it; beside it `contract.json`, which the comparator reads."""
    needs, pact, contract = folder / "needs.json", folder / f"{vendor}.json", folder / "contract.json"
    needs.write_text(json.dumps(document([one.as_json() for one in found])), encoding="utf-8")
    words = ["needs", str(needs), f"--vendor={vendor}", f"--pact={pact}", f"--pact-contract={contract}"]
    with pytest.raises(SystemExit) as end:
        main(words)
    assert not end.value.code
    return pact


def compare(contract: Path, pact: Path, response: dict[str, Any]) -> str:
    """What the comparator finds in a Pact with other responses; it finds nothing in the Pact as it is."""
    wrong = json.loads(pact.read_text(encoding="utf-8"))
    assert wrong["interactions"]
    for interaction in wrong["interactions"]:
        interaction["response"].update(response)
    other = pact.with_name("wrong.json")
    other.write_text(json.dumps(wrong), encoding="utf-8")
    program = node_program("openapi-pact-comparator")
    with pytest.raises(AssertionError) as failure:
        run(program, str(contract), str(pact), str(other), cwd=pact.parent)
    _command, found, found_in_other = str(failure.value).strip().splitlines()
    assert json.loads(found) == []
    return found_in_other


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
    contract = contracts() / vendor / "openapi.yaml"
    found = [mockserver.needs(one(mockserver).run, changes=["removed"], test=one.__name__) for one in readers]
    pact = pact_of(found, vendor, tmp_path)
    capsys.readouterr()
    assert "response.status.unknown" in compare(contract, pact, {"status": 299})
    tool = npm_tool("@pactflow/openapi-pact-comparator", "linter")
    evidence.read_by(tool, contract)


@pytest.mark.parametrize("client", CLIENTS)
def test_a_pact_fits_the_contract_that_is_written_for_the_comparator(
    mockserver_server: Any, tmp_path: Path, client: str
) -> None:
    stage = SAMPLES[client]
    with mockserver_server.world(**stage.world) as world:
        set_up(world, client)
        needs = world.needs(lambda: play(world, client), changes=["removed"], test=client)
    judge_by_written_contract(needs, stage.vendor, tmp_path)


@pytest.mark.mockserver(people=14)
def test_a_pact_of_signed_calls(mockserver: World, tmp_path: Path) -> None:
    needs = mockserver.needs(PropertyForm(mockserver).run, changes=["removed"], test="PropertyForm")
    judge_by_written_contract(needs, PropertyForm.vendor, tmp_path)


def judge_by_written_contract(needs: Needs, vendor: str, folder: Path) -> None:
    """Has the comparator judge a Pact by the contract that is written for it."""
    pact = pact_of([needs], vendor, folder)
    body = {"content": {"unheard": "of"}, "contentType": "application/json"}
    response = {"body": body, "headers": {"Content-Type": ["application/json"]}}
    found = compare(pact.with_name("contract.json"), pact, response)
    assert "response.body.incompatible" in found
