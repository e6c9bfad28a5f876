"""`mockserver run --conduct`: what the calls of a command show about it."""

import json
import sys
from pathlib import Path

import pytest

from tests.processes import one_line, refuse, run

CLIENT = """
import os, urllib.request
headers = {"apikey": os.environ["MOCKSERVER_VOYADO_APIKEY"], "User-Agent": ""}
control = os.environ["MOCKSERVER_URL"] + "/_mock/worlds/default/journal"
for clears in (True, False):
    url = os.environ["MOCKSERVER_VOYADO_URL"] + "/api/v3/target-audiences"
    urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20).read()
    if clears:
        urllib.request.urlopen(urllib.request.Request(control, method="DELETE"), timeout=20).read()
"""
COMMAND = ("--vendor", "voyado", "--people", "3")


@pytest.fixture(autouse=True)
def data_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


def test_a_run_reports_conduct(tmp_path: Path) -> None:
    file = tmp_path / "reports" / "conduct.json"
    options = [f"--conduct={file}", "--fail-on", "conduct"]
    done = run("run", *COMMAND, *options, "--", sys.executable, "-c", CLIENT)
    assert done.returncode == 1, done.stderr
    assert "warning: no-user-agent: voyado list_target_audiences: sent 1 of 1 calls" in done.stderr
    assert "  in:  default and 1 more" in done.stderr  # the calls before the journal was cleared count, too
    assert "mockserver: 2 findings on the conduct of clients; fix the client, or leave a rule" in done.stderr
    report = json.loads(file.read_text(encoding="utf-8"))
    assert (report["calls"], [one["rule"] for one in report["findings"]]) == (2, ["no-user-agent"] * 2)


def test_a_rule_is_left_out_of_a_run() -> None:
    options = ["--conduct", "--fail-on", "conduct", "--conduct-without", "no-user-agent"]
    done = run("run", *COMMAND, *options, "--", sys.executable, "-c", CLIENT)
    assert done.returncode == 0, done.stderr
    assert "no findings in 2 calls" in done.stderr


def test_a_run_writes_its_conduct_as_a_page(tmp_path: Path) -> None:
    file = tmp_path / "conduct.html"
    done = run("run", *COMMAND, f"--conduct={file}", "--", sys.executable, "-c", CLIENT)
    assert done.returncode == 0, done.stderr
    page = file.read_text(encoding="utf-8")
    assert "1 finding in 2 calls" in page
    assert "no-user-agent: voyado list_target_audiences" in page
    assert "2 places" in page


def test_wrong_options_of_a_run_are_refused() -> None:
    refused = refuse("run", "--conduct-without", "no-agent", "--", "true")
    assert "unknown rule 'no-agent', the nearest is no-user-agent" in one_line(refused)
    refused = refuse("run", "--conduct", "true")
    assert "true is not a report file; use =FILE.json" in one_line(refused)
