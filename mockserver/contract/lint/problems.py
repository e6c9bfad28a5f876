"""Problems: each has one name, one status and one home, is referenced, fits, and can be filled in."""

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


def check_problems(contract: Contract, found: list[SpecNode]) -> Iterator[Diagnostic]:
    """Everything about the problems of the document."""
    statuses: dict[str, str] = {}
    for place, responses in _responses(found):
        for status, written in responses.items():
            for media in contract.document.resolve(written).get("content", {}).values():
                for key, example in media.get("examples", {}).items():
                    yield from _check_reference(place, status, key, example, statuses)
    for place in found:
        if place.kind == "example" and place.tokens[:2] == ("components", "examples"):
            yield from _check_definition(place, statuses, found)
            yield from _check_templates(place, place.value.get("x-fill", {}))
    yield from _check_shared_templates(contract, found[0])


def check_filled_problems(contract: Contract, found: list[SpecNode]) -> Iterator[Diagnostic]:
    """Problems whose body, once filled in, is no longer what a response that lists it declares."""
    homes = [(found[0], "x-unrouted", contract.unrouted.problems, contract.unrouted.replies)]
    operations = contract.operations.values()
    for place, operation in zip((one for one in found if one.kind == "operation"), operations, strict=True):
        homes.append((place, "responses", operation.problems, operation.replies))
    for place, member, listed, replies in homes:
        for problem in listed.values():
            schema = replies[str(problem.status)].schema
            flaws = schema.violations(problem.body(_sample_details(problem))) if schema else []
            for flaw in flaws[:1]:
                what = f"problem {problem.name}, filled in, does not fit at {flaw.pointer} ({flaw.message})"
                yield place.diagnostic(what, "fix its x-fill or the schema", member, str(problem.status))


def _responses(found: list[SpecNode]) -> Iterator[tuple[SpecNode, dict[str, Any]]]:
    for place in found:
        if place.kind == "operation":
            yield place, place.value.get("responses", {})
        elif place.kind == "document":
            yield place, place.value.get("x-unrouted", {})


def _check_reference(
    place: SpecNode, status: str, key: str, example: dict[str, Any], statuses: dict[str, str]
) -> Iterator[Diagnostic]:
    below = ("responses" if place.kind == "operation" else "x-unrouted", status)
    reference = example.get("$ref", "")
    name = parse_pointer(reference)[-1] if reference.startswith(_EXAMPLES) else ""
    if status.isdigit() and int(status) < 400:
        return
    if not name:
        yield place.diagnostic(
            f"problem {key} stands in the response", f"move it to {_EXAMPLES}{key}", *below
        )
    elif not status.isdigit():
        yield place.diagnostic(
            f"problem {name} has no status in {status}", "list it under its status", *below
        )
    else:
        if name != key:
            yield place.diagnostic(f"problem {name} is listed as {key}", f"list it as {name}", *below)
        known = statuses.setdefault(name, status)
        if known != status:
            what = f"problem {name} has the status {status} here and {known} elsewhere"
            yield place.diagnostic(what, "give it one status or make it two problems", *below)


def _check_definition(
    place: SpecNode, statuses: dict[str, str], found: list[SpecNode]
) -> Iterator[Diagnostic]:
    name = place.tokens[-1]
    reference = _EXAMPLES + name
    if name in statuses:
        if not _SNAKE_CASE.fullmatch(name):
            yield place.diagnostic(f"problem {name} is not in snake_case", "rename it")
        if "value" not in place.value:
            yield place.diagnostic(f"problem {name} has no value", "give its whole body")
    elif not any(one.kind == "reference" and one.value["$ref"] == reference for one in found):
        yield place.diagnostic(f"{name} is referenced nowhere", "list it in a response or take it out")
    elif "x-fill" in place.value:
        yield place.diagnostic(
            f"{name} has x-fill and is no problem", "list it in an error response", "x-fill"
        )


def _check_templates(place: SpecNode, fill: Any) -> Iterator[Diagnostic]:
    for where, template in fill.items():
        if not where.startswith("/") or resolve(place.value.get("value"), where) is MISSING:
            yield place.diagnostic(
                f"x-fill {where} is not in the value", "point at what is there", "x-fill", where
            )
        yield from _check_template(place, where, template)


def _check_shared_templates(contract: Contract, root: SpecNode) -> Iterator[Diagnostic]:
    for where, template in root.value.get("x-fill", {}).items():
        if not any(resolve(problem.value, where) is not MISSING for problem in contract.problems.values()):
            yield root.diagnostic(f"x-fill {where} is in no problem", "take it out", "x-fill", where)
        yield from _check_template(root, where, template)


def _check_template(place: SpecNode, where: str, template: Any) -> Iterator[Diagnostic]:
    try:
        parts = list(Formatter().parse(template))
    except (ValueError, TypeError) as error:
        what = f"x-fill {where} is no template ({error})"
        yield place.diagnostic(what, "write {name} for what varies, {{ and }} for braces", "x-fill", where)
        return
    names = [(name, spec, conversion) for _text, name, spec, conversion in parts if name is not None]
    if not names:
        yield place.diagnostic(f"x-fill {where} has nothing to fill in", "take it out", "x-fill", where)
    for name, spec, conversion in names:
        if spec or conversion not in (None, "r") or not _NAME.fullmatch(name) or name.isdigit():
            what = f"x-fill {where} asks for more than the name of a detail"
            yield place.diagnostic(what, "write {name}, shape it in code", "x-fill", where)


def _sample_details(problem: ProblemSpec) -> dict[str, Any]:
    """For a template that is one detail the value that stands there, for the others plausible text."""
    details: dict[str, Any] = {}
    for where, template in problem.fill.items():
        names = [name for _text, name, _spec, _conversion in Formatter().parse(template) if name]
        for name in names:
            details.setdefault(name, _SAMPLE_TEXT)
        if template == f"{{{names[0]}}}":
            details[names[0]] = resolve(problem.value, where)
    return details
