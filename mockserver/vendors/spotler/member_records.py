"""Who is in an audience or a temporary list.

Each keeps its members on a roll of its own. To empty one is to give it a new roll: what stands on the old one
is read by nobody, so a call that empties an audience of 100,000 takes no longer than any other.
"""

from collections.abc import Iterable, Iterator, Sequence

from mockserver.state.world import World

_MEMBERS, _ROLLS = "members", "rolls"


def new_roll(world: World) -> str:
    """An empty one."""
    return str(world.serial())


def add(world: World, roll: str, contacts: Sequence[str]) -> int:
    """Puts contacts on the roll; gives how many were not on it."""
    members, rolls = world.index(_MEMBERS), world.index(_ROLLS)
    fresh = [contact for contact in dict.fromkeys(contacts) if not members.has(roll, contact)]
    if not fresh:
        return 0
    first = world.take_serials(len(fresh)) - len(fresh) + 1
    members.bulk_insert((roll, contact, first + place) for place, contact in enumerate(fresh))
    rolls.bulk_insert((contact, roll, 0) for contact in fresh)
    return len(fresh)


def start(world: World, roll: str, contacts: Sequence[str]) -> None:
    """As add, for a roll that is empty."""
    first = world.take_serials(len(contacts)) - len(contacts) + 1
    world.index(_MEMBERS).bulk_insert(
        (roll, contact, first + place) for place, contact in enumerate(contacts)
    )
    world.index(_ROLLS).bulk_insert((contact, roll, 0) for contact in contacts)


def remove(world: World, roll: str, contacts: Iterable[str]) -> int:
    """Takes contacts off the roll; gives how many were on it."""
    members, rolls = world.index(_MEMBERS), world.index(_ROLLS)
    left = 0
    for contact in contacts:
        if members.remove(roll, contact):
            rolls.remove(contact, roll)
            left += 1
    return left


def remove_everywhere(world: World, contact: str) -> None:
    """Takes a contact off every roll."""
    members, rolls = world.index(_MEMBERS), world.index(_ROLLS)
    for entry in list(rolls.iterate(contact)):
        members.remove(entry.target, contact)
        rolls.remove(contact, entry.target)


def count(world: World, roll: str) -> int:
    """How many are on it."""
    return world.index(_MEMBERS).count(roll)


def is_empty(world: World, roll: str) -> bool:
    """Whether nobody is on it."""
    return not world.index(_MEMBERS).find(roll, limit=1)


def page(world: World, roll: str, skip: int, limit: int) -> Iterator[str]:
    """Some of those on it, in the order in which they came."""
    return (entry.target for entry in world.index(_MEMBERS).page(roll, limit=limit, skip=skip))
