"""The life of a world as Fanfare has it: consumers, their orders, and the sizes of audiences."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Final

from mockserver.state.audience_series import AudienceSize, Observer
from mockserver.state.life_events import JOINED, LEFT, ORDERED, LifeEvent, LifeStep, Past
from mockserver.state.person import Person
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, member_records, order_logic, order_records
from mockserver.vendors.fanfare.audience_records import DYNAMIC
from mockserver.vendors.fanfare.consumer_records import ConsumerWriter
from mockserver.vendors.fanfare.organization import FIRST, SECOND, organization_id
from mockserver.vendors.fanfare.population import consumer_record, external_id, metadata
from mockserver.vendors.fanfare.rule_matching import compile_rules

_CURRENCY: Final = "EUR"
_SOURCE: Final = "experience"


def audience_sizes(world: World) -> Iterator[AudienceSize]:
    """The audiences of both organizations."""
    for audience in _audiences(world):
        yield AudienceSize(audience["id"], audience["name"], member_records.count(world, audience["id"]))


def memberships(kind: str, parent: str, body: bytes) -> Iterable[str]:
    """The audience of a member."""
    return (parent,) if kind == "member" else ()


def observe(world: World, section: Mapping[str, Any]) -> Observer:
    """Tests people against the rules; the members of other audiences have been in them since they joined."""
    now = world.now().replace(microsecond=0, tzinfo=None)
    audiences = [*_audiences(world)]
    dynamic = [
        (one["id"], one["organizationId"], compile_rules(one["rules"]))
        for one in audiences
        if one["type"] == DYNAMIC
    ]
    fixed = _fixed_members(world, [one["id"] for one in audiences if one["type"] != DYNAMIC])
    every = section.get("secondOrganization", {}).get("every", 10)
    first = organization_id(world.seed, FIRST)

    def find(person: Person, at: datetime) -> tuple[frozenset[str], datetime | None]:
        record = consumer_record(now, "", "", person)
        is_in_both = (person.number - 1) % every == 0
        found = [id for id, owner, matches in dynamic if (is_in_both or owner == first) and matches(record)]
        return frozenset([*found, *fixed.get(record["externalId"], ())]), None

    return Observer(find)


def remember(
    world: World,
    section: Mapping[str, Any],
    pasts: Sequence[Past],
    joined: Mapping[int, Mapping[str, datetime]],
) -> None:
    """Adds the orders of the history, of which the totals of consumers tell already."""
    now, owner = world.now().replace(microsecond=0, tzinfo=None), organization_id(world.seed, FIRST)
    rows = world.records(member_records.CONSUMER_KIND).iterate(owner)
    consumers = {row.record["externalId"]: row.record for row in rows}
    orders: list[Record] = []
    earlier: dict[str, str | None] = {}
    for past in pasts:
        events = [event for event in past.events if event.kind == ORDERED]
        if events:
            consumer = consumers[external_id(past.person.number)]
            orders += [_order(consumer, event) for event in events]
            earlier[consumer["id"]] = consumer_record(now, "", "", past.chapters[0].person)["lastOrderAt"]
    orders.sort(key=itemgetter("createdAt", "consumerId"))
    order_records.bulk_insert(world, orders, earlier)


def live(world: World, section: Mapping[str, Any], step: LifeStep) -> None:
    """Applies the events to the consumers of both organizations; newcomers join the first one."""
    owners = [organization_id(world.seed, number) for number in (FIRST, SECOND)]
    writers = [ConsumerWriter(world, owner, _SOURCE) for owner in owners]
    now = step.anchor.replace(microsecond=0, tzinfo=None)
    for event in step.events:
        world.pass_time(event.at)
        if event.kind == JOINED:
            record = consumer_record(now, "", "", event.person)
            writers[0].add({name: record[name] for name in _FIELDS})
            continue
        for writer in writers:
            id = writer.find_id("externalId", external_id(event.person.number))
            consumer = id and world.records(member_records.CONSUMER_KIND).get(id)
            if consumer:
                _apply(world, writer, consumer, event)
    world.pass_time(step.until)


_FIELDS: Final = ("email", "phone", "fullName", "metadata", "externalId")


def _apply(world: World, writer: ConsumerWriter, consumer: Record, event: LifeEvent) -> None:
    if event.kind == ORDERED:
        order_logic.register(world, consumer, {"amount": event.amount / 100, "currencyCode": _CURRENCY})
    elif event.kind == LEFT:
        order_records.remove_all(world, consumer["id"])
        writer.remove(consumer)
    else:
        writer.update(consumer, {"metadata": {**(consumer["metadata"] or {}), **metadata(event.person)}})


def _order(consumer: Record, event: LifeEvent) -> Record:
    return {
        "organizationId": consumer["organizationId"],
        "consumerId": consumer["id"],
        "amount": order_logic.format_amount(event.amount / 100),
        "currencyCode": _CURRENCY,
        "createdAt": event.at.replace(microsecond=0, tzinfo=None).isoformat() + "Z",
        "items": [],
    }


def _audiences(world: World) -> Iterator[Record]:
    for number in (FIRST, SECOND):
        owner = organization_id(world.seed, number)
        yield from reversed([*audience_records.iterate_audiences(world, owner)])


def _fixed_members(world: World, audiences: Sequence[str]) -> dict[str, list[str]]:
    """The audiences of each external id."""
    found: dict[str, list[str]] = {}
    consumers = world.records(member_records.CONSUMER_KIND)
    for audience in audiences:
        for entry in member_records.member_index(world).iterate(audience):
            consumer = consumers.view(entry.target)
            if consumer is not None:
                found.setdefault(consumer["externalId"], []).append(audience)
    return found
