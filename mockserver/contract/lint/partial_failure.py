"""Partial failure: what `x-partial` says can be found in the examples and fits the reply."""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import Diagnostic, SpecNode
from mockserver.contract.lint.examples import example_values
from mockserver.contract.operation import Operation
from mockserver.contract.partial_failure import PartialFailureSpec

_MEMBERS: Final = ("items", "results", "failed", "all")


def check_partial_failure(contract: Contract, found: list[SpecNode]) -> Iterator[Diagnostic]:
    """What an operation says of partial failure and could not keep."""
    places = [place for place in found if place.kind == "operation"]
    for place, operation in zip(places, contract.operations.values(), strict=True):
        if operation.partial_failure:
            yield from _check_examples(contract, place, operation, operation.partial_failure)


def check_partial_failure_format(found: list[SpecNode]) -> Iterator[Diagnostic]:
    """An `x-partial` that cannot be read."""
    for place in found:
        node = place.value.get("x-partial") if place.kind == "operation" else None
        if node is not None and not _is_readable(node):
            fix = f"give it items, results and failed, and nothing beyond {', '.join(_MEMBERS)}"
            yield place.diagnostic("x-partial is not complete", fix, "x-partial")


def _is_readable(node: Any) -> bool:
    return (
        isinstance(node, dict)
        and {"items", "results", "failed"} <= node.keys() <= set(_MEMBERS)
        and isinstance(node["failed"], dict)
        and all(isinstance(node[name], str) for name in node if name != "failed")
    )


def _check_examples(
    contract: Contract, place: SpecNode, operation: Operation, spec: PartialFailureSpec
) -> Iterator[Diagnostic]:
    follow = contract.document.resolve
    call = _first_example(contract, follow(place.value["requestBody"])) if operation.body else None
    items = spec.find_items(call)
    if not items:
        yield place.diagnostic(
            f"x-partial finds no {spec.items} in the body's example", "fix it", "x-partial"
        )
        return
    status = str(operation.success_status)
    reply = _first_example(contract, follow(place.value["responses"][status]))
    results, schema = spec.find_results(reply), operation.replies[status].schema
    if results is None or schema is None:
        yield place.diagnostic(
            f"x-partial finds no {spec.results} in the reply's example", "fix it", "x-partial"
        )
        return
    results[0] = spec.failure_report(items[0])
    for flaw in schema.violations(reply)[:1]:
        yield place.diagnostic(
            f"x-partial failed does not fit the reply ({flaw.message})", "fix it", "x-partial"
        )
    if spec.all and spec.all not in operation.problems:
        what = f"x-partial all {spec.all} is no problem of the operation"
        yield place.diagnostic(what, "list it among its responses", "x-partial")


def _first_example(contract: Contract, node: Any) -> Any:
    media = next(iter(node["content"].values()))
    return next((_copy(value) for value, _where in example_values(contract, media)), None)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(one) for name, one in value.items()}
    return [_copy(one) for one in value] if isinstance(value, list) else value
