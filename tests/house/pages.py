"""The project's Markdown pages, read as text."""

import re

from tests.house.sources import ROOT

PATHS = [
    *sorted(ROOT.glob("*.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "fixtures" / "README.md",
    ROOT / "contracts" / "README.md",
    ROOT / "clients" / "javascript" / "README.md",
]
PAGES = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in PATHS}
README = PAGES["README.md"]
DOCS = {name: text for name, text in PAGES.items() if name.startswith("docs/")}


def blocks(language: str, text: str) -> list[str]:
    """The code blocks of a page in a language."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def prose(text: str) -> str:
    """A page without its code blocks."""
    return re.sub(r"```.*?```", "", text, flags=re.DOTALL)


def anchors(text: str) -> set[str]:
    """The fragments that the headings of a page have on GitHub."""
    headings = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
