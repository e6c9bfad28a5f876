"""The start of an instance: its people, the audiences they are in, tags and custom fields.

Written for large worlds: one pass over the people, memberships by the audiences' own filters.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from mockserver.state.world import World
from mockserver.vendors.ortto import (
    activity_records,
    campaign_records,
    custom_field_records,
    instance_records,
    member_list_records,
    tag_records,
)
from mockserver.vendors.ortto.audience_records import RECENT_DAYS, Audience, blank, put, recent
from mockserver.vendors.ortto.default_content import (
    CAMPAIGN,
    CAMPAIGN_AGE,
    CAMPAIGN_TAKES,
    DEMO,
    FIELDS,
    SUPPRESSED,
    SYSTEM,
    TAGS,
    Blueprint,
    criteria,
)
from mockserver.vendors.ortto.field_values import Person, key_of, split_phone
from mockserver.vendors.ortto.filter_logic import is_timed
from mockserver.vendors.ortto.ids import person_id
from mockserver.vendors.ortto.jobs import BUILD_TIME, REFRESH_EVERY
from mockserver.vendors.ortto.person_index import KIND as DIRECTORY
from mockserver.vendors.ortto.person_index import pages
from mockserver.vendors.ortto.timestamps import DAY, exact, seconds, whole

if TYPE_CHECKING:
    from mockserver.state.people import Person as SharedPerson

_COUNTRIES: Final = {
    "SE": ("Sweden", "Europe/Stockholm"),
    "NL": ("Netherlands", "Europe/Amsterdam"),
    "FI": ("Finland", "Europe/Helsinki"),
    "GB": ("United Kingdom", "Europe/London"),
    "US": ("United States", "America/New_York"),
    "DE": ("Germany", "Europe/Berlin"),
}
_TITLES: Final = ("Technician", "Teacher", "Nurse", "Engineer", "Cook")
_INTERESTS: Final = ("Home", "Garden", "Sports", "Books")
_TEAM: Final = 3  # the first people of the demo run the shop
_LATELY: Final = 90 * DAY


def populate(world: World, people: Sequence["SharedPerson"], scenario: Mapping[str, Any]) -> None:
    """Every instance has the five system audiences; one with people has the demo's content as well."""
    audiences = [_put(world, blueprint) for blueprint in (*SYSTEM, *(DEMO if people else ()))]
    for name, display_type, choices, tracked in FIELDS if people else ():
        custom_field_records.define(world, name, display_type, list(choices), tracked)
    for activity in (activity_records.ORDERED,) if people else ():
        activity_records.define(world, activity)
    for address in SUPPRESSED if people else ():
        world.records("suppressed").add(address, {"email": address})
    campaign = campaign_records.put(world, CAMPAIGN, world.now() - CAMPAIGN_AGE)["id"] if people else ""
    first_rank = world.take_serials(len(people)) - len(people)
    enrolment, emails = _Enrolment(world, audiences), []
    with_figures = {id: [0, 0, 0] for id, _name, _source in (TAGS if people else TAGS[:1])}

    def rows() -> Iterator[tuple[str, Person, str, int]]:
        for record in _people(world, people, first_rank, campaign):
            enrolment.take(record)
            _count_tags(with_figures, record["fields"])
            emails.append((key_of(record["fields"]["str::email"]), record["rank"], record["id"]))
            yield record["id"], record, "live", record["rank"]

    # one person after the other: keeping all of them would cost more than making them
    world.records("person").bulk_insert(rows())
    world.records(DIRECTORY).bulk_insert(pages("str::email", emails))
    enrolment.save(world)
    for id, name, source in TAGS[: len(with_figures)]:
        tag_records.put(world, id, name, source, with_figures[id])
    instance_records.found(world, len(people), sum(person.accepts_email for person in people))
    world.jobs.schedule_event(world.now() + REFRESH_EVERY, "refresh_timed_audiences")


def _put(world: World, blueprint: Blueprint) -> Audience:
    made, filter = world.now() - blueprint.age, criteria(blueprint.leaves)
    text = exact(made)
    built = exact(world.now() if is_timed(filter) else made + BUILD_TIME)
    given = {"created": text, "edited_at": text, "last_built_at": built, "last_used": exact(world.now())}
    record = blank(world, blueprint.name, filter, made, **given, **blueprint.shown)
    if blueprint.archived:
        record["shown"]["archived_at"] = exact(world.now() - blueprint.age / 2)
    return put(world, record, archived=blueprint.archived)


