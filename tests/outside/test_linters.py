"""Every contract passes the linters of Redocly and Spectral; each runs once, since to start takes longest."""

from pathlib import Path

import pytest

from mockserver.paths import contracts
from tests.outside.evidence import Evidence
from tests.outside.tools import needs_tools, node_program, npm_tool, run

DOCUMENTS = sorted(map(str, [*contracts().glob("*/openapi.yaml"), *contracts().glob("*/backstage.yaml")]))

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
        run(node_program("spectral"), "lint", *options, *DOCUMENTS, "wrong.yaml", cwd=tmp_path)
    _command, _, output = str(failure.value).partition("\n")
    assert "wrong.yaml" in output
    assert [one for one in DOCUMENTS if one in output] == [], output
    for document in DOCUMENTS:
        evidence.read_by(npm_tool("@stoplight/spectral-cli", "linter"), Path(document))
