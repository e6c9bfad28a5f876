"""The initial data of a world: two organizations with audiences, consumers and Klaviyo lists."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from mockserver.errors import InvalidScenarioError, Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import (
    audience_records,
    ids,
    list_records,
    member_records,
    rule_records,
    tier_logic,
    timestamps,
)
from mockserver.vendors.fanfare.audience_records import DYNAMIC, STATIC, SYNCED_LIST
from mockserver.vendors.fanfare.consumer_index import IndexBuilder
from mockserver.vendors.fanfare.list_records import KLAVIYO, source_name
from mockserver.vendors.fanfare.organization import FIRST, SECOND, organization_id
from mockserver.vendors.fanfare.rule_matching import compile_rules, find_errors

if TYPE_CHECKING:
    from mockserver.state.person import Person

Section = Mapping[str, Any]

_MAX_LIST_SIZE: Final = 500
_HASH_MULTIPLIER: Final = 2_654_435_761  # spreads consecutive numbers


def populate(world: World, people: Sequence["Person"], scenario: Section) -> None:
    """Writes the first organization with all people and the second one with some of them.

    Raises `InvalidScenarioError` for invalid rules or tiers.
    """
    second = scenario.get("secondOrganization", {})
    index = IndexBuilder()
    for number, part, section in (
        (FIRST, people, scenario),
        (SECOND, people[:: second.get("every", 10)] if second else [], second),
    ):
        organization = _Organization(world, organization_id(world.seed, number), section)
        organization.populate(part, index)
    index.write(world)


def consumer_record(now: datetime, organization: str, id: str, person: "Person") -> Record:
    """The consumer of a person; the spans of `person` are before `now`, a naive time in UTC."""
    joined = _format_past(now, person.joined)
    last = None if person.last_order is None else _format_past(now, person.last_order)
    return {
        "id": id,
        "organizationId": organization,
        "email": person.email,
        "phone": person.phone,
        "fullName": f"{person.first} {person.last}",
        "metadata": metadata(person),
        "externalId": external_id(person.number),
        "totalOrders": person.orders,
        "totalOrderValue": person.spent / 100,
        "lastOrderAt": last,
        "createdAt": joined,
        "updatedAt": last or joined,
    }


def metadata(person: "Person") -> Record:
    """The metadata that the shop sends of a person."""
    return {
        "country": person.country,
        "language": person.language,
        "city": person.city,
        "tags": ["Newsletter"] if person.accepts_email else [],
    }


def external_id(number: int) -> str:
    """The external id of the consumer of the person with this number."""
    return f"shop-{number:06d}"


def is_chosen(number: int, share: int) -> bool:
    """Whether the person with this number is in a static audience of this share, in percent."""
    return (number * _HASH_MULTIPLIER >> 8) % 100 < share


def _format_past(now: datetime, span: timedelta) -> str:
    """The timestamp this long ago, like `format_timestamp` for whole seconds, but faster."""
    return (now - span).isoformat() + "Z"


class _Organization:
    """One organization. Its audiences are created first, so that each consumer is read only once."""

    def __init__(self, world: World, id: str, section: Section) -> None:
        self._world = world
        self._id = id
        # Without its time zone (UTC): such a timestamp is formatted in half the time.
        self._now = world.now().replace(microsecond=0, tzinfo=None)
        self._now_millis = timestamps.to_millis(world.now().replace(microsecond=0))
        self._members: dict[str, list[tuple[str, int]]] = {}
        self._static: list[tuple[list[tuple[str, int]], int]] = []
        audiences = [self._create_audience(one) for one in section.get("audiences", [])]
        for tier_group in section.get("loyaltyTiers", []):
            _validate_tiers(tier_group)
            group = ids.generate_id(world, "tier")
            audiences += [
                tier_logic.create_tier_audience(world, id, group, tier_group, tier)
                for tier in tier_group["tiers"]
            ]
        for audience in audiences:
            self._mark_refreshed(audience)
        self._dynamic = [
            (self._members_list(one), compile_rules(one["rules"]))
            for one in audiences
            if one["type"] == DYNAMIC
        ]
        self._klaviyo: Section = section.get("klaviyo", {})

    def populate(self, people: Sequence["Person"], index: IndexBuilder) -> None:
        """Writes the consumers, the lists and the members of the audiences."""
        created: list[tuple[str, int]] = []
        self._world.records(member_records.CONSUMER_KIND).bulk_insert(
            self._create_consumers(people, index, created)
        )
        if self._klaviyo:
            list_records.set_key(self._world, self._id, KLAVIYO, self._klaviyo["apiKey"])
        for offset, one in enumerate(self._klaviyo.get("lists", [])):
            self._create_list(one, range(offset, len(people), one["every"])[:_MAX_LIST_SIZE], people, created)
        member_records.bulk_insert(self._world, self._iterate_members())

    def _iterate_members(self) -> Iterator[tuple[str, str, int]]:
        # In the order of the store, audience by audience, so that it has less to sort.
        for audience, members in sorted(self._members.items()):
            for consumer, rank in members:
                yield audience, consumer, rank

    def _create_consumers(
        self, people: Sequence["Person"], index: IndexBuilder, created: list[tuple[str, int]]
    ) -> Iterator[tuple[str, Record, str, int]]:
        draw = self._world.random("consumers", self._id).getrandbits
        first = self._world.take_serials(len(people)) - len(people) + 1 if people else 0
        for serial, person in enumerate(people, first):
            rank = self._now_millis - (person.joined.days * 86_400 + person.joined.seconds) * 1000
            id = ids.format_id("cons", rank, serial, draw(50))
            record = consumer_record(self._now, self._id, id, person)
            index.add(record)
            member = id, rank
            for members, matches in self._dynamic:
                if matches(record):
                    members.append(member)
            for members, share in self._static:
                if is_chosen(person.number, share):
                    members.append(member)
            created.append(member)
            yield id, record, self._id, rank

    def _create_audience(self, config: Section) -> Record:
        errors = [message for rule in config.get("rules", []) for _field, message in find_errors(rule)]
        if errors:
            where = f"fanfare's audience {config['name']!r}"
            raise InvalidScenarioError(
                where, f"invalid rule: {errors[0]}", "write rules as contracts/fanfare/openapi.yaml describes"
            )
        attributes = {
            name: config[name] for name in ("description", "iconName", "metadata") if name in config
        }
        audience = audience_records.new_record(
            self._world, self._id, config["name"], config["type"], **attributes
        )
        rule_records.append_rules(self._world, audience, config.get("rules", []))
        audience_records.add(self._world, audience)
        if audience["type"] == STATIC:
            self._static.append((self._members_list(audience), config.get("share", 0)))
        return audience

    def _mark_refreshed(self, audience: Record) -> None:
        """Marks a dynamic audience as calculated: `populate` writes its members."""
        if audience["type"] != DYNAMIC:
            return
        if audience["refresh"]:
            self._world.jobs.cancel(audience["refresh"]["job"])
        now = timestamps.now(self._world)
        audience |= {"refresh": None, "materialized": True, "lastRefreshedAt": now}
        audience_records.save(self._world, audience)

    def _create_list(
        self,
        config: Section,
        positions: range,
        people: Sequence["Person"],
        created: Sequence[tuple[str, int]],
    ) -> None:
        """Creates a list of these people and, if it is a synced one, its audience."""
        profiles = [_profile(people[position]) for position in positions]
        list_records.save_list(self._world, self._id, config["id"], config["name"], profiles)
        if not config.get("synced"):
            return
        now = timestamps.now(self._world)
        audience = audience_records.new_record(
            self._world, self._id, config["name"], SYNCED_LIST, lastRefreshedAt=now
        )
        audience_records.add_sync_source(
            self._world,
            audience,
            source_name(KLAVIYO),
            config["id"],
            syncStatus="SUCCESS",
            lastSyncedAt=now,
            updatedAt=now,
            sourceData={"name": config["name"], "profileCount": len(profiles)},
        )
        audience_records.add(self._world, audience)
        self._members_list(audience).extend(created[position] for position in positions)

    def _members_list(self, audience: Record) -> list[tuple[str, int]]:
        return self._members.setdefault(audience["id"], [])


def _validate_tiers(tier_group: Section) -> None:
    try:
        tier_logic.validate_tiers(tier_group["tiers"])
    except Problem as problem:
        error = problem.details["details"][0]
        raise InvalidScenarioError(
            f"fanfare's loyalty tiers {tier_group['groupName']!r}",
            f"{error['field']}: {error['message']}",
            "give ranges that do not overlap, all but the last with an endValue",
        ) from problem


def _profile(person: "Person") -> Record:
    return {
        "id": f"01{person.number:024d}",
        "email": person.email,
        "phone_number": person.phone,
        "first_name": person.first,
        "last_name": person.last,
    }
