"""The stories of every vendor, run by Redocly's `respect` against a real server."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from mockserver import vendors
from mockserver.formats import yaml_loader
from mockserver.paths import contracts
from tests.live_server import is_signed, served
from tests.outside.evidence import CallCounter, Evidence
from tests.outside.tools import npm_tool
from tests.read_vendors import read_vendor
from tests.signing import signing

REDOCLY = shutil.which("redocly")
MIN_STORIES = 8
DEFAULT = "http://127.0.0.1:4700"
"""The server of the inputs of stories, if nobody names another."""
BEGIN = """
workflows:
  - workflowId: no_limits
    summary: A story that needs limits switches them on.
    steps:
      - stepId: no_limits
        operationId: $sourceDescriptions.control.set_settings
        parameters: [{in: path, name: world, value: default}]
        requestBody: {contentType: application/json, payload: {limits: false}}
        successCriteria: [{condition: $statusCode == 200}]
"""
"""What comes before the stories of a vendor: those of another may have switched limits on."""


def stories(vendor: str) -> Path:
    return contracts() / vendor / "stories.arazzo.yaml"


@pytest.mark.parametrize("vendor", vendors.names())
def test_number_of_stories(vendor: str) -> None:
    enough = min(MIN_STORIES, len(read_vendor(vendor).contract.operations))
    assert len(yaml_loader.read(stories(vendor))["workflows"]) >= enough


@contextmanager
def addresses(counter: CallCounter) -> Iterator[dict[str, str]]:
    """The base URLs of a fresh server, by source; signed calls go through a door that signs."""
    with served(observers=[counter]) as url, signing(url, unsigned_too=True) as door:
        found = {vendor: f"{door if is_signed(vendor) else url}/{vendor}" for vendor in vendors.names()}
        yield {**found, "control": f"{url}/_mock"}


def addressed(folder: Path, urls: Mapping[str, str]) -> list[str]:
    """Copies of the story files, with inputs of these URLs and without limits, beside the contracts."""
    shutil.copytree(contracts(), folder, dirs_exist_ok=True)
    files = []
    for vendor in vendors.names():
        text = stories(vendor).read_text(encoding="utf-8").replace(f"{DEFAULT}/{vendor}", urls[vendor])
        files.append(folder / vendor / f"{vendor}.arazzo.yaml")
        files[-1].write_text(text.replace("\nworkflows:\n", BEGIN, 1), encoding="utf-8")
    return [str(file) for file in files]


@pytest.mark.skipif(REDOCLY is None, reason="needs redocly on the PATH: npm install --global @redocly/cli")
def test_respect_passes(evidence: Evidence, tmp_path: Path) -> None:
    """The stories of all vendors are in one run: to start it takes longer than the stories of a vendor."""
    assert REDOCLY
    counter = CallCounter()
    modules = next(one for one in Path(REDOCLY).resolve().parents if one.name == "node_modules")
    tool = npm_tool("@redocly/cli", "replay", modules)
    with addresses(counter) as urls:
        files = addressed(tmp_path, urls)
        servers = [word for name, url in urls.items() for word in ("--server", f"{name}={url}")]
        with evidence.reached_by(tool, counter):
            done = subprocess.run(
                [REDOCLY, "respect", *files, *servers, "--verbose"],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            assert done.returncode == 0, done.stdout + done.stderr
    assert {vendor for vendor, _operation, _status in counter.calls} >= {*vendors.names()}
