"""Initial data of a world: the tenant, its target audiences and one contact per person."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from mockserver.errors import InvalidScenarioError
from mockserver.formats.timestamps import to_micros
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import (
    contact_records,
    identifier_records,
    nightly_recalculation,
    personal_number_logic,
    store_records,
    tenant_records,
)
from mockserver.vendors.voyado.identifier_logic import identifiers
from mockserver.vendors.voyado.nightly_recalculation import Recalculation
from mockserver.vendors.voyado.timestamps import today

if TYPE_CHECKING:
    from mockserver.state.person import Person

# Serial numbers 980 to 999 of a personnummer are reserved for tests, 900 to 999 of a Finnish code for
# provisional use, so no generated number belongs to a real person.
_SERIALS = {
    "SE": (980, 20, personal_number_logic.make_swedish),
    "FI": (900, 100, personal_number_logic.make_finnish),
}
_GENDERS = {"female": "Female", "male": "Male"}
_SOURCES = ("POS", "e-com", "API")
_HASH_MULTIPLIER = 0x9E3779B97F4A7C15  # spreads consecutive numbers over 64 bits
_64_BITS = (1 << 64) - 1
_UPDATED_ONE_IN = 10


def populate(world: World, people: "Sequence[Person]", scenario: Mapping[str, Any]) -> None:
    """Writes the tenant, its calculated target audiences, and one contact per person.

    Raises `InvalidScenarioError` for a target audience with an invalid filter.
    """
    _validate_filters(world, scenario.get("targetAudiences", []))
    configuration = tenant_records.initial(scenario)
    tenant_records.write(world, configuration)
    store_records.seed(world, scenario.get("stores", []))
    audiences = world.records("audience")
    for audience in scenario.get("targetAudiences", []):
        audiences.add(audience["id"], {"name": audience["name"], "filter": audience["filter"]})
    writer = _PopulationWriter(world, configuration, scenario)
    world.records(contact_records.KIND).bulk_insert(writer.rows(people))
    writer.finish(len(people))


def _validate_filters(world: World, audiences: Sequence[Mapping[str, Any]]) -> None:
    """Validates filters by the backstage contract; the schema of scenarios does not describe them."""
    backstage = world.contract.backstage if audiences else None
    if backstage is None:
        return
    schema = backstage.schema({"$ref": "#/components/schemas/Filter"})
    for audience in audiences:
        if not schema.is_valid(audience["filter"]):
            raise InvalidScenarioError(
                f"voyado's target audience {audience['name']!r}",
                "invalid filter",
                "see Filter in the backstage contract (GET /_mock/vendors/voyado/backstage)",
            )


class _PopulationWriter:
    """Creates the contacts one by one and collects the data derived from them."""

    def __init__(self, world: World, configuration: Record, scenario: Mapping[str, Any]) -> None:
        self._world = world
        self._recalculation = Recalculation(world.records("audience").iterate(), today(world))
        self._identifiers = identifier_records.IndexBuilder()
        self._updated: list[tuple[str, str, int]] = []
        self._members = dict.fromkeys([audience.id for audience in world.records("audience").iterate()], 0)
        self._approved: Counter[str] = Counter()
        self._make_contact = ContactFactory(world, configuration, scenario).make

    def rows(self, people: "Sequence[Person]") -> Iterator[tuple[str, Record, str, int]]:
        """Yields the rows of the contacts for a bulk insert."""
        seed, now = self._world.seed, to_micros(self._world.now())
        for person in people:
            number = contact_records.FIRST_MEMBER_NUMBER + person.number - 1
            id = contact_records.contact_id(seed, number)
            record = self._make_contact(person, number)
            self._identifiers.add(identifiers(record), id)
            record["audiences"] = audiences = self._recalculation.find_audiences(id, record)
            for audience in audiences:
                self._members[audience] += 1
            self._approved[record["contactType"]] += record["approved"]
            if record["modifiedOn"] != record["createdOn"]:
                self._updated.append(("Updated", id, now - _micros(person.last_order or person.joined)))
            yield id, record, "", now - _micros(person.joined)

    def finish(self, count: int) -> None:
        """Writes the derived data: indexes, counters and the state of the nightly recalculation."""
        world = self._world
        self._identifiers.write(world)
        self._recalculation.bulk_insert_due_days(world)
        world.index("changes").bulk_insert(self._updated)
        contact_records.write_counters(
            world, dict(self._approved), contact_records.FIRST_MEMBER_NUMBER + count
        )
        nightly_recalculation.save_initial(world, self._members)


class ContactFactory:
    """Creates contacts from people; computes what all contacts share only once."""

    def __init__(
        self,
        world: World,
        configuration: Record,
        scenario: Mapping[str, Any],
        anchor: datetime | None = None,
    ) -> None:
        """The spans of people are before `anchor`, without it the present time."""
        # Naive UTC: formatting it takes half the time of an aware datetime.
        self._now = (anchor or world.now()).replace(tzinfo=None, microsecond=0)
        self._multiplier = (world.seed * 2 + 1) * _HASH_MULTIPLIER & _64_BITS
        types = scenario.get("contactTypes") or configuration["contactTypes"]
        self._types = [type["id"] for type in types]
        self._bounds = list(accumulate(type.get("share", 1) for type in types))
        self._unapproved = scenario.get("unapproved", 0)
        self._countries = scenario.get("countries", {})
        self._stores = list(scenario.get("stores", []))
        self._levels = [None, *(level["name"] for level in configuration["levels"])]
        self._thresholds = [level["from"] for level in configuration["levels"]]
        consents = [consent["id"] for consent in configuration["consents"]]
        # Contacts with equal consents share one dictionary, which is only serialized.
        self._consents = [_consents(consents, bits) for bits in range(16)]
        self._preferences = [_preferences(bits) for bits in range(8)]
        self._serials: dict[tuple[str, date, str], int] = {}

    def make(self, person: "Person", number: int) -> Record:
        """Returns the contact's record without `audiences`."""
        # Each range of the 64 bits decides one property, so that properties are independent.
        bits = person.number * self._multiplier & _64_BITS
        bits ^= bits >> 29
        created = self._format_time_before(person.joined)
        type_position = (bits & 0xFFFF) * self._bounds[-1] >> 16
        record: Record = {
            "contactType": self._types[bisect_right(self._bounds, type_position)],
            "approved": (bits >> 16 & 0xFF) * 100 >> 8 >= self._unapproved,
            "createdOn": created,
            "modifiedOn": created,
            "sourceType": _SOURCES[(bits >> 24 & 0xFF) % 3],
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
        self._add_history(record, person, bits >> 32)
        self._add_optional_attributes(record, person, bits >> 56)
        return record

    def _add_history(self, record: Record, person: "Person", bits: int) -> None:
        """Adds consents, the last order and what follows from it."""
        record["consents"] = self._consents[bits & 15]
        if person.last_order is None:
            return
        record["lastOrderDate"] = self._format_time_before(person.last_order)
        record["rfm"] = 1 + ((bits >> 4 & 0xFF) * 100 >> 8)
        level = self._levels[bisect_right(self._thresholds, record["bonusPoints"])]
        if level:
            record["bonusBasedLevel"] = level
        if (bits >> 12 & 0xFF) % _UPDATED_ONE_IN == 0:
            record["modifiedOn"] = record["lastOrderDate"]

    def _add_optional_attributes(self, record: Record, person: "Person", bits: int) -> None:
        """Adds the country's name, a social security number and a store where they apply."""
        if person.country in self._countries:
            record["country"] = self._countries[person.country]
        if person.country in _SERIALS:
            number = self._personal_number(person)
            if number:
                record["socialSecurityNumber"] = number
        if self._stores and bits & 1:
            record["store"] = self._stores[(bits >> 1) % len(self._stores)]

    def _format_time_before(self, age: timedelta) -> str:
        """Same format as `timestamps.format_timestamp`, in whole seconds and faster."""
        return (self._now - age).isoformat() + ".000Z"

    def _personal_number(self, person: "Person") -> str | None:
        """Returns an unused number, or None if all serial numbers of the birthday are used."""
        first, count, make = _SERIALS[person.country]
        key = (person.country, person.birthday, person.gender)
        for pair in range(self._serials.get(key, 0), count // 2):
            number = make(person.birthday, first + 2 * pair + (person.gender == "male"))
            # A Finnish code that ends in a digit could be mistaken for a Swedish number.
            if number.isdigit() or number[-1].isalpha():
                self._serials[key] = pair + 1
                return number
        return None


def _consents(ids: list[str], bits: int) -> dict[str, dict[str, bool]]:
    return {id: {"value": bool(bits >> position % 4 & 1)} for position, id in enumerate(ids)}


def _preferences(bits: int) -> dict[str, bool]:
    names = ("acceptsEmail", "acceptsPostal", "acceptsSms")
    return {name: bool(bits >> position & 1) for position, name in enumerate(names)}


def _micros(span: timedelta) -> int:
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
