"""Limits and switches: of the right shape, with a problem that is listed and templates that can be filled."""

from collections.abc import Iterator
from string import Formatter
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import Diagnostic, SpecNode
from mockserver.contract.rate_limit import RateLimitSpec
from mockserver.contract.schema import Schema
from mockserver.formats.suggestions import suggest

PLACEHOLDERS: Final = ("calls", "left", "reset", "wait")
"""What a limit's templates can tell."""

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


def check_limits_and_switches(contract: Contract, found: list[SpecNode]) -> Iterator[Diagnostic]:
    """Everything about the limits and switches of the document."""
    unfit = [*_check_format(found)]
    yield from unfit
    if unfit:
        return
    places = {place.tokens[1]: place for place in found if place.kind == "limit"}
    for name, limit in contract.limits.items():
        yield from _check_names(contract, places[name], limit)
        yield from _check_listed(contract, places[name], limit)
        for member, templates in (("headers", limit.headers), ("refusal_headers", limit.refusal_headers)):
            for header, template in templates.items():
                yield from _check_template(places[name], template, member, header)
    yield from _check_switches(contract, found)


def _check_format(found: list[SpecNode]) -> Iterator[Diagnostic]:
    for place in found:
        if place.kind in ("limit", "switch"):
            for flaw in (_LIMIT if place.kind == "limit" else _SWITCH).violations(place.value)[:3]:
                where = f" at {flaw.pointer}" if flaw.pointer else ""
                yield place.diagnostic(f"the {place.kind} does not fit{where} ({flaw.message})", "fix it")


def _check_names(contract: Contract, place: SpecNode, limit: RateLimitSpec) -> Iterator[Diagnostic]:
    methods = {operation.method for operation in contract.operations.values()}
    for member, names, known in (
        ("methods", limit.methods, methods),
        ("operations", limit.operations, contract.operations),
    ):
        for name in sorted(names - set(known)):
            close = suggest(name, known)
            fix = f"did you mean {close}?" if close else "take it out"
            yield place.diagnostic(f"no operation has {name} of {member}", fix, member)


def _check_listed(contract: Contract, place: SpecNode, limit: RateLimitSpec) -> Iterator[Diagnostic]:
    for operation in contract.operations.values():
        counts = operation.schemes or limit.per == "address"  # what is open to everybody is nobody's call
        held = counts and limit.applies_to(operation.method, operation)
        if held and limit.problem not in operation.problems:
            what = f"problem {limit.problem} is not listed by {operation.id}, which the limit holds for"
            yield place.diagnostic(what, "list it in a response", "problem")
    if not limit.operations and limit.problem not in contract.unrouted.problems:
        what = f"problem {limit.problem} is not listed in x-unrouted"
        yield place.diagnostic(what, "list it there: calls that no operation answers count too", "problem")


def _check_template(place: SpecNode, template: str, *below: str) -> Iterator[Diagnostic]:
    try:
        parts = [part for part in Formatter().parse(template) if part[1] is not None]
        plain = all(name in PLACEHOLDERS and not spec and not turn for _text, name, spec, turn in parts)
    except ValueError:
        plain = False
    if not plain:
        figures = ", ".join(f"{{{figure}}}" for figure in PLACEHOLDERS)
        yield place.diagnostic(f"the template {template} cannot be filled in", f"write {figures}", *below)


def _check_switches(contract: Contract, found: list[SpecNode]) -> Iterator[Diagnostic]:
    for place in found:
        if place.kind == "switch":
            for flaw in contract.switches[place.tokens[1]].schema.violations(place.value["default"])[:1]:
                what = f"the default does not fit its schema ({flaw.message})"
                yield place.diagnostic(what, "fix one of them", "default")
    decided: Any = contract.document.root.get("x-content-type-required", False)
    switch = contract.switches.get(decided.get("switch", "")) if isinstance(decided, dict) else None
    named = switch is not None and isinstance(switch.default, bool) and decided.keys() == {"switch"}
    if not named and not isinstance(decided, bool):
        what = "x-content-type-required is neither true nor the name of a switch that is on or off"
        yield found[0].diagnostic(what, "write true, or {switch: name}", "x-content-type-required")
