"""Runs the same stories against two servers and compares the responses step by step."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    known: dict[str, list[ResponseDifference]] = {}
    # Not strict: one of them may have stopped early, and the step at which it did explains why.
    for one, other in zip(first.steps, second.steps, strict=False):
        operation = one.operation or other.operation
        place = f"{story.id}/{one.step.id}"
        found = known[one.step.id] = _compare_replies(contract, operation, one, other)
        for difference in (*found, *_compare_failures(known, one, other)):
            yield Finding(PHASE, difference.check, operation, place, difference.message, difference.pointer)


def _compare_replies(
    contract: Contract, operation: str | None, one: StepResult, other: StepResult
) -> list[ResponseDifference]:
    if not one.response or not other.response:
        return []
    spec = contract.operations[operation] if operation else contract.unrouted
    return diff_responses(spec, (_json(one), _json(other)), one.response, other.response)


def _compare_failures(
    known: Mapping[str, list[ResponseDifference]], one: StepResult, other: StepResult
) -> Iterator[ResponseDifference]:
    """The difference that one of two stories stopped, if no difference between replies is the cause."""
    if one.obstacle or other.obstacle or (one.failed is None) == (other.failed is None):
        return
    failed = one.failed or other.failed
    if failed and not any(failed.is_explained_by(*found) for found in known.get(failed.step, ())):
        texts = (result.failed.message if result.failed else _CRITERIA_MET for result in (one, other))
        yield ResponseDifference("criterion", "", " / ".join(texts))


def _json(result: StepResult) -> Any:
    """The JSON body of the request; None without one."""
    try:
        return orjson.loads((result.request and result.request.body) or b"null")
    except orjson.JSONDecodeError:
        return None
