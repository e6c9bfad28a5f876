"""Coverage: which parts of a contract the calls reached, how many of them by faults, and in which tests."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

import orjson

from mockserver.call import Exchange
from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.contract.pagination import POSITIONS

PLURALS: Final = MappingProxyType(
    {
        "operation": "operations",
        "status": "statuses",
        "problem": "problems",
        "parameter": "parameters",
        "page": "pages",
    }
)
KINDS: Final = tuple(PLURALS)
"""The kinds of coverage targets, counted separately."""
_MAX_TESTS: Final = 10

CoverageItem = dict[str, Any]
"""A coverage target with its counts: `vendor`, `operation` (null: no operation matches), `kind`, `name`, the
number of `calls` that reached it, how many of them `by_fault`, and the first ten `tests` that did.
"""
Tally = dict[tuple[str, str | None, str, str], CoverageItem]
"""Items by vendor, operation, kind and name."""
InferredRules = dict[tuple[str, str], dict[str, Any]]
"""Inferred rules by vendor and name, with the `calls` and the first ten `tests` that depend on each."""
Summary = dict[str, dict[str, int]]
"""For each kind the number of `covered` items, the `total`, and the number covered `by_fault` only."""


class CoverageTarget(NamedTuple):
    """One part of a contract that calls can reach."""

    operation: str | None
    kind: str
    name: str


def targets(contract: Contract) -> Iterator[CoverageTarget]:
    """Everything in the contract that calls can reach, in the contract's order."""
    for one in contract.operations.values():
        yield CoverageTarget(one.id, "operation", f"{one.method} {one.path}")
        yield from (CoverageTarget(one.id, "status", status) for status in one.replies)
        yield from (CoverageTarget(one.id, "problem", name) for name in one.problems)
        yield from (CoverageTarget(one.id, "parameter", f"{it.location} {it.name}") for it in one.parameters)
        yield from (CoverageTarget(one.id, "parameter", f"body /{name}") for name in _body_names(one))
        if one.pagination:
            yield from (CoverageTarget(one.id, "page", position) for position in POSITIONS)
    yield from (CoverageTarget(None, "problem", name) for name in contract.unrouted.problems)


def measure(
    contracts: Mapping[str, Contract],
    exchanges: Iterable[Exchange],
    test: str | None = None,
    *,
    is_planned: Callable[[Exchange], bool] = lambda exchange: False,
) -> list[CoverageItem]:
    """All targets of the contracts (by vendor), with counts of one test's exchanges that reached them.

    `is_planned`: whether a fault replied in the operation's place, so that the reply counts as `by_fault`.
    """
    items: Tally = {
        (vendor, *target): _item(vendor, target)
        for vendor in contracts
        for target in targets(contracts[vendor])
    }
    add(items, measure_reached(contracts, exchanges, test, is_planned=is_planned))
    return list(items.values())


def measure_reached(
    contracts: Mapping[str, Contract],
    exchanges: Iterable[Exchange],
    test: str | None = None,
    *,
    is_planned: Callable[[Exchange], bool] = lambda exchange: False,
) -> list[CoverageItem]:
    """As `measure`, without the targets that no exchange reached."""
    items: Tally = {}
    for exchange in exchanges:
        vendor = exchange["vendor"] or ""
        contract = contracts.get(vendor)
        planned = is_planned(exchange)
        for target in covered_by(contract, exchange) if contract else ():
            item = items.setdefault((vendor, *target), _item(vendor, target))
            # The caller sent its parameters itself, even if a fault hit the call.
            _count(item, planned and target.kind != "parameter", test)
    return list(items.values())


def covered_by(contract: Contract, exchange: Exchange) -> Iterator[CoverageTarget]:
    """The targets that one exchange reached. An operation counts only if its reply was a 2xx."""
    operation = contract.operations.get(exchange["operation"] or "")
    problem = exchange["problem"]
    if operation is None:
        if problem and problem in contract.unrouted.problems:
            yield CoverageTarget(None, "problem", problem)
        return
    status = exchange["reply"]["status"]
    if 200 <= status < 300:
        yield CoverageTarget(operation.id, "operation", f"{operation.method} {operation.path}")
    documented = (str(status), f"{status // 100}XX", "default")
    # A connection that was closed before the operation has no status (0).
    declared = next((one for one in documented if status and one in operation.replies), None)
    if declared:
        yield CoverageTarget(operation.id, "status", declared)
    if problem and problem in operation.problems:
        yield CoverageTarget(operation.id, "problem", problem)
    sent = _json(exchange["call"]["body"])
    yield from _sent_parameters(operation, exchange["call"], sent)
    position = _position(operation, exchange, sent)
    if position:
        yield CoverageTarget(operation.id, "page", position)


