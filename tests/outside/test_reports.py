"""Validators of others find nothing in the reports: HTML, accessibility, JUnit, HAR."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from referencing import Registry, Resource

from mockserver import __version__
from tests.outside.accessibility import COLOURS, violations
from tests.outside.report_pages import LOOKS, PAGES, VERIFIED, look, write_reports
from tests.outside.tools import FOLDER, NODE_MODULES, needs_tools, python_program, run
from tests.verify.chromium import Tab, chromium, program

pytestmark = needs_tools
needs_browser = pytest.mark.skipif(program() is None, reason="Chromium is not installed")
VNU = NODE_MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
SAME_AS_IN_LIGHT = ("dark", "night")
"""The looks in which only the colours differ from another."""
JUNIT = FOLDER / "junit" / "junit-10.xsd"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    write_reports(folder)
    return folder


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with chromium(tmp_path_factory.mktemp("profile")) as browser, browser.tab("about:blank") as (opened, _id):
        yield opened


def test_the_html_checker_finds_nothing(reports: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.html"
    page = (reports / "verify.html").read_text(encoding="utf-8")
    wrong.write_text(page.replace("<h1>", "<h1 colour=red>"), encoding="utf-8")
    pages = [str(wrong), *(str(reports / f"{page}.html") for page in PAGES)]
    with pytest.raises(AssertionError) as failure:
        run(
            "java",
            "-Xss4m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-jar",
            str(VNU),
            "--also-check-css",
            *pages,
            cwd=tmp_path,
        )
    _command, *found = str(failure.value).strip().splitlines()
    assert ["wrong.html" in one and "“colour”" in one for one in found] == [True], found


def test_every_page_has_its_date_and_version(reports: Path) -> None:
    assert PAGES
    for page in PAGES:
        text = (reports / f"{page}.html").read_text(encoding="utf-8")
        assert re.search(r"<dt>date</dt><dd>20\d\d-\d\d-\d\dT[\d:]{8}Z</dd>", text), page
        assert f"<dt>version</dt><dd>{__version__}</dd>" in text, page


@needs_browser
@pytest.mark.parametrize("name", LOOKS)
def test_axe_finds_nothing_and_nothing_is_cut_off(reports: Path, tab: Tab, name: str) -> None:
    assert PAGES
    for page in PAGES:
        look(tab, reports / f"{page}.html", name)
        tab.value("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert violations(tab, COLOURS if name in SAME_AS_IN_LIGHT else None) == [], page
        assert tab.value("document.documentElement.scrollWidth <= innerWidth"), page


@needs_browser
def test_axe_sees_what_is_wrong(reports: Path, tab: Tab) -> None:
    look(tab, reports / "verify.html", "wide")
    tab.value("document.querySelector('p').style.color = '#ddd'")
    assert any(found.startswith("color-contrast:") for found in violations(tab, COLOURS))


def test_junit_fits_the_schema_of_jenkins(reports: Path, tmp_path: Path) -> None:
    check = (python_program("xmlschema", "xmlschema-validate"), "--schema", str(JUNIT))
    run(*check, *(str(reports / f"{command}.junit") for command in VERIFIED), cwd=tmp_path)
    wrong = tmp_path / "wrong.junit"
    wrong.write_text((reports / "verify.junit").read_text(encoding="utf-8").replace(" failures=", " failed="))
    with pytest.raises(AssertionError, match="not valid"):
        run(*check, str(wrong), cwd=tmp_path)


def test_har_fits_its_schema(reports: Path) -> None:
    schemas = [json.loads(file.read_text()) for file in (NODE_MODULES / "har-schema" / "lib").glob("*.json")]
    registry: Registry[Any] = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas
    )
    validator = jsonschema.Draft6Validator({"$ref": "har.json#"}, registry=registry)
    assert VERIFIED
    for command in VERIFIED:
        archive = json.loads((reports / f"{command}.har").read_text(encoding="utf-8"))
        assert len(archive["log"]["entries"]) > 2
        assert [one.message for one in validator.iter_errors(archive)] == []
        del archive["log"]["entries"][0]["request"]["httpVersion"]
        assert not validator.is_valid(archive)
