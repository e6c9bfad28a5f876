"""The events of a world that lives, as every vendor gets them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from mockserver.state.person import Person

JOINED: Final = "joined"
ORDERED: Final = "ordered"
OPTED_OUT: Final = "opted_out"
MOVED: Final = "moved"
LEFT: Final = "left"
LAST_HOUR: Final = 23
"""The hour in which the last step of a day ends, before the vendors' nightly work."""


class LifeEvent(NamedTuple):
    """One thing that a person did; `person` is as it is afterwards, `amount` is that of an order in cents.

    The spans of `person` are before the world's anchor: negative ones are after it. `key` is the event's own,
    the same for every vendor.
    """

    at: datetime
    kind: str
    person: Person
    key: str
    amount: int = 0


class LifeStep(NamedTuple):
    """A few hours of a world: what happened in them, in order, and who lives in the world at their end."""

    until: datetime
    events: Sequence[LifeEvent]
    people: Sequence[Person]
    anchor: datetime

    @property
    def ends_day(self) -> bool:
        """Whether they are the last of a day: what a vendor gets once a day comes then."""
        return self.until.hour == LAST_HOUR


class Chapter(NamedTuple):
    """A person as it was from a moment on, until the next chapter."""

    since: datetime
    person: Person


class Past(NamedTuple):
    """The history of a person: its events and its chapters; the last chapter is the person at the anchor.

    Somebody who `left` before is in no records and has no events: only the daily series knows of it.
    """

    chapters: tuple[Chapter, ...]
    events: tuple[LifeEvent, ...]
    left: datetime | None = None

    def at(self, moment: datetime) -> Person | None:
        """The person as it was at a moment of the history; None before it joined, and after it left."""
        if self.left is not None and self.left <= moment:
            return None
        return next((one.person for one in reversed(self.chapters) if one.since <= moment), None)

    @property
    def person(self) -> Person:
        """The person at the anchor."""
        return self.chapters[-1].person
