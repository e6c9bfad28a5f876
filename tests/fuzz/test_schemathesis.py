"""Schemathesis with all phases and checks for every vendor's contract, against a real server.

`contracts/<vendor>/fuzz.toml` has the exceptions: errors that depend on state, which a contract
cannot express, and wrong reports of Schemathesis. Bodies are fuzzed as the vendor reads them: what `x-coerce`
tolerates is not wrong, and neither is XML of a wrong type, in which everything is text or elements.
"""

import json
import os
import subprocess
import sys
from copy import deepcopy
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from mockserver import vendors
from mockserver.contract.document import Document
from mockserver.contract.xml_body import is_xml
from mockserver.paths import contracts
from mockserver.verify.fuzz_document import loosen_bodies
from tests.fuzz.sampled_phases import sampled
from tests.live_server import honest_headers, served_to_judges_of
from tests.outside.evidence import CallCounter, Evidence, Tool

SEED = 4700
COSTLY = ("create_account_activities", "register_order")
"""Operations of the sample with as many calls as all others of their vendor together."""
SESSION = """
[auth.openapi.Session]
api_key = "${SESSION}"
"""


def fuzzed_document(vendor: str) -> dict[str, Any]:
    """The contract with bodies as the vendor reads them, and without XML bodies where JSON ones exist."""
    root = deepcopy(loosen_bodies(Document.read(contracts() / vendor / "openapi.yaml")))
    for item in root["paths"].values():
        for node in item.values():
            body = node.get("requestBody", {}) if isinstance(node, dict) else {}
            contents = body.get("content", {})
            if len(contents) > 1:
                body["content"] = {name: one for name, one in contents.items() if not is_xml(name)}
    return root


def fuzz(vendor: str, examples: int, evidence: Evidence, folder: Path, *, sample: bool = False) -> None:
    """Runs all phases against a server; with `sample` two of them for some operations only."""
    counter = CallCounter()
    with served_to_judges_of(vendor, [counter]) as url:
        credentials = honest_headers(url, vendor)
        # Schemathesis treats the cookie as a parameter and would not notice that a header adds it again.
        session = credentials.pop("Cookie", "").partition("=")[2]
        settings = folder / "schemathesis.toml"
        exceptions = (contracts() / vendor / "fuzz.toml").read_text(encoding="utf-8")
        root = fuzzed_document(vendor)
        parts = (exceptions, SESSION if session else "", sampled(root, COSTLY) if sample else "")
        settings.write_text("".join(parts), encoding="utf-8")
        document = folder / "openapi.json"
        document.write_text(json.dumps(root), encoding="utf-8")
        headers = [word for name, value in credentials.items() for word in ("--header", f"{name}: {value}")]
        tool = Tool("schemathesis", version("schemathesis"), "fuzzer")
        with evidence.reached_by(tool, counter):
            done = subprocess.run(
                [
                    *(str(Path(sys.executable).with_name("schemathesis")), "--no-color"),
                    *("--config-file", str(settings)),
                    *("run", str(document), "--url", f"{url}/{vendor}", *headers),
                    *("--phases", "examples,coverage,fuzzing,stateful", "--warnings", "off"),
                    *("--generation-database", "none", "--max-examples", str(examples), "--seed", str(SEED)),
                ],
                cwd=folder,
                env={**os.environ, "SESSION": session},
                capture_output=True,
                text=True,
                check=False,
                timeout=1800,
            )
            assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("vendor", vendors.names())
def test_fuzzing(vendor: str, evidence: Evidence, tmp_path: Path) -> None:
    """One generated call of each operation, and two phases for a sample: all takes many times as long."""
    fuzz(vendor, 1, evidence, tmp_path, sample=True)


@pytest.mark.thorough
@pytest.mark.parametrize("vendor", vendors.names())
def test_fuzzing_with_many_examples(vendor: str, evidence: Evidence, tmp_path: Path) -> None:
    fuzz(vendor, 200, evidence, tmp_path)
