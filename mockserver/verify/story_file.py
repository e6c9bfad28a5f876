"""Story files: parses the workflows of a `stories.arazzo.yaml` and validates such a file."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from mockserver.contract.contract import Contract
from mockserver.contract.operation import Operation
from mockserver.contract.schema import Schema
from mockserver.contract.shared_contract import read_shared, shipped_fingerprint
from mockserver.errors import InvalidContractError
from mockserver.formats import yaml_cache
from mockserver.homes import find_home
from mockserver.paths import contracts
from mockserver.verify.criteria import Criterion
from mockserver.verify.expressions import EXPRESSION, find_expressions, find_unsupported

STORIES_FILE = "stories.arazzo.yaml"
_SOURCE = "$sourceDescriptions."
_CONTROL = "../control/openapi.yaml"


@dataclass(frozen=True, slots=True)
class Payload:
    """The body of a step: an object or a list is sent as JSON, a text verbatim."""

    media_type: str
    value: Any


@dataclass(frozen=True, slots=True)
class Step:
    """One call of a story (an operation of a source, or a method and a URL) and its success criteria."""

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
    """A sequence of calls; `inputs` are the defaults of its inputs."""

    id: str
    summary: str
    inputs: Mapping[str, str]
    steps: tuple[Step, ...]

    @cached_property
    def sources(self) -> frozenset[str]:
        """Names of the sources whose operations it calls."""
        return frozenset(step.source for step in self.steps if step.source)


@dataclass(frozen=True)
class StoryFile:
    """The stories of one vendor, and the contracts they call, by source name."""

    vendor: str
    contracts: Mapping[str, Contract]
    stories: tuple[Story, ...]

    def operation(self, step: Step) -> Operation | None:
        """The operation that a step names, if it names one."""
        if step.source is None or step.operation is None:
            return None
        return self.contracts[step.source].operations[step.operation]

    def is_removed(self, step: Step) -> bool:
        """Whether an overlay has removed the operation that a step names."""
        contract = self.contracts.get(step.source or "")
        return contract is not None and step.operation in contract.document.removed_operations

    def select(self, names: Collection[str]) -> list[Story]:
        """The stories with these names; none: all. Raises `InvalidContractError` for an unknown one."""
        known = [story.id for story in self.stories]
        for name in names:
            if name not in known:
                where, fix = f"story {name}", f"choose one of {', '.join(known)}"
                raise InvalidContractError(where, f"not a story of {self.vendor}", fix)
        return [story for story in self.stories if not names or story.id in names]


class _Parsed(NamedTuple):
    """The contracts that a story file names, by source name, and its stories."""

    sources: Mapping[str, Path]
    stories: tuple[Story, ...]


def read_stories(path: Path, contract: Contract | None = None) -> StoryFile:
    """The stories in the file, for the contract beside it or another one.

    Raises `InvalidContractError` for the first error in it, and `InvalidYamlError`.
    """
    vendor, parsed = path.parent.name, _parse_shared(path)
    read = {} if contract is None else {vendor: contract}
    found = {name: read.get(name) or read_shared(file) for name, file in parsed.sources.items()} | read
    for number, story in enumerate(parsed.stories):
        for step in story.steps:
            if step.source is None or step.operation in found[step.source].document.removed_operations:
                continue
            if step.operation not in found[step.source].operations:
                place = f"{vendor}/{path.name}#/workflows/{number}/{step.id}"
                what = f"operationId {step.operation} is not in {step.source}"
                raise InvalidContractError(place, what, "name one that is")
    return StoryFile(vendor, found, parsed.stories)


def _parse_shared(path: Path) -> _Parsed:
    """The content of the file; a shipped one is parsed once, as long as it does not change."""
    fingerprint = shipped_fingerprint(path)
    return _parse(path) if fingerprint is None else _parse_once(path, fingerprint)


@lru_cache(32)
def _parse_once(path: Path, _fingerprint: tuple[int, int]) -> _Parsed:
    return _parse(path)


def _parse(path: Path) -> _Parsed:
    document = yaml_cache.read(path)
    for place, what, fix in find_errors(document):
        raise InvalidContractError(f"{path.parent.name}/{path.name}#{place}", what, fix)
    sources = {one["name"]: source_file(path, one["url"]) for one in document["sourceDescriptions"]}
    return _Parsed(sources, tuple(_story(one, list(sources)) for one in document["workflows"]))


def load_stories(vendor: str, contract: Contract | None = None) -> StoryFile:
    """The stories of a vendor, for its own contract or another one. Raises `InvalidContractError`."""
    return read_stories(find_home(vendor).contracts / STORIES_FILE, contract)


def source_file(path: Path, url: str) -> Path:
    """The contract that a story file names; `../control/openapi.yaml` is the server's for every vendor."""
    own = (path.parent / url).resolve()
    return contracts() / "control" / "openapi.yaml" if url == _CONTROL and not own.is_file() else own


