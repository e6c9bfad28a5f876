"""Runs stories against a server: each step is an HTTP request whose response is validated."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson

from mockserver.call import NOTHING
from mockserver.contract.contract import Contract, UnroutedSpec
from mockserver.contract.operation import Operation
from mockserver.errors import AuthenticationError, ServerUnreachableError, UnresolvedExpressionError
from mockserver.verify.cause import Failure, failed_call, failed_criterion
from mockserver.verify.expressions import ExpressionContext, as_text, evaluate, substitute
from mockserver.verify.finding import Finding
from mockserver.verify.http_client import Client, Request, Response
from mockserver.verify.reply_validation import ReplyViolation, generalize_pointer, validate_response
from mockserver.verify.story_file import Step, Story, StoryFile

Sign = Callable[[str, str], Mapping[str, str]]
"""Returns the signature headers for a method and a URL."""


@dataclass(frozen=True)
class StoryEnvironment:
    """The environment of a story: base URL per source, inputs, extra headers, and the signer of calls."""

    client: Client
    base_urls: Mapping[str, str]
    inputs: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Headers added to every call of a source, by the source's name."""
    sign: Sign = lambda _method, _url: {}


@dataclass(frozen=True)
class StepResult:
    """Result of one step. `operation` is None if no operation matches the call.

    `obstacle` is why the call could not be carried out, and has no response. `failed` is why the story
    stops here; a finding says so, if no violation has the same cause.
    """

    step: Step
    operation: str | None
    request: Request | None
    response: Response | None
    findings: tuple[Finding, ...] = ()
    obstacle: str | None = None
    failed: Failure | None = None


@dataclass(frozen=True)
class StoryResult:
    """Result of one story: the steps that ran."""

    story: Story
    steps: tuple[StepResult, ...] = ()

    @property
    def findings(self) -> Iterator[Finding]:
        """All findings of all steps."""
        return (finding for step in self.steps for finding in step.findings)

    @property
    def obstacle(self) -> str | None:
        """Why the story could not be carried out to its end; None if it was, or stopped at a finding."""
        return next((step.obstacle for step in self.steps if step.obstacle), None)


def run_story(file: StoryFile, story: Story, environment: StoryEnvironment) -> StoryResult:
    """Runs one story to its end, or to the first step that fails or whose criteria are not met."""
    context = ExpressionContext(inputs={**story.inputs, **environment.inputs})
    steps: list[StepResult] = []
    for step in story.steps:
        result = run_step(file, story, step, environment, context)
        if result.failed and any(_explains(one, result.failed) for one in steps):
            result = replace(result, findings=())
        steps.append(result)
        if result.obstacle or result.failed:
            break
    return StoryResult(story, tuple(steps))


def _explains(before: StepResult, failed: Failure) -> bool:
    """Whether the findings of an earlier step have the cause for which a later one cannot be called."""
    return before.step.id == failed.step and any(
        failed.is_explained_by(one.check, one.pointer, one.message) for one in before.findings
    )


def run_step(
    file: StoryFile, story: Story, step: Step, environment: StoryEnvironment, context: ExpressionContext
) -> StepResult:
    """Runs one step; `context` has the outputs of the steps before, and gets its own."""
    place = f"{story.id}/{step.id}"
    named = file.operation(step)
    try:
        request = _build_request(file, step, named, environment, context)
    except UnresolvedExpressionError as error:
        uncalled = failed_call(story, step, error)
        finding = Finding("stories", "criterion", step.operation, place, uncalled.message)
        return StepResult(step, step.operation, None, None, (finding,), failed=uncalled)
    except AuthenticationError as error:
        return StepResult(step, step.operation, None, None, obstacle=str(error))
    spec = named or _find_spec(file.contracts[file.vendor], environment.base_urls[file.vendor], request)
    name = spec.id if isinstance(spec, Operation) else None
    try:
        response = environment.client.send(request)
    except ServerUnreachableError as error:
        return StepResult(step, name, request, None, obstacle=str(error))
    _store_response(context, response)
    is_vendor = step.source in (None, file.vendor)
    violations = validate_response(spec, response, check_problems=is_vendor) if spec else []
    failed = failed_criterion(step, context)
    found = _findings(violations, failed, name, place)
    context.outputs[step.id] = dict(_outputs(step, context))
    return StepResult(step, name, request, response, tuple(found), failed=failed)


