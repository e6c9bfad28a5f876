"""Fuzzing of the control API with Schemathesis, all phases and checks."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from mockserver.app import create_app
from mockserver.formats import yaml_loader
from mockserver.paths import contracts
from mockserver.server.http_server import Server
from mockserver.state.scenario import load_scenario
from tests.fuzz.sampled_phases import sampled
from tests.outside.evidence import CallCounter, Evidence, Tool

PHASES = "examples,coverage,fuzzing,stateful"
TOKEN = "a-token-for-judges"


def test_schemathesis_finds_nothing(tmp_path: Path, evidence: Evidence) -> None:
    """Also checks that no operation works without a required token.

    Two phases are for a sample of the operations: with all it takes several times as long. A server without
    a token answers the same calls, so it is fuzzed in a thorough run only.
    """
    document = yaml_loader.read(contracts() / "control" / "openapi.yaml")
    fuzz(TOKEN, 1, evidence, tmp_path, sampled(document, costly=["add_fault", "get_coverage"]))


@pytest.mark.thorough
@pytest.mark.parametrize("token", [TOKEN, None])
def test_schemathesis_finds_nothing_with_many_examples(
    tmp_path: Path, evidence: Evidence, token: str | None
) -> None:
    fuzz(token, 8, evidence, tmp_path)


def fuzz(token: str | None, examples: int, evidence: Evidence, folder: Path, settings: str = "") -> None:
    """Runs all phases against a server, with further settings as TOML."""
    file = folder / "schemathesis.toml"
    exceptions = Path(__file__).with_name("fuzz.toml").read_text(encoding="utf-8")
    file.write_text(exceptions + settings, encoding="utf-8")
    counter, tool = CallCounter(), Tool("schemathesis", version("schemathesis"), "fuzzer")
    server = Server(create_app(load_scenario("empty"), token=token, observers=[counter])).start()
    try:
        with evidence.reached_by(tool, counter, only="control"):
            done = subprocess.run(
                [
                    *(str(Path(sys.executable).with_name("schemathesis")), "--no-color"),
                    *("--config-file", str(file)),
                    *("run", f"{server.url}/_mock/openapi.json", "--checks", "all"),
                    *(("-H", f"Authorization: Bearer {token}") if token else ()),
                    # a 404 may be that of an operation or a vendor that the body names
                    *("--exclude-checks", "ensure_resource_availability"),
                    *("--phases", PHASES, "--warnings", "off"),
                    *("--generation-database", "none", "--max-examples", str(examples), "--seed", "4700"),
                ],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
                timeout=600,
            )
            assert done.returncode == 0, done.stdout + done.stderr
    finally:
        server.stop()
