"""The start of an instance: its people, the audiences they are in, tags and custom fields.

Written for large worlds: one pass over the people, memberships by the audiences' own filters.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from mockserver.vendors.ortto import field_schema, instance, tags
from mockserver.vendors.ortto.audience_records import Audience, blank, put, recent
from mockserver.vendors.ortto.blueprints import DEMO, FIELDS, SUPPRESSED, SYSTEM, TAGS, Blueprint, criteria
from mockserver.vendors.ortto.directory import INDEX, entry_key
from mockserver.vendors.ortto.ids import person_id
from mockserver.vendors.ortto.jobs import REFRESH_EVERY
from mockserver.vendors.ortto.moments import DAY, exact, seconds, whole
from mockserver.vendors.ortto.values import Person, split_phone
from mockserver.world.world import World

if TYPE_CHECKING:
    from mockserver.world import population

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


def populate(world: World, people: Sequence["population.Person"], scenario: Mapping[str, Any]) -> None:
    """Every instance has the five system audiences; one with people has the demo's content as well."""
    audiences = [_put(world, blueprint) for blueprint in (*SYSTEM, *(DEMO if people else ()))]
    for name, display_type, choices, tracked in FIELDS if people else ():
        field_schema.define(world, name, display_type, list(choices), tracked)
    for address in SUPPRESSED if people else ():
        world.records("suppressed").add(address, {"email": address})
    last_rank = world.take_serials(len(people))
    made = list(_people(world, people, last_rank - len(people)))
    _enrol(world, audiences, made)
    _tag(world, made)
    world.records("person").fill((one["id"], one, "live", one["rank"]) for one in made)
    world.index(INDEX).fill(
        sorted((entry_key("str::email", one["fields"]["str::email"]), one["id"], one["rank"]) for one in made)
    )
    instance.found(world, len(made), sum(one["fields"]["bol::p"] for one in made))
    world.jobs.schedule(world.now() + REFRESH_EVERY, "refresh_timed_audiences")


def _put(world: World, blueprint: Blueprint) -> Audience:
    made = world.now() - blueprint.age
    text = exact(made)
    given = {"created": text, "edited_at": text, "last_built_at": text, "last_used": exact(world.now())}
    record = blank(world, blueprint.name, criteria(blueprint.leaves), made, **given, **blueprint.shown)
    if blueprint.archived:
        record["shown"]["archived_at"] = exact(world.now() - blueprint.age / 2)
    return put(world, record, archived=blueprint.archived)


def _people(world: World, people: Sequence["population.Person"], ranks_from: int) -> Iterator[Person]:
    """Their records, without memberships; what only Ortto knows of them is drawn from the seed."""
    anchor, draw = seconds(world.now()), world.random("people").getrandbits
    for person in people:
        created = anchor - int(person.joined.total_seconds())
        seen = created if person.last_order is None else anchor - int(person.last_order.total_seconds())
        bits = draw(64)
        yield {
            "id": person_id(created, bits & 0xFFFFFFFFFFFF),
            "rank": ranks_from + person.number,
            "created": created,
            "archived": False,
            "fields": _fields(person, bits >> 48, seen, anchor),
            "in": {},
        }


def _fields(person: "population.Person", bits: int, seen: int, anchor: int) -> dict[str, Any]:
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
        "int::e": min(100, 6 * orders + (25 if orders and anchor - seen < _LATELY else 0)),
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
        fields["tme:cm:last-order"] = whole(seen)
    ids = [id for id, has in ((1, person.number <= _TEAM), (2, bits % 7 == 0), (3, bits % 11 == 0)) if has]
    if ids:
        fields["u4s::t"] = ids
    return fields


def _enrol(world: World, audiences: Sequence[Audience], people: Sequence[Person]) -> None:
    """Everybody joined the audiences they are in when they were created; a few have opted out since."""
    anchor, today = seconds(world.now()), seconds(world.now()) // DAY
    draw = world.random("opt-outs").getrandbits
    for audience in audiences:
        matches, id, counts, joined = audience.matches, audience.id, Counter[str](), Counter[str]()
        for person in people:
            if not matches(person):
                continue
            membership = {"from": person["created"]}
            out = draw(6)
            if out < 2:
                when = (person["created"] + anchor) // 2
                membership["sms_opted_out_from" if out else "unsubscribed_from"] = when
            person["in"][id] = membership
            fields = person["fields"]
            counts["members"] += 1
            counts["opted_out"] += out == 0
            counts["subscribers" if fields["bol::p"] and out else "unsubscribed"] += 1
            counts["sms"] += fields["bol::sp"] and out != 1
            joined[str(person["created"] // DAY)] += 1
        audience.counts.update(counts)
        audience.record["joined"] = recent(joined, today)
        audience.mark_moved()
        audience.save()


def _tag(world: World, people: Sequence[Person]) -> None:
    figures: dict[int, list[int]] = {id: [0, 0, 0] for id, _name, _source in TAGS}
    for person in people:
        fields = person["fields"]
        for id in fields.get("u4s::t", ()):
            for place, share in enumerate((1, fields["bol::p"], fields["bol::sp"])):
                figures[id][place] += share
    for id, name, source in TAGS if people else TAGS[:1]:
        count, subscribers, sms = figures[id]
        tags.put(world, id, name, source, (count, subscribers, sms))
