"""Rules about calls that are made again."""

from datetime import timedelta
from itertools import pairwise
from typing import Final

from mockserver.conduct.rule import Found
from mockserver.conduct.traffic import Step, Traffic

_ROUNDING: Final = timedelta(seconds=1)
"""Vendors round the time that is left to whole seconds."""
_PAUSE: Final = timedelta(seconds=0.5)
"""The least pause before a failed call is made again."""
_AGAIN: Final = 3
"""Times that the same is sent before it is too often."""
_FINAL: Final = frozenset({400, 403, 405, 406, 409, 410, 413, 415, 417, 422})
"""The statuses of refusals that do not pass by themselves."""
_IN_USE: Final = frozenset({409, 417})
"""The statuses by which vendors also refuse what is busy or in use at the moment."""
_PATIENT: Final = timedelta(seconds=10)
"""A pause after which something that was busy may be free."""
_UNAUTHORIZED: Final = 401
_UNAUTHORIZED_CALLS: Final = 4
"""Refused credentials in a row after which a client should have stopped."""
_STUBBORN: Final = 3
"""Rejections in a row, each before the time asked for, after which a client counts as stubborn."""


def retried_too_early(traffic: Traffic) -> Found:
    """Calls of an operation before the time that its last reply asked for."""
    for steps in traffic.by_operation.values():
        early = [pair for pair in pairwise(steps) if _is_early(*pair)]
        if early:
            before, step = early[0]
            waited = (step.at - before.at).total_seconds()
            asked = f"the reply asked for {before.wait_asked:g} s"
            reason = f"the limit is one of {before.window} s" if before.wait_asked is None else asked
            text = f"called again after {waited:.3g} s, though {reason}"
            more = "once" if len(early) == 2 else f"{len(early) - 1} times"
            again = f", and {more} more" if early[1:] else ""
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
    repeatable = traffic.knowledge.get("repeatable", [])
    for index, step in enumerate(traffic.steps):
        is_lost = step.is_unknown_to_client or (step.is_late and not step.waited)
        if not step.added or not is_lost or step.name in repeatable:
            continue
        for later in traffic.steps[index + 1 :]:
            if later.is_read:
                break
            if later.request == step.request:
                if later.is_success and not later.added:
                    break  # the vendor has found the record by a key of the client's
                outcome = (
                    "a second record was added" if later.added else "the vendor prevented a second record"
                )
                yield f"sent again after a lost reply without a look first: {outcome}", [step, later]
                break


def retried_without_pause(traffic: Traffic) -> Found:
    """A call that is made again and again after failures of the server, without a pause."""
    failing = {step.request for step in traffic.steps if step.is_failure}
    runs: dict[tuple[str, str, str], list[Step]] = {}
    for step in traffic.steps if failing else ():
        if step.request not in failing:
            continue
        run = runs.setdefault(step.request, [])
        if run and not (run[-1].is_failure and step.at - run[-1].at < _PAUSE):
            yield from _hasty(run)
            run.clear()
        run.append(step)
    for run in runs.values():
        yield from _hasty(run)


def repeated_what_is_refused(traffic: Traffic) -> Found:
    """A call that is made again after a refusal that does not pass by itself."""
    groups: dict[tuple[tuple[str, str, str], str | None], list[Step]] = {}
    for step in traffic.steps:
        if step.status in _FINAL and not step.exchange["fault"] and not step.is_read:
            groups.setdefault((step.request, step.exchange["problem"]), []).append(step)
    accepted = {step.request: step.number for step in traffic.steps if step.is_success}
    for steps in map(_unpaused, groups.values()):
        has_passed = accepted.get(steps[0].request, 0) > steps[0].number
        if len(steps) >= _AGAIN and not has_passed:
            yield (
                f"sent the same call {len(steps)} times, though it was refused with {steps[0].status}",
                steps,
            )


def kept_calling_with_a_bad_credential(traffic: Traffic) -> Found:
    """Calls that go on after the vendor has refused the credential."""
    run: list[Step] = []
    for step in traffic.steps:
        if step.status == _UNAUTHORIZED and not step.exchange["fault"]:
            run.append(step)
            continue
        yield from _refused(run)
        run = []
    yield from _refused(run)


def waited_without_end(traffic: Traffic) -> Found:
    """Replies that come very late, and for which the client waits to the end."""
    patient = [step for step in traffic.steps if step.waited >= traffic.facts.patience]
    if patient:
        longest = max(step.waited for step in patient)
        yield f"waited {longest:g} s for a reply, and did not give up", patient


def _unpaused(steps: list[Step]) -> list[Step]:
    """The steps without those that come after a pause, if what is refused may pass by itself."""
    if steps[0].status not in _IN_USE:
        return steps
    return [steps[0], *(later for before, later in pairwise(steps) if later.at - before.at < _PATIENT)]


def _is_early(before: Step, step: Step) -> bool:
    waited = step.at - before.at
    # On a frozen clock no time passes, whatever the client does.
    return timedelta() < waited < _shortest_wait(before, step)


def _shortest_wait(before: Step, step: Step) -> timedelta:
    if before.wait_asked is not None:
        return timedelta(seconds=before.wait_asked) - _ROUNDING
    if before.window and step.exchange["problem"] == before.exchange["problem"]:
        # The vendor does not say when, so any back-off will do, but not a call within its window.
        return timedelta(seconds=min(before.window, 1))
    return timedelta()


def _stubborn(run: list[Step]) -> Found:
    if len(run) >= _STUBBORN:
        yield f"went on calling while it was rejected, {len(run)} times in a row", run


def _hasty(run: list[Step]) -> Found:
    failed = [step for step in run if step.is_failure]
    if len(failed) >= _AGAIN and run[-1].at > run[0].at:
        yield f"tried {len(run)} times in {_seconds(run):.2g} s after failures of the server", [*run]


def _refused(run: list[Step]) -> Found:
    if len(run) >= _UNAUTHORIZED_CALLS:
        yield f"made {len(run)} calls in a row with a credential that the vendor refuses", run


def _seconds(run: list[Step]) -> float:
    return (run[-1].at - run[0].at).total_seconds()
