"""Who is in a world's Engage at its start."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from mockserver.contract.contract import Contract
from mockserver.errors import InvalidScenarioError
from mockserver.formats.timestamps import to_micros
from mockserver.paths import contracts
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import (
    contact_records,
    identifier_logic,
    identifier_records,
    nightly_recalculation,
    personal_number_logic,
    tenant_records,
)
from mockserver.vendors.voyado.nightly_recalculation import Night
from mockserver.vendors.voyado.timestamps import today

if TYPE_CHECKING:
    from mockserver.state.people import Person

# A personnummer's serials 980 to 999 are kept for tests, a Finnish code's 900 to 999 for provisional use:
# no number made of them is anybody's.
_SERIALS = {"SE": (980, 20, personal_number_logic.swedish), "FI": (900, 100, personal_number_logic.finnish)}
_GENDERS = {"female": "Female", "male": "Male"}
_SOURCES = ("POS", "e-com", "API")
_MIX = 0x9E3779B97F4A7C15  # spreads neighbouring numbers over 64 bits
_64_BITS = (1 << 64) - 1
_UPDATED_ONE_IN = 10


def populate(world: World, people: "Sequence[Person]", scenario: Mapping[str, Any]) -> None:
    """Writes the tenant, its target audiences as of now, and a contact for every person.

    Raises `InvalidScenarioError` for a target audience whose filter is none.
    """
    _check_filters(scenario.get("targetAudiences", []))
    configuration = tenant_records.start(scenario)
    tenant_records.write(world, configuration)
    audiences = world.records("audience")
    for one in scenario.get("targetAudiences", []):
        audiences.add(one["id"], {"name": one["name"], "filter": one["filter"]})
    filling = _Filling(world, configuration, scenario)
    world.records(contact_records.KIND).bulk_insert(filling.rows(people))
    filling.finish(len(people))


def _check_filters(audiences: Sequence[Mapping[str, Any]]) -> None:
    """The schema of scenarios leaves filters to the contract that people write them by: backstage's."""
    if not audiences:
        return
    where = contracts() / "voyado" / "backstage.yaml"
    schema = Contract.read(where).schema({"$ref": "#/components/schemas/Filter"})
    for one in audiences:
        if not schema.is_valid(one["filter"]):
            raise InvalidScenarioError(
                f"voyado's target audience {one['name']!r}", "its filter is none", f"write it as {where} says"
            )


class _Filling:
    """Makes the contacts one by one, and collects what is kept beside them."""

    def __init__(self, world: World, configuration: Record, scenario: Mapping[str, Any]) -> None:
        self._world = world
        self._night = Night(world.records("audience").iterate(), today(world))
        self._directory = identifier_records.Filling()
        self._updated: list[tuple[str, str, int]] = []
        self._members = dict.fromkeys([one.id for one in world.records("audience").iterate()], 0)
        self._approved = 0
        self._make = _Maker(world, configuration, scenario).contact

    def rows(self, people: "Sequence[Person]") -> Iterator[tuple[str, Record, str, int]]:
        """The rows of the contacts, for Records.fill."""
        seed, anchor = self._world.seed, to_micros(self._world.now())
        for person in people:
            number = contact_records.FIRST_MEMBER_NUMBER + person.number - 1
            id = contact_records.contact_id(seed, number)
            record = self._make(person, number)
            self._directory.enter(identifier_logic.of(record), id)
            record["audiences"] = audiences = self._night.judge(id, record)
            for audience in audiences:
                self._members[audience] += 1
            self._approved += record["approved"]
            if record["modifiedOn"] != record["createdOn"]:
                self._updated.append(("Updated", id, anchor - _micros(person.last_order or person.joined)))
            yield id, record, "", anchor - _micros(person.joined)

    def finish(self, count: int) -> None:
        """Writes what was collected."""
        world = self._world
        self._directory.write(world)
        self._night.fill_days(world)
        world.index("changes").bulk_insert(self._updated)
        contact_records.write_tally(world, self._approved, contact_records.FIRST_MEMBER_NUMBER + count)
        nightly_recalculation.settle(world, self._members)


