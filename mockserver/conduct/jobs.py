"""Rules about what a vendor does later: work that a client starts and has to ask after."""

from typing import Final

from mockserver.conduct.rule import Found
from mockserver.conduct.traffic import Step, Traffic
from mockserver.formats.json_pointer import resolve

_POLLS: Final = 4


def never_asked_after(traffic: Traffic) -> Found:
    """Work that is started, and whose outcome the client never asks for."""
    last = {step.name: step.number for step in traffic.steps}
    for name, job in traffic.knowledge.get("jobs", {}).items():
        if "every" in job:
            continue  # it takes so long that a client may leave its outcome to the next run
        asked = max((last.get(one, 0) for one in job["asked_by"]), default=0)
        started = [step for step in traffic.by_operation.get(name, []) if step.is_success]
        lost = [step for step in started if step.number > asked]
        if lost:
            count = "once" if len(lost) == 1 else f"{len(lost)} times"
            yield (
                f"started work {count} and never asked for its outcome ({' or '.join(job['asked_by'])})",
                lost,
            )


def left_before_the_end(traffic: Traffic) -> Found:
    """Work that is under way when the client asks for it, and that it does not ask for again."""
    for name, job in traffic.knowledge.get("jobs", {}).items():
        if name not in traffic.by_operation or "state" not in job:
            continue
        polls = traffic.by_operation.get(job["asked_by"][0], [])
        states: dict[tuple[str, str, str], list[Step]] = {}
        for step in polls:
            if step.is_success:
                states.setdefault(step.request, []).append(step)
        for steps in states.values():
            state = resolve(steps[-1].received, job["state"])
            if len(steps) < _POLLS and state in job["busy"]:
                yield f"asked for the outcome {_times(steps)}, and went on though it was {state}", steps


def polled_what_cannot_change(traffic: Traffic) -> Found:
    """Reads that are repeated more often than the vendor renews what they return."""
    for name, seconds in traffic.knowledge.get("changes", {}).items():
        groups: dict[tuple[str, str, str], list[Step]] = {}
        for step in traffic.by_operation.get(name, []):
            if step.is_success:
                groups.setdefault(step.request, []).append(step)
        for steps in groups.values():
            took = (steps[-1].at - steps[0].at).total_seconds()
            if len(steps) >= _POLLS and 0 < took < seconds * (len(steps) - 1) / 2:
                yield f"read {len(steps)} times in {took:.3g} s what is renewed every {seconds} s", steps
    yield from _impatient(traffic)


def _impatient(traffic: Traffic) -> Found:
    """Polls of work that takes long, at a pace at which nothing can have changed."""
    for job in traffic.knowledge.get("jobs", {}).values():
        groups: dict[tuple[str, str, str], list[Step]] = {}
        for step in traffic.by_operation.get(job["asked_by"][0], []) if "every" in job else []:
            if step.is_success and resolve(step.received, job["state"]) in job["busy"]:
                groups.setdefault(step.request, []).append(step)
        for steps in groups.values():
            took = (steps[-1].at - steps[0].at).total_seconds()
            if len(steps) > _POLLS and 0 < took < job["every"] * (len(steps) - 1) / 2:
                pace = took / (len(steps) - 1)
                yield f"asked {len(steps)} times, every {pace:.3g} s, for work that takes far longer", steps


def _times(steps: list[Step]) -> str:
    return "once" if len(steps) == 1 else f"{len(steps)} times"
