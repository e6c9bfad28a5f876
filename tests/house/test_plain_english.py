"""Rule 9 for pages: plain English. The list of avoided phrasings is in plain_english.py."""

import re

import pytest

from tests.house.pages import PAGES, prose
from tests.house.plain_english import findings, first_line_findings


@pytest.mark.parametrize("name", PAGES)
def test_pages_are_plain_english(name: str) -> None:
    assert list(findings(PAGES[name])) == []


@pytest.mark.parametrize("name", PAGES)
def test_headings_name_their_topic(name: str) -> None:
    headings = re.findall(r"^#+ (.+)$", prose(PAGES[name]), re.MULTILINE)
    assert headings
    assert [found for heading in headings for found in first_line_findings(heading)] == []


@pytest.mark.parametrize(
    "text",
    [
        "x is no base URL",
        "'12' is none",
        "one line, with the mend",
        "whoever calls it",
        "nobody calls it",
        "so many of them pass first",
        "what is told of coverage",
        "the page tells it all",
        "it has not the field",
        "where the rule stands in the contract",
        "failures with 200 if wished",
        "a call is turned\naway",
        "holds every reply against the contract",
    ],
)
def test_bad_habits_are_found(text: str) -> None:
    assert list(findings(text))


@pytest.mark.parametrize(
    "text",
    [
        "There is no TLS.",
        "the world is no longer used",
        "amended contracts and recommendations",
        "a stand-in for your own client",
        "held to OpenAPI contracts",
        "the base URL is not valid",
        "it is None by default",
    ],
)
def test_plain_english_is_not_found(text: str) -> None:
    assert list(findings(text)) == []


@pytest.mark.parametrize(
    "line", ["Who has a value: drawers.", "What users notice", "The same for a date.", "Is it true?"]
)
def test_riddles_are_found(line: str) -> None:
    assert list(first_line_findings(line))
