"""llms.txt: the pages as Markdown with what each is for, as language models are given them."""

from typing import Final

from website.navigation import purposes, sections
from website.pages import Page

_HEAD: Final = """# audience-mockserver

> {summary}

Every page is also Markdown, under the address of its HTML with `.md` in place of `.html`.
"""


def llms_text(pages: list[Page], url: str | None) -> str:
    """The text; links are absolute if the address of the site is known."""
    base = f"{url.rstrip('/')}/" if url else ""
    by_place = {page.place: page for page in pages}
    known = purposes(pages)
    parts = [_HEAD.format(summary=by_place["index.md"].summary)]
    for title, within in sections(pages).items():
        lines = [
            f"- [{name}]({base}{place}): {known.get(place) or by_place[place].summary}"
            for name, place in within
        ]
        parts.append(f"## {title}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)
