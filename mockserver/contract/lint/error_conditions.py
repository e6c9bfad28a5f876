"""Error conditions that the core detects: each has a problem, listed by the operations where it can occur."""

import re
from collections.abc import Iterator
from string import Formatter
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import APPLICATORS, ASSERTIONS, Diagnostic, SpecNode
from mockserver.contract.operation import BodySpec, Operation, Parameter
from mockserver.contract.schema import Schema
from mockserver.formats.suggestions import suggest

CONDITIONS: Final = (
    "credential_missing",
    "credential_unknown",
    "path_unknown",
    "method_unknown",
    "content_type_missing",
    "not_acceptable",
    "media_type_unsupported",
    "body_malformed",
    "body_missing",
    "call_invalid",
)
_REJECTING_KEYWORDS: Final = (ASSERTIONS | APPLICATORS) - {"type"}
_CREDENTIAL_MEMBERS: Final = frozenset({"scheme", "mint", "tenant", "beside", "prefixes"})
_SUPPORTED_SCHEMES: Final = (("apiKey", "header"), ("http", "bearer"))


def check_conditions(contract: Contract, nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    """Unknown conditions, conditions without a problem, and problems not listed where they can occur."""
    root = nodes[0]
    yield from _check_names(root)
    for node, operation in _operations(contract, nodes):
        yield from _check_names(node)
        yield from _check_listed(
            node, _reachable(contract, operation), operation.conditions, operation.problems
        )
        for name, problem in _part_problems(operation):
            if problem not in operation.problems:
                what = f"x-problem {problem} of {name} is not listed by {operation.id}"
                yield node.diagnostic(what, "list it in a response", "responses")
    unrouted = ["path_unknown", "method_unknown"]
    yield from _check_listed(root, unrouted, contract.conditions, contract.unrouted.problems)
    anywhere = ["credential_missing", "credential_unknown"] if contract.default_schemes else []
    anywhere += ["content_type_missing"] if _may_require_content_type(contract) else []
    yield from _check_listed(root, anywhere, contract.conditions, contract.problems)


def check_credentials(contract: Contract, nodes: list[SpecNode]) -> Iterator[Diagnostic]:
    """Security requirements that are not supported, and credentials that cannot be minted."""
    for node in nodes:
        if node.kind in ("document", "operation"):
            for requirement in node.value.get("security", []):
                yield from _check_requirement(contract, node, requirement, len(node.value["security"]))
    root = nodes[0]
    given = root.value.get("x-credentials", {})
    presented = {spec.get("scheme") for spec in given.values()}
    for name, spec in given.items():
        yield from _check_credential(contract, root, name, spec)
    for name in sorted(contract.schemes.keys() - presented - unsupported_schemes(contract)):
        what = f"no credential of x-credentials presents the scheme {name}"
        yield root.diagnostic(what, "name it as the `scheme` of one", "x-credentials")


def check_schemes(contract: Contract) -> Iterator[Diagnostic]:
    """Security schemes that the core does not check; a vendor that uses one must check it in its auth.py."""
    for name in sorted(unsupported_schemes(contract)):
        where = f"{contract.name}#/components/securitySchemes/{name}"
        yield Diagnostic(where, "the core does not check this scheme", "check it in the vendor's auth.py")


def unsupported_schemes(contract: Contract) -> set[str]:
    """The names of the security schemes that the core does not check."""
    return {
        name
        for name, scheme in contract.schemes.items()
        if (scheme.get("type"), scheme.get("in" if scheme.get("type") == "apiKey" else "scheme"))
        not in _SUPPORTED_SCHEMES
    }


def _operations(contract: Contract, nodes: list[SpecNode]) -> Iterator[tuple[SpecNode, Operation]]:
    operations = (node for node in nodes if node.kind == "operation")
    yield from zip(operations, contract.operations.values(), strict=True)


def _check_names(node: SpecNode) -> Iterator[Diagnostic]:
    for name in node.value.get("x-problems", {}):
        if name not in CONDITIONS:
            close = suggest(name, CONDITIONS)
            fix = f"did you mean {close}?" if close else f"use one of {', '.join(CONDITIONS)}"
            yield node.diagnostic(f"unknown condition {name} in x-problems", fix, "x-problems", name)


def _check_listed(node: SpecNode, reachable: list[str], problems: Any, listed: Any) -> Iterator[Diagnostic]:
    for condition in reachable:
        problem = problems.get(condition)
        if problem is None:
            what = f"x-problems has no {condition}"
            yield node.diagnostic(what, "add it with the problem that answers it", "x-problems")
        elif problem not in listed:
            home = "x-unrouted" if node.kind == "document" else "responses"
            what = f"{condition} is answered with {problem}, which is not listed"
            yield node.diagnostic(what, f"list it in {home}", home)


def _reachable(contract: Contract, operation: Operation) -> list[str]:
    """The conditions that a call to the operation can cause."""
    found = ["credential_missing", "credential_unknown"] if operation.schemes else []
    found += ["content_type_missing"] if _may_require_content_type(contract) else []
    found += ["not_acceptable"] if contract.rules().default_media_type else []
    body = operation.body
    if body and "media_type_unsupported" in operation.conditions:
        found.append("media_type_unsupported")
    if body and body.json_schema is not None:
        found.append("body_malformed")
    if body and body.required:
        found.append("body_missing")
    if any(
        _parameter_can_be_invalid(one) for one in operation.parameters if one.problem is None
    ) or _body_can_be_invalid(body):
        found.append("call_invalid")
    return found


def _may_require_content_type(contract: Contract) -> bool:
    """Whether a Content-Type is required, always or if a switch is set."""
    return bool(contract.document.root.get("x-content-type-required"))


def _body_can_be_invalid(body: BodySpec | None) -> bool:
    if body is None or body.problem is not None or body.json_schema is None:
        return False
    return _can_reject(body.json_schema, "type")


def _parameter_can_be_invalid(parameter: Parameter) -> bool:
    missing = parameter.required and parameter.location != "path"
    return missing or parameter.type != "string" or _can_reject(parameter.schema)


def _can_reject(schema: Schema, *also: str) -> bool:
    raw = schema.schema
    return not isinstance(raw, dict) or not _REJECTING_KEYWORDS.union(also).isdisjoint(raw)


def _part_problems(operation: Operation) -> Iterator[tuple[str, str]]:
    for parameter in operation.parameters:
        if parameter.problem is not None:
            yield f"parameter {parameter.name}", parameter.problem
    if operation.body and operation.body.problem is not None:
        yield "the body", operation.body.problem


def _check_requirement(
    contract: Contract, node: SpecNode, requirement: Any, alternatives: int
) -> Iterator[Diagnostic]:
    if len(requirement) > 1:
        yield node.diagnostic("security requires several schemes at once", "require one of them", "security")
    if not requirement and alternatives > 1:
        yield node.diagnostic("optional security is not supported", "require it or remove it", "security")
    for name in requirement:
        if name not in contract.schemes:
            what = f"unknown security scheme {name}"
            yield node.diagnostic(what, "add it to components/securitySchemes", "security")


def _check_credential(contract: Contract, root: SpecNode, name: str, spec: Any) -> Iterator[Diagnostic]:
    below = ("x-credentials", name)
    for member in sorted(spec.keys() - _CREDENTIAL_MEMBERS):
        fix = f"use {', '.join(sorted(_CREDENTIAL_MEMBERS))}"
        yield root.diagnostic(f"{member} is not supported in a credential", fix, *below, member)
    if not re.fullmatch("[a-z][a-z0-9_]{0,63}", str(spec.get("tenant", "other"))):
        what = f"credential {name} has an invalid tenant {spec['tenant']}"
        yield root.diagnostic(what, "name the tenant in snake_case", *below, "tenant")
    leading = root.value["x-credentials"].get(spec.get("beside"), {})
    if "beside" in spec and ("scheme" in spec or "scheme" not in leading):
        what = f"credential {name} cannot be beside {spec['beside']}"
        yield root.diagnostic(what, "pair one without a scheme with one that has a scheme", *below, "beside")
    if "beside" in spec and spec.get("tenant") != leading.get("tenant"):
        what = f"credential {name} and {spec['beside']} have different tenants"
        yield root.diagnostic(what, "give both the same tenant", *below, "tenant")
    if "scheme" in spec and spec["scheme"] not in contract.schemes:
        what = f"credential {name} has the unknown scheme {spec['scheme']}"
        yield root.diagnostic(what, "name one of components/securitySchemes", *below, "scheme")
    try:
        parts = list(Formatter().parse(spec["mint"]))
        names = [part[1] for part in parts if part[1] is not None]
        wrong = [part[1] for part in parts if part[1] not in (None, "hex", "uuid") or part[2] or part[3]]
    except (KeyError, ValueError, TypeError):
        names, wrong = [], ["mint"]
    if wrong or (not names and "scheme" in spec):
        what = f"credential {name} cannot be minted"
        yield root.diagnostic(what, "use {hex} or {uuid} in its mint", *below, "mint")
