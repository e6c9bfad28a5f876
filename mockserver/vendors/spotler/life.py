"""The life of a world as Spotler has it: contacts, orders, and audiences that the shop keeps up to date."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from mockserver.formats.timestamps import to_micros
from mockserver.state.audience_series import AudienceSize, Observer
from mockserver.state.life_events import JOINED, LEFT, ORDERED, LifeEvent, LifeStep, Past
from mockserver.state.person import Person
from mockserver.state.person_selection import PersonSelection
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    audience_records,
    contact_records,
    member_records,
    order_records,
    timestamps,
)
from mockserver.vendors.spotler.population import ContactBuilder, external_id

_DAY: Final = timedelta(days=1)
_BY_ORDER: Final = ("customerType", "customerPhase", "loyaltyPoints", "turnover", "lastPurchaseDate")
_PRODUCTS: Final = ("p-101", "p-102", "p-103", "p-104", "p-105")
_BY_MOVE: Final = ("street", "city", "postalCode", "zipCode")


def audience_sizes(world: World) -> Iterator[AudienceSize]:
    """The audiences."""
    for row in world.records(audience_records.KIND).iterate():
        list_id = row.record[member_records.KEY]
        yield AudienceSize(row.id, row.record["name"], member_records.count(world, list_id), list_id)


def memberships(kind: str, parent: str, body: bytes) -> Iterable[str]:
    """The member list of a member."""
    return (parent,) if kind == member_records.MEMBERS else ()


def observe(world: World, section: Mapping[str, Any]) -> Observer:
    """Selects people as the shop does, by the conditions of the scenario."""
    selections = [*_selections(section, world.now())]

    def find(person: Person, at: datetime) -> tuple[frozenset[str], datetime | None]:
        found = [id for id, selection in selections if selection.matches(person, at)]
        coming = [moment for _id, one in selections if (moment := one.next_change(person, at))]
        return frozenset(found), min(coming, default=None)

    return Observer(find)


def remember(
    world: World,
    section: Mapping[str, Any],
    pasts: Sequence[Past],
    joined: Mapping[int, Mapping[str, datetime]],
) -> None:
    """Adds the orders of the history, and when contacts were added to the audiences last."""
    events = [event for past in pasts for event in past.events if event.kind == ORDERED]
    order_records.bulk_insert(
        world, (_order(one) for one in sorted(events, key=lambda one: (one.at, one.key)))
    )
    last: dict[str, datetime] = {}
    for memberships in joined.values():
        for id, since in memberships.items():
            last[id] = max(since, last.get(id, since))
    for id, since in sorted(last.items()):
        record = audience_records.require(world, id)
        audience_records.save(world, id, record | {"lastContactAddedAt": to_micros(since) // 1000})


def live(world: World, section: Mapping[str, Any], step: LifeStep) -> None:
    """Applies the events to the contacts; the shop updates the audiences at the end of the step."""
    builder = ContactBuilder(world, step.anchor)
    changed: dict[int, Person | None] = {}
    for event in step.events:
        world.pass_time(event.at)
        _apply(world, builder, event)
        changed[event.person.number] = None if event.kind == LEFT else event.person
    world.pass_time(step.until)
    for id, selection in _selections(section, step.anchor):
        if step.ends_day and selection.depends_on_time:
            due = selection.changing(step.people, step.until - _DAY, step.until)
            _update_members(world, id, selection, due | changed, step.until)
        else:
            _update_members(world, id, selection, changed, step.until)


def _selections(section: Mapping[str, Any], anchor: datetime) -> Iterator[tuple[str, PersonSelection]]:
    for audience in section.get("audiences", ()):
        if "who" in audience:
            yield audience["externalId"], PersonSelection(audience["who"], anchor)


def _apply(world: World, builder: ContactBuilder, event: LifeEvent) -> None:
    person, id = event.person, external_id(event.person)
    before = contact_records.get(world, id)
    if event.kind == JOINED:
        if before is None:
            channels = {"email": person.accepts_email, "sms": person.accepts_sms}
            given = {"created": timestamps.now(world), "testGroup": False, **channels}
            contact_records.save(world, id, {}, {**given, "properties": builder.properties(person)})
    elif before is None or before.get("anonymous"):
        return
    elif event.kind == LEFT:
        member_records.remove_everywhere(world, id)
        contact_records.anonymize(world, id, before)
    elif event.kind == ORDERED:
        order_records.save(world, f"o-{event.key}", _order(event))
        _set_properties(world, id, before, builder.properties(person), _BY_ORDER)
    else:
        channels = {
            "email": before["email"] and person.accepts_email,
            "sms": before["sms"] and person.accepts_sms,
        }
        properties = builder.properties(person)
        _set_properties(world, id, before | channels, properties, (*_BY_MOVE, "permissions"))


def _set_properties(world: World, id: str, before: Record, properties: Record, names: Iterable[str]) -> None:
    """Stores the contact with these of the properties."""
    changed = {name: properties[name] for name in names if name in properties}
    contact_records.save(world, id, before, {**before, "properties": {**before["properties"], **changed}})


def _order(event: LifeEvent) -> Record:
    return {
        "externalId": f"o-{event.key}",
        "externalContactId": external_id(event.person),
        "date": event.at.replace(microsecond=0, tzinfo=None).isoformat(),
        "value": str(event.amount),
        "externalProductIds": [_PRODUCTS[event.amount % len(_PRODUCTS)]],
    }


def _update_members(
    world: World,
    id: str,
    selection: PersonSelection,
    people: Mapping[int, Person | None],
    at: datetime,
) -> None:
    """Adds and removes those of the people who should, or should no longer be in the audience."""
    audience = audience_records.get(world, id)
    if audience is None:
        return
    list_id = audience[member_records.KEY]
    come: list[str] = []
    go: list[str] = []
    for person in people.values():
        if person is None:
            continue
        contact = external_id(person)
        is_member = member_records.has(world, list_id, contact)
        if selection.matches(person, at) != is_member and contact_records.get(world, contact) is not None:
            (go if is_member else come).append(contact)
    if come or go:
        member_records.add(world, list_id, come)
        member_records.remove(world, list_id, go)
        now = timestamps.now(world)
        dates = {"lastContactAddedAt": now} if come else {}
        dates |= {"lastContactRemovedAt": now} if go else {}
        audience_records.save(world, id, {**audience, **dates, "lastSyncDate": now})
