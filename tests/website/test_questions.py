"""A stranger's questions: typed into a search box, they lead to the page that answers, by its headings."""

import math
import re
from collections import Counter
from functools import cache
from typing import Final

import pytest

from website.__main__ import all_pages

QUESTIONS: Final = {
    "first test pytest five minutes": "tutorial/first-test.md",
    "playwright vitest javascript": "how-to/test-with-javascript.md",
    "simulate timeout latency fault": "reference/faults.md",
    "advance clock nightly job": "reference/worlds.md",
    "github actions": "how-to/ci.md",
    "docker compose container": "how-to/containers.md",
    "rate limit 429": "reference/rate-limits.md",
    "verify real service": "how-to/verify.md",
    "claude agent mcp": "how-to/drive-with-mcp.md",
    "environment variables exit codes": "reference/command-line.md",
    "where does a rule come from provenance": "explanation/contracts-and-provenance.md",
    "share demo with colleagues token": "how-to/share-a-server.md",
}
_TOP: Final = 3
"""Among how many results a stranger looks."""


def words(text: str) -> list[str]:
    """The words, without the endings of English."""
    return [re.sub(r"(ing|es|s)$", "", word) for word in re.findall(r"[a-z0-9]+", text.lower())]


@cache
def index() -> dict[str, Counter[str]]:
    """Each page with the words of its title (which count thrice) and of its other headings."""
    found = {}
    for page in all_pages():
        if page.file:
            found[page.place] = Counter(words(" ".join([page.title] * 3 + page.headings)))
    return found


def search(question: str) -> list[str]:
    """The pages whose headings fit best, by the usual measure of search engines (BM25)."""
    pages = index()
    mean = sum(sum(one.values()) for one in pages.values()) / len(pages)
    scores: Counter[str] = Counter()
    for word in words(question):
        holders = [place for place, counts in pages.items() if counts[word]]
        rarity = math.log(1 + (len(pages) - len(holders) + 0.5) / (len(holders) + 0.5))
        for place in holders:
            count, length = pages[place][word], sum(pages[place].values())
            scores[place] += rarity * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * length / mean))  # type: ignore[assignment]
    return [place for place, _score in scores.most_common(_TOP)]


def test_there_are_ten_questions() -> None:
    assert len(QUESTIONS) >= 10
    assert len({*QUESTIONS.values()}) == len(QUESTIONS)


@pytest.mark.parametrize(("question", "place"), QUESTIONS.items())
def test_a_question_finds_its_page(question: str, place: str) -> None:
    assert place in search(question)
