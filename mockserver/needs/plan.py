"""The runs that find what a client needs: one for each member of the replies and each change of it."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from mockserver.call import MAX_JOURNALLED_BODY, Exchange
from mockserver.errors import NeedsUnknownError
from mockserver.needs.members import members_of, parse
from mockserver.needs.report import CHANGES

Target = tuple[str, str]
"""A vendor and an operation."""


class Plan(NamedTuple):
    """The members to change, by operation, and the operations with replies that cannot be read."""

    members: list[tuple[str, str, str]]
    unread: tuple[str, ...]


def create_plan(
    exchanges: Sequence[Exchange],
    vendors: Collection[str] | None,
    operations: Collection[str] | None,
    changes: Collection[str],
    most: int,
) -> Plan:
    """The members of the replies to these calls.

    Raises NeedsUnknownError for an unknown change, an empty plan, and one of more than `most` runs.
    """
    unknown = sorted({*changes} - {*CHANGES})
    if unknown:
        raise NeedsUnknownError(f"unknown change {unknown[0]!r} (available: {', '.join(CHANGES)})")
    bodies: dict[Target, list[str]] = {}
    for vendor, operation, body in _replies(exchanges):
        if (vendors is None or vendor in vendors) and (operations is None or operation in operations):
            bodies.setdefault((vendor, operation), []).append(body)
    members = [(*target, pointer) for target, found in bodies.items() for pointer in members_of(found)]
    unread = tuple(f"{vendor} {operation}" for (vendor, operation), found in bodies.items() if _is_cut(found))
    if not members and not unread:
        fix = "let the function call the vendor, or change vendors= or operations="
        raise NeedsUnknownError(f"nothing to find: no reply with members matches; {fix}")
    runs = len(members) * len(changes)
    if runs > most:
        fix = "narrow it with vendors=, operations= or changes=, or raise most="
        raise NeedsUnknownError(f"finding the needs takes {runs} runs, more than {most}; {fix}")
    return Plan(members, unread)


def _replies(exchanges: Sequence[Exchange]) -> Iterator[tuple[str, str, str]]:
    for exchange in exchanges:
        vendor, operation = exchange["vendor"], exchange["operation"]
        if vendor is not None and operation is not None:
            yield vendor, operation, exchange["reply"]["body"]


def _is_cut(bodies: Sequence[str]) -> bool:
    """Whether the journal has kept only the start of a body."""
    return any(len(body.encode()) >= MAX_JOURNALLED_BODY and parse(body) is None for body in bodies)
