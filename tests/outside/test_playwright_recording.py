"""`check` reads what Playwright records: a zip with the bodies in files of their own."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.cli import main
from mockserver.client import Control
from mockserver.server.http_server import Server
from tests.outside.tools import NODE_MODULES, needs_tools, run
from tests.verify.chromium import program
from tests.verify.test_chromium import PLANTED, with_page

pytestmark = [needs_tools, pytest.mark.skipif(program() is None, reason="Chromium is not installed")]
SCRIPT = Path(__file__).with_name("record_playwright.mjs")


def test_a_recording_of_playwright(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "recorded.zip"
    app: Any = create_app(people=10, vendors=("ortto",))
    server = Server(with_page(app)).start()
    try:
        faults = Control(server.url).world().faults
        faults.add("ortto", "get_people", "drift", field="/contacts/*/id", change="removed")
        words = (str(NODE_MODULES), str(program()), f"{server.url}/page", str(file))
        run("node", str(SCRIPT), *words, cwd=tmp_path)
    finally:
        server.stop()
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        entries = json.loads(archive.read("har.har"))["log"]["entries"]
    attached = {one["response"]["content"].get("_file") for one in entries} - {None}
    assert attached
    assert attached <= {*names}
    assert "text" not in entries[1]["response"]["content"]
    with pytest.raises(SystemExit) as end:
        main(["check", str(file), "--vendor", "ortto", "--format", "json"])
    report = json.loads(capsys.readouterr().out)
    assert end.value.code == 1
    assert sorted(one["key"] for one in report["findings"]) == sorted(PLANTED)
    assert (report["checked"], report["unseen"], report["hindered"]) == (6, [], [])
    assert "fetched by a page as script" in {one["why"] for one in report["skipped"]}
