"""Every contract passes the linters of Redocly and Spectral."""

from pathlib import Path

import pytest

from mockserver.paths import contracts
from tests.outside.evidence import Evidence
from tests.outside.tools import needs_tools, node_program, npm_tool, run

DOCUMENTS = sorted([*contracts().glob("*/openapi.yaml"), *contracts().glob("*/backstage.yaml")])
IDS = [f"{one.parent.name}-{one.stem}" for one in DOCUMENTS]

pytestmark = needs_tools


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_redocly(document: Path, tmp_path: Path, evidence: Evidence) -> None:
    assert "Your API description is valid" in run(
        node_program("redocly"), "lint", str(document), cwd=tmp_path
    )
    evidence.read_by(npm_tool("@redocly/cli", "linter"), document)


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_spectral(document: Path, tmp_path: Path, evidence: Evidence) -> None:
    ruleset = str(contracts() / ".spectral.yaml")
    run(
        node_program("spectral"),
        "lint",
        "-r",
        ruleset,
        "--fail-severity",
        "error",
        str(document),
        cwd=tmp_path,
    )
    evidence.read_by(npm_tool("@stoplight/spectral-cli", "linter"), document)
