"""The pages of the site: where each Markdown file of the repository goes, with its links rewritten."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent

OUTSIDE: Final = {
    "README.md": "index.md",
    "docs/README.md": "pages.md",
    "docs/vendors/README.md": "vendors/index.md",
    "contracts/README.md": "reference/contracts.md",
    "fixtures/README.md": "reference/seed-data.md",
    "clients/javascript/README.md": "reference/javascript.md",
    "ARCHITECTURE.md": "project/architecture.md",
    "CHANGELOG.md": "project/changelog.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "GLOSSARY.md": "project/glossary.md",
    "SECURITY.md": "project/security.md",
}
"""The places of pages that are not in docs/, or are its index."""

FILES: Final = "files"
"""The folder of the site with the other files that pages link to."""

_CODE: Final = re.compile(r"(```.*?^[ ]*```|``.*?``|`[^`\n]*`)", re.DOTALL | re.MULTILINE)
_LINK: Final = re.compile(r"(\]\()(?!\w+:|#)([^)#\s]+)(#[^)]*)?(\))")
_HEADING: Final = re.compile(r"^(#{1,6}) (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Page:
    """A page: its place in the site (`how-to/console.md`), its file in the repository, and its text there.

    `file` is None for a page that is generated.
    """

    place: str
    file: str | None
    text: str

    @property
    def title(self) -> str:
        """Its first heading, as plain text."""
        return self.headings[0]

    @cached_property
    def headings(self) -> list[str]:
        """All its headings, as plain text."""
        plain = re.sub(r"```.*?^[ ]*```", "", self.text, flags=re.DOTALL | re.MULTILINE)
        return [_plain(text) for _marks, text in _HEADING.findall(plain)]

    @cached_property
    def summary(self) -> str:
        """The first sentence of its first paragraph, as plain text."""
        blocks = self.text.split("\n\n")
        prose = next((one for one in blocks[1:] if one[:1] not in "#|`-!<" and one.strip()), "")
        return re.split(r"(?<=[.:]) ", _plain(" ".join(prose.split())))[0].rstrip(":")


def read_pages(root: Path = ROOT) -> list[Page]:
    """Every Markdown page of the repository that belongs to the site, with its own links."""
    files = [*OUTSIDE, *sorted(_relative(path, root) for path in (root / "docs").rglob("*.md"))]
    return [
        Page(OUTSIDE.get(file, file.removeprefix("docs/")), file, (root / file).read_text(encoding="utf-8"))
        for file in dict.fromkeys(files)
    ]


class Links:
    """The links of the pages, rewritten from places in the repository to places in the site."""

    def __init__(self, pages: list[Page], root: Path = ROOT) -> None:
        self._root = root
        self._places = {page.file: page.place for page in pages if page.file}
        self.files: set[str] = set()
        """The files besides pages that the site needs, with their places in the repository."""

    def rewrite(self, page: Page) -> str:
        """The text of the page in the site. Raises ValueError for a link to nothing."""
        if page.file is None:
            return page.text
        parts = _CODE.split(page.text)
        return "".join(part if number % 2 else self._rewrite(page, part) for number, part in enumerate(parts))

    def _rewrite(self, page: Page, text: str) -> str:
        def replace(found: re.Match[str]) -> str:
            start, link, fragment, end = found.groups()
            return f"{start}{self._target(page, link)}{fragment or ''}{end}"

        return _LINK.sub(replace, text)

    def _target(self, page: Page, link: str) -> str:
        file = os.path.normpath(PurePosixPath(page.file or "").parent / link).replace(os.sep, "/")
        if file in self._places:
            place = self._places[file]
        elif (self._root / file).is_file():
            self.files.add(file)
            place = _static(file)
        else:
            raise ValueError(f"{page.file} links to {link}, which is no file; link to a file that exists")
        return os.path.relpath(place, PurePosixPath(page.place).parent).replace(os.sep, "/")


def static_files(links: Links) -> Iterator[tuple[str, str]]:
    """The files that the pages link to, with their places in the site."""
    for file in sorted(links.files):
        yield file, _static(file)


def _static(file: str) -> str:
    return file.removeprefix("docs/") if file.startswith("docs/images/") else f"{FILES}/{file}"


def _relative(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _plain(text: str) -> str:
    """Markdown of one line without its marks."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[`*]", "", text).strip()
