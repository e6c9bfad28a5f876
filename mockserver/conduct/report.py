"""The conduct report: what all rules find in the exchanges of a world."""

from collections.abc import Iterable, Mapping
from typing import Final

from mockserver.call import ConductFinding, Exchange
from mockserver.conduct.catalogue import RULES
from mockserver.conduct.facts import Facts, KnownIdentifiers
from mockserver.conduct.rule import SEVERITIES, Rule
from mockserver.conduct.traffic import Traffic, read_traffic
from mockserver.contract.contract import Contract

_MAX_NUMBERS: Final = 20


def judge(
    exchanges: Iterable[Exchange],
    contracts: Mapping[str, Contract],
    facts: Facts | None = None,
) -> list[ConductFinding]:
    """The findings in the exchanges with these vendors, the gravest first."""
    calls, known = [*exchanges], facts or Facts()
    found = [
        finding
        for traffic in read_traffic(calls, contracts, known, KnownIdentifiers(calls, known))
        for rule in RULES
        for finding in _apply(rule, traffic)
    ]
    return sorted(found, key=lambda one: (SEVERITIES.index(one["severity"]), one["exchanges"]))


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