def referenced_operation(step: Mapping[str, Any], sources: list[str]) -> tuple[str | None, str | None]:
    """The source and operationId that a step of the file refers to."""
    reference = step.get("operationId")
    if reference is None:
        return None, None
    if reference.startswith(_SOURCE):
        source, _, operation = reference.removeprefix(_SOURCE).partition(".")
        return source, operation
    return sources[0], reference


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
    source, operation = referenced_operation(node, sources)
    # A parameter of the step overrides the story's parameter of the same name.
    parameters = {(one["in"], one["name"]): one for one in [*shared, *node.get("parameters", [])]}
    body = node.get("requestBody")
    direct = node.get("x-operation", {})
    return Step(
        id=node["stepId"],
        source=source,
        operation=operation,
        method=direct["method"].upper() if direct else None,
        url=direct.get("url"),
        parameters=tuple(parameters.values()),
        payload=Payload(body["contentType"], body["payload"]) if body else None,
        criteria=tuple(_criterion(one) for one in node["successCriteria"]),
        outputs=node.get("outputs", {}),
    )


def _criterion(node: Mapping[str, Any]) -> Criterion:
    return Criterion(node["condition"], node.get("type", "simple"), node.get("context"))


def find_errors(document: Any) -> Iterator[tuple[str, str, str]]:
    """Everything that the runner does not support, as (JSON pointer, problem, fix)."""
    schema = Schema(yaml_cache.read(contracts() / "stories.schema.yaml"), {})
    violations = schema.violations(document)
    for one in violations:
        yield (
            one.pointer,
            f"is not valid in a story ({one.message})",
            "see contracts/stories.schema.yaml",
        )
    if violations:
        return
    seen: set[str] = set()
    for number, story in enumerate(document["workflows"]):
        if story["workflowId"] in seen:
            yield f"/workflows/{number}", f"duplicate workflowId {story['workflowId']}", "rename one"
        seen.add(story["workflowId"])
        yield from _story_errors(f"/workflows/{number}", story)


def _story_errors(place: str, story: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    inputs = set(story.get("inputs", {}).get("properties", {}))
    before: dict[str, set[str]] = {}
    for number, step in enumerate(story["steps"]):
        here = f"{place}/steps/{number}"
        if step["stepId"] in before:
            yield here, f"duplicate stepId {step['stepId']}", "rename one"
        texts = [story.get("parameters", []), step.get("parameters", []), step.get("x-operation", {})]
        texts.append(step.get("requestBody", {}).get("payload"))
        criteria = [_criterion(one) for one in step["successCriteria"]]
        for error in filter(None, (one.find_error() for one in criteria)):
            yield f"{here}/successCriteria", error, "see contracts/README.md for supported criteria"
        for text in find_unsupported(texts):
            yield (
                here,
                f"{text} is not a supported expression",
                "see contracts/README.md for supported expressions",
            )
        for text in step.get("outputs", {}).values():
            if not EXPRESSION.fullmatch(text):
                yield (
                    f"{here}/outputs",
                    f"{text} is not a supported expression",
                    "see contracts/README.md for supported expressions",
                )
        used = [*find_expressions(texts), *(text for one in criteria for text in one.find_expressions())]
        for text in used:
            if not _is_known(text, inputs, before):
                yield (
                    here,
                    f"{text} has no value at this step",
                    "use an input or an output of an earlier step",
                )
        before[step["stepId"]] = set(step.get("outputs", {}))


def _is_known(expression: str, inputs: set[str], before: Mapping[str, set[str]]) -> bool:
    match expression.partition("#")[0][1:].split("."):
        case ["inputs", name]:
            return name in inputs
        case ["steps", step, "outputs", name]:
            return name in before.get(step, ())
    return True
