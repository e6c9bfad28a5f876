"""Storage of what contacts did with mailings: each event, by mailing, and the interactions of all mailings.

An interaction is one per contact and mailing; it changes whenever its event happens again.
"""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.formats.timestamps import to_micros
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import timestamps

SENT: Final = "sent"
OPENED: Final = "opened"
CLICKED: Final = "clicked"
BOUNCED: Final = "bounced"
"""What happened to a mailing that a contact got."""


def add(world: World, happened: str, mailing: str, contact: str, **more: Any) -> None:
    """Stores that it happened now, with what else is known of it (`link`, `bounce`)."""
    now = world.now()
    event = {"contact": contact, "date": timestamps.to_moment(now), **more}
    world.records(_event_kind(happened)).add(f"{world.serial():012}", event, parent=mailing)
    records, key = world.records(_interaction_kind(happened)), f"{mailing}/{contact}"
    known = records.get(key)
    if known is None:
        times = {"happened": to_micros(now), "changed": to_micros(now)}
        records.add(key, {"id": world.serial(), "mailing": mailing, **event, **times})
    else:
        records.update(key, {**known, **more, "changed": to_micros(now)})


def events(world: World, happened: str, mailing: str, contact: str | None = None) -> Iterator[Record]:
    """Yields what happened to a mailing, to one contact or to all, oldest first."""
    rows = world.records(_event_kind(happened)).iterate(mailing)
    return (row.record for row in rows if contact in (None, row.record["contact"]))


def interactions(world: World, happened: str) -> Iterator[Record]:
    """Yields the interactions of all mailings, in the order in which they happened first."""
    return (row.record for row in world.records(_interaction_kind(happened)).iterate())


def _event_kind(happened: str) -> str:
    return f"mailing_{happened}"


def _interaction_kind(happened: str) -> str:
    return f"{happened}_interaction"
