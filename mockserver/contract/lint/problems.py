"""Problems: each has one name, one status and one home, is referenced, fits, and can be filled in."""

import re
from collections.abc import Iterator
from string import Formatter
from typing import Any, Final

from mockserver.contract.contract import Contract
from mockserver.contract.lint.document_walker import Diagnostic, Place
from mockserver.contract.problem import ProblemSpec
from mockserver.formats.json_pointer import MISSING, parse_pointer, resolve

_HOME: Final = "#/components/examples/"
_SNAKE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_NAME: Final = re.compile(r"\w+")
_PLAUSIBLE: Final = "plausible text"


def problems(contract: Contract, found: list[Place]) -> Iterator[Diagnostic]:
    """Everything about the problems of the document."""
    statuses: dict[str, str] = {}
    for place, responses in _responses(found):
        for status, written in responses.items():
            for media in contract.document.resolve(written).get("content", {}).values():
                for key, example in media.get("examples", {}).items():
                    yield from _reference(place, status, key, example, statuses)
    for place in found:
        if place.kind == "example" and place.tokens[:2] == ("components", "examples"):
            yield from _home(place, statuses, found)
            yield from _templates(place, place.node.get("x-fill", {}))
    yield from _templates_for_all(contract, found[0])


def filled(contract: Contract, found: list[Place]) -> Iterator[Diagnostic]:
    """Problems whose body, once filled in, is no longer what a response that lists it declares."""
    homes = [(found[0], "x-unrouted", contract.unrouted.problems, contract.unrouted.replies)]
    operations = contract.operations.values()
    for place, operation in zip((one for one in found if one.kind == "operation"), operations, strict=True):
        homes.append((place, "responses", operation.problems, operation.replies))
    for place, member, listed, replies in homes:
        for problem in listed.values():
            schema = replies[str(problem.status)].schema
            flaws = schema.violations(problem.body(_details(problem))) if schema else []
            for flaw in flaws[:1]:
                what = f"problem {problem.name}, filled in, does not fit at {flaw.pointer} ({flaw.message})"
                yield place.wrong(what, "fix its x-fill or the schema", member, str(problem.status))


def _responses(found: list[Place]) -> Iterator[tuple[Place, dict[str, Any]]]:
    for place in found:
        if place.kind == "operation":
            yield place, place.node.get("responses", {})
        elif place.kind == "document":
            yield place, place.node.get("x-unrouted", {})


def _reference(
    place: Place, status: str, key: str, example: dict[str, Any], statuses: dict[str, str]
) -> Iterator[Diagnostic]:
    below = ("responses" if place.kind == "operation" else "x-unrouted", status)
    reference = example.get("$ref", "")
    name = parse_pointer(reference)[-1] if reference.startswith(_HOME) else ""
    if status.isdigit() and int(status) < 400:
        return
    if not name:
        yield place.wrong(f"problem {key} stands in the response", f"move it to {_HOME}{key}", *below)
    elif not status.isdigit():
        yield place.wrong(f"problem {name} has no status in {status}", "list it under its status", *below)
    else:
        if name != key:
            yield place.wrong(f"problem {name} is listed as {key}", f"list it as {name}", *below)
        known = statuses.setdefault(name, status)
        if known != status:
            what = f"problem {name} has the status {status} here and {known} elsewhere"
            yield place.wrong(what, "give it one status or make it two problems", *below)


def _home(place: Place, statuses: dict[str, str], found: list[Place]) -> Iterator[Diagnostic]:
    name = place.tokens[-1]
    reference = _HOME + name
    if name in statuses:
        if not _SNAKE.fullmatch(name):
            yield place.wrong(f"problem {name} is not in snake_case", "rename it")
        if "value" not in place.node:
            yield place.wrong(f"problem {name} has no value", "give its whole body")
    elif not any(one.kind == "reference" and one.node["$ref"] == reference for one in found):
        yield place.wrong(f"{name} is referenced nowhere", "list it in a response or take it out")
    elif "x-fill" in place.node:
        yield place.wrong(f"{name} has x-fill and is no problem", "list it in an error response", "x-fill")


def _templates(place: Place, fill: Any) -> Iterator[Diagnostic]:
    for where, template in fill.items():
        if not where.startswith("/") or resolve(place.node.get("value"), where) is MISSING:
            yield place.wrong(
                f"x-fill {where} is not in the value", "point at what is there", "x-fill", where
            )
        yield from _template(place, where, template)


def _templates_for_all(contract: Contract, root: Place) -> Iterator[Diagnostic]:
    for where, template in root.node.get("x-fill", {}).items():
        if not any(resolve(problem.value, where) is not MISSING for problem in contract.problems.values()):
            yield root.wrong(f"x-fill {where} is in no problem", "take it out", "x-fill", where)
        yield from _template(root, where, template)


def _template(place: Place, where: str, template: Any) -> Iterator[Diagnostic]:
    try:
        parts = list(Formatter().parse(template))
    except (ValueError, TypeError) as error:
        what = f"x-fill {where} is no template ({error})"
        yield place.wrong(what, "write {name} for what varies, {{ and }} for braces", "x-fill", where)
        return
    names = [(name, spec, conversion) for _text, name, spec, conversion in parts if name is not None]
    if not names:
        yield place.wrong(f"x-fill {where} has nothing to fill in", "take it out", "x-fill", where)
    for name, spec, conversion in names:
        if spec or conversion not in (None, "r") or not _NAME.fullmatch(name) or name.isdigit():
            what = f"x-fill {where} asks for more than the name of a detail"
            yield place.wrong(what, "write {name}, shape it in code", "x-fill", where)


def _details(problem: ProblemSpec) -> dict[str, Any]:
    """For a template that is one detail the value that stands there, for the others plausible text."""
    details: dict[str, Any] = {}
    for where, template in problem.fill.items():
        names = [name for _text, name, _spec, _conversion in Formatter().parse(template) if name]
        for name in names:
            details.setdefault(name, _PLAUSIBLE)
        if template == f"{{{names[0]}}}":
            details[names[0]] = resolve(problem.value, where)
    return details
