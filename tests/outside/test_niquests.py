"""niquests and urllib3-future, which replaces urllib3 and thus has an environment of its own."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.house.sources import ROOT
from tests.outside.tools import needs_tools, python_program

URL = "https://api.ap3api.com/v1/audiences/get"


@needs_tools
def test_a_redirect_takes_every_call_of_niquests() -> None:
    """With and without asyncio, to a server in this process and to one elsewhere."""
    python = python_program("niquests")
    if not Path(python).exists():
        pytest.skip("run .ci/tools again: it installs niquests now")
    script = Path(__file__).with_name("run_niquests.py")
    done = subprocess.run(
        [python, str(script)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told.pop("urllib3")
    assert told.keys() == {"in this process", "over the network"}
    for found in told.values():
        assert found["statuses"] == [200] * 3
        assert found["urls"] == [URL] * 2
        assert found["calls"] == [URL] * 3
        assert "api.example.com is not a host of a vendor of this world (called in " in found["refused"]
        assert "run_niquests.py:" in found["refused"]