def _people(
    world: World, people: Sequence["SharedPerson"], ranks_from: int, campaign: str
) -> Iterator[Person]:
    """Their records, without memberships; what only Ortto knows of them is drawn from the seed."""
    anchor, draw = seconds(world.now()), world.random("people").getrandbits
    welcomed_since = anchor - int(CAMPAIGN_AGE.total_seconds())
    for person in people:
        created = anchor - int(person.joined.total_seconds())
        bought = person.last_order
        seen = created if bought is None else anchor - int(bought.total_seconds()) // 4
        bits = draw(64)
        did = {activity_records.SUBSCRIBED: [created]} if person.accepts_email else {}
        if bought is not None:
            last = anchor - int(bought.total_seconds())
            did[activity_records.ORDERED] = [created, last] if person.orders > 1 else [last]
            if person.accepts_email:
                did[activity_records.OPENED] = [seen]
        record = {
            "id": person_id(created, bits & 0xFFFFFFFFFFFF),
            "rank": ranks_from + person.number,
            "created": created,
            "archived": False,
            "fields": _fields(person, bits >> 48, seen, anchor),
            "in": {},
            "did": did,
        }
        if created > welcomed_since and person.accepts_email:
            record["journeys"] = {campaign: _journey(created, anchor)}
        yield record


def _journey(started: int, anchor: int) -> campaign_records.Journey:
    over = started + int(CAMPAIGN_TAKES.total_seconds())
    if over > anchor:
        return {"started": started, "inside": True}
    return {"started": started, "inside": False, "left": over}


def _fields(person: "SharedPerson", bits: int, seen: int, anchor: int) -> dict[str, Any]:
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
        "l": whole(seen),
        "int::e": min(100, 5 * orders + (10 if orders and anchor - seen < _LATELY else 0)),
        "int:cm:orders": orders,
        "int:cm:total-spent": person.spent * 10,
        "bol:cm:accepts-post": person.accepts_post,
        "str:cm:label": "VIP" if orders >= 8 else "Highly engaged" if orders >= 3 else "New",
        "sst:cm:interests": [_INTERESTS[bits & 3]],
    }
    if person.company is not None:
        fields["str:cm:company"] = person.company
        fields["str:cm:job-title"] = _TITLES[bits % 5]
    if person.last_order is not None:
        fields["tme:cm:last-order"] = whole(anchor - int(person.last_order.total_seconds()))
    if person.number <= _TEAM:
        fields["u4s::t"] = [1]
    elif bits % 7 == 0:
        fields["u4s::t"] = [2] if bits % 11 else [2, 3]
    return fields


_Sheet = list[tuple[int, str]]
"""A roll as it is written for the first time: (rank, id) by rank."""


class _Enrolment:
    """Who is in which audience: everybody joined when they were created, a few have opted out since."""

    def __init__(self, world: World, audiences: Sequence[Audience]) -> None:
        self._anchor = seconds(world.now())
        self._lately = self._anchor - RECENT_DAYS * DAY
        self._draw = world.random("opt-outs").getrandbits
        self._audiences = audiences
        self._tests = [(audience.id, audience.matches, _Sheets()) for audience in audiences]

    def take(self, person: Person) -> None:
        """Puts the person into the audiences whose filter it meets."""
        fields, created, place = person["fields"], person["created"], (person["rank"], person["id"])
        draws, mailed, texted = self._draw(60), fields["bol::p"], fields["bol::sp"]
        joined = {"from": created}
        for audience_id, matches, sheets in self._tests:
            if not matches(person):
                continue
            person["in"][audience_id] = joined
            opted_out = texts_out = False
            if draws & 63 < 2:
                opted_out, texts_out = draws & 1 == 0, draws & 1 == 1
                stamp = "unsubscribed_from" if opted_out else "sms_opted_out_from"
                person["in"][audience_id] = {"from": created, stamp: (created + self._anchor) // 2}
            sheets.members.append(place)
            (sheets.subscribers if mailed and not opted_out else sheets.unsubscribed).append(place)
            if opted_out:
                sheets.opted_out.append(place)
            if texted and not texts_out:
                sheets.sms.append(place)
            if created > self._lately:
                day = str(created // DAY)
                sheets.joined[day] = sheets.joined.get(day, 0) + 1
            draws >>= 6
        if person["in"]:
            person["did"][activity_records.ENTERED_AUDIENCE] = [created]

    def save(self, world: World) -> None:
        """Writes the rolls, and the figures on the audiences."""
        for audience, (_id, _matches, sheets) in zip(self._audiences, self._tests, strict=True):
            for name in member_list_records.NAMES:
                sheet: _Sheet = getattr(sheets, name)
                world.records(member_list_records.KIND).bulk_insert(
                    member_list_records.rows(audience.id, name, sheet)
                )
                audience.counts[name] = len(sheet)
            audience.record["joined"] = recent(sheets.joined, self._anchor // DAY)
            audience.mark_moved()
            audience.save()


@dataclass(slots=True)
class _Sheets:
    members: _Sheet = field(default_factory=list)
    subscribers: _Sheet = field(default_factory=list)
    unsubscribed: _Sheet = field(default_factory=list)
    opted_out: _Sheet = field(default_factory=list)
    sms: _Sheet = field(default_factory=list)
    joined: dict[str, int] = field(default_factory=dict)


def _count_tags(figures: dict[int, list[int]], fields: Mapping[str, Any]) -> None:
    for id in fields.get("u4s::t", ()):
        for place, share in enumerate((1, fields["bol::p"], fields["bol::sp"])):
            figures[id][place] += share
