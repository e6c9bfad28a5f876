"""Rules about what a client deletes."""

from typing import Final

from mockserver.conduct.rule import Found
from mockserver.conduct.traffic import Step, Traffic
from mockserver.formats.json_pointer import MISSING, resolve

_IN_USE: Final = frozenset({409, 417, 423})
_MOST: Final = 50
"""The deletes of an operation that are looked at: a few show the same as many."""


def deleted_without_a_look(traffic: Traffic) -> Found:
    """Deletes of what the client has neither read nor made itself."""
    for name, check in traffic.knowledge.get("checks", {}).items():
        reads, takes = check["asks"], check.get("takes")
        done = [step for step in traffic.by_operation.get(name, []) if _is_meant(step, takes)]
        blind = [step for step in done[:_MOST] if not _has_looked(traffic, step, frozenset(reads))]
        if blind:
            count = "a record" if len(blind) == 1 else f"{len(blind)} records"
            yield f"deleted {count} without a look first ({' or '.join(reads)})", blind


def emptied_by_omission(traffic: Traffic) -> Found:
    """Calls whose body names what to remove, sent without it: the vendor then removes everything."""
    for name, pointer in traffic.knowledge.get("empties", {}).items():
        steps = [
            step
            for step in traffic.by_operation.get(name, [])
            # A client that sends `null` means it.
            if step.is_success
            and step.exchange["call"]["body"] == ""
            and resolve(step.sent, pointer) is MISSING
        ]
        if steps:
            yield f"sent no body, so that the call removed everything instead of {pointer}", steps


def _is_meant(step: Step, takes: str | None) -> bool:
    """Whether the delete was carried out, or refused for what depends on the record.

    If it `takes` records of another collection along, only those that did are meant.
    """
    if takes is not None:
        return any(name.endswith(f".{takes}") for name in step.exchange["effect_counts"])
    return step.is_success or step.status in _IN_USE


def _has_looked(traffic: Traffic, delete: Step, reads: frozenset[str]) -> bool:
    for step in traffic.steps:
        if step is delete:
            return False
        if not step.is_success or not (step.name in reads or step.added):
            continue
        if not delete.ids or any(step.mentions(one) for one in delete.ids):
            return True
    return False
