"""axe-core, the accessibility checker of Deque, finds nothing in any view of the console."""

from collections.abc import Iterator

import pytest

from tests.control.browser import Console
from tests.control.screenshots import addresses, prepared
from tests.outside.accessibility import violations
from tests.outside.tools import needs_tools
from tests.verify.chromium import program

pytestmark = [needs_tools, pytest.mark.skipif(program() is None, reason="Chromium is not installed")]


@pytest.fixture(scope="module")
def page() -> Iterator[Console]:
    with prepared() as opened:
        yield opened


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", addresses())
def test_axe_finds_nothing(page: Console, name: str, theme: str) -> None:
    page.resize(1280, 820)
    page.theme(theme)
    page.open(addresses()[name])
    page.settle()
    assert violations(page.tab) == []


def test_axe_finds_nothing_in_a_dialog_and_a_narrow_window(page: Console) -> None:
    page.resize(360, 740)
    page.theme("light")
    page.open("#/default/worlds")
    page.click("New world")
    page.see("dialog h2", "New world")
    assert violations(page.tab) == []


def test_axe_sees_what_is_wrong(page: Console) -> None:
    page.open("#/default/calls")
    page.value("document.querySelector('main').append(document.createElement('input'))")
    assert any(found.startswith("label:") for found in violations(page.tab))
