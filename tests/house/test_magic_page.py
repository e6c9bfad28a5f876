"""The page of magic values is that of the contracts."""

from tests.house.magic_page import PAGE, page


def test_the_page_is_that_of_the_contracts() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.house.magic_page`"
