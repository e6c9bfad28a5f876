"""Clients with the vendor's host built in that no example shows, through `mockserver run`."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.outside.tools import NODE_MODULES, needs_tools, run

HERE = Path(__file__).parent
RUN = [
    sys.executable,
    "-m",
    "mockserver",
    "run",
    "--vendor",
    "ortto",
    "--people",
    "5",
    "--env",
    "KEY=ortto.api_key",
]

JAVA = ("java", "-XX:TieredStopAtLevel=1")  # the run is too short for the other compiler


@pytest.fixture(autouse=True)
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_a_client_that_prefers_http_2_is_content_with_less() -> None:
    """By ALPN at the vendor's host, and by an upgrade that is declined at the server's URL."""
    if shutil.which("java") is None:
        pytest.skip("java is not installed")
    output = run(*RUN, "--strict", "--", *JAVA, str(HERE / "Http2Client.java"), cwd=HERE)
    assert [line for line in output.splitlines() if line.startswith("HTTP_")] == ["HTTP_1_1 200"] * 4


@needs_tools
def test_axios(tmp_path: Path) -> None:
    if not (NODE_MODULES / "axios").is_dir():
        pytest.skip("run .ci/tools again: it installs axios now")
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    shutil.copy(HERE / "axios_client.mjs", tmp_path)
    output = run(*RUN, "--", "node", "axios_client.mjs", cwd=tmp_path)
    told = json.loads(output.splitlines()[0])
    assert told.pop("other")
    assert told == {"status": 200, "count": 1, "wrong": 404}
    assert "refused 1 × api.example.com:443" in output
