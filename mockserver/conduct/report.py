"""The conduct report: what all rules find in the exchanges of a world."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Final

from mockserver.call import ConductFinding, Exchange
from mockserver.conduct.catalogue import RULES
from mockserver.conduct.facts import Facts, KnownIdentifiers
from mockserver.conduct.rule import SEVERITIES, Rule
from mockserver.conduct.traffic import Traffic, read_traffic
from mockserver.contract.contract import Contract

_MAX_NUMBERS: Final = 20
_BACK: Final = timedelta(seconds=1)
"""Calls of two threads may be out of order, by less."""


def judge(
    exchanges: Iterable[Exchange],
    contracts: Mapping[str, Contract],
    facts: Facts | None = None,
    restored_after: Iterable[int] = (),
) -> list[ConductFinding]:
    """The findings in the exchanges with these vendors, the gravest first.

    What was called before and after an earlier state was restored, as between the runs of a fault sweep, is
    judged apart, and so is what follows when the clock has gone back; the same finding in several runs is
    that of the first.
    """
    calls, known = [*exchanges], facts or Facts()
    identifiers = KnownIdentifiers(calls, known)
    found: dict[tuple[object, ...], list[ConductFinding]] = {}
    for run in _split(calls, restored_after):
        earlier = {*found}
        for finding in _judge_run(read_traffic(run, contracts, known, identifiers)):
            same = (finding["rule"], finding["vendor"], finding["operation"], finding["what"])
            if same not in earlier:
                found.setdefault(same, []).append(finding)
    findings = [one for several in found.values() for one in several]
    return sorted(findings, key=lambda one: (SEVERITIES.index(one["severity"]), one["exchanges"]))


def _judge_run(traffics: Iterable[Traffic]) -> Iterator[ConductFinding]:
    for traffic in traffics:
        for rule in RULES:
            yield from _apply(rule, traffic)


def _split(exchanges: list[Exchange], after: Iterable[int]) -> Iterator[list[Exchange]]:
    """The exchanges in their order, cut after these numbers."""
    # A log of restored states may have dropped the first; their clock shows them, too.
    back = {one["number"] for one, later in pairwise(exchanges) if _time(one) - _time(later) > _BACK}
    ends = sorted({*after} | back)
    for _run, part in groupby(exchanges, lambda one: bisect_left(ends, one["number"])):
        yield [*part]


def _time(exchange: Exchange) -> datetime:
    return datetime.fromisoformat(exchange["at"])


def _apply(rule: Rule, traffic: Traffic) -> Iterable[ConductFinding]:
    for what, steps in rule.check(traffic):
        names = {step.name for step in steps}
        yield {
            "rule": rule.name,
            "severity": rule.severity,
            "vendor": traffic.vendor,
            "operation": (names.pop() or None) if len(names) == 1 else None,
            "exchanges": [step.number for step in steps[:_MAX_NUMBERS]],
            "what": what,
            "why": rule.why,
            "fix": rule.fix,
            "known_from": rule.known_from,
        }
