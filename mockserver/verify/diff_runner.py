"""Runs the same stories against two servers and compares the responses step by step."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import orjson

from mockserver.binding.vendor import Vendor
from mockserver.contract.contract import Contract
from mockserver.verify import story_file
from mockserver.verify.finding import Finding
from mockserver.verify.http_client import HttpClient
from mockserver.verify.response_diff import ResponseDifference, diff_responses
from mockserver.verify.result import Case
from mockserver.verify.runner import Target, VerifyOptions, skip_reason, story_environment, vendor_exchanges
from mockserver.verify.story_file import Story, StoryFile
from mockserver.verify.story_runner import StepResult, StoryResult, run_story

PHASE: Final = "diff"
SIDES: Final = ("a", "b")
"""The names of the two servers."""
_CRITERIA_MET: Final = "criteria met"


def compare_servers(
    vendor: Vendor, make_targets: Sequence[Callable[[], Target]], options: VerifyOptions
) -> Iterator[Case]:
    """Yields one case per story; both functions in `make_targets` are called for each story.

    Raises `InvalidContractError`.
    """
    file = story_file.load_stories(vendor.name, vendor.contract)
    clients = [HttpClient(options.calls_per_second, options.limits) for _ in make_targets]
    for story in file.select(options.stories):
        targets = [make_target() for make_target in make_targets]
        yield _compare_story(vendor, file, story, targets, clients, options)


def _compare_story(
    vendor: Vendor,
    file: StoryFile,
    story: Story,
    targets: Sequence[Target],
    clients: Sequence[HttpClient],
    options: VerifyOptions,
) -> Case:
    for target in targets:
        reason = skip_reason(file, story, target, options)
        if reason:
            return Case(PHASE, story.id, skipped=reason)
    started = time.perf_counter()
    results = [
        run_story(file, story, story_environment(vendor, target, client))
        for target, client in zip(targets, clients, strict=True)
    ]
    seconds = time.perf_counter() - started
    findings = tuple(_findings(vendor.contract, story, *results))
    exchanges = tuple(
        one
        for side, target, result in zip(SIDES, targets, results, strict=True)
        for one in vendor_exchanges(result, target, side)
    )
    obstacles = (
        f"{side}: {result.obstacle}" for side, result in zip(SIDES, results, strict=True) if result.obstacle
    )
    return Case(PHASE, story.id, findings, exchanges, seconds, obstacle=next(obstacles, None))


def _findings(contract: Contract, story: Story, first: StoryResult, second: StoryResult) -> Iterator[Finding]:
    # Not strict: one of them may have stopped early, and the step at which it did explains why.
    for one, other in zip(first.steps, second.steps, strict=False):
        operation = one.operation or other.operation
        place = f"{story.id}/{one.step.id}"
        for difference in _compare_step(contract, operation, one, other):
            yield Finding(PHASE, difference.check, operation, place, difference.message, difference.pointer)


def _compare_step(
    contract: Contract, operation: str | None, one: StepResult, other: StepResult
) -> Iterator[ResponseDifference]:
    if one.response and other.response:
        spec = contract.operations[operation] if operation else contract.unrouted
        yield from diff_responses(spec, (_json(one), _json(other)), one.response, other.response)
    if one.obstacle or other.obstacle:
        return
    failures = [_failure(result) for result in (one, other)]
    if failures[0] != failures[1] and None in failures:
        yield ResponseDifference("criterion", "", " / ".join(text or _CRITERIA_MET for text in failures))


def _json(result: StepResult) -> Any:
    """The JSON body of the request; None without one."""
    try:
        return orjson.loads((result.request and result.request.body) or b"null")
    except orjson.JSONDecodeError:
        return None


def _failure(result: StepResult) -> str | None:
    """Why the story stopped at this step; None if it went on."""
    return next((one.message for one in result.findings if one.check == "criterion"), None)
