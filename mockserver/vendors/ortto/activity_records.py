"""What people have done: the moments of each activity, on the person, and which activities there are."""

from bisect import insort
from collections.abc import Sequence
from typing import Final

from mockserver.state.world import World
from mockserver.vendors.ortto.field_values import Person

KIND: Final = "activity"

ENTERED_AUDIENCE: Final = "act::enter-audience"
SUBSCRIBED: Final = "act::s-all"
UNSUBSCRIBED: Final = "act::u-all"
TEXTS_DECLINED: Final = "act::oos-all"
OPENED: Final = "act::o"
BOUNCED: Final = "act::b"
SUPPRESSED: Final = "act::es"
ORDERED: Final = "act:cm:order"
"""The demo's own activity: the shop tells Ortto of orders."""

BUILT_IN: Final = frozenset(
    (ENTERED_AUDIENCE, SUBSCRIBED, UNSUBSCRIBED, TEXTS_DECLINED, OPENED, BOUNCED, SUPPRESSED)
)
_MOST: Final = 100


def note(person: Person, activity: str, moment: int) -> None:
    """The person has done it at that moment, in seconds.

    The first moment and the hundred latest are kept: Ortto takes 50 a day and person (documented), and no
    time frame looks further into a day than yesterday's.
    """
    moments: list[int] = person.setdefault("did", {}).setdefault(activity, [])
    insort(moments, moment)
    if len(moments) > _MOST + 1:
        del moments[1]


def moments_of(person: Person, activity: str) -> Sequence[int]:
    """When the person did it, in seconds, the first time first."""
    moments: Sequence[int] = person.get("did", {}).get(activity, ())
    return moments


def note_permissions(before: Person | None, after: Person, now: int) -> None:
    """What person/merge does to the permissions is an activity as well (recorded)."""
    old, new = before["fields"] if before else {}, after["fields"]
    if (old.get("bol::p") is True) != (new.get("bol::p") is True):
        note(after, SUBSCRIBED if new.get("bol::p") is True else UNSUBSCRIBED, now)
    if old.get("bol::sp") is True and new.get("bol::sp") is not True:
        note(after, TEXTS_DECLINED, now)


def define(world: World, activity: str) -> None:
    """The instance knows this activity of its own from now on."""
    world.records(KIND).add(activity, {"id": activity})


def known(world: World) -> frozenset[str]:
    """The activities that a filter can ask for."""
    return BUILT_IN | {row.id for row in world.records(KIND).iterate()}
