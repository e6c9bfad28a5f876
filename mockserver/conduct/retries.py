"""Rules about calls that are made again."""

from datetime import timedelta
from itertools import pairwise
from typing import Final

from mockserver.conduct.rule import Found
from mockserver.conduct.traffic import Step, Traffic

_ROUNDING: Final = timedelta(seconds=1)
"""Vendors round the time that is left to whole seconds."""
_STUBBORN: Final = 3
"""Rejections in a row, each before the time asked for, after which a client counts as stubborn."""


def retried_too_early(traffic: Traffic) -> Found:
    """Calls of an operation before the time that its last reply asked for."""
    for steps in traffic.by_operation.values():
        early = [pair for pair in pairwise(steps) if _is_early(*pair)]
        if early:
            before, step = early[0]
            waited = (step.at - before.at).total_seconds()
            text = f"called again after {waited:.3g} s, though the reply asked for {before.wait_asked:g} s"
            again = f", and {len(early) - 1} times more" if early[1:] else ""
            yield text + again, list(dict.fromkeys(one for pair in early for one in pair))


def kept_calling_when_rejected(traffic: Traffic) -> Found:
    """Further calls of any operation while the vendor rejects them for their number."""
    problems = {limit.problem for limit in traffic.contract.limits.values()}
    run: list[Step] = []
    for step in traffic.steps:
        is_rejected = step.exchange["problem"] in problems
        if is_rejected and (not run or _is_early(run[-1], step)):
            run.append(step)
            continue
        yield from _stubborn(run)
        run = [step] if is_rejected else []
    yield from _stubborn(run)


def create_repeated_blindly(traffic: Traffic) -> Found:
    """A create that is sent again after a lost reply, without a look at what the first has done."""
    for index, step in enumerate(traffic.steps):
        if not step.is_unknown_to_client or not step.added:
            continue
        for later in traffic.steps[index + 1 :]:
            if later.is_read:
                break
            if later.request == step.request:
                outcome = (
                    "a second record was added" if later.added else "the vendor prevented a second record"
                )
                yield f"sent again after a lost reply without a look first: {outcome}", [step, later]
                break


def _is_early(before: Step, step: Step) -> bool:
    seconds, waited = before.wait_asked, step.at - before.at
    # On a frozen clock no time passes, whatever the client does.
    return seconds is not None and timedelta() < waited < timedelta(seconds=seconds) - _ROUNDING


def _stubborn(run: list[Step]) -> Found:
    if len(run) >= _STUBBORN:
        yield f"went on calling while it was rejected, {len(run)} times in a row", run
