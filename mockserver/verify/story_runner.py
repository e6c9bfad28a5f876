"""Plays stories against a server: each step is a real call, its reply held against the contract, too."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson

from mockserver.call import NOTHING
from mockserver.contract.contract import Contract, UnroutedSpec
from mockserver.contract.operation import Operation
from mockserver.errors import ServerUnreachableError, UnresolvedExpressionError
from mockserver.verify.expressions import Scene, as_text, filled, value
from mockserver.verify.finding import Finding
from mockserver.verify.http_client import Came, Sent, Wire
from mockserver.verify.reply_validation import general, judge
from mockserver.verify.story_file import Book, Step, Story

Sign = Callable[[str, str], Mapping[str, str]]


@dataclass(frozen=True)
class Stage:
    """Where stories are played: a base URL for each source, what stories are told, and who signs calls."""

    wire: Wire
    bases: Mapping[str, str]
    inputs: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What every call to a source carries besides, by the source's name."""
    sign: Sign = lambda _method, _url: {}


@dataclass(frozen=True)
class Performed:
    """One step as it went. `operation` is None for a call that no operation answers."""

    step: Step
    operation: str | None
    sent: Sent | None
    came: Came | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Played:
    """One story as it went; `skipped` says why it was not played."""

    story: Story
    steps: tuple[Performed, ...] = ()
    skipped: str | None = None

    @property
    def findings(self) -> Iterator[Finding]:
        """Everything that was not as promised."""
        return (finding for step in self.steps for finding in step.findings)


def play(book: Book, story: Story, stage: Stage) -> Played:
    """Plays one story to its end, or to the first step that did not get what it demands."""
    scene = Scene(inputs={**story.inputs, **stage.inputs})
    steps: list[Performed] = []
    for step in story.steps:
        performed = _perform(book, story, step, stage, scene)
        steps.append(performed)
        if any(one.check in ("criterion", "reply") for one in performed.findings):
            break
    return Played(story, tuple(steps))


def _perform(book: Book, story: Story, step: Step, stage: Stage, scene: Scene) -> Performed:
    place = f"{story.id}/{step.id}"
    named = book.operation(step)
    try:
        sent = _call(book, step, named, stage, scene)
    except UnresolvedExpressionError as nothing:
        wrong = Finding("stories", "criterion", step.operation, place, f"cannot be called: {nothing}")
        return Performed(step, step.operation, None, None, (wrong,))
    promised = named or _promised(book.contracts[book.vendor], stage.bases[book.vendor], sent)
    name = promised.id if isinstance(promised, Operation) else None
    try:
        came = stage.wire.send(sent)
    except ServerUnreachableError as silence:
        return Performed(step, name, sent, None, (Finding("stories", "reply", name, place, str(silence)),))
    _remember(scene, sent, came)
    found = [
        Finding("stories", one.check, name, place, one.message, general(one.pointer))
        for one in (judge(promised, came, refusals=step.source in (None, book.vendor)) if promised else ())
    ]
    found += _demanded(step, name, place, scene)
    scene.outputs[step.id] = dict(_outputs(step, scene))
    return Performed(step, name, sent, came, tuple(found))


def _call(book: Book, step: Step, named: Operation | None, stage: Stage, scene: Scene) -> Sent:
    """The call of a step. Raises `UnresolvedExpressionError`."""
    said: dict[str, dict[str, Any]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
    for parameter in step.parameters:
        said[parameter["in"]][parameter["name"]] = filled(parameter["value"], scene)
    if named is not None:
        method, url = named.method, stage.bases[step.source or ""] + _path(named.path, said["path"])
    else:
        method, url = step.method or "GET", filled(step.url, scene)
    if said["query"]:
        url += ("&" if "?" in url else "?") + urlencode(_pairs(said["query"]), quote_via=quote)
    headers = {name: as_text(text) for name, text in said["header"].items()}
    if said["cookie"]:
        headers["Cookie"] = "; ".join(f"{name}={as_text(text)}" for name, text in said["cookie"].items())
    body = None
    if step.payload is not None:
        body = _body(filled(step.payload.value, scene))
        headers = {name: text for name, text in headers.items() if name.lower() != "content-type"}
        headers["Content-Type"] = step.payload.media_type
    headers = {**stage.headers.get(step.source or "", {}), **headers}
    if url.startswith(stage.bases[book.vendor]) and not any(
        one.lower() == "authorization" for one in headers
    ):
        headers |= stage.sign(method, url)
    scene.method, scene.url = method, url
    scene.request = {
        "header": {name.lower(): text for name, text in headers.items()},
        "query": said["query"],
        "path": said["path"],
        "body": filled(step.payload.value, scene) if step.payload else None,
    }
    return Sent(method, url, headers, body)


def _path(template: str, texts: Mapping[str, Any]) -> str:
    def put_in(found: re.Match[str]) -> str:
        if found[1] not in texts:
            raise UnresolvedExpressionError(f"the path parameter {found[1]} is not given")
        return quote(as_text(texts[found[1]]), safe="")

    return re.sub(r"\{([^}]+)\}", put_in, template)


def _pairs(query: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (name, as_text(one))
        for name, given in query.items()
        for one in (given if isinstance(given, list) else [given])
    ]


def _body(payload: Any) -> bytes:
    return payload.encode() if isinstance(payload, str) else orjson.dumps(payload)


def _promised(contract: Contract, base: str, sent: Sent) -> Operation | UnroutedSpec | None:
    """What the contract promises for a URL; None if it is not the vendor's."""
    if not sent.url.startswith(base):
        return None
    found = contract.route(sent.method, contract.normalize_path(urlsplit(sent.url.removeprefix(base)).path))
    return found if isinstance(found, Operation) else contract.unrouted


def _remember(scene: Scene, sent: Sent, came: Came) -> None:
    scene.status = came.status
    scene.response = {"header": came.headers}
    if came.body is not NOTHING:
        scene.response = {"header": came.headers, "body": came.body}


def _demanded(step: Step, operation: str | None, place: str, scene: Scene) -> Iterator[Finding]:
    for criterion in step.criteria:
        instead = criterion.met(scene)
        if instead is not None:
            message = f"{criterion} was demanded, and {instead}"
            yield Finding("stories", "criterion", operation, place, message)
            return  # the first one says enough: where the status is another, so is all else


def _outputs(step: Step, scene: Scene) -> Iterator[tuple[str, Any]]:
    for name, expression in step.outputs.items():
        try:
            yield name, value(expression, scene)
        except UnresolvedExpressionError:
            continue  # whoever needs it says so