class _Maker:
    """Makes the contact of a person; what it needs for that is worked out once."""

    def __init__(self, world: World, configuration: Record, scenario: Mapping[str, Any]) -> None:
        # without its zone, which is UTC: texts of such moments are made in half the time
        self._anchor = world.now().replace(tzinfo=None, microsecond=0)
        self._mix = (world.seed * 2 + 1) * _MIX & _64_BITS
        types = scenario.get("contactTypes") or configuration["contactTypes"]
        self._types = [one["id"] for one in types]
        self._bounds = list(accumulate(one.get("share", 1) for one in types))
        self._unapproved = scenario.get("unapproved", 0)
        self._countries = scenario.get("countries", {})
        self._stores = configuration["stores"]
        self._levels = [None, *(one["name"] for one in configuration["levels"])]
        self._thresholds = [one["from"] for one in configuration["levels"]]
        consents = [consent["id"] for consent in configuration["consents"]]
        # people who agree to the same share one dictionary: it is only written down
        self._consents = [_agreed(consents, bits) for bits in range(16)]
        self._preferences = [_preferences(bits) for bits in range(8)]
        self._serials: dict[tuple[str, date, str], int] = {}

    def contact(self, person: "Person", number: int) -> Record:
        """The contact's record, but for its audiences."""
        # each share of the 64 bits decides one thing, so no two of them go together
        mix = person.number * self._mix & _64_BITS
        mix ^= mix >> 29
        created = self._written(person.joined)
        kind = (mix & 0xFFFF) * self._bounds[-1] >> 16
        record: Record = {
            "contactType": self._types[bisect_right(self._bounds, kind)],
            "approved": (mix >> 16 & 0xFF) * 100 >> 8 >= self._unapproved,
            "createdOn": created,
            "modifiedOn": created,
            "sourceType": _SOURCES[(mix >> 24 & 0xFF) % 3],
            "firstName": person.first,
            "lastName": person.last,
            "street": person.street,
            "zipCode": person.postcode,
            "city": person.city,
            "countryCode": person.country,
            "email": person.email,
            "mobilePhone": person.phone,
            "birthDay": person.birthday.isoformat(),
            "gender": _GENDERS[person.gender],
            "language": person.language,
            "memberNumber": str(number),
            "bonusPoints": person.spent // 100,
            "preferences": self._preferences[
                person.accepts_email | person.accepts_post << 1 | person.accepts_sms << 2
            ],
        }
        self._add_history(record, person, mix >> 32)
        self._add_what_few_have(record, person, mix >> 56)
        return record

    def _add_history(self, record: Record, person: "Person", mix: int) -> None:
        """What was agreed to and bought."""
        record["consents"] = self._consents[mix & 15]
        if person.last_order is None:
            return
        record["lastOrderDate"] = self._written(person.last_order)
        record["rfm"] = 1 + ((mix >> 4 & 0xFF) * 100 >> 8)
        level = self._levels[bisect_right(self._thresholds, record["bonusPoints"])]
        if level:
            record["bonusBasedLevel"] = level
        if (mix >> 12 & 0xFF) % _UPDATED_ONE_IN == 0:
            record["modifiedOn"] = record["lastOrderDate"]

    def _add_what_few_have(self, record: Record, person: "Person", mix: int) -> None:
        """A country's name, a social security number, a store."""
        if person.country in self._countries:
            record["country"] = self._countries[person.country]
        if person.country in _SERIALS:
            number = self._personal_number(person)
            if number:
                record["socialSecurityNumber"] = number
        if self._stores and mix & 1:
            record["store"] = self._stores[(mix >> 1) % len(self._stores)]

    def _written(self, span: timedelta) -> str:
        """The moment that lies so far back, as `moments.written` has it: whole seconds, and faster."""
        return (self._anchor - span).isoformat() + ".000Z"

    def _personal_number(self, person: "Person") -> str | None:
        """One that no other contact has; None when the serials of the day are used up."""
        first, count, make = _SERIALS[person.country]
        key = (person.country, person.birthday, person.gender)
        for pair in range(self._serials.get(key, 0), count // 2):
            number = make(person.birthday, first + 2 * pair + (person.gender == "male"))
            # a Finnish code that ends in a digit could be taken for a Swedish number
            if number.isdigit() or number[-1].isalpha():
                self._serials[key] = pair + 1
                return number
        return None


def _agreed(consents: list[str], bits: int) -> dict[str, dict[str, bool]]:
    return {consent: {"value": bool(bits >> place % 4 & 1)} for place, consent in enumerate(consents)}


def _preferences(bits: int) -> dict[str, bool]:
    names = ("acceptsEmail", "acceptsPostal", "acceptsSms")
    return {name: bool(bits >> place & 1) for place, name in enumerate(names)}


def _micros(span: timedelta) -> int:
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
