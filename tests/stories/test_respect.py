"""The stories of every vendor, run by Redocly's `respect` against a real server."""

import shutil
import subprocess
from pathlib import Path

import pytest

from mockserver import vendors
from mockserver.client import Control
from mockserver.formats import yaml_loader
from mockserver.paths import contracts
from tests.live_server import served_to_judges
from tests.outside.evidence import CallCounter, Evidence
from tests.outside.tools import npm_tool
from tests.read_vendors import read_vendor

REDOCLY = shutil.which("redocly")
MIN_STORIES = 8


def stories(vendor: str) -> Path:
    return contracts() / vendor / "stories.arazzo.yaml"


@pytest.mark.parametrize("vendor", vendors.names())
def test_number_of_stories(vendor: str) -> None:
    enough = min(MIN_STORIES, len(read_vendor(vendor).contract.operations))
    assert len(yaml_loader.read(stories(vendor))["workflows"]) >= enough


@pytest.mark.skipif(REDOCLY is None, reason="needs redocly on the PATH: npm install --global @redocly/cli")
@pytest.mark.parametrize("vendor", vendors.names())
def test_respect_passes(vendor: str, evidence: Evidence, tmp_path: Path) -> None:
    assert REDOCLY
    counter = CallCounter()
    modules = next(one for one in Path(REDOCLY).resolve().parents if one.name == "node_modules")
    tool = npm_tool("@redocly/cli", "replay", modules)
    with served_to_judges(signs_everything=True, observers=[counter]) as url:
        Control(url).world().configure(limits=False)  # a story that needs limits switches them on
        servers = [
            word
            for source in yaml_loader.read(stories(vendor))["sourceDescriptions"]
            for word in (
                "--server",
                f"{source['name']}={url}/{'_mock' if source['name'] == 'control' else source['name']}",
            )
        ]
        inputs = ("--input", f"url={url}/{vendor}", "--verbose")
        with evidence.reached_by(tool, counter):
            done = subprocess.run(
                [REDOCLY, "respect", str(stories(vendor)), *servers, *inputs],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            assert done.returncode == 0, done.stdout + done.stderr
