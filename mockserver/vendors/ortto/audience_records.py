"""Audiences as they are kept: what is shown of them, and their figures."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import orjson

from mockserver.state.world import World
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.filter_logic import Filter, audiences_in, compile_filter
from mockserver.vendors.ortto.filter_types import Predicate, Scope
from mockserver.vendors.ortto.ids import NONE, new_object_id
from mockserver.vendors.ortto.instance_records import NAME
from mockserver.vendors.ortto.member_list_records import NAMES, Roll
from mockserver.vendors.ortto.timestamps import DAY, exact, seconds

KIND: Final = "audience"
LISTS: Final = ("live", "archived", "live-retention", "archived-retention")
RECENT_DAYS: Final = 30


def list_name(archived: bool, retention: bool) -> str:
    """The list in which such audiences stand."""
    return f"{'archived' if archived else 'live'}{'-retention' if retention else ''}"


def standing(person: Person | None, audience_id: str) -> frozenset[str]:
    """The rolls of the audience on which the person stands: none, or members and some of the others.

    `subscribers` may be sent email (permission, and not opted out of this audience), `unsubscribed` are the
    other members, `opted_out` have opted out of this audience's email, `sms` may be sent SMS.
    """
    membership = person["in"].get(audience_id) if person else None
    if person is None or membership is None:
        return frozenset()
    fields = person["fields"]
    opted_out = "unsubscribed_from" in membership
    rolls = {"members", "subscribers" if fields.get("bol::p") is True and not opted_out else "unsubscribed"}
    if opted_out:
        rolls.add("opted_out")
    if fields.get("bol::sp") is True and "sms_opted_out_from" not in membership:
        rolls.add("sms")
    return frozenset(rolls)


class Audience:
    """One audience while people change; `save` writes what has moved.

    The record is `{shown, counts, joined}`: what get_audiences tells, how many stand on each roll, and how
    many of the members joined on each of the last days.
    """

    def __init__(self, world: World, id: str, parent: str, rank: int, record: dict[str, Any]) -> None:
        self._world = world
        self.id = id
        self.parent = parent
        self.rank = rank
        self.record = record
        self._moved = False
        self._rolls: dict[str, Roll] = {}

    @property
    def shown(self) -> dict[str, Any]:
        """What get_audiences tells, without the figures."""
        shown: dict[str, Any] = self.record["shown"]
        return shown

    @property
    def counts(self) -> dict[str, int]:
        """How many people stand on each roll."""
        counts: dict[str, int] = self.record["counts"]
        return counts

    @cached_property
    def matches(self) -> Predicate:
        """The entry criteria."""
        return compile_filter(self.shown["filter"], Scope(self._world.now()))

    @cached_property
    def needs(self) -> set[str]:
        """The audiences whose members decide who is in this one."""
        return audiences_in(self.shown["filter"])

    @property
    def will_need(self) -> set[str]:
        """The same once the criteria that are being built are in force."""
        return audiences_in(self.shown["new_filter"] or self.shown["filter"])

    def roll(self, name: str) -> Roll:
        """One of the rolls (see `standing`)."""
        if name not in self._rolls:
            self._rolls[name] = Roll(self._world, self.id, name)
        return self._rolls[name]

    def belongs(self, person: Person | None) -> bool:
        """Whether the person is to be a member; while the audience is building nobody comes or goes."""
        if person is None or person["archived"]:
            return False
        return self.id in person["in"] if self.shown["building"] else self.matches(person)

    def move(self, person: Person, old: frozenset[str], new: frozenset[str], joined: int | None) -> None:
        """The person stands on other rolls now; `joined` is when it became a member, in seconds."""
        for roll in old ^ new:
            self.counts[roll] += 1 if roll in new else -1
            (self.roll(roll).add if roll in new else self.roll(roll).drop)(person)
        if joined is not None and ("members" in old) != ("members" in new):
            self._count_joined(joined, 1 if "members" in new else -1)
        self._moved = True

    def _count_joined(self, joined: int, by: int) -> None:
        days = self.record["joined"]
        day = str(joined // DAY)
        if by > 0 or day in days:
            days[day] = days.get(day, 0) + by
        self.record["joined"] = recent(days, seconds(self._world.now()) // DAY)

    def mark_built(self) -> None:
        """The members were worked out just now."""
        self.shown["last_built_at"] = exact(self._world.now())
        self.mark_moved()

    def mark_moved(self) -> None:
        """The record has changed and is to be saved."""
        self._moved = True

    def save(self) -> None:
        """Writes the record if people came or went."""
        if self._moved:
            self._world.records(KIND).update(self.id, self.record)
            for roll in self._rolls.values():
                roll.save()
            self._moved = False


def erase(world: World, audience: Audience) -> None:
    """Forgets the audience, its rolls, and that anybody was in it."""
    world.records(KIND).remove(audience.id)
    people = world.records("person")
    for id in audience.roll("members").ids():
        person = people.get(id)
        if person is not None:
            del person["in"][audience.id]
            people.update(id, person)
    for name in NAMES:
        audience.roll(name).erase()


def recent(days: Mapping[str, int], today: int) -> dict[str, int]:
    """The days that still matter to added_last_30_days."""
    return {day: joined for day, joined in days.items() if joined and int(day) > today - RECENT_DAYS}


def load(world: World, id: str) -> Audience | None:
    """The audience, archived or not."""
    records = world.records(KIND)
    record = records.get(id)
    return Audience(world, id, record["list"], record["rank"], record) if record else None


def load_all(world: World) -> list[Audience]:
    """Every audience, one that asks for the members of another after that other."""
    found = {audience.id: audience for audience in _walk(world)}
    ordered: dict[str, Audience] = {}
    for audience in found.values():
        _put_in_order(audience, found, ordered)
    return list(ordered.values())


def _walk(world: World) -> Iterator[Audience]:
    for name in LISTS:
        for row in world.records(KIND).iterate(name):
            yield Audience(world, row.id, row.parent, row.rank, row.record)


def _put_in_order(audience: Audience, found: Mapping[str, Audience], ordered: dict[str, Audience]) -> None:
    for needed in audience.needs:
        if needed in found and needed not in ordered:
            _put_in_order(found[needed], found, ordered)
    ordered.setdefault(audience.id, audience)


def blank(world: World, name: str, filter: Filter, made: datetime, **given: Any) -> dict[str, Any]:
    """The record of a new audience without members, not building; `given` goes before the defaults."""
    now = exact(world.now())
    shown = {
        "id": new_object_id(world, made),
        "instance_id": NAME,
        "folder_id": None,
        "data_source_id": NONE,
        "icon_id": "audiences-illustration-icon",
        "type": "permanent",
        "building": False,
        "ready": True,
        "is_public": False,
        "sms_is_public": False,
        "sms_public_name": "",
        "sms_public_description": "",
        "filter": filter,
        "filter_sha": sha(filter),
        "last_built_at": now,
        "new_filter": None,
        "new_filter_sha": "",
        "last_used": now,
        "created": now,
        "created_by_id": "",
        "created_by_name": "",
        "edited_at": now,
        "name": name,
        "public_name": "",
        "public_description": "",
        "exit_selection": "",
        "new_exit_criteria_filter": None,
        "destinations": None,
        "ds_destinations": None,
        "engagement": 0,
        "revenue": 0,
        "is_cold": False,
        **given,
    }
    return {"shown": shown, "counts": dict.fromkeys(NAMES, 0), "joined": {}}


def put(world: World, record: dict[str, Any], archived: bool = False, retention: bool = False) -> Audience:
    """Writes a new audience, the newest of its list."""
    id, name, rank = record["shown"]["id"], list_name(archived, retention), world.serial()
    record |= {"list": name, "rank": rank}
    world.records(KIND).add(id, record, name, rank)
    return Audience(world, id, name, rank, record)


def shift(world: World, audience: Audience, archived: bool) -> None:
    """Moves the audience, as its record now is, between the live and the archived ones; it keeps its rank."""
    name = list_name(archived, audience.parent.endswith("-retention"))
    audience.record["list"] = name
    records = world.records(KIND)
    records.remove(audience.id)
    records.add(audience.id, audience.record, name, audience.rank)


def sha(filter: Filter) -> str:
    """SHA-1 of the filter, as told beside it."""
    return hashlib.sha1(orjson.dumps(filter), usedforsecurity=False).hexdigest()


def as_shown(record: Mapping[str, Any], with_filter: bool, today: int) -> dict[str, Any]:
    """One element of the reply of get_audiences; `today` is the day since 1970 of the world's clock."""
    counts, hidden = record["counts"], {} if with_filter else {"filter": None, "new_filter": None}
    return {
        **record["shown"],
        "sms_opted_in": counts["sms"],
        "subscribers": counts["subscribers"],
        "members": counts["members"],
        "added_last_30_days": sum(recent(record["joined"], today).values()),
        **hidden,
    }
