"""Member lists of audiences and temporary lists.

Each audience or temporary list names one member list. Emptying an audience gives it a new member list and
leaves the old one unread, so emptying an audience of 100,000 takes no longer than any other call.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mockserver.state.world import World

KEY: Final = "roll"
"""The member of an audience's or temporary list's record that holds the id of its member list."""

MEMBERS: Final = "members"
"""The index from a list to its contacts."""

_LISTS: Final = "rolls"  # the index from a contact to its lists


def new_list(world: World) -> str:
    """Returns the id of a new, empty member list."""
    return str(world.serial())


def add(world: World, list_id: str, contacts: Sequence[str]) -> int:
    """Adds contacts to the list and returns how many are new."""
    members, lists = world.index(MEMBERS), world.index(_LISTS)
    new = [contact for contact in dict.fromkeys(contacts) if not members.has(list_id, contact)]
    if not new:
        return 0
    first = world.take_serials(len(new)) - len(new) + 1
    # Not inserted in bulk: a contact may have been on the list before, so that its place is not new.
    for offset, contact in enumerate(new):
        members.add(list_id, contact, first + offset)
        lists.add(contact, list_id)
    return len(new)


def bulk_insert(world: World, list_id: str, contacts: Sequence[str]) -> None:
    """Adds distinct contacts to an empty list."""
    first = world.take_serials(len(contacts)) - len(contacts) + 1
    members, lists = world.index(MEMBERS), world.index(_LISTS)
    members.bulk_insert((list_id, contact, first + offset) for offset, contact in enumerate(contacts))
    lists.bulk_insert((contact, list_id, 0) for contact in contacts)


def remove(world: World, list_id: str, contacts: Iterable[str]) -> int:
    """Removes contacts from the list and returns how many were on it."""
    members, lists = world.index(MEMBERS), world.index(_LISTS)
    removed = 0
    for contact in contacts:
        if members.remove(list_id, contact):
            lists.remove(contact, list_id)
            removed += 1
    return removed


def remove_everywhere(world: World, contact: str) -> None:
    """Removes a contact from every list."""
    members, lists = world.index(MEMBERS), world.index(_LISTS)
    for entry in list(lists.iterate(contact)):
        members.remove(entry.target, contact)
        lists.remove(contact, entry.target)


def count(world: World, list_id: str) -> int:
    """Counts the contacts on the list."""
    return world.index(MEMBERS).count(list_id)


def has(world: World, list_id: str, contact: str) -> bool:
    """True if the contact is on the list."""
    return world.index(MEMBERS).has(list_id, contact)


def is_empty(world: World, list_id: str) -> bool:
    """True if the list has no contacts."""
    return not world.index(MEMBERS).find(list_id, limit=1)


def page(world: World, list_id: str, skip: int, limit: int) -> Iterator[str]:
    """Yields a page of the contacts on the list, in order of joining."""
    return (entry.target for entry in world.index(MEMBERS).page(list_id, limit=limit, skip=skip))
