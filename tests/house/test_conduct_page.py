"""The page of the rules of conduct is that of their catalogue."""

from tests.house.conduct_page import PAGE, page


def test_the_page_is_that_of_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.house.conduct_page`"
