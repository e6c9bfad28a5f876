"""Schemathesis with all phases and checks for every vendor's contract, against a real server.

`contracts/<vendor>/fuzz.toml` has the exceptions: errors that depend on state, which a contract
cannot express, and wrong reports of Schemathesis.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mockserver import vendors
from mockserver.paths import contracts
from tests.live_server import honest_headers, served_to_judges

SEED = 4700
SESSION = """
[auth.openapi.Session]
api_key = "${SESSION}"
"""


def fuzz(vendor: str, examples: int, folder: Path) -> None:
    with served_to_judges() as url:
        credentials = honest_headers(url, vendor)
        # Schemathesis treats the cookie as a parameter and would not notice that a header adds it again.
        session = credentials.pop("Cookie", "").partition("=")[2]
        settings = folder / "schemathesis.toml"
        exceptions = (contracts() / vendor / "fuzz.toml").read_text(encoding="utf-8")
        settings.write_text(exceptions + (SESSION if session else ""), encoding="utf-8")
        headers = [word for name, value in credentials.items() for word in ("--header", f"{name}: {value}")]
        done = subprocess.run(
            [
                *(str(Path(sys.executable).with_name("schemathesis")), "--no-color"),
                *("--config-file", str(settings)),
                *("run", f"{url}/{vendor}/openapi.json", *headers),
                *("--phases", "examples,coverage,fuzzing,stateful"),
                *("--max-examples", str(examples), "--seed", str(SEED)),
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
def test_fuzzing(vendor: str, tmp_path: Path) -> None:
    fuzz(vendor, 8, tmp_path)


@pytest.mark.thorough
@pytest.mark.parametrize("vendor", vendors.names())
def test_fuzzing_with_many_examples(vendor: str, tmp_path: Path) -> None:
    fuzz(vendor, 200, tmp_path)
