"""Rules about records that are sent one by one where the vendor takes many."""

from typing import Final

from mockserver.conduct.rule import Found
from mockserver.conduct.traffic import Step, Traffic, bursts
from mockserver.formats.json_pointer import resolve

_MANY: Final = 5
"""Calls that one with many records would have spared."""


def wrote_one_by_one(traffic: Traffic) -> Found:
    """Many writes of single records in a row, where one call takes them all."""
    for name, bulk in traffic.knowledge.get("bulk", {}).items():
        for run in _bursts(traffic.by_operation.get(name, [])):
            yield f"sent {len(run)} records one by one; {bulk} takes many at once", run
    for name, pointer in traffic.knowledge.get("many", {}).items():
        for run in _bursts([step for step in traffic.by_operation.get(name, []) if _has_one(step, pointer)]):
            yield f"sent {len(run)} calls with one record each; {pointer or 'the body'} takes many", run


def _has_one(step: Step, pointer: str) -> bool:
    sent = resolve(step.sent, pointer)
    return isinstance(sent, list) and len(sent) == 1


def _bursts(steps: list[Step]) -> list[list[Step]]:
    """The runs of different successful calls of one operation that follow each other closely."""
    found = bursts(step for step in steps if step.is_success)
    return [run for run in found if len({step.request for step in run}) >= _MANY]
