"""The initial content of an instance: people, their audiences, tags and custom fields.

Built for large worlds: one pass over the people, who become members by the filters of the audiences.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mockserver.state.world import World
from mockserver.vendors.ortto import (
    activity_catalog,
    activity_definition_records,
    activity_records,
    campaign_records,
    custom_field_records,
    instance_records,
    member_list_records,
    scenario_content,
    tag_records,
)
from mockserver.vendors.ortto.audience_records import RECENT_DAYS, Audience, insert, new_record, recent_days
from mockserver.vendors.ortto.default_content import (
    ACCOUNT_TAG,
    CAMPAIGN_AGE,
    CAMPAIGN_DURATION,
    CAMPAIGN_NAME,
    CUSTOM_FIELDS,
    DEMO_AUDIENCES,
    SUPPRESSED_EMAILS,
    SYSTEM_AUDIENCES,
    TAGS,
    DefaultAudience,
    entry_filter,
)
from mockserver.vendors.ortto.field_values import Person, lookup_key, split_phone
from mockserver.vendors.ortto.filter_logic import is_time_dependent
from mockserver.vendors.ortto.ids import person_id
from mockserver.vendors.ortto.jobs import BUILD_TIME, REFRESH_EVERY
from mockserver.vendors.ortto.person_index import fill_index
from mockserver.vendors.ortto.timestamps import SECONDS_PER_DAY, format_datetime, format_seconds, to_seconds

if TYPE_CHECKING:
    from mockserver.state.person import Person as SharedPerson

_COUNTRIES: Final = {
    "SE": ("Sweden", "Europe/Stockholm"),
    "NL": ("Netherlands", "Europe/Amsterdam"),
    "FI": ("Finland", "Europe/Helsinki"),
    "GB": ("United Kingdom", "Europe/London"),
    "US": ("United States", "America/New_York"),
    "DE": ("Germany", "Europe/Berlin"),
}
_JOB_TITLES: Final = ("Technician", "Teacher", "Nurse", "Engineer", "Cook")
_INTERESTS: Final = ("Home", "Garden", "Sports", "Books")
_TEAM_SIZE: Final = 3  # The first people of the demo run the shop.
_RECENT_SECONDS: Final = 90 * SECONDS_PER_DAY


def populate(world: World, people: Sequence["SharedPerson"], scenario: Mapping[str, Any]) -> None:
    """Writes the system audiences, for an instance with people the demo's content, and the scenario's.

    Raises `InvalidScenarioError` for a name that is taken, and for an audience with an invalid filter.
    """
    audiences = [
        _add_audience(world, audience)
        for audience in (*SYSTEM_AUDIENCES, *(DEMO_AUDIENCES if people else ()))
    ]
    for name, display_type, choices, tracked in CUSTOM_FIELDS if people else ():
        custom_field_records.define(world, name, display_type, list(choices), tracked)
    for activity in (activity_records.ORDERED,) if people else ():
        activity_definition_records.define(world, activity)
    scenario_content.add_definitions(world, scenario)
    audiences += scenario_content.add_audiences(world, scenario)
    for address in SUPPRESSED_EMAILS if people else ():
        world.records("suppressed").add(address, {"email": address})
    campaign = (
        campaign_records.create(world, CAMPAIGN_NAME, world.now() - CAMPAIGN_AGE)["id"] if people else ""
    )
    first_rank = world.take_serials(len(people)) - len(people)
    enrolment, emails = _Enrolment(world, audiences), []
    tag_counts = {id: [0, 0, 0] for id, _name in (TAGS if people else TAGS[:1])}

    def rows() -> Iterator[tuple[str, Person, str, int]]:
        for record in _person_records(world, people, first_rank, campaign):
            enrolment.add(record)
            _count_tags(tag_counts, record["fields"])
            emails.append((lookup_key(record["fields"]["str::email"]), [record["rank"], record["id"]]))
            yield record["id"], record, "live", record["rank"]

    # A generator: keeping all records in memory would cost more than creating them.
    world.records("person").bulk_insert(rows())
    fill_index(world, "str::email", emails)
    enrolment.save(world)
    for id, name in TAGS[: len(tag_counts)]:
        tag_records.insert(world, id, name, counts=tag_counts[id])
    tag_records.insert(world, *ACCOUNT_TAG, tag_records.ACCOUNT)
    instance_records.create(world, len(people), sum(person.accepts_email for person in people))
    world.jobs.schedule_event(world.now() + REFRESH_EVERY, "refresh_timed_audiences")


def _add_audience(world: World, default: DefaultAudience) -> Audience:
    created, filter = world.now() - default.age, entry_filter(default.conditions)
    text = format_datetime(created)
    built = format_datetime(world.now() if is_time_dependent(filter) else created + BUILD_TIME)
    given = {
        "created": text,
        "edited_at": text,
        "last_built_at": built,
        "last_used": format_datetime(world.now()),
    }
    record = new_record(world, default.name, filter, created, **given, **default.attributes)
    if default.archived:
        record["shown"]["archived_at"] = format_datetime(world.now() - default.age / 2)
    return insert(world, record, archived=default.archived)


def _person_records(
    world: World, people: Sequence["SharedPerson"], first_rank: int, campaign: str
) -> Iterator[Person]:
    """The records of the people, without memberships; what only Ortto has of them is random, by the seed."""
    anchor, draw = to_seconds(world.now()), world.random("people").getrandbits
    campaign_start = anchor - int(CAMPAIGN_AGE.total_seconds())
    for person in people:
        record = person_record(person, first_rank + person.number, draw(64), anchor)
        if record["created"] > campaign_start and person.accepts_email:
            record["journeys"] = {campaign: _journey(record["created"], anchor)}
        yield record


def person_record(person: "SharedPerson", rank: int, bits: int, anchor: int, at: int | None = None) -> Person:
    """The record of a person at a time, by default the anchor, in seconds; the spans are before the anchor.

    The person has not been seen for a quarter of the time since the last order: customers open letters.
    """
    at = anchor if at is None else at
    created = anchor - int(person.joined.total_seconds())
    last = None if person.last_order is None else anchor - int(person.last_order.total_seconds())
    seen = created if last is None else at - (at - last) // 4
    activities = {activity_catalog.SUBSCRIBED: [created]} if person.accepts_email else {}
    if last is not None:
        activities[activity_records.ORDERED] = [created, last] if person.orders > 1 else [last]
        if person.accepts_email:
            activities[activity_catalog.OPENED] = [seen]
    return {
        "id": person_id(created, bits & 0xFFFFFFFFFFFF),
        "rank": rank,
        "created": created,
        "archived": False,
        "fields": _fields(person, bits >> 48, seen, at, last),
        "in": {},
        "did": activities,
    }


def look_again(record: Person, person: "SharedPerson", anchor: int, at: int) -> bool:
    """Makes the record of the person that of another time; whether the engagement differs."""
    if person.last_order is None:
        return False
    last = anchor - int(person.last_order.total_seconds())
    unseen = (at - last) // 4
    fields, score = record["fields"], engagement(person.orders, unseen)
    fields["l"] = format_seconds(at - unseen)
    if activity_catalog.OPENED in record["did"]:
        record["did"][activity_catalog.OPENED] = [at - unseen]
    is_new = bool(score != fields["int::e"])
    fields["int::e"] = score
    return is_new


def _journey(started: int, anchor: int) -> campaign_records.Journey:
    end = started + int(CAMPAIGN_DURATION.total_seconds())
    if end > anchor:
        return {"started": started, "inside": True}
    return {"started": started, "inside": False, "left": end}


def _fields(person: "SharedPerson", bits: int, seen: int, at: int, last: int | None) -> dict[str, Any]:
    country, timezone = _COUNTRIES.get(person.country, (person.country, "UTC"))
    birthday, orders = person.birthday, person.orders
    fields = {
        "str::first": person.first,
        "str::last": person.last,
        "str::email": person.email,
        "phn::phone": split_phone(person.phone),
        "geo::city": {"name": person.city},
        "geo::region": {"name": person.region},
        "geo::country": {"name": country},
        "str::postal": person.postcode,
        "str::language": person.language,
        "dtz::b": {"year": birthday.year, "month": birthday.month, "day": birthday.day, "timezone": timezone},
        "bol::p": person.accepts_email,
        "bol::sp": person.accepts_sms,
        "bol::gdpr": person.country != "US",
        "l": format_seconds(seen),
        "int::e": engagement(orders, at - seen),
        "int:cm:orders": orders,
        "int:cm:total-spent": person.spent * 10,
        "bol:cm:accepts-post": person.accepts_post,
        "str:cm:label": label(orders),
        "sst:cm:interests": [_INTERESTS[bits & 3]],
    }
    if person.company is not None:
        fields["str:cm:company"] = person.company
        fields["str:cm:job-title"] = _JOB_TITLES[bits % 5]
    if last is not None:
        fields["tme:cm:last-order"] = format_seconds(last)
    if person.number <= _TEAM_SIZE:
        fields["u4s::t"] = [1]
    elif bits % 7 == 0:
        fields["u4s::t"] = [2] if bits % 11 else [2, 3]
    return fields


def engagement(orders: int, unseen: int) -> int:
    """The engagement score of somebody who has not been seen for a number of seconds."""
    return min(100, 5 * orders + (10 if orders and unseen < _RECENT_SECONDS else 0))


def label(orders: int) -> str:
    """The value of the custom field Label."""
    return "VIP" if orders >= 8 else "Highly engaged" if orders >= 3 else "New"


_RankedIds = list[tuple[int, str]]
"""A new member list: (rank, id) in the order of rank."""


class _Enrolment:
    """Memberships in the audiences: people joined when they were created, and a few have opted out since."""

    def __init__(self, world: World, audiences: Sequence[Audience]) -> None:
        self._anchor = to_seconds(world.now())
        self._recent_since = self._anchor - RECENT_DAYS * SECONDS_PER_DAY
        self._draw = world.random("opt-outs").getrandbits
        self._audiences = audiences
        self._tests = [(audience.id, audience.matches, _MemberLists()) for audience in audiences]

    def add(self, person: Person) -> None:
        """Makes the person a member of the audiences whose filter it matches."""
        fields, created, entry = person["fields"], person["created"], (person["rank"], person["id"])
        bits, has_email, has_sms = self._draw(60), fields["bol::p"], fields["bol::sp"]
        joined = {"from": created}
        for audience_id, matches, lists in self._tests:
            if not matches(person):
                continue
            person["in"][audience_id] = joined
            opted_out = sms_opted_out = False
            if bits & 63 < 2:
                opted_out, sms_opted_out = bits & 1 == 0, bits & 1 == 1
                key = "unsubscribed_from" if opted_out else "sms_opted_out_from"
                person["in"][audience_id] = {"from": created, key: (created + self._anchor) // 2}
            lists.members.append(entry)
            (lists.subscribers if has_email and not opted_out else lists.unsubscribed).append(entry)
            if opted_out:
                lists.opted_out.append(entry)
            if has_sms and not sms_opted_out:
                lists.sms.append(entry)
            if created > self._recent_since:
                day = str(created // SECONDS_PER_DAY)
                lists.joined[day] = lists.joined.get(day, 0) + 1
            bits >>= 6
        if person["in"]:
            person["did"][activity_catalog.ENTERED_AUDIENCE] = [created]

    def save(self, world: World) -> None:
        """Writes the member lists, and the counts of the audiences."""
        records = world.records(member_list_records.KIND)
        for audience, (_id, _matches, lists) in zip(self._audiences, self._tests, strict=True):
            for name in member_list_records.NAMES:
                members: _RankedIds = getattr(lists, name)
                records.bulk_insert(member_list_records.bulk_rows(audience.id, name, members))
                audience.counts[name] = len(members)
            audience.record["joined"] = recent_days(lists.joined, self._anchor // SECONDS_PER_DAY)
            audience.mark_changed()
            audience.save()


@dataclass(slots=True)
class _MemberLists:
    members: _RankedIds = field(default_factory=list)
    subscribers: _RankedIds = field(default_factory=list)
    unsubscribed: _RankedIds = field(default_factory=list)
    opted_out: _RankedIds = field(default_factory=list)
    sms: _RankedIds = field(default_factory=list)
    joined: dict[str, int] = field(default_factory=dict)


def _count_tags(counts: dict[int, list[int]], fields: Mapping[str, Any]) -> None:
    for id in fields.get("u4s::t", ()):
        for index, number in enumerate((1, fields["bol::p"], fields["bol::sp"])):
            counts[id][index] += number
