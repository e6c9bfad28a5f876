"""A rule of conduct, and what it finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from mockserver.conduct.traffic import Step, Traffic

SEVERITIES: Final = ("error", "warning", "info")
"""From the gravest: loses, doubles or leaks something; costs the client or the vendor; could be better."""

Found = Iterator[tuple[str, list[Step]]]
"""What a rule finds: what the client did, and the steps that show it."""


def no_finding(_traffic: Traffic) -> Found:
    """The check of a rule that is not about calls alone."""
    yield from ()


@dataclass(frozen=True)
class Rule:
    """One rule: its name, how grave a violation is, why it is one, what to do, and where that is known from.

    `known_from` are the names and links of what is general practice; `needs` are the members of `x-conduct`
    without which a contract says nothing about the rule (none: it holds for every vendor).
    """

    name: str
    severity: str
    why: str
    fix: str
    known_from: str
    check: Callable[[Traffic], Found]
    needs: tuple[str, ...] = ()
