"""The proof of a vendor: who states each rule, what has exercised it, and what follows from both."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.contract.provenance import INFERRED
from mockserver.contract.provenance_report import list_rules
from mockserver.verify.evidence import CLIENTS, GENERATED, JUDGES, TIERS, Evidence, ToolEvidence
from mockserver.verify.sightings import Sighting

VERDICTS: Final = ("proven", "not proven", "unknown")
"""Proven: stated by a source, and exercised by something that is not ours. Unknown: no source states it."""
_WITNESSED: Final = ("operation", "problem")
_STRONG: Final = ("recording", "client", "generated")

Row = dict[str, Any]


def prove(
    vendor: str, contract: Contract, evidence: Evidence, seen: Mapping[str, Sighting] | None = None
) -> Row:
    """The proof of a vendor as JSON; `seen` has what a user has seen of the real service, by operation."""
    rules = list_rules(contract)
    by_name = {(rule["kind"], rule["name"]): rule for rule in rules}
    operations = [
        _operation(one, by_name["operation", one.id], evidence, (seen or {}).get(one.id))
        for one in contract.operations.values()
    ]
    problems = [
        _problem(name, problem.status, by_name["problem", name], evidence)
        for name, problem in contract.problems.items()
    ]
    others = [rule for rule in rules if rule["kind"] not in _WITNESSED]
    return {
        "vendor": vendor,
        "title": contract.document.root["info"]["title"],
        "summary": {
            "operations": _count(operations),
            "problems": _count(problems),
            "other_rules": {"stated": len(others) - _inferred(others), "unknown": _inferred(others)},
            "outside": sum(one["tier"] not in ("story", "none") for one in operations),
            "clients": sum(one["tier"] in _STRONG for one in operations),
            "tiers": {tier: sum(one["tier"] == tier for one in operations) for tier in TIERS},
            "seen": sum(one["seen"] is not None for one in operations),
        },
        "operations": operations,
        "problems": problems,
        "inferred": [_rule(rule) for rule in rules if rule["source"] == INFERRED],
        "switches": [_switch(contract, rule) for rule in rules if rule["kind"] == "switch"],
        "sources": _sources(rules),
        "tools": [_tool(one) for one in evidence.tools],
        "documents": {name: list(tools) for name, tools in evidence.documents.items()},
    }


def is_recorded(contract: Contract, operation: str) -> bool:
    """Whether a recording of the real service shows the operation."""
    one = contract.operations[operation]
    source = contract.provenance.source_of(("paths", one.path, one.method.lower()))
    return any(it.get("recorded", False) for it in contract.provenance.evidence(source))


def unknown_names(contract: Contract, evidence: Evidence) -> list[str]:
    """The operations that the evidence names and the contract does not have."""
    return sorted(evidence.operations - contract.operations.keys())


def _operation(operation: Operation, rule: Row, evidence: Evidence, seen: Sighting | None) -> Row:
    recordings = [one["key"] for one in rule["evidence"] if one.get("recorded")]
    tier = evidence.tier(operation.id, bool(recordings))
    witnessed = tier not in ("story", "none")
    return {
        "operation": operation.id,
        "method": operation.method,
        "path": operation.path,
        "verdict": "proven" if seen else _verdict(rule, witnessed),
        "tier": tier,
        **_source(rule),
        "stories": list(evidence.stories.get(operation.id, ())),
        "clients": [one.label for one in evidence.tools_of(operation.id, *CLIENTS, GENERATED)],
        "judges": [one.label for one in evidence.tools_of(operation.id, *JUDGES)],
        "recordings": recordings,
        "seen": seen,
    }


def _problem(name: str, status: int, rule: Row, evidence: Evidence) -> Row:
    tools = [one.label for one in evidence.problem_tools(name)]
    return {
        "problem": name,
        "status": status,
        "verdict": _verdict(rule, bool(tools)),
        **_source(rule),
        "stories": list(evidence.problem_stories.get(name, ())),
        "tests": list(evidence.problem_tests.get(name, ())),
        "tools": tools,
    }


def _source(rule: Row) -> Row:
    return {"source": rule["source"], "documented": [one["key"] for one in rule["evidence"]]}


def _verdict(rule: Row, witnessed: bool) -> str:
    if rule["source"] == INFERRED:
        return "unknown"
    return "proven" if witnessed else "not proven"


def _count(rows: Iterable[Row]) -> dict[str, int]:
    counts = Counter(row["verdict"] for row in rows)
    return {verdict: counts[verdict] for verdict in VERDICTS}


def _inferred(rules: Iterable[Row]) -> int:
    return sum(rule["source"] == INFERRED for rule in rules)


def _rule(rule: Row) -> Row:
    return {"kind": rule["kind"], "name": rule["name"], "at": rule["at"], "what": rule["what"]}


def _switch(contract: Contract, rule: Row) -> Row:
    default = contract.switches[rule["name"]].default
    return {"switch": rule["name"], "default": default, **_source(rule), "what": rule["what"]}


def _sources(rules: Iterable[Row]) -> list[Row]:
    """Every source that a rule names, with the number of rules that do."""
    entries = [one for rule in rules for one in rule["evidence"]]
    counts = Counter(one["key"] for one in entries)
    found = {one["key"]: {**one, "rules": counts[one["key"]]} for one in entries}
    return [found[key] for key in sorted(found)]


def _tool(tool: ToolEvidence) -> Row:
    return {
        "tool": tool.name,
        "version": tool.version,
        "kind": tool.kind,
        "operations": len(tool.operations),
        "problems": len(tool.problems),
    }
