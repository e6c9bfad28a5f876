"""Stories in a world: described, and played step by step. Imported on use: it reads YAML."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from mockserver.binding.vendor import Vendor
from mockserver.call import NOTHING
from mockserver.contract.redaction import Redaction
from mockserver.control.world_client import WorldClient
from mockserver.errors import Problem
from mockserver.verify import story_file
from mockserver.verify.authentication import Authenticator
from mockserver.verify.expressions import ExpressionContext
from mockserver.verify.story_file import Step, Story, StoryFile
from mockserver.verify.story_runner import StepResult, StoryEnvironment, run_step

_CONTROL = "control"


def describe_stories(vendor: str) -> list[dict[str, Any]]:
    """The stories of a vendor with their steps."""
    file = _stories(vendor)
    return [_story_view(file, one) for one in file.stories]


def play(
    vendor: Vendor, client: WorldClient, world: str, names: tuple[str, str], outputs: Mapping[str, Any]
) -> dict[str, Any]:
    """`{step, operation, call, reply, findings, outputs, exchange}` of one step; `names`: of story and step.

    Raises unknown_story, unknown_step.
    """
    file = _stories(vendor.name)
    story, step = _find(file, *names)
    access = client.access[vendor.name]
    inputs = {**story.inputs, **access["credentials"], "url": access["url"], "world": world}
    context = ExpressionContext(inputs, {**outputs})
    signer = Authenticator(vendor, access["url"], access["credentials"])
    base_urls = {vendor.name: access["url"], _CONTROL: client.control_url}
    result = run_step(file, story, step, StoryEnvironment(client, base_urls, sign=signer.sign), context)
    return _result_view(result, client.number, context.outputs.get(step.id, {}), vendor.contract.redaction)


@cache
def _stories(vendor: str) -> StoryFile:
    return story_file.load_stories(vendor)


def _find(file: StoryFile, name: str, step: str) -> tuple[Story, Step]:
    """The story and its step. Raises unknown_story, unknown_step."""
    story = next((one for one in file.stories if one.id == name), None)
    if story is None:
        raise Problem("unknown_story", vendor=file.vendor, story=name)
    found = next((one for one in story.steps if one.id == step), None)
    if found is None:
        raise Problem("unknown_step", story=name, step=step, known=", ".join(one.id for one in story.steps))
    return story, found


def _story_view(file: StoryFile, story: Story) -> dict[str, Any]:
    return {
        "name": story.id,
        "summary": story.summary,
        "steps": [_step_view(file, step) for step in story.steps],
    }


def _step_view(file: StoryFile, step: Step) -> dict[str, Any]:
    operation = file.operation(step)
    return {
        "name": step.id,
        "source": step.source,
        "operation": step.operation,
        "summary": operation.summary if operation else f"{step.method} {step.url}",
        "expects": [str(one) for one in step.criteria],
    }


def _result_view(
    result: StepResult, number: int | None, outputs: Mapping[str, Any], redaction: Redaction
) -> dict[str, Any]:
    request, response = result.request, result.response
    sent = request and {
        "method": request.method,
        "url": redaction.text(request.url),
        "body": _shown(redaction, request.body),
    }
    received = response and {"status": response.status, "body": _shown(redaction, response.content)}
    findings = [one.message for one in result.findings]
    return {
        "step": result.step.id,
        "operation": result.operation,
        "call": sent,
        "reply": received,
        "findings": [*findings, *([result.obstacle] if result.obstacle else [])],
        "outputs": {name: value for name, value in outputs.items() if value is not NOTHING},
        "exchange": number or None,
    }


def _shown(redaction: Redaction, body: bytes | None) -> str:
    return redaction.reply_body(body or b"").decode("utf-8", "replace")
