"""The calculation of target audiences: who is in which, as of the last midnight.

What a night has to look at is only who changed since the last one, and whom time itself may have moved:
everybody's next such day (a birthday, the end of a span) is known beforehand, and the days lie in a list. So
a night's work is a small part of all contacts.
"""

from collections.abc import Iterable
from datetime import date

from mockserver.formats.timestamps import from_iso, to_iso
from mockserver.state.records import ListedRecord, Record
from mockserver.state.world import World
from mockserver.vendors.voyado import timestamps
from mockserver.vendors.voyado.filter_logic import compiled, turns

_CONTACT = "contact"  # records.py keeps them, and calls this module when one changes
_AUDIENCE, _TURN, _STATE, _STATE_ID = "audience", "turn", "nightly", "state"
_CHANGED, _ALL = "changed", "contacts"


class Night:
    """One calculation: the audiences of a world compiled for the day, and what came of it."""

    def __init__(self, listed: Iterable[ListedRecord], today: str) -> None:
        self.today = today
        audiences = [(one.id, one.record["filter"]) for one in listed]
        self._tests = [(id, compiled(filter, today)) for id, filter in audiences]
        by_name = {name: turn for _, filter in audiences for name, turn in turns(filter, today).items()}
        self._turns = list(by_name.values())
        self._days: dict[str, list[str]] = {}

    def judge(self, id: str, record: Record) -> list[str]:
        """The ids of the audiences that the contact is in; notes when it has to be looked at again."""
        if not record["approved"]:
            return []
        days = [day for turn in self._turns if (day := turn(record))]
        if days:
            self._days.setdefault(min(days), []).append(id)
        return [audience for audience, fits in self._tests if fits(record)]

    def keep_days(self, world: World) -> None:
        """Adds what was noted to the world's list of days."""
        records = world.records(_TURN)
        for day, ids in self._days.items():
            known = records.get(day)
            together = dict.fromkeys([*(known["contacts"] if known else ()), *ids])
            records.add(day, {"contacts": list(together)}, rank=date.fromisoformat(day).toordinal())

    def fill_days(self, world: World) -> None:
        """Writes what was noted as the list of days of a world that has none yet."""
        world.records(_TURN).bulk_insert(
            (day, {"contacts": ids}, "", date.fromisoformat(day).toordinal())
            for day, ids in self._days.items()
        )


def recalculate(world: World) -> None:
    """Brings all target audiences up to date with the contacts and the day."""
    audiences = list(world.records(_AUDIENCE).iterate())
    night = Night(audiences, timestamps.today(world))
    members = {one.id: one.record["members"] for one in audiences}
    for id in _to_judge(world, night.today):
        _judge(world, night, id, members)
    night.keep_days(world)
    for one in audiences:
        _keep(world, one.id, one.record, members[one.id])
    _write_state(world, {**_state(world), "day": night.today})


def calculate(world: World, id: str) -> None:
    """Lets everybody into (or out of) one target audience; the others stay as they were calculated."""
    record = world.records(_AUDIENCE).get(id) or {}
    night = Night([ListedRecord(id, "", 0, record)], timestamps.today(world))
    contacts, members = world.records(_CONTACT), 0
    for one in contacts.iterate():
        others = [audience for audience in one.record["audiences"] if audience != id]
        now_in = others + night.judge(one.id, one.record)
        members += len(now_in) - len(others)
        if now_in != one.record["audiences"]:
            contacts.update(one.id, {**one.record, "audiences": now_in})
    night.keep_days(world)
    _keep(world, id, record, members)


def mark(world: World, id: str) -> None:
    """Has the contact looked at in the next calculation."""
    world.index(_CHANGED).add(_ALL, id)
    plan(world)


def forget(world: World, id: str, audiences: list[str]) -> None:
    """Takes a deleted contact out of its audiences at once."""
    world.index(_CHANGED).remove(_ALL, id)
    records = world.records(_AUDIENCE)
    for audience in audiences:
        record = records.get(audience)
        if record:
            records.update(audience, {**record, "members": record["members"] - 1})


def plan(world: World) -> None:
    """Sees to it that a calculation is planned for the next midnight, also if the clock was put back."""
    state, midnight = _state(world), timestamps.next_midnight(world.now())
    if "due" not in state or from_iso(state["due"]) > midnight:
        world.jobs.schedule_event(midnight, "recalculate")
        _write_state(world, {**state, "due": to_iso(midnight)})


def go_on(world: World) -> None:
    """The work of a night, and the plan for the next one."""
    state = _state(world)
    if state.get("due") == to_iso(world.now()):
        del state["due"]
        _write_state(world, state)
        plan(world)
    recalculate(world)


def settle(world: World, members: dict[str, int]) -> None:
    """Closes the calculation that a world starts with, given how many contacts each audience got."""
    for one in list(world.records(_AUDIENCE).iterate()):
        _keep(world, one.id, one.record, members[one.id])
    _write_state(world, {"day": timestamps.today(world)})
    plan(world)


def _to_judge(world: World, today: str) -> list[str]:
    if today < _state(world).get("day", ""):
        # the clock was put back: days that were done are to come again
        return [one.id for one in world.records(_CONTACT).iterate()]
    changed = [entry.target for entry in world.index(_CHANGED).iterate(_ALL)]
    for id in changed:
        world.index(_CHANGED).remove(_ALL, id)
    return list(dict.fromkeys(changed + _due(world, today)))


def _due(world: World, today: str) -> list[str]:
    """Whom time may have moved since the last calculation; their days are taken from the list."""
    records, last = world.records(_TURN), date.fromisoformat(today).toordinal()
    due: list[str] = []
    while (days := records.page(limit=1)) and days[0].rank <= last:
        records.remove(days[0].id)
        due += days[0].record["contacts"]
    return due


def _judge(world: World, night: Night, id: str, members: dict[str, int]) -> None:
    record = world.records(_CONTACT).get(id)
    if record is None:
        return
    was_in, now_in = record["audiences"], night.judge(id, record)
    if was_in == now_in:
        return
    world.records(_CONTACT).update(id, {**record, "audiences": now_in})
    for audience in members:
        members[audience] += (audience in now_in) - (audience in was_in)


def _keep(world: World, id: str, record: Record, members: int) -> None:
    calculated = {**record, "members": members, "calculatedOn": timestamps.written(world.now())}
    world.records(_AUDIENCE).update(id, calculated)


def _state(world: World) -> Record:
    return world.records(_STATE).get(_STATE_ID) or {}


def _write_state(world: World, state: Record) -> None:
    world.records(_STATE).add(_STATE_ID, state, rank=0)