def merge(*measured: Iterable[CoverageItem]) -> list[CoverageItem]:
    """Several measurements of the same targets, added up."""
    items: Tally = {}
    for one in measured:
        add(items, one)
    return list(items.values())


def add(tally: Tally, items: Iterable[CoverageItem]) -> None:
    """Adds items to the tally."""
    for one in items:
        key = (one["vendor"], one["operation"], one["kind"], one["name"])
        item = tally.get(key)
        if item is None:
            tally[key] = {**one}
        elif one["calls"]:
            item["calls"] += one["calls"]
            item["by_fault"] += one["by_fault"]
            item["tests"] = [*dict.fromkeys([*item["tests"], *one["tests"]])][:_MAX_TESTS]


def add_inferred(rules: InferredRules, found: Iterable[dict[str, Any]]) -> None:
    """Adds inferred rules to those that are known."""
    for one in found:
        rule = rules.setdefault((one["vendor"], one["rule"]), {**one, "calls": 0, "tests": []})
        rule["calls"] += one["calls"]
        rule["tests"] = [*dict.fromkeys([*rule["tests"], *one["tests"]])][:_MAX_TESTS]


def uncovered(items: Iterable[CoverageItem]) -> list[CoverageItem]:
    """The items with their counts reset to zero."""
    return [{**item, "calls": 0, "by_fault": 0, "tests": []} for item in items]


def summary(items: Iterable[CoverageItem]) -> Summary:
    """The number of covered items by kind."""
    counts: Summary = {kind: {"covered": 0, "total": 0, "by_fault": 0} for kind in KINDS}
    for item in items:
        count = counts[item["kind"]]
        count["total"] += 1
        count["covered"] += bool(item["calls"])
        count["by_fault"] += bool(item["calls"]) and item["calls"] == item["by_fault"]
    return counts


def by_vendor(items: Iterable[CoverageItem]) -> dict[str, list[CoverageItem]]:
    """The items of each vendor."""
    found: dict[str, list[CoverageItem]] = {}
    for item in items:
        found.setdefault(item["vendor"], []).append(item)
    return found


def percent(items: Iterable[CoverageItem], kind: str | None = None) -> float:
    """The percentage of covered items of one kind, or of all; 100 if there are none."""
    wanted = [item for item in items if kind in (None, item["kind"])]
    return 100 * sum(bool(item["calls"]) for item in wanted) / len(wanted) if wanted else 100.0


def _item(vendor: str, target: CoverageTarget) -> CoverageItem:
    return {"vendor": vendor, **target._asdict(), "calls": 0, "by_fault": 0, "tests": []}


def _count(item: CoverageItem, by_fault: bool, test: str | None) -> None:
    item["calls"] += 1
    item["by_fault"] += by_fault
    if test is not None and test not in item["tests"] and len(item["tests"]) < _MAX_TESTS:
        item["tests"].append(test)


def _sent_parameters(operation: Operation, call: Mapping[str, Any], body: Any) -> Iterator[CoverageTarget]:
    names = {
        "path": [one.name for one in operation.parameters if one.location == "path"],
        "query": [*_query(call)],
        "header": [*call["headers"]],
        "cookie": [pair.partition("=")[0].strip() for pair in call["headers"].get("cookie", "").split(";")],
    }
    for one in operation.parameters:
        folds = one.location == "header" or one.ignore_case
        if one.lookup in (map(str.lower, names[one.location]) if folds else names[one.location]):
            yield CoverageTarget(operation.id, "parameter", f"{one.location} {one.name}")
    if isinstance(body, dict):
        known = _body_names(operation)
        yield from (
            CoverageTarget(operation.id, "parameter", f"body /{name}") for name in body if name in known
        )


def _body_names(operation: Operation) -> tuple[str, ...]:
    schema = operation.body.json_schema if operation.body else None
    return schema.property_names if schema else ()


def _query(call: Mapping[str, Any]) -> dict[str, str]:
    query = urlsplit(call["url"]).query
    return {name: texts[-1] for name, texts in parse_qs(query, keep_blank_values=True).items()}


def _position(operation: Operation, exchange: Exchange, sent: Any) -> str | None:
    if operation.pagination is None or not 200 <= exchange["reply"]["status"] < 300:
        return None
    reply = _json(exchange["reply"]["body"])
    return operation.pagination.position(_query(exchange["call"]), sent, reply)


def _json(text: str) -> Any:
    """The value, or None for text that is not JSON or that the journal has truncated."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
