"""axe-core, the accessibility checker of Deque, finds nothing in any view of the console."""

import json
from collections.abc import Iterator
from typing import Final

import pytest

from tests.control.browser import Console
from tests.control.screenshots import addresses, prepared
from tests.outside.accessibility import COLOURS, violations
from tests.outside.tools import needs_tools
from tests.verify.chromium import program

pytestmark = [needs_tools, pytest.mark.skipif(program() is None, reason="Chromium is not installed")]

BACKGROUND: Final = "getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def page() -> Iterator[Console]:
    with prepared() as opened:
        opened.open("#/default/calls")
        yield opened


@pytest.mark.parametrize("name", addresses())
def test_axe_finds_nothing(page: Console, name: str) -> None:
    """In light and in dark: the page stays, and takes the colours of the other theme at once."""
    page.resize(1280, 820)
    page.theme("light")
    page.go(addresses()[name])
    page.see(".view")
    found = {"light": violations(page.tab)}
    before = page.value(BACKGROUND)
    page.theme("dark")
    page.tab.wait_for_value(f"{BACKGROUND} !== {json.dumps(before)}")
    found["dark"] = violations(page.tab, COLOURS)
    assert found == {"light": [], "dark": []}


def test_axe_finds_nothing_in_a_dialog_and_a_narrow_window(page: Console) -> None:
    page.resize(360, 740)
    page.theme("light")
    page.open("#/default/worlds")
    page.click("New world")
    page.see("dialog h2", "New world")
    assert violations(page.tab) == []


def test_axe_sees_what_is_wrong(page: Console) -> None:
    page.theme("light")
    page.open("#/default/calls")
    view = "document.querySelector('.view')"  # the next view takes its place
    page.value(f"{view}.append(document.createElement('input'), 'grey'), {view}.style.color = '#888'")
    assert any(found.startswith("label:") for found in violations(page.tab))
    assert [one.partition(":")[0] for one in violations(page.tab, COLOURS)] == ["color-contrast"]
