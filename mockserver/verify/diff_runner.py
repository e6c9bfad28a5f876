"""The same stories on two servers, likened step by step: a fake and the live service, say."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import orjson

from mockserver.binding.vendor import Vendor
from mockserver.contract.contract import Contract
from mockserver.verify import story_file
from mockserver.verify.finding import Finding
from mockserver.verify.http_client import Wire
from mockserver.verify.response_diff import Unlike, liken
from mockserver.verify.result import Case
from mockserver.verify.runner import Place, Wishes, said, stage, unfit
from mockserver.verify.story_file import Book, Story
from mockserver.verify.story_runner import Performed, Played, play

PHASE: Final = "diff"
_AS_DEMANDED: Final = "as the story demands"


def compare(vendor: Vendor, places: Sequence[Callable[[], Place]], wishes: Wishes) -> Iterator[Case]:
    """One case for each story, as it was played on both; each of the two `places` is asked for each story.

    Raises `InvalidContractError`, `AuthenticationError`.
    """
    book = story_file.of(vendor.name)
    wires = [Wire(wishes.rate) for _place in places]
    for story in book.chosen(wishes.only):
        yield _told(vendor, book, story, [place() for place in places], wires, wishes)


def _told(
    vendor: Vendor,
    book: Book,
    story: Story,
    places: Sequence[Place],
    wires: Sequence[Wire],
    wishes: Wishes,
) -> Case:
    for place in places:
        why = unfit(book, story, place, wishes)
        if why:
            return Case(PHASE, story.id, skipped=why)
    started = time.perf_counter()
    played = [
        play(book, story, stage(vendor, place, wire)) for place, wire in zip(places, wires, strict=True)
    ]
    seconds = time.perf_counter() - started
    findings = tuple(_differences(vendor.contract, story, *played))
    return Case(PHASE, story.id, findings, tuple(one for side in played for one in said(side)), seconds)


def _differences(contract: Contract, story: Story, one: Played, other: Played) -> Iterator[Finding]:
    # One of them may have ended early: the step in which it did tells why.
    for mine, theirs in zip(one.steps, other.steps, strict=False):
        operation = mine.operation or theirs.operation
        place = f"{story.id}/{mine.step.id}"
        for unlike in _of_step(contract, operation, mine, theirs):
            yield Finding(PHASE, unlike.check, operation, place, unlike.message, unlike.pointer)


def _of_step(
    contract: Contract, operation: str | None, mine: Performed, theirs: Performed
) -> Iterator[Unlike]:
    if mine.came and theirs.came:
        promised = contract.operations[operation] if operation else contract.unrouted
        yield from liken(promised, (_body(mine), _body(theirs)), mine.came, theirs.came)
    ends = [_end(one) for one in (mine, theirs)]
    if ends[0] != ends[1] and None in ends:
        yield Unlike("criterion", "", " / ".join(end or _AS_DEMANDED for end in ends))


def _body(performed: Performed) -> Any:
    try:
        return orjson.loads((performed.sent and performed.sent.body) or b"null")
    except orjson.JSONDecodeError:
        return None


def _end(performed: Performed) -> str | None:
    """Why a story went no further, if it did not."""
    return next((one.message for one in performed.findings if one.check in ("criterion", "reply")), None)
