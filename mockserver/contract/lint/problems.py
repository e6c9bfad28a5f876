"""Problems: each has one name, status and definition, is listed, fits its schema and can be filled in."""

import re
from collections.abc import Iterator
from string import Formatter
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import Diagnostic, SpecNode
from mockserver.contract.problem import ProblemSpec
from mockserver.formats.json_pointer import MISSING, parse_pointer, resolve

_EXAMPLES: Final = "#/components/examples/"
_SNAKE_CASE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_NAME: Final = re.compile(r"\w+")
_SAMPLE_TEXT: Final = "plausible text"


def check_problems(contract: Contract, nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    """Errors in the definitions, references and templates of problems."""
    statuses: dict[str, str] = {}
    for node, responses in _responses(nodes):
        for status, raw in responses.items():
            for media in contract.document.resolve(raw).get("content", {}).values():
                for key, example in media.get("examples", {}).items():
                    yield from _check_reference(node, status, key, example, statuses)
    for node in nodes:
        if node.kind == "example" and node.tokens[:2] == ("components", "examples"):
            # An operation that an overlay removes leaves problems of its own behind.
            if node.tokens[-1] in statuses or not contract.document.removed_operations:
                yield from _check_definition(node, statuses, nodes)
            yield from _check_templates(node, node.value.get("x-fill", {}))
    yield from _check_shared_templates(contract, nodes[0])


def check_filled_problems(contract: Contract, nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    """Problems whose body, once filled in, does not fit the schema of a response that lists them."""
    homes = [(nodes[0], "x-unrouted", contract.unrouted.problems, contract.unrouted.replies)]
    operations = contract.operations.values()
    for node, operation in zip((one for one in nodes if one.kind == "operation"), operations, strict=True):
        homes.append((node, "responses", operation.problems, operation.replies))
    for node, member, listed, replies in homes:
        for problem in listed.values():
            schema = replies[str(problem.status)].schema
            violations = schema.violations(problem.body(_sample_details(problem))) if schema else []
            for first in violations[:1]:
                reason = f"does not fit at {first.pointer} ({first.message})"
                what = f"problem {problem.name}, filled in, {reason}"
                yield node.diagnostic(what, "fix its x-fill or the schema", member, str(problem.status))


def _responses(nodes: list[SpecNode]) -> Iterator[tuple[SpecNode, dict[str, Any]]]:
    for node in nodes:
        if node.kind == "operation":
            yield node, node.value.get("responses", {})
        elif node.kind == "document":
            yield node, node.value.get("x-unrouted", {})


def _check_reference(
    node: SpecNode, status: str, key: str, example: dict[str, Any], statuses: dict[str, str]
) -> Iterator[Diagnostic]:
    below = ("responses" if node.kind == "operation" else "x-unrouted", status)
    reference = example.get("$ref", "")
    name = parse_pointer(reference)[-1] if reference.startswith(_EXAMPLES) else ""
    if status.isdigit() and int(status) < 400:
        return
    if not name:
        yield node.diagnostic(
            f"problem {key} is defined in the response", f"move it to {_EXAMPLES}{key}", *below
        )
    elif not status.isdigit():
        yield node.diagnostic(f"problem {name} has no status in {status}", "list it under its status", *below)
    else:
        if name != key:
            yield node.diagnostic(f"problem {name} is listed as {key}", f"list it as {name}", *below)
        known = statuses.setdefault(name, status)
        if known != status:
            what = f"problem {name} has the status {status} here and {known} elsewhere"
            yield node.diagnostic(what, "give it one status or make it two problems", *below)


def _check_definition(
    node: SpecNode, statuses: dict[str, str], nodes: list[SpecNode]
) -> Iterator[Diagnostic]:
    name = node.tokens[-1]
    reference = _EXAMPLES + name
    if name in statuses:
        if not _SNAKE_CASE.fullmatch(name):
            yield node.diagnostic(f"problem {name} is not in snake_case", "rename it")
        if "value" not in node.value:
            yield node.diagnostic(f"problem {name} has no value", "add its whole body")
    elif not any(one.kind == "reference" and one.value["$ref"] == reference for one in nodes):
        yield node.diagnostic(f"{name} is not referenced", "list it in a response or remove it")
    elif "x-fill" in node.value:
        yield node.diagnostic(
            f"{name} has x-fill but is not a problem", "list it in an error response", "x-fill"
        )


def _check_templates(node: SpecNode, fill: Any) -> Iterator[Diagnostic]:
    for where, template in fill.items():
        if where[:1] not in ("", "/") or resolve(node.value.get("value"), where) is MISSING:
            yield node.diagnostic(
                f"x-fill {where} is not in the value", "use a pointer into the value", "x-fill", where
            )
        yield from _check_template(node, where, template)


def _check_shared_templates(contract: Contract, root: SpecNode) -> Iterator[Diagnostic]:
    for where, template in root.value.get("x-fill", {}).items():
        if not any(resolve(problem.value, where) is not MISSING for problem in contract.problems.values()):
            yield root.diagnostic(f"x-fill {where} is not in any problem", "remove it", "x-fill", where)
        yield from _check_template(root, where, template)


def _check_template(node: SpecNode, where: str, template: Any) -> Iterator[Diagnostic]:
    try:
        parts = list(Formatter().parse(template))
    except (ValueError, TypeError) as error:
        what = f"x-fill {where} is not a template ({error})"
        yield node.diagnostic(what, "write {name} for a detail, {{ and }} for braces", "x-fill", where)
        return
    names = [(name, spec, conversion) for _text, name, spec, conversion in parts if name is not None]
    if not names:
        yield node.diagnostic(f"x-fill {where} has nothing to fill in", "remove it", "x-fill", where)
    for name, spec, conversion in names:
        if spec or conversion not in (None, "r") or not _NAME.fullmatch(name) or name.isdigit():
            what = f"x-fill {where} has a placeholder that is more than the name of a detail"
            yield node.diagnostic(what, "write {name} and format the detail in code", "x-fill", where)


def _sample_details(problem: ProblemSpec) -> dict[str, Any]:
    """Sample details: the example's value where a template is a single detail, else a sample text."""
    details: dict[str, Any] = {}
    for where, template in problem.fill.items():
        names = [name for _text, name, _spec, _conversion in Formatter().parse(template) if name]
        for name in names:
            details.setdefault(name, _SAMPLE_TEXT)
        if template == f"{{{names[0]}}}":
            details[names[0]] = resolve(problem.value, where)
    return details
