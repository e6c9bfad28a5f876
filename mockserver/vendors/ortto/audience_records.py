"""Audiences, as they are stored: their attributes, counts and member lists."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import orjson

from mockserver.state.world import World
from mockserver.vendors.ortto.compiled_filters import CompiledFilter, compiled
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.filter_logic import Filter
from mockserver.vendors.ortto.filter_types import Predicate
from mockserver.vendors.ortto.ids import ZERO_ID, new_object_id
from mockserver.vendors.ortto.instance_records import NAME
from mockserver.vendors.ortto.member_list_records import NAMES, MemberList
from mockserver.vendors.ortto.timestamps import SECONDS_PER_DAY, format_datetime, to_seconds

KIND: Final = "audience"
LISTS: Final = ("live", "archived", "live-retention", "archived-retention")
RECENT_DAYS: Final = 30


def list_name(archived: bool, retention: bool) -> str:
    """The list that holds such audiences, one of `LISTS`."""
    return f"{'archived' if archived else 'live'}{'-retention' if retention else ''}"


def member_list_names(person: Person | None, audience_id: str) -> frozenset[str]:
    """The member lists of the audience that contain the person: none, or `members` and some of the others.

    `subscribers` can be sent email (permission, and not opted out of this audience), `unsubscribed` are the
    other members, `opted_out` have opted out of email from this audience, `sms` can be sent SMS.
    """
    membership = person["in"].get(audience_id) if person else None
    if person is None or membership is None:
        return frozenset()
    fields = person["fields"]
    opted_out = "unsubscribed_from" in membership
    names = {"members", "subscribers" if fields.get("bol::p") is True and not opted_out else "unsubscribed"}
    if opted_out:
        names.add("opted_out")
    if fields.get("bol::sp") is True and "sms_opted_out_from" not in membership:
        names.add("sms")
    return frozenset(names)


class Audience:
    """One audience; `save` writes the changes.

    The record is `{shown, counts, joined}`: the attributes that get_audiences returns, the length of each
    member list, and how many of the members joined on each of the last days.
    """

    def __init__(self, world: World, id: str, parent: str, rank: int, record: dict[str, Any]) -> None:
        self._world = world
        self.id = id
        self.parent = parent
        self.rank = rank
        self.record = record
        self._changed = False
        self._member_lists: dict[str, MemberList] = {}

    @property
    def attributes(self) -> dict[str, Any]:
        """The members that get_audiences returns, without the counts."""
        attributes: dict[str, Any] = self.record["shown"]
        return attributes

    @property
    def counts(self) -> dict[str, int]:
        """The length of each member list."""
        counts: dict[str, int] = self.record["counts"]
        return counts

    @cached_property
    def filter(self) -> CompiledFilter:
        """The entry criteria."""
        return compiled(self.attributes["filter"])

    @cached_property
    def matches(self) -> Predicate:
        """The entry criteria, as a predicate."""
        return self.filter.predicate(self._world.now())

    @property
    def dependencies(self) -> frozenset[str]:
        """The ids of the audiences that the filter refers to."""
        return self.filter.dependencies

    @property
    def pending_dependencies(self) -> frozenset[str]:
        """The ids of the audiences that the filter will refer to once it is built."""
        return compiled(self.attributes["new_filter"] or self.attributes["filter"]).dependencies

    def member_list(self, name: str) -> MemberList:
        """One of the member lists (see `member_list_names`)."""
        if name not in self._member_lists:
            self._member_lists[name] = MemberList(self._world, self.id, name)
        return self._member_lists[name]

    def should_contain(self, person: Person | None) -> bool:
        """Whether the person should be a member; memberships do not change while the audience is building."""
        if person is None or person["archived"]:
            return False
        return self.id in person["in"] if self.attributes["building"] else self.matches(person)

    def update_member_lists(
        self, person: Person, old: frozenset[str], new: frozenset[str], joined: int | None
    ) -> None:
        """Moves the person from the `old` to the `new` lists; it became a member at `joined`, in seconds."""
        for name in old ^ new:
            self.counts[name] += 1 if name in new else -1
            (self.member_list(name).add if name in new else self.member_list(name).remove)(person)
        if joined is not None and ("members" in old) != ("members" in new):
            self._count_joined(joined, 1 if "members" in new else -1)
        self._changed = True

    def _count_joined(self, joined: int, by: int) -> None:
        days = self.record["joined"]
        day = str(joined // SECONDS_PER_DAY)
        if by > 0 or day in days:
            days[day] = days.get(day, 0) + by
        self.record["joined"] = recent_days(days, to_seconds(self._world.now()) // SECONDS_PER_DAY)

    def mark_built(self) -> None:
        """Sets the time of the last build to now."""
        self.attributes["last_built_at"] = format_datetime(self._world.now())
        self.mark_changed()

    def mark_changed(self) -> None:
        """Makes `save` write the record."""
        self._changed = True

    def save(self) -> None:
        """Writes the record and the member lists if they have changed."""
        if self._changed:
            # Its place is known, so it need not be read first.
            self._world.records(KIND).add(self.id, self.record, self.parent, self.rank)
            for member_list in self._member_lists.values():
                member_list.save()
            self._changed = False


def delete(world: World, audience: Audience) -> None:
    """Deletes the audience, its member lists and the memberships of people."""
    world.records(KIND).remove(audience.id)
    people = world.records("person")
    for id in audience.member_list("members").ids():
        person = people.get(id)
        if person is not None:
            del person["in"][audience.id]
            people.update(id, person)
    for name in NAMES:
        audience.member_list(name).delete()


def _count_recent(days: Mapping[str, int], today: int) -> int:
    """The number of members who joined on the days that count for added_last_30_days."""
    first, count = today - RECENT_DAYS, 0
    for day, joined in days.items():
        if int(day) > first:
            count += joined
    return count


def recent_days(days: Mapping[str, int], today: int) -> dict[str, int]:
    """The days that count for added_last_30_days."""
    return {day: joined for day, joined in days.items() if joined and int(day) > today - RECENT_DAYS}


def load(world: World, id: str) -> Audience | None:
    """The audience, archived or not; None if unknown."""
    records = world.records(KIND)
    record = records.get(id)
    return Audience(world, id, record["list"], record["rank"], record) if record else None


def load_all(world: World) -> list[Audience]:
    """All audiences, each after those that it depends on."""
    found = {audience.id: audience for audience in _iterate(world)}
    ordered: dict[str, Audience] = {}
    for audience in found.values():
        _append_after_dependencies(audience, found, ordered)
    return list(ordered.values())


def _iterate(world: World) -> Iterator[Audience]:
    for name in LISTS:
        for row in world.records(KIND).iterate(name):
            yield Audience(world, row.id, row.parent, row.rank, row.record)


def _append_after_dependencies(
    audience: Audience, found: Mapping[str, Audience], ordered: dict[str, Audience]
) -> None:
    for id in audience.dependencies:
        if id in found and id not in ordered:
            _append_after_dependencies(found[id], found, ordered)
    ordered.setdefault(audience.id, audience)


def new_record(world: World, name: str, filter: Filter, created_at: datetime, **given: Any) -> dict[str, Any]:
    """The record of a new audience without members, not building; `given` overrides the defaults."""
    now = format_datetime(world.now())
    attributes = {
        "id": new_object_id(world, created_at),
        "instance_id": NAME,
        "folder_id": None,
        "data_source_id": ZERO_ID,
        "icon_id": "audiences-illustration-icon",
        "type": "permanent",
        "building": False,
        "ready": True,
        "is_public": False,
        "sms_is_public": False,
        "sms_public_name": "",
        "sms_public_description": "",
        "filter": filter,
        "filter_sha": filter_sha(filter),
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
    return {"shown": attributes, "counts": dict.fromkeys(NAMES, 0), "joined": {}}


def insert(world: World, record: dict[str, Any], archived: bool = False, retention: bool = False) -> Audience:
    """Writes a new audience, the newest of its list."""
    id, name, rank = record["shown"]["id"], list_name(archived, retention), world.serial()
    record |= {"list": name, "rank": rank}
    world.records(KIND).add(id, record, name, rank)
    return Audience(world, id, name, rank, record)


def set_archived(world: World, audience: Audience, archived: bool) -> None:
    """Writes the audience to the live or the archived list, where it keeps its rank."""
    name = list_name(archived, audience.parent.endswith("-retention"))
    audience.record["list"] = name
    records = world.records(KIND)
    records.remove(audience.id)
    records.add(audience.id, audience.record, name, audience.rank)


def filter_sha(filter: Filter) -> str:
    """The SHA-1 of the filter, as get_audiences returns it."""
    return hashlib.sha1(orjson.dumps(filter), usedforsecurity=False).hexdigest()


def render_audience(record: Mapping[str, Any], with_filter: bool, today: int) -> dict[str, Any]:
    """The audience as get_audiences returns it; `today` is the day since 1970 of the world's clock."""
    counts = record["counts"]
    attributes: dict[str, Any] = {
        **record["shown"],
        "sms_opted_in": counts["sms"],
        "subscribers": counts["subscribers"],
        "members": counts["members"],
        "added_last_30_days": _count_recent(record["joined"], today),
    }
    if not with_filter:
        attributes["filter"] = attributes["new_filter"] = None
    return attributes
