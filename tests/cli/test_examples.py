"""The clients in examples/: unmodified, with the vendor's host built in, through `mockserver run`."""

import json
import re
import shutil
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.house.sources import ROOT
from tests.processes import PATIENCE

EXAMPLES = ROOT / "examples"
COMMANDS = {
    "curl.sh": ["sh"],
    "python_client.py": [sys.executable],
    "node_client.mjs": ["node"],
    "JavaClient.java": ["java", "-XX:TieredStopAtLevel=1"],  # the run is too short for the other compiler
    "go_client.go": ["go", "run"],
    "php_client.php": ["php"],
    "ruby_client.rb": ["ruby"],
}
LOOKING_UP = ("ruby_client.rb",)  # Ruby's URI#find_proxy asks first whether the host is this machine
# Another client in Java runs in tests/outside/test_clients_in_a_run.py.
THOROUGH = ("go_client.go", "php_client.php", "ruby_client.rb", "JavaClient.java")
SCENARIO = """
people: 20
faults:
  - {kind: status, status: 503, times: 1, vendor: ortto}
"""


LISTENER = [sys.executable, str(Path(__file__).with_name("isolated.py"))]


@cache
def isolating() -> list[str]:
    """The words that begin a command in a network with a listener; none where that is not permitted."""
    for words in (LISTENER, ["sudo", "-n", "-E", *LISTENER]):
        if (
            shutil.which(words[0])
            and not subprocess.run([*words, "/dev/null", "true"], check=False).returncode
        ):
            return words
    return []


def run_alone(folder: Path, *command: str) -> tuple["subprocess.CompletedProcess[str]", list[str]]:
    """A command to its end, and the addresses beyond loopback to which it has sent anything."""
    left = folder / "left.json"
    words = [*isolating(), str(left), *command] if isolating() else [*command]
    done = subprocess.run(words, capture_output=True, text=True, timeout=3 * PATIENCE, check=False)
    return done, json.loads(left.read_text()) if isolating() else []


def nameservers() -> set[str]:
    """The addresses that this machine asks for names."""
    return set(re.findall(r"^nameserver +(\S+)", Path("/etc/resolv.conf").read_text(), re.MULTILINE))


def test_what_leaves_the_machine_is_heard(tmp_path: Path) -> None:
    if not isolating():
        pytest.skip("needs root, sudo or user namespaces")
    send = "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))"
    assert "192.0.2.1" in run_alone(tmp_path, sys.executable, "-c", send)[1]
    with socket.create_server(("127.0.0.1", 0)) as outside:
        call = f"import socket; socket.create_connection(('127.0.0.1', {outside.getsockname()[1]}))"
        done, left = run_alone(tmp_path, sys.executable, "-c", call)
    assert (done.returncode, left) == (1, []), "it is alone, also with its loopback"


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
    options += ["--journal", str(journal), "--env", "ORTTO_API_KEY=ortto.api_key"]
    done, left = run_alone(tmp_path, sys.executable, "-m", "mockserver", "run", *options, "--", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    known = nameservers() if name in LOOKING_UP else set()
    assert set(left) <= known, "nothing leaves loopback, not even the lookup of a name"
    assert "VIP customers" in done.stdout
    assert "refused" not in done.stderr
    calls = json.loads(journal.read_text())
    assert [one["reply"]["status"] for one in calls] == [503, 200]
    assert {one["call"]["url"] for one in calls} == {"https://api.ap3api.com/v1/audiences/get"}
