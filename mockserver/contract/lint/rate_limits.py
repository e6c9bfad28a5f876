"""Limits and switches: well-formed, with a problem that is listed and templates that can be filled in."""

from collections.abc import Iterator
from string import Formatter
from typing import Any, Final

from mockserver.contract.behaviour_switch import CONTENT_TYPE_SCOPES
from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import Diagnostic, SpecNode
from mockserver.contract.rate_limit import RateLimitSpec
from mockserver.contract.schema import Schema
from mockserver.formats.suggestions import suggest

PLACEHOLDERS: Final = ("calls", "left", "reset", "wait")
"""The placeholders of a limit's templates."""

_ROOT_RULES: Final = ("x-names-ignore-case", "x-routes-first")
"""The rules of a root that a switch may decide."""

_AT_LEAST_ONE: Final = {"type": "integer", "minimum": 1}
_NAMES: Final = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_TEMPLATES: Final = {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}}
_LIMIT: Final = Schema(
    {
        "type": "object",
        "required": ["description", "calls", "seconds", "per", "problem"],
        "properties": {
            "description": {"type": "string"},
            "calls": _AT_LEAST_ONE,
            "seconds": _AT_LEAST_ONE,
            "ban": _AT_LEAST_ONE,
            "per": {"enum": ["tenant", "credential", "address"]},
            "counts": {"enum": ["calls", "bad_calls", "bad_credentials"]},
            "windows": {"enum": ["by_their_first_call", "by_the_clock"]},
            "methods": _NAMES,
            "operations": _NAMES,
            "except": _NAMES,
            "problem": {"type": "string"},
            "headers": _TEMPLATES,
            "refusal_headers": _TEMPLATES,
        },
        "if": {"properties": {"counts": {"const": "calls"}}},
        "then": {"not": {"required": ["ban"]}},
        "else": {"required": ["ban"], "properties": {"per": {"const": "address"}, "headers": False}},
    },
    {},
)
_SWITCH: Final = Schema(
    {
        "type": "object",
        "required": ["description", "schema", "default"],
        "properties": {"description": {"type": "string"}, "schema": {"type": "object"}},
    },
    {},
)


def check_limits_and_switches(contract: Contract, nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    """Errors in the limits and switches of the document."""
    unfit = [*_check_format(nodes)]
    yield from unfit
    if unfit:
        return
    limit_nodes = {node.tokens[1]: node for node in nodes if node.kind == "limit"}
    for name, limit in contract.limits.items():
        yield from _check_names(contract, limit_nodes[name], limit)
        yield from _check_listed(contract, limit_nodes[name], limit)
        for member, templates in (("headers", limit.headers), ("refusal_headers", limit.refusal_headers)):
            for header, template in templates.items():
                yield from _check_template(limit_nodes[name], template, member, header)
    yield from _check_switches(contract, nodes)


def _check_format(nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    for node in nodes:
        if node.kind in ("limit", "switch"):
            for violation in (_LIMIT if node.kind == "limit" else _SWITCH).violations(node.value)[:3]:
                where = f" at {violation.pointer}" if violation.pointer else ""
                yield node.diagnostic(f"the {node.kind} is not valid{where} ({violation.message})", "fix it")


def _check_names(contract: Contract, node: SpecNode, limit: RateLimitSpec) -> Iterator[Diagnostic]:
    methods = {operation.method for operation in contract.operations.values()}
    for member, names, known in (
        ("methods", limit.methods, methods),
        ("operations", limit.operations, contract.operations),
        ("except", limit.exceptions, contract.operations),
    ):
        for name in sorted(names - set(known)):
            close = suggest(name, known)
            fix = f"did you mean {close}?" if close else "remove it"
            yield node.diagnostic(f"unknown value {name} in {member}", fix, member)


def _check_listed(contract: Contract, node: SpecNode, limit: RateLimitSpec) -> Iterator[Diagnostic]:
    for operation in contract.operations.values():
        # Without authentication a call belongs to no tenant or credential.
        counts = operation.schemes or limit.per == "address"
        applies = counts and limit.applies_to(operation.method, operation)
        if applies and limit.problem not in operation.problems:
            what = f"problem {limit.problem} is not listed by {operation.id}, which the limit applies to"
            yield node.diagnostic(what, "list it in a response", "problem")
    if not limit.operations and limit.problem not in contract.unrouted.problems:
        what = f"problem {limit.problem} is not listed in x-unrouted"
        yield node.diagnostic(what, "list it there, since unrouted calls count too", "problem")


def _check_template(node: SpecNode, template: str, *below: str) -> Iterator[Diagnostic]:
    try:
        parts = [part for part in Formatter().parse(template) if part[1] is not None]
        is_valid = all(
            name in PLACEHOLDERS and not spec and not conversion for _text, name, spec, conversion in parts
        )
    except ValueError:
        is_valid = False
    if not is_valid:
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        yield node.diagnostic(f"the template {template} cannot be filled in", f"use {known}", *below)


def _check_switches(contract: Contract, nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    for node in nodes:
        if node.kind == "switch":
            for violation in contract.switches[node.tokens[1]].schema.violations(node.value["default"])[:1]:
                what = f"the default does not fit its schema ({violation.message})"
                yield node.diagnostic(what, "fix one of them", "default")
    decided: Any = contract.document.root.get("x-content-type-required", False)
    switch = contract.switches.get(decided.get("switch", "")) if isinstance(decided, dict) else None
    scope = decided if switch is None else switch.default
    named = switch is None or decided.keys() == {"switch"}
    if not named or not (isinstance(scope, bool) or scope in CONTENT_TYPE_SCOPES):
        known = ", ".join(CONTENT_TYPE_SCOPES)
        what = f"x-content-type-required is neither true nor the name of a boolean switch, nor one of {known}"
        fix = "write true, bodies, or {switch: name}"
        yield nodes[0].diagnostic(what, fix, "x-content-type-required")
    for rule in _ROOT_RULES:
        decided = contract.document.root.get(rule, False)
        switch = contract.switches.get(decided.get("switch", "")) if isinstance(decided, dict) else None
        named = switch is not None and isinstance(switch.default, bool) and decided.keys() == {"switch"}
        if not named and not isinstance(decided, bool):
            what = f"{rule} is neither true nor the name of a boolean switch"
            yield nodes[0].diagnostic(what, "write true, or {switch: name}", rule)
