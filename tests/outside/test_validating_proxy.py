"""Prism judges every reply to the stories of every vendor by its contract, and notices a wrong one."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mockserver import vendors
from mockserver.formats import yaml_loader
from mockserver.paths import contracts
from tests.live_server import served
from tests.outside.evidence import CallCounter, Evidence
from tests.outside.played_stories import play_stories
from tests.outside.tools import needs_tools, npm_tool
from tests.outside.validating_proxy import WORLD, prism, validating_proxy
from tests.read_vendors import read_vendor

pytestmark = needs_tools


@pytest.fixture(scope="module")
def process() -> Iterator["subprocess.Popen[str]"]:
    with prism() as process:
        yield process


@pytest.mark.parametrize("vendor", vendors.names())
def test_prism_finds_nothing_in_the_replies(
    vendor: str, evidence: Evidence, process: "subprocess.Popen[str]"
) -> None:
    counter = CallCounter()
    document = contracts() / vendor / "openapi.yaml"
    tool = npm_tool("@stoplight/prism-cli", "proxy")
    with served(observers=[counter]) as url, evidence.reached_by(tool, counter):
        proxy = validating_proxy(process, vendor, document, url, counter)
        play_stories(url, vendor, proxy, counter, WORLD)
    assert proxy.violations == set()
    assert proxy.judged > len(read_vendor(vendor).contract.operations)


def test_prism_finds_a_reply_that_does_not_fit(tmp_path: Path, process: "subprocess.Popen[str]") -> None:
    document: dict[str, Any] = yaml_loader.read(contracts() / "digitalaudience" / "openapi.yaml")
    replies = document["paths"]["/campaign/loadcampaigns"]["get"]["responses"]
    content = replies["200"]["content"]["application/json"]
    content["schema"] = {"allOf": [content["schema"], {"required": ["extra"]}]}
    file = tmp_path / "openapi.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    with served() as url:
        proxy = validating_proxy(process, "digitalaudience", file, url, CallCounter())
        play_stories(url, "digitalaudience", proxy, CallCounter(), WORLD, ["list_and_delete_by_path"])
    assert {one.partition(":")[0] for one in proxy.violations} == {"list_campaigns 200 response/body"}
