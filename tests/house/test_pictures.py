"""The pictures of the documentation: small, shown, and of every view of the console."""

import re

from tests.control.screenshots import LOOKS, MAX_BYTES
from tests.house.pages import PAGES
from tests.house.sources import ROOT

FOLDER = ROOT / "docs" / "images"
VIEWS = ROOT / "mockserver" / "control" / "console" / "views"


def test_pictures_are_small_and_shown() -> None:
    shown = {name for text in PAGES.values() for name in re.findall(r"images/([\w.-]+)\)", text)}
    files = {path.name: path.stat().st_size for path in FOLDER.iterdir()}
    assert {*files} == shown
    assert {name: size for name, size in files.items() if size > MAX_BYTES} == {}


def test_every_view_of_the_console_is_shown_in_every_look() -> None:
    page = PAGES["docs/how-to/console.md"]
    views = [path.stem for path in VIEWS.glob("*.js")]
    assert len(views) >= 8
    lacking = [(view, look) for view in views for look in LOOKS if f"console-{view}-{look}.webp" not in page]
    assert lacking == [], "run python -m tests.control.screenshots FOLDER, and show the pictures"
