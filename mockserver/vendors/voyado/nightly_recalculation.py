"""Recalculation of target audiences: which contacts are members, as of the last midnight.

A run checks only the contacts that changed since the last run and those whose membership may change by the
passage of time. For the latter, the next day of change (a birthday, the end of a range of days) is known in
advance and stored in a list, so a run reads a small part of all contacts.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from mockserver.formats.timestamps import to_iso
from mockserver.state.records import ListedRecord, Record
from mockserver.state.world import World
from mockserver.vendors.voyado import timestamps
from mockserver.vendors.voyado.filter_logic import compile_filter, next_changes

_CONTACT = "contact"  # not imported from contact_records, which imports this module
_AUDIENCE, _DUE_DAY, _STATE, _STATE_ID = "audience", "turn", "nightly", "state"
_CHANGED, _ALL = "changed", "contacts"
_DAY = timedelta(days=1)
_DAYS_PER_PAGE = 20
_RUNS_PER_RECORD = 64


class Recalculation:
    """One run: the audiences of a world, compiled for the day, and the days on which contacts are due."""

    def __init__(self, audiences: Iterable[ListedRecord], today: str) -> None:
        self.today = today
        filters = [(audience.id, audience.record["filter"]) for audience in audiences]
        self._predicates = [(id, compile_filter(filter, today)) for id, filter in filters]
        by_name = {
            name: change for _, filter in filters for name, change in next_changes(filter, today).items()
        }
        self._next_changes = list(by_name.values())
        self._due_days: dict[str, list[str]] = {}

    def find_audiences(self, id: str, record: Record) -> list[str]:
        """Returns the ids of the audiences that contain the contact, and notes when it is due again."""
        if not record["approved"]:
            return []
        day = self.next_change(record)
        if day is not None:
            self._due_days.setdefault(day, []).append(id)
        return self.matching(record)

    def next_change(self, record: Record) -> str | None:
        """Returns the next day on which time alone may change the audiences of the contact, or None."""
        return min([day for change in self._next_changes if (day := change(record))], default=None)

    def matching(self, record: Record) -> list[str]:
        """Returns the ids of the audiences whose filters the approved contact matches."""
        if not record["approved"]:
            return []
        return [audience for audience, matches in self._predicates if matches(record)]

    def save_due_days(self, world: World) -> None:
        """Adds the noted days to the world's list.

        A day has a record for each few weeks of runs: all contacts would otherwise be rewritten every night.
        """
        records, weeks = world.records(_DUE_DAY), _ordinal(self.today) // _RUNS_PER_RECORD
        for day, ids in self._due_days.items():
            id = f"{day}/{weeks}"
            stored = records.get(id)
            contacts = dict.fromkeys([*(stored["contacts"] if stored else ()), *ids])
            records.add(id, {"contacts": list(contacts)}, rank=_ordinal(day))

    def bulk_insert_due_days(self, world: World) -> None:
        """Writes the noted days as the list of a world that has none yet."""
        world.records(_DUE_DAY).bulk_insert(
            (day, {"contacts": ids}, "", _ordinal(day)) for day, ids in self._due_days.items()
        )


def recalculate(world: World) -> None:
    """Recalculates all target audiences for the current contacts and day."""
    audiences = list(world.records(_AUDIENCE).iterate())
    recalculation = Recalculation(audiences, timestamps.today(world))
    members = {audience.id: audience.record["members"] for audience in audiences}
    for id in _pop_pending(world, recalculation.today):
        _recalculate_contact(world, recalculation, id, members)
    recalculation.save_due_days(world)
    for audience in audiences:
        _save_audience(world, audience.id, audience.record, members[audience.id])
    _write_state(world, {**_read_state(world), "day": recalculation.today})


def recalculate_audience(world: World, id: str) -> None:
    """Recalculates one target audience for all contacts; the others keep their members."""
    record = world.records(_AUDIENCE).get(id) or {}
    recalculation = Recalculation([ListedRecord(id, "", 0, record)], timestamps.today(world))
    contacts, members = world.records(_CONTACT), 0
    for contact in contacts.iterate():
        others = [audience for audience in contact.record["audiences"] if audience != id]
        audiences = others + recalculation.find_audiences(contact.id, contact.record)
        members += len(audiences) - len(others)
        if audiences != contact.record["audiences"]:
            contacts.update(contact.id, {**contact.record, "audiences": audiences})
    recalculation.save_due_days(world)
    _save_audience(world, id, record, members)


def mark_changed(world: World, id: str) -> None:
    """Includes the contact in the next run."""
    world.index(_CHANGED).add(_ALL, id)
    schedule(world)


def remove_contact(world: World, id: str, audiences: list[str]) -> None:
    """Removes a deleted contact from its audiences immediately."""
    world.index(_CHANGED).remove(_ALL, id)
    records = world.records(_AUDIENCE)
    for audience in audiences:
        record = records.get(audience)
        if record:
            records.update(audience, {**record, "members": record["members"] - 1})


def schedule(world: World) -> None:
    """Schedules a run at the next midnight unless one is due by then, also after the clock was moved back."""
    state, tomorrow = _read_state(world), (world.now().date() + _DAY).isoformat()
    # Runs are due at midnight, so comparing the days suffices.
    if "due" not in state or state["due"][: len(tomorrow)] > tomorrow:
        midnight = timestamps.next_midnight(world.now())
        world.jobs.schedule_event(midnight, "recalculate")
        _write_state(world, {**state, "due": to_iso(midnight)})


def run_scheduled(world: World) -> None:
    """Performs the run of a night and schedules the next one."""
    state = _read_state(world)
    if state.get("due") == to_iso(world.now()):
        del state["due"]
        _write_state(world, state)
        schedule(world)
    recalculate(world)


def save_initial(world: World, members: dict[str, int]) -> None:
    """Saves the result of the run that a new world starts with, given the number of members per audience."""
    for audience in list(world.records(_AUDIENCE).iterate()):
        _save_audience(world, audience.id, audience.record, members[audience.id])
    _write_state(world, {"day": timestamps.today(world)})
    schedule(world)


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def _pop_pending(world: World, today: str) -> list[str]:
    if today < _read_state(world).get("day", ""):
        # The clock was moved back: days of change that were already processed come again.
        return [contact.id for contact in world.records(_CONTACT).iterate()]
    changed = [entry.target for entry in world.index(_CHANGED).iterate(_ALL)]
    for id in changed:
        world.index(_CHANGED).remove(_ALL, id)
    return list(dict.fromkeys(changed + _pop_due(world, today)))


def _pop_due(world: World, today: str) -> list[str]:
    """Removes the days up to today from the list and returns the contacts that are due on them."""
    records, last = world.records(_DUE_DAY), _ordinal(today)
    due: list[str] = []
    while days := [day for day in records.page(limit=_DAYS_PER_PAGE) if day.rank <= last]:
        for day in days:
            records.remove(day.id)
            due += day.record["contacts"]
    return due


def _recalculate_contact(
    world: World, recalculation: Recalculation, id: str, members: dict[str, int]
) -> None:
    record = world.records(_CONTACT).get(id)
    if record is None:
        return
    before, after = record["audiences"], recalculation.find_audiences(id, record)
    if before == after:
        return
    world.records(_CONTACT).update(id, {**record, "audiences": after})
    for audience in members:
        members[audience] += (audience in after) - (audience in before)


def _save_audience(world: World, id: str, record: Record, members: int) -> None:
    calculated_on = timestamps.format_timestamp(world.now())
    world.records(_AUDIENCE).update(id, {**record, "members": members, "calculatedOn": calculated_on})


def _read_state(world: World) -> Record:
    return world.records(_STATE).get(_STATE_ID) or {}


def _write_state(world: World, state: Record) -> None:
    world.records(_STATE).add(_STATE_ID, state, rank=0)
