"""The navigation: the pages in the order of the index in docs/README.md, those that it lacks after them."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from website.pages import Page

VOICES: Final[Mapping[str, str]] = {
    "tutorial": "Tutorials",
    "how-to": "How-to guides",
    "reference": "Reference",
    "explanation": "Explanation",
    "vendors": "Vendors",
    "project": "Project",
}
"""The title of the section of each folder, in order."""

_ROW: Final = re.compile(r"^\| (.*?) \| \[([^\]]+)\]\(([^)#]+)\) \|$", re.MULTILINE)
_WIDER: Final = re.compile(r"^(Tutorial): (.)")


def sections(pages: list[Page]) -> dict[str, list[tuple[str, str]]]:
    """The pages of each section, as (title, place)."""
    order = _listed(pages)
    found: dict[str, list[tuple[str, str]]] = {}
    for folder, title in VOICES.items():
        within = [page for page in pages if PurePosixPath(page.place).parts[0] == folder]
        within.sort(
            key=lambda page: (
                order.get(page.place, (len(order), ""))[0],
                not page.place.endswith("/index.md"),
                page.title,
            )
        )
        if within:
            found[title] = [(order.get(page.place, (0, short_title(page)))[1], page.place) for page in within]
    return found


def purposes(pages: list[Page]) -> dict[str, str]:
    """What each page is for, by its place, as the index says it."""
    (index,) = [page for page in pages if page.place == "pages.md"]
    places = {page.file: page.place for page in pages if page.file}
    return {
        places[_file(link)]: purpose
        for purpose, _title, link in _ROW.findall(index.text)
        if _file(link) in places
    }


def nav(pages: list[Page]) -> list[Any]:
    """The navigation as Zensical's configuration has it."""
    tree: list[Any] = [{"Start": "index.md"}, {"All pages": "pages.md"}]
    for title, within in sections(pages).items():
        tree.append({title: [{name: place} for name, place in within]})
    return tree


def short_title(page: Page) -> str:
    """The title without what its section says already."""
    return _WIDER.sub(lambda found: found[2].upper(), page.title)


def _listed(pages: list[Page]) -> dict[str, tuple[int, str]]:
    """The place in the order and the title of each page that the index lists."""
    (index,) = [page for page in pages if page.place == "pages.md"]
    places = {page.file: page.place for page in pages if page.file}
    found: dict[str, tuple[int, str]] = {}
    for number, (_purpose, title, link) in enumerate(_ROW.findall(index.text)):
        file = _file(link)
        if file in places:
            found[places[file]] = (number, _WIDER.sub(lambda one: one[2].upper(), title))
    return found


def _file(link: str) -> str:
    return link.removeprefix("../") if link.startswith("../") else f"docs/{link}"
