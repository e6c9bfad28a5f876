"""The documentation site before it is rendered: pages, links, navigation, generated pages and llms.txt."""

import os
import re
from pathlib import Path, PurePosixPath

import pytest

from mockserver import cli, vendors
from mockserver.contract.contract import Contract
from mockserver.paths import contracts
from tests.house.pages import PATHS
from tests.house.sources import ROOT
from website.__main__ import all_pages, write_sources
from website.llms import llms_text
from website.navigation import nav, purposes, sections
from website.pages import Links, Page

PAGES = all_pages()
PLACES = {page.place for page in PAGES}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the generator reads."""
    folder = tmp_path_factory.mktemp("site")
    write_sources(folder, PAGES, "https://docs.example/mockserver/")
    return folder


def test_every_page_of_the_repository_is_in_the_site() -> None:
    assert {page.file for page in PAGES if page.file} == {path.relative_to(ROOT).as_posix() for path in PATHS}
    assert len(PLACES) == len(PAGES)


def test_every_page_is_in_the_navigation_once() -> None:
    placed = [place for within in sections(PAGES).values() for _title, place in within]
    assert sorted([*placed, "index.md", "pages.md"]) == sorted(PLACES)
    assert [*sections(PAGES)][:4] == ["Tutorials", "How-to guides", "Reference", "Explanation"]


def test_a_new_page_is_in_the_navigation_before_the_index_lists_it() -> None:
    new = [Page(f"{folder}/new.md", f"docs/{folder}/new.md", "# New\n") for folder in ("how-to", "vendors")]
    found = sections([*PAGES, *new])
    assert found["How-to guides"][-1] == ("New", "how-to/new.md")
    assert ("New", "vendors/new.md") in found["Vendors"]
    assert {"Vendors"} <= {name for part in nav(PAGES) for name in part}


def test_the_index_of_a_folder_comes_before_what_the_index_of_all_does_not_list() -> None:
    assert sections(PAGES)["Vendors"][0] == ("Proof", "vendors/index.md")


def test_the_navigation_follows_the_index() -> None:
    titles = [title for title, _place in sections(PAGES)["How-to guides"]]
    assert titles[0] == "Test with pytest"
    assert titles.index("Use the console") < titles.index("Share a server")


def test_links_lead_to_places_of_the_site(sources: Path) -> None:
    seen = 0
    docs = sources / "docs"
    for page in PAGES:
        text = re.sub(
            r"```.*?```|`[^`\n]*`", "", (docs / page.place).read_text(encoding="utf-8"), flags=re.DOTALL
        )
        for link in re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", text):
            seen += 1
            target = os.path.normpath(PurePosixPath(page.place).parent / link)
            assert (docs / target).is_file(), f"{page.place}: {link}"
    assert seen > 200


def test_a_link_to_nothing_is_named() -> None:
    page = Page(
        "how-to/lost.md", "docs/how-to/lost.md", "# Lost\n\nSee [it](../nowhere.md), not `[it](no.md)`.\n"
    )
    with pytest.raises(ValueError, match=r"docs/how-to/lost.md links to ../nowhere.md, which is no file"):
        Links([*PAGES, page]).rewrite(page)


def test_links_in_code_stay_as_they_are() -> None:
    page = Page(
        "a.md", "docs/a.md", "# A\n\n`[it](no.md)`\n\n```text\n[it](no.md)\n```\n\n[b](README.md#x)\n"
    )
    assert Links([*PAGES, page]).rewrite(page) == page.text.replace("README.md#x", "pages.md#x")


def test_every_command_has_its_help_on_a_page() -> None:
    (page,) = [page for page in PAGES if page.place == "reference/all-commands.md"]
    assert {f"mockserver {name}" for name in cli.mockserver.list_commands(None)} <= {*page.headings}  # type: ignore[arg-type]
    assert "mockserver faults add" in page.headings
    assert "  --people INTEGER RANGE" in page.text


@pytest.mark.parametrize("name", ["control", *vendors.names()])
def test_every_operation_has_its_section(name: str) -> None:
    place = "reference/control-endpoints.md" if name == "control" else f"vendors/{name}-operations.md"
    (page,) = [page for page in PAGES if page.place == place]
    contract = Contract.read(contracts() / name / "openapi.yaml")
    assert page.headings[1:] == list(contract.operations)
    parts = dict(zip(contract.operations, re.split(r"^## ", page.text, flags=re.MULTILINE)[1:], strict=True))
    assert parts
    for operation in contract.operations.values():
        text = parts[operation.id]
        assert f"`{operation.method} {operation.path}`" in text
        lacking = [one for one in operation.problems if f"| `{one}` |" not in text]
        lacking += [one.name for one in operation.parameters if f"| `{one.name}` |" not in text]
        assert lacking == [], operation.id


def test_language_models_find_every_page() -> None:
    text = llms_text(PAGES, "https://docs.example/")
    rows = re.findall(r"^- \[(.+?)\]\(https://docs\.example/(.+?)\): (.+)$", text, re.MULTILINE)
    assert {place for _title, place, _purpose in rows} == PLACES - {"index.md", "pages.md"}
    assert all(len(purpose) > 10 for _title, _place, purpose in rows)
    assert "](tutorial/first-test.md)" in llms_text(PAGES, None)
    assert purposes(PAGES)["reference/control-api.md"] == "endpoints below `/_mock`"
