"""Fuzzing of the control API with Schemathesis, all phases and checks."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from mockserver.app import create_app
from mockserver.server.http_server import Server
from mockserver.state.scenario import load_scenario
from tests.outside.evidence import CallCounter, Evidence, Tool

PHASES = "examples,coverage,fuzzing,stateful"
TOKEN = "a-token-for-judges"


@pytest.mark.parametrize(
    ("token", "phases", "examples"),
    [
        (TOKEN, PHASES, 8),
        (None, "examples,fuzzing", 1),
        pytest.param(None, PHASES, 8, marks=pytest.mark.thorough),
    ],
)
def test_schemathesis_finds_nothing(
    tmp_path: Path, evidence: Evidence, token: str | None, phases: str, examples: int
) -> None:
    """Also checks that no operation works without a required token.

    Without one all calls are made as with it, so that run calls each operation few times only.
    """
    counter, tool = CallCounter(), Tool("schemathesis", version("schemathesis"), "fuzzer")
    server = Server(create_app(load_scenario("empty"), token=token, observers=[counter])).start()
    try:
        with evidence.reached_by(tool, counter, only="control"):
            done = subprocess.run(
                [
                    *(str(Path(sys.executable).with_name("schemathesis")), "--no-color"),
                    *("--config-file", str(Path(__file__).with_name("fuzz.toml"))),
                    *("run", f"{server.url}/_mock/openapi.json", "--checks", "all"),
                    *(("-H", f"Authorization: Bearer {token}") if token else ()),
                    # a 404 may be that of an operation or a vendor that the body names
                    *("--exclude-checks", "ensure_resource_availability"),
                    *("--phases", phases),
                    *("--max-examples", str(examples), "--seed", "4700"),
                ],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            assert done.returncode == 0, done.stdout + done.stderr
    finally:
        server.stop()
