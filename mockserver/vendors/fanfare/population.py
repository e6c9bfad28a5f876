"""Who is in a world's Fanfare at its start: two organisations, their audiences, the lists of Klaviyo."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from mockserver.errors import InvalidScenarioError, Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import (
    audience_records,
    ids,
    klaviyo_records,
    member_records,
    rule_records,
    tier_logic,
    timestamps,
)
from mockserver.vendors.fanfare.audience_records import DYNAMIC, STATIC, SYNCED_LIST
from mockserver.vendors.fanfare.consumer_index import Filling
from mockserver.vendors.fanfare.organization import FIRST, SECOND, organization_id
from mockserver.vendors.fanfare.rule_matching import compile_rules, find_errors

if TYPE_CHECKING:
    from mockserver.state.people import Person

Section = Mapping[str, Any]

_MAX_LIST_SIZE: Final = 500
_HASH_MULTIPLIER: Final = 2_654_435_761  # spreads neighbouring numbers


def populate(world: World, people: Sequence["Person"], scenario: Section) -> None:
    """Writes the first organisation with everybody, the second with some of them.

    Raises `InvalidScenarioError` for rules that make no sense.
    """
    second = scenario.get("secondOrganization", {})
    directory = Filling()
    for number, part, section in (
        (FIRST, people, scenario),
        (SECOND, people[:: second.get("every", 10)] if second else [], second),
    ):
        organization = _Organization(world, organization_id(world.seed, number), section)
        organization.populate(part, directory)
    directory.write(world)


class _Organization:
    """One organisation: its audiences are made first, so that each consumer is looked at once."""

    def __init__(self, world: World, id: str, section: Section) -> None:
        self._world = world
        self._id = id
        # without its zone, which is UTC: texts of such moments are made in half the time
        self._now = world.now().replace(microsecond=0, tzinfo=None)
        self._now_millis = timestamps.to_millis(world.now().replace(microsecond=0))
        self._members: dict[str, list[tuple[str, int]]] = {}
        self._static: list[tuple[list[tuple[str, int]], int]] = []
        audiences = [self._create_audience(one) for one in section.get("audiences", [])]
        for plan in section.get("loyaltyTiers", []):
            _validate_tiers(plan)
            group = ids.generate_id(world, "tier")
            audiences += [
                tier_logic.create_tier_audience(world, id, group, plan, tier) for tier in plan["tiers"]
            ]
        for audience in audiences:
            self._mark_refreshed(audience)
        self._dynamic = [
            (self._members_list(one), compile_rules(one["rules"]))
            for one in audiences
            if one["type"] == DYNAMIC
        ]
        self._klaviyo: Section = section.get("klaviyo", {})

    def populate(self, people: Sequence["Person"], directory: Filling) -> None:
        """Writes the consumers and who of them is in which audience."""
        made: list[tuple[str, int]] = []
        self._world.records(member_records.CONSUMER_KIND).bulk_insert(
            self._create_consumers(people, directory, made)
        )
        if self._klaviyo:
            klaviyo_records.set_key(self._world, self._id, self._klaviyo["apiKey"])
        for offset, one in enumerate(self._klaviyo.get("lists", [])):
            self._create_list(one, range(offset, len(people), one["every"])[:_MAX_LIST_SIZE], people, made)
        member_records.bulk_insert(self._world, self._iterate_members())

    def _iterate_members(self) -> Iterator[tuple[str, str, int]]:
        # one audience after the other, as the store keeps them: it has less to sort
        for audience, members in sorted(self._members.items()):
            for consumer, rank in members:
                yield audience, consumer, rank

    def _create_consumers(
        self, people: Sequence["Person"], directory: Filling, made: list[tuple[str, int]]
    ) -> Iterator[tuple[str, Record, str, int]]:
        draw = self._world.random("consumers", self._id).getrandbits
        first = self._world.take_serials(len(people)) - len(people) + 1 if people else 0
        for serial, person in enumerate(people, first):
            rank = self._now_millis - (person.joined.days * 86_400 + person.joined.seconds) * 1000
            id = ids.format_id("cons", rank, serial, draw(50))
            record = self._consumer_record(id, person)
            directory.enter(record)
            member = id, rank
            for members, test in self._dynamic:
                if test(record):
                    members.append(member)
            for members, share in self._static:
                if (person.number * _HASH_MULTIPLIER >> 8) % 100 < share:
                    members.append(member)
            made.append(member)
            yield id, record, self._id, rank

    def _consumer_record(self, id: str, person: "Person") -> Record:
        created = self._format_past(person.joined)
        last = None if person.last_order is None else self._format_past(person.last_order)
        return {
            "id": id,
            "organizationId": self._id,
            "email": person.email,
            "phone": person.phone,
            "fullName": f"{person.first} {person.last}",
            "metadata": {
                "country": person.country,
                "language": person.language,
                "city": person.city,
                "tags": ["Newsletter"] if person.accepts_email else [],
            },
            "externalId": f"shop-{person.number:06d}",
            "totalOrders": person.orders,
            "totalOrderValue": person.spent / 100,
            "lastOrderAt": last,
            "createdAt": created,
            "updatedAt": last or created,
        }

    def _format_past(self, span: timedelta) -> str:
        """The moment that lies so far back, as `moments.written` has it: whole seconds, and faster."""
        return (self._now - span).isoformat() + "Z"

    def _create_audience(self, given: Section) -> Record:
        wrong = [message for rule in given.get("rules", []) for _member, message in find_errors(rule)]
        if wrong:
            where = f"fanfare's audience {given['name']!r}"
            raise InvalidScenarioError(
                where, f"a rule is none: {wrong[0]}", "write it as the contract of rules says"
            )
        attributes = {name: given[name] for name in ("description", "iconName", "metadata") if name in given}
        audience = audience_records.new_record(
            self._world, self._id, given["name"], given["type"], **attributes
        )
        rule_records.append_rules(self._world, audience, given.get("rules", []))
        audience_records.add(self._world, audience)
        if audience["type"] == STATIC:
            self._static.append((self._members_list(audience), given.get("share", 0)))
        return audience

    def _mark_refreshed(self, audience: Record) -> None:
        """What this world starts with has been worked out already."""
        if audience["type"] != DYNAMIC:
            return
        if audience["refresh"]:
            self._world.jobs.cancel(audience["refresh"]["job"])
        moment = timestamps.format_timestamp(timestamps.to_millis(self._world.now()))
        audience |= {"refresh": None, "materialized": True, "lastRefreshedAt": moment}
        audience_records.save(self._world, audience)

    def _create_list(
        self, given: Section, places: range, people: Sequence["Person"], made: Sequence[tuple[str, int]]
    ) -> None:
        """A list of every so manieth person; one that is synced already has its audience."""
        profiles = [_profile(people[place]) for place in places]
        klaviyo_records.save_list(self._world, self._id, given["id"], given["name"], profiles)
        if not given.get("synced"):
            return
        moment = timestamps.format_timestamp(timestamps.to_millis(self._world.now()))
        audience = audience_records.new_record(
            self._world, self._id, given["name"], SYNCED_LIST, lastRefreshedAt=moment
        )
        audience_records.add_sync_source(
            self._world,
            audience,
            given["id"],
            syncStatus="SUCCESS",
            lastSyncedAt=moment,
            updatedAt=moment,
            sourceData={"name": given["name"], "profileCount": len(profiles)},
        )
        audience_records.add(self._world, audience)
        self._members_list(audience).extend(made[place] for place in places)

    def _members_list(self, audience: Record) -> list[tuple[str, int]]:
        return self._members.setdefault(audience["id"], [])


def _validate_tiers(plan: Section) -> None:
    try:
        tier_logic.validate_tiers(plan["tiers"])
    except Problem as problem:
        wrong = problem.details["details"][0]
        raise InvalidScenarioError(
            f"fanfare's loyalty tiers {plan['groupName']!r}",
            f"{wrong['field']}: {wrong['message']}",
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
