"""The clients in examples/: unmodified, with the vendor's host built in, through `mockserver run`."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT
from tests.processes import run

EXAMPLES = ROOT / "examples"
COMMANDS = {
    "curl.sh": ["sh"],
    "python_client.py": [sys.executable],
    "node_client.mjs": ["node"],
    "JavaClient.java": ["java"],
    "go_client.go": ["go", "run"],
    "php_client.php": ["php"],
    "ruby_client.rb": ["ruby"],
}
THOROUGH = ("go_client.go", "php_client.php", "ruby_client.rb")
SCENARIO = """
people: 20
faults:
  - {kind: status, status: 503, times: 1, vendor: ortto}
"""


def test_no_example_knows_of_the_server() -> None:
    files = {one.name: one.read_text(encoding="utf-8").lower() for one in EXAMPLES.iterdir()}
    assert files.keys() == COMMANDS.keys()
    words = re.compile("mock|localhost|127[.]0|proxy|fake")
    assert [name for name, text in files.items() if words.search(text)] == []
    assert [name for name, text in files.items() if "https://api.ap3api.com/" not in text] == []


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=pytest.mark.thorough if one in THOROUGH else ()) for one in COMMANDS]
)
def test_an_example_finds_an_audience_after_a_planned_fault(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which(COMMANDS[name][0]) is None:
        pytest.skip(f"{COMMANDS[name][0]} is not installed")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    scenario, journal = tmp_path / "busy.yaml", tmp_path / "journal.json"
    scenario.write_text(
        (ROOT / "fixtures/scenarios/demo.yaml").read_text() + SCENARIO.replace("people: 20\n", "")
    )
    options = ["--vendor", "ortto", "--people", "20", "--scenario", str(scenario), "--strict"]
    words = [*COMMANDS[name], str(EXAMPLES / name), "VIP"]
    done = run(
        "run", *options, "--journal", str(journal), "--env", "ORTTO_API_KEY=ortto.api_key", "--", *words
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "VIP customers" in done.stdout
    assert "refused" not in done.stderr
    calls = json.loads(journal.read_text())
    assert [one["reply"]["status"] for one in calls] == [503, 200]
    assert {one["call"]["url"] for one in calls} == {"https://api.ap3api.com/v1/audiences/get"}
