"""Partial failure: the pointers of `x-partial` exist in the examples, and its report fits the reply."""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import Diagnostic, SpecNode
from mockserver.contract.lint.examples import example_values
from mockserver.contract.operation import Operation
from mockserver.contract.partial_failure import PartialFailureSpec

_MEMBERS: Final = ("items", "results", "failed", "all")


def check_partial_failure(contract: Contract, nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    """Pointers, reports and problems of `x-partial` that do not match the operation."""
    operation_nodes = [node for node in nodes if node.kind == "operation"]
    for node, operation in zip(operation_nodes, contract.operations.values(), strict=True):
        if operation.partial_failure:
            yield from _check_examples(contract, node, operation, operation.partial_failure)


def check_partial_failure_format(nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    """An `x-partial` that cannot be read."""
    for node in nodes:
        raw = node.value.get("x-partial") if node.kind == "operation" else None
        if raw is not None and not _is_readable(raw):
            fix = f"give it items, results and failed, and only members of {', '.join(_MEMBERS)}"
            yield node.diagnostic("x-partial is not complete", fix, "x-partial")


def _is_readable(raw: Any) -> bool:
    return (
        isinstance(raw, dict)
        and {"items", "results", "failed"} <= raw.keys() <= set(_MEMBERS)
        and isinstance(raw["failed"], dict)
        and all(isinstance(raw[name], str) for name in raw if name != "failed")
    )


def _check_examples(
    contract: Contract, node: SpecNode, operation: Operation, spec: PartialFailureSpec
) -> Iterator[Diagnostic]:
    follow = contract.document.resolve
    call = _first_example(contract, follow(node.value["requestBody"])) if operation.body else None
    items = spec.find_items(call)
    if not items:
        yield node.diagnostic(f"x-partial finds no {spec.items} in the body's example", "fix it", "x-partial")
        return
    status = str(operation.success_status)
    reply = _first_example(contract, follow(node.value["responses"][status]))
    results, schema = spec.find_results(reply), operation.replies[status].schema
    if results is None or schema is None:
        yield node.diagnostic(
            f"x-partial finds no {spec.results} in the reply's example", "fix it", "x-partial"
        )
        return
    results[0] = spec.failure_report(items[0])
    for violation in schema.violations(reply)[:1]:
        yield node.diagnostic(
            f"x-partial failed does not fit the reply ({violation.message})", "fix it", "x-partial"
        )
    if spec.all and spec.all not in operation.problems:
        what = f"x-partial all {spec.all} is not a problem of the operation"
        yield node.diagnostic(what, "list it in a response", "x-partial")


def _first_example(contract: Contract, raw: Any) -> Any:
    media = next(iter(raw["content"].values()))
    return next((_copy(value) for value, _where in example_values(contract, media)), None)


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(one) for name, one in value.items()}
    return [_copy(one) for one in value] if isinstance(value, list) else value
