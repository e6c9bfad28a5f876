"""Reports of servers with faults, in every form; with screenshots, wide and narrow, light and dark:
`python -m tests.outside.report_pages FOLDER`.
"""

import base64
import sys
import tempfile
from pathlib import Path
from typing import Any, Final
from urllib.request import Request, urlopen

import requests

from mockserver.cli import main
from mockserver.client import Control
from mockserver.needs.needs_page import needs_page
from mockserver.testing.conduct_report import ConductReport
from mockserver.testing.coverage_report import to_html
from tests.live_server import served
from tests.verify.broken import MutableResponse, broken
from tests.verify.chromium import Tab, chromium

RECORDED: Final = Path(__file__).parents[1] / "verify" / "recorded" / "mitmproxy.har"
VERIFIED: Final = ("verify", "diff", "check")
"""The commands with `--report`."""
PAGES: Final = (*VERIFIED, "coverage", "conduct", "needs")
LOOKS: Final = {
    "wide": (1200, "light"),
    "dark": (1200, "dark"),
    "narrow": (360, "light"),
    "night": (360, "dark"),
}
_STORIES: Final = (
    "page_through_the_audiences",
    "tags_and_fields_of_the_instance",
    "permission_moves_people",
    "list_members_page_by_page",
)


def _spoil(response: MutableResponse) -> None:
    """Makes several kinds of findings: an undeclared status, a removed member, a new one, a wrong type."""
    if response.operation == "get_custom_fields":
        response.status = 203
    if response.operation == "get_audiences" and isinstance(response.body, list):
        for one in response.body:
            one.pop("id", None)
            one["colour"] = "<b>red & blue</b>"
            one["members"] = "many"


def write_reports(folder: Path) -> None:
    """Writes `<command>.<form>` for each report of the commands with `--report`, and the other pages."""
    with broken("ortto", _spoil) as url:
        stories = [word for name in _STORIES for word in ("--story", name)]
        keys = ("--credential", "api_key=PRK-mockserver", "--rate", "1000", "--writes")
        _run(folder, "verify", "ortto", "--control", url, "--phase", "stories", *stories)
        _run(folder, "diff", "ortto", "--url", f"{url}/ortto", *keys, *stories[:4])
    _run(folder, "check", str(RECORDED), "--vendor", "ortto")
    with served() as url:
        world = Control(url).world()
        _call(world)
        found = {name: world.coverage()[name] for name in ("items", "unused_faults", "inferred")}
        tests = [f"tests/test_client.py::test_{name}[a long name of <a test>]" for name in ("one", "two")]
        for one in (*found["items"], *found["inferred"]):
            one["tests"] = tests if one["calls"] else []
        found["unused_faults"] = [{"test": tests[0], **one} for one in found["unused_faults"]]
        (folder / "coverage.html").write_text(to_html(found), encoding="utf-8")
        ConductReport.of_worlds([world.conduct()]).write(folder / "conduct.html")
        needs = world.needs(lambda: _name_audiences(world), test=tests[0])
        (folder / "needs.html").write_text(needs_page([needs.as_json()]), encoding="utf-8")


def _run(folder: Path, command: str, *words: str) -> None:
    files = {form: folder / f"{command}.{form}" for form in ("html", "junit", "har", "json")}
    reports = [word for form, file in files.items() for word in ("--report", f"{form}={file}")]
    try:
        main([command, *words, *reports])
    except SystemExit as end:
        assert end.code == 1, (command, end.code)  # noqa: PT017 - the exit code is what counts


def _call(world: Any) -> None:
    """Calls that reach operations, a problem, a fault, and what rules of conduct find."""
    world.faults.add("ortto", "get_tags", "status", status=503, times=1)
    world.faults.add("ortto", "merge_people", "drop_after")
    for path, body in (
        *[("/v1/audiences/get", {"limit": 10})] * 3,
        ("/v1/audiences/get", {"limit": "ten"}),
        *[("/v1/tags/get", {})] * 2,
    ):
        requests.post(world.url("ortto") + path, json=body, headers=world.headers("ortto"), timeout=20)
    for email in ("ann@shop.example", "ben@shop.example"):
        people = {"people": [{"fields": {"str::email": email}}], "merge_by": ["str::email"]}
        requests.post(
            world.url("ortto") + "/v1/person/get", json=people, headers={"X-Api-Key": "no"}, timeout=20
        )
    address = world.url("voyado") + "/api/v3/target-audiences"
    unnamed = Request(address, headers={**world.headers("voyado"), "User-Agent": ""})  # noqa: S310
    urlopen(unnamed, timeout=20).close()  # noqa: S310 - the test's own server


def _name_audiences(world: Any) -> list[str]:
    url, headers = world.url("ortto") + "/v1/audiences/get", world.headers("ortto")
    found = requests.post(url, json={"limit": 3}, headers=headers, timeout=20).json()
    return [f"{one['name']}: {one.get('members') or 0:d}" for one in found]


def look(tab: Tab, file: Path, name: str) -> None:
    """Opens a page in the size and theme of a look."""
    width, theme = LOOKS[name]
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    tab.call("Emulation.setDeviceMetricsOverride", **size)
    feature = {"name": "prefers-color-scheme", "value": theme}
    tab.call("Emulation.setEmulatedMedia", features=[feature])
    tab.call("Page.navigate", url=file.as_uri())
    tab.wait_for_value(f"location.href === {file.as_uri()!r} && document.readyState === 'complete'")


def take(folder: Path) -> None:
    """Writes all reports, and screenshots of the pages, into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    write_reports(folder)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
        chromium(Path(profile)) as browser,
        browser.tab("about:blank") as (tab, _id),
    ):
        for page in PAGES:
            for name in LOOKS:
                look(tab, (folder / f"{page}.html").absolute(), name)
                shot = tab.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)
                (folder / f"{page}-{name}.png").write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    take(Path(sys.argv[1]))