def _findings(
    violations: list[ReplyViolation], failed: Failure | None, operation: str | None, place: str
) -> Iterator[Finding]:
    """The violations and the failed criterion; if a violation explains it, in one finding."""
    explained = False
    for one in violations:
        message = one.message
        if failed and not explained and failed.is_explained_by(*one):
            explained, message = True, f"{message}; expected {failed.expected}"
        yield Finding("stories", one.check, operation, place, message, generalize_pointer(one.pointer))
    if failed and not explained:
        yield Finding("stories", "criterion", operation, place, failed.message)


def _build_request(
    file: StoryFile,
    step: Step,
    operation: Operation | None,
    environment: StoryEnvironment,
    context: ExpressionContext,
) -> Request:
    """The request of a step. Raises `UnresolvedExpressionError`."""
    values: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
    for parameter in step.parameters:
        values[parameter["in"]][parameter["name"]] = substitute(parameter["value"], context)
    if operation is not None:
        base_url = environment.base_urls[step.source or ""]
        method, url = operation.method, base_url + _path(operation.path, values["path"])
    else:
        method, url = step.method or "GET", substitute(step.url, context)
    if values["query"]:
        url += ("&" if "?" in url else "?") + urlencode(_pairs(values["query"]), quote_via=quote)
    headers = {name: as_text(text) for name, text in values["header"].items()}
    if values["cookie"]:
        headers["Cookie"] = "; ".join(f"{name}={as_text(text)}" for name, text in values["cookie"].items())
    payload = None
    if step.payload is not None:
        payload = substitute(step.payload.value, context)
        headers = {name: text for name, text in headers.items() if name.lower() != "content-type"}
        headers["Content-Type"] = step.payload.media_type
    headers = {**environment.headers.get(step.source or "", {}), **headers}
    is_vendor = url.startswith(environment.base_urls[file.vendor])
    if is_vendor and not any(one.lower() == "authorization" for one in headers):
        headers |= environment.sign(method, url)
    context.method, context.url = method, url
    context.request = {
        "header": {name.lower(): text for name, text in headers.items()},
        "query": values["query"],
        "path": values["path"],
        "body": payload,
    }
    return Request(method, url, headers, None if step.payload is None else _encode(payload))


def _path(template: str, values: Mapping[str, Any]) -> str:
    def fill_in(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise UnresolvedExpressionError(f"the path parameter {found[1]} is not given")
        return quote(as_text(values[found[1]]), safe="")

    return re.sub(r"\{([^}]+)\}", fill_in, template)


def _pairs(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, as_text(one))
        for name, given in query.items()
        for one in (given if isinstance(given, list) else [given])
    ]


def _encode(payload: Any) -> bytes:
    return payload.encode() if isinstance(payload, str) else orjson.dumps(payload)


def _find_spec(contract: Contract, base_url: str, request: Request) -> Operation | UnroutedSpec | None:
    """The specification that applies to a request; None if the URL is not the vendor's."""
    if not request.url.startswith(base_url):
        return None
    found = contract.route(request.method, urlsplit(request.url.removeprefix(base_url)).path)
    return found if isinstance(found, Operation) else contract.unrouted


def _store_response(context: ExpressionContext, response: Response) -> None:
    context.status = response.status
    context.response = {"header": response.headers}
    if response.body is not NOTHING:
        context.response = {"header": response.headers, "body": response.body}


def _outputs(step: Step, context: ExpressionContext) -> Iterator[tuple[str, Any]]:
    for name, expression in step.outputs.items():
        try:
            yield name, evaluate(expression, context)
        except UnresolvedExpressionError:
            continue  # reported by the step that uses the output
