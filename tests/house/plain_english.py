"""Phrasings that the project's prose avoids, each with the plain alternative."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

PHRASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        r"(?<!there\s)\b(is|are|was|were) no (?!longer\b|more\b)\w+": "'is not a …' or 'invalid …'",
        r"(?<!there\s)\b(is|are) (?-i:none)\b": "'is not a …' or 'there is no …'",
        r"\bas good as none\b": "'is treated as missing'",
        r"\bmend(s|ed|ing)?\b": "'fix'",
        r"\bwho(m|so)?ever\b": "the name of the person, process or caller",
        r"\bnobody('s)?\b": "'no one', or a sentence about the thing itself",
        r"\bso (that )?many\b": "'this many', or the number",
        r"\b(is|are|was|were|been) told\b": "'reports', 'passes' or 'receives'",
        r"\btold by\b": "'reported by'",
        r"\btells? (it all|of|that|which|whether|what|how)\b": "'reports', 'describes' or 'shows'",
        r"\bas (was )?said\b": "'as described' or 'as declared'",
        r"\b(is|are|was) said\b": "'is stated', 'is declared' or 'is documented'",
        r"\b(has|have|had) not (a|an|the)\b": "'does not have'",
        r"\bstands? (in|on|at|there|here|beside|still)\b": "'is in', 'is based on' or 'stops'",
        r"\b(if|as|was|were|are|is) wished( for)?\b": "'is requested' or 'optionally'",
        r"\bturn(s|ed|ing)? away\b": "'reject'",
        r"\bconfess(es|ed)?\b": "'report'",
        r"\bbur(y|ies|ied)\b": "'remove' or 'reap'",
        r"\b(held|holds?|holding) (\w+ ){0,3}against\b": "'check' or 'validate against'",
        r"\bours to\b": "'an error of this server'",
        r"\bshall\b": "'must', 'should' or the present tense",
        r"(?<!no\s)(?<!any)\bone's (own|self)\b": "'your own'",
        r"\blean(s|ed|ing)? (up)?on\b": "'rely on'",
        r"\bat all like\b": "'similar to'",
        r"\bspoil(s|t|ed)?\b": "'affect' or 'change'",
        r"\bstrange words?\b": "'unknown …'",
        r"\b(laws?|map) of the house\b": "'rules of the project', 'project layout'",
        r"\bput(s)? down to\b": "'caused by'",
    }
)
"""Regular expressions for any text, and what to write instead. The value `None` is allowed."""

FIRST_LINES: Final[Mapping[str, str]] = MappingProxyType(
    {
        r"(who|whom|whose|what) .+": "a noun phrase: what the thing is",
        r"the same\b.*": "a sentence that is complete without its neighbour",
        r"(is|does|has|can|may) .+\?": "a noun phrase: what the thing is",
    }
)
"""Regular expressions for whole first lines of docstrings, and for headings of pages."""


def findings(text: str) -> Iterator[str]:
    """A line for every avoided phrasing in a text."""
    return _find(text, _phrases())


def first_line_findings(line: str) -> Iterator[str]:
    """A line for every avoided form of the first line of a docstring, or of a heading."""
    return _find(line, _first_lines())


@cache
def _phrases() -> Mapping[re.Pattern[str], str]:
    return {_compiled(phrase.replace(" ", r"\s+")): plain for phrase, plain in PHRASES.items()}


@cache
def _first_lines() -> Mapping[re.Pattern[str], str]:
    return {_compiled(f"^{phrase}$"): plain for phrase, plain in FIRST_LINES.items()}


def _compiled(phrase: str) -> re.Pattern[str]:
    return re.compile(phrase, re.IGNORECASE)


def _find(text: str, patterns: Mapping[re.Pattern[str], str]) -> Iterator[str]:
    for pattern, plain in patterns.items():
        for found in pattern.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            yield f"line {line}: '{' '.join(found[0].split())}'; write {plain}"
