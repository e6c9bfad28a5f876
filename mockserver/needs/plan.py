"""The members to change, from the replies that a function got, also from long ones."""

from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile
from typing import NamedTuple

from mockserver.call import Exchange
from mockserver.errors import NeedsUnknownError
from mockserver.formats.json_pointer import format_pointer
from mockserver.needs.cut_json import parse_start
from mockserver.needs.members import is_cut, is_json, members_of, parse
from mockserver.needs.report import CHANGES

Target = tuple[str, str]
"""A vendor and an operation."""
Reply = tuple[str, str, str]
"""A vendor, an operation and the body of a reply."""


class Plan(NamedTuple):
    """The members to change, by operation, and the operations with replies that cannot be read."""

    members: list[tuple[str, str, str]]
    unread: tuple[str, ...]


def create_plan(
    replies: Sequence[Reply],
    changes: Collection[str],
    most: int,
) -> Plan:
    """The members of these replies.

    Raises NeedsUnknownError for an unknown change, an empty plan, and one of more than `most` runs.
    """
    unknown = sorted({*changes} - {*CHANGES})
    if unknown:
        raise NeedsUnknownError(f"unknown change {unknown[0]!r} (available: {', '.join(CHANGES)})")
    bodies: dict[Target, list[str]] = {}
    for vendor, operation, body in replies:
        bodies.setdefault((vendor, operation), []).append(body)
    members = [(*target, pointer) for target, found in bodies.items() for pointer in members_of(found)]
    unread = tuple(
        f"{vendor} {operation}" for (vendor, operation), found in bodies.items() if _is_unread(found)
    )
    if not members and not unread:
        fix = "let the function call the vendor, or change vendors= or operations="
        raise NeedsUnknownError(f"nothing to find: no reply with members matches; {fix}")
    runs = len(members) * len(changes)
    if runs > most:
        fix = "narrow it with vendors=, operations= or changes=, or raise most="
        raise NeedsUnknownError(f"finding the needs can take {runs} runs, more than {most}; {fix}")
    return Plan(members, unread)


def replies_to(
    exchanges: Sequence[Exchange], vendors: Collection[str] | None, operations: Collection[str] | None
) -> Iterator[Reply]:
    """The replies to calls of these vendors and operations; None: of any."""
    for exchange in exchanges:
        vendor, operation = exchange["vendor"], exchange["operation"]
        if vendor is None or operation is None:
            continue
        if (vendors is None or vendor in vendors) and (operations is None or operation in operations):
            yield vendor, operation, exchange["reply"]["body"]


def longest_parts(replies: Sequence[Reply]) -> Iterator[tuple[str, str, str]]:
    """The members that make replies too long for the journal, with their operations."""
    found: dict[tuple[str, str, str], None] = {}
    for vendor, operation, body in replies:
        start = parse_start(body) if is_cut(body) and not is_json(body) else None
        if start is not None:
            named = [*takewhile(lambda name: name != "*", start.open)]
            if named:
                found[vendor, operation, format_pointer(named)] = None
    yield from found


def _is_unread(bodies: Sequence[str]) -> bool:
    """Whether nothing of a reply can be read, as it is too long and may have a secret."""
    return any(is_cut(body) and parse(body) is None for body in bodies)
