"""Activities: their occurrences, stored with each person, and the custom ones of the instance."""

from bisect import insort
from collections.abc import Sequence
from typing import Final

from mockserver.state.world import World
from mockserver.vendors.ortto.field_values import Person

KIND: Final = "activity"

ENTERED_AUDIENCE: Final = "act::enter-audience"
SUBSCRIBED: Final = "act::s-all"
UNSUBSCRIBED: Final = "act::u-all"
SMS_OPTED_OUT: Final = "act::oos-all"
OPENED: Final = "act::o"
BOUNCED: Final = "act::b"
SUPPRESSED: Final = "act::es"
ORDERED: Final = "act:cm:order"
"""The custom activity of the demo: the shop reports orders."""

BUILT_IN: Final = frozenset(
    (ENTERED_AUDIENCE, SUBSCRIBED, UNSUBSCRIBED, SMS_OPTED_OUT, OPENED, BOUNCED, SUPPRESSED)
)
_MAX_RECENT: Final = 100


def add_occurrence(person: Person, activity: str, moment: int) -> None:
    """Records that the person did the activity at `moment`, in seconds.

    The first and the hundred latest occurrences are kept. Ortto accepts 50 a day and person (documented),
    and the shortest time frames are today and yesterday.
    """
    moments: list[int] = person.setdefault("did", {}).setdefault(activity, [])
    insort(moments, moment)
    if len(moments) > _MAX_RECENT + 1:
        del moments[1]


def occurrences(person: Person, activity: str) -> Sequence[int]:
    """When the person did the activity, in seconds, oldest first."""
    moments: Sequence[int] = person.get("did", {}).get(activity, ())
    return moments


def record_permission_changes(before: Person | None, after: Person, now: int) -> None:
    """Records the activities of changed permissions, as person/merge does (recorded)."""
    old, new = before["fields"] if before else {}, after["fields"]
    if (old.get("bol::p") is True) != (new.get("bol::p") is True):
        add_occurrence(after, SUBSCRIBED if new.get("bol::p") is True else UNSUBSCRIBED, now)
    if old.get("bol::sp") is True and new.get("bol::sp") is not True:
        add_occurrence(after, SMS_OPTED_OUT, now)


def define(world: World, activity: str) -> None:
    """Adds a custom activity to the instance."""
    world.records(KIND).add(activity, {"id": activity})


def known_activities(world: World) -> frozenset[str]:
    """The activities that a filter can name."""
    return BUILT_IN | {row.id for row in world.records(KIND).iterate()}
