"""Stories: the workflows of a `stories.arazzo.yaml`, read into nouns, and what is wrong with such a file."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.contract.schema import Schema
from mockserver.errors import InvalidContractError
from mockserver.formats import yaml_loader
from mockserver.paths import contracts
from mockserver.verify.criteria import Criterion
from mockserver.verify.expressions import EXPRESSION, expressions, strangers

FILE = "stories.arazzo.yaml"
_SOURCE = "$sourceDescriptions."


@dataclass(frozen=True, slots=True)
class Payload:
    """The body of a step: an object or a list is sent as JSON, a text as it stands."""

    media_type: str
    value: Any


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a story: an operation of a source, or a method and a URL; what its reply must be."""

    id: str
    source: str | None
    operation: str | None
    method: str | None
    url: str | None
    parameters: tuple[Mapping[str, Any], ...]
    payload: Payload | None
    criteria: tuple[Criterion, ...]
    outputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Story:
    """A sequence of calls. `inputs` are the defaults of what it is told."""

    id: str
    summary: str
    inputs: Mapping[str, str]
    steps: tuple[Step, ...]

    @cached_property
    def sources(self) -> frozenset[str]:
        """Whose operations it calls."""
        return frozenset(step.source for step in self.steps if step.source)


@dataclass(frozen=True)
class Book:
    """The stories of one vendor, and the contracts that they call by the name of their source."""

    vendor: str
    contracts: Mapping[str, Contract]
    stories: tuple[Story, ...]

    def operation(self, step: Step) -> Operation | None:
        """The operation that a step calls by its name."""
        if step.source is None or step.operation is None:
            return None
        return self.contracts[step.source].operations[step.operation]

    def chosen(self, names: Collection[str]) -> list[Story]:
        """The stories of these names; none: all. Raises `InvalidContractError` for a name that none has."""
        known = [story.id for story in self.stories]
        for name in names:
            if name not in known:
                where, fix = f"story {name}", f"choose one of {', '.join(known)}"
                raise InvalidContractError(where, f"{self.vendor} has none of this name", fix)
        return [story for story in self.stories if not names or story.id in names]


def read(path: Path, contract: Contract | None = None) -> Book:
    """The stories in the file, told of the contract beside it or of another.

    Raises `InvalidContractError` for the first thing that is wrong with it.
    """
    document = yaml_loader.read(path)
    where = f"{path.parent.name}/{path.name}"
    for place, what, fix in flaws(document):
        raise InvalidContractError(f"{where}#{place}", what, fix)
    read_ = {
        source["name"]: Contract.read((path.parent / source["url"]).resolve())
        for source in document["sourceDescriptions"]
    }
    if contract is not None:
        read_[path.parent.name] = contract
    for number, story in enumerate(document["workflows"]):
        for step in story["steps"]:
            source, operation = named(step, list(read_))
            if source is not None and operation not in read_[source].operations:
                place = f"{where}#/workflows/{number}/{step['stepId']}"
                raise InvalidContractError(
                    place, f"operationId {operation} is not in {source}", "name one that is"
                )
    stories = tuple(_story(one, list(read_)) for one in document["workflows"])
    return Book(path.parent.name, read_, stories)


def of(vendor: str, contract: Contract | None = None) -> Book:
    """The stories of a vendor, held to its own contract or to another. Raises `InvalidContractError`."""
    return read(contracts() / vendor / FILE, contract)


def named(step: Mapping[str, Any], sources: list[str]) -> tuple[str | None, str | None]:
    """Source and operationId that a step, as written, calls."""
    written = step.get("operationId")
    if written is None:
        return None, None
    if written.startswith(_SOURCE):
        source, _, operation = written.removeprefix(_SOURCE).partition(".")
        return source, operation
    return sources[0], written


def _story(node: Mapping[str, Any], sources: list[str]) -> Story:
    inputs = node.get("inputs", {}).get("properties", {})
    shared = node.get("parameters", [])
    return Story(
        id=node["workflowId"],
        summary=node["summary"],
        inputs={name: one["default"] for name, one in inputs.items()},
        steps=tuple(_step(step, shared, sources) for step in node["steps"]),
    )


def _step(node: Mapping[str, Any], shared: list[Any], sources: list[str]) -> Step:
    source, operation = named(node, sources)
    # A step's own parameter takes the place of the story's of the same name.
    written = {(one["in"], one["name"]): one for one in [*shared, *node.get("parameters", [])]}
    body = node.get("requestBody")
    direct = node.get("x-operation", {})
    return Step(
        id=node["stepId"],
        source=source,
        operation=operation,
        method=direct["method"].upper() if direct else None,
        url=direct.get("url"),
        parameters=tuple(written.values()),
        payload=Payload(body["contentType"], body["payload"]) if body else None,
        criteria=tuple(_criterion(one) for one in node["successCriteria"]),
        outputs=node.get("outputs", {}),
    )


def _criterion(node: Mapping[str, Any]) -> Criterion:
    return Criterion(node["condition"], node.get("type", "simple"), node.get("context"))


def flaws(document: Any) -> Iterator[tuple[str, str, str]]:
    """Everything that our runner would not honour: JSON pointer, what, and the fix."""
    schema = Schema(yaml_loader.read(contracts() / "stories.schema.yaml"), {})
    unfit = schema.violations(document)
    for flaw in unfit:
        yield (
            flaw.pointer,
            f"is not what a story may say ({flaw.message})",
            "see contracts/stories.schema.yaml",
        )
    if unfit:
        return
    seen: set[str] = set()
    for number, story in enumerate(document["workflows"]):
        if story["workflowId"] in seen:
            yield f"/workflows/{number}", f"workflowId {story['workflowId']} stands twice", "rename one"
        seen.add(story["workflowId"])
        yield from _story_flaws(f"/workflows/{number}", story)


def _story_flaws(place: str, story: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    inputs = set(story.get("inputs", {}).get("properties", {}))
    before: dict[str, set[str]] = {}
    for number, step in enumerate(story["steps"]):
        here = f"{place}/steps/{number}"
        if step["stepId"] in before:
            yield here, f"stepId {step['stepId']} stands twice", "rename one"
        said = [story.get("parameters", []), step.get("parameters", []), step.get("x-operation", {})]
        said.append(step.get("requestBody", {}).get("payload"))
        criteria = [_criterion(one) for one in step["successCriteria"]]
        for flaw in filter(None, (one.flaw() for one in criteria)):
            yield f"{here}/successCriteria", flaw, "see contracts/README.md for what is"
        for stranger in strangers(said):
            yield (
                here,
                f"{stranger} is no expression that is honoured",
                "see contracts/README.md for those that are",
            )
        for text in step.get("outputs", {}).values():
            if not EXPRESSION.fullmatch(text):
                yield (
                    f"{here}/outputs",
                    f"{text} is no expression that is honoured",
                    "see contracts/README.md",
                )
        used = [*expressions(said), *(text for one in criteria for text in one.expressions())]
        for text in used:
            if not _is_known(text, inputs, before):
                yield (
                    here,
                    f"{text} is nothing that is known by then",
                    "name an input or an output of a step before",
                )
        before[step["stepId"]] = set(step.get("outputs", {}))


def _is_known(expression: str, inputs: set[str], before: Mapping[str, set[str]]) -> bool:
    match expression.partition("#")[0][1:].split("."):
        case ["inputs", name]:
            return name in inputs
        case ["steps", step, "outputs", name]:
            return name in before.get(step, ())
    return True
