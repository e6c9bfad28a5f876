"""The control API against an outside judge: Schemathesis, all phases, all checks."""

import subprocess
import sys
from pathlib import Path

from mockserver.serving import Server
from mockserver.web import create_app
from mockserver.world.scenario import load


def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    server = Server(create_app(load("empty"))).start()
    try:
        done = subprocess.run(
            [
                *(str(Path(sys.executable).with_name("schemathesis")), "--no-color"),
                *("--config-file", str(Path(__file__).with_name("fuzz.toml"))),
                *("run", f"{server.url}/_mock/openapi.json", "--checks", "all"),
                *("--phases", "examples,coverage,fuzzing,stateful"),
                *("--max-examples", "8", "--seed", "4700"),
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    finally:
        server.stop()
    assert done.returncode == 0, done.stdout + done.stderr
