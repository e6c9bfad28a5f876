"""The documented ways to install the package: by a checkout, a file or a URL, not by its name on an index."""

import re

from tests.house.pages import PAGES

_COMMAND = re.compile(r"\bpip install\s+(?:-\S+\s+)*('[^'`]+'|[^\s`)]+)")


def test_no_page_takes_the_package_from_an_index() -> None:
    named = [(name, found) for name, page in PAGES.items() for found in _COMMAND.findall(page)]
    assert len(named) > 10
    own = [(name, found) for name, found in named if "audience-mockserver" in found and "@" not in found]
    assert own == []
