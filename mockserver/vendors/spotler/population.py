"""Seed data of a world: the account, a contact for each person, and the scenario's audiences."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from mockserver.errors import InvalidScenarioError
from mockserver.formats.timestamps import to_micros
from mockserver.state.person_selection import PersonSelection
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    account_records,
    audience_records,
    contact_index,
    contact_records,
    member_records,
    scenario_account,
    standard_properties,
)

if TYPE_CHECKING:
    from mockserver.state.person import Person

_BRANDS: Final = ("Batavia", "Nordlys", "Kestrel", "Alder & Finch")
_CATEGORIES: Final = ("Shoes", "Coats", "Bags", "Sports", "Home")
_INTERESTS: Final = ("1", "2", "4", "8", "1024")


def _interests(person: "Person") -> dict[str, bool]:
    return {bit: person.number % (position + 2) == 0 for position, bit in enumerate(_INTERESTS)}


_OWN: Final[Mapping[str, tuple[str, "Callable[[Person, datetime], Any]"]]] = {
    # properties that not every account or not every person has: their type, and the value of a person
    "postalCode": ("postcode", lambda one, _now: one.postcode if one.country == "NL" else None),
    "zipCode": ("string", lambda one, _now: None if one.country == "NL" else one.postcode),
    "customerPhase": ("string", lambda one, _now: "active" if one.orders > 1 else "new"),
    "favoriteBrand": ("string", lambda one, _now: _BRANDS[one.number % len(_BRANDS)]),
    "favCategory1": ("string", lambda one, _now: _CATEGORIES[one.number % len(_CATEGORIES)]),
    "loyaltyPoints": ("int", lambda one, _now: one.spent // 100),
    "turnover": ("money", lambda one, _now: one.spent or None),
    "memberSince": ("date", lambda one, now: (now - one.joined).date().isoformat()),
    "interests": ("set", lambda one, _now: _interests(one)),
}
_GENDERS: Final = {"female": "F", "male": "M"}
_MICROS_PER_MILLI: Final = 1000


def populate(world: World, people: "Sequence[Person]", section: Mapping[str, Any]) -> None:
    """Writes the account, the contacts and the audiences of the scenario's section.

    Raises `InvalidScenarioError` for audiences that share an id or a name, and for an invalid account.
    """
    account = scenario_account.read(section)
    account_records.save(world, account_records.from_scenario(account))
    builder = ContactBuilder(world)
    contact_records.bulk_insert(world, builder.rows(people))
    builder.write_index()
    for audience in section.get("audiences", []):
        _add_audience(world, audience, people)
    scenario_account.add_content(world, account)


def external_id(person: "Person") -> str:
    """The external id of a person's contact."""
    return f"c-{person.number}"


class ContactBuilder:
    """Builds contacts one by one, and the index of all of them."""

    def __init__(self, world: World, anchor: datetime | None = None) -> None:
        """The spans of people are before `anchor`, without it the present time."""
        self._world = world
        self._now = anchor or world.now()
        self._now_micros = to_micros(self._now)
        self._index = contact_index.IndexBuilder()
        self._account = account = contact_records.properties_of(world)
        self._own = [
            (name, value_of) for name, (type, value_of) in _OWN.items() if account.type_of(name) == type
        ]
        self._redefined = [
            name for name, type in standard_properties.TYPES.items() if account.type_of(name) != type
        ]
        # equal permissions share one dictionary, which is only serialised
        self._permissions = [{str(bit + 1): bool(mask >> bit & 1) for bit in range(4)} for mask in range(16)]

    def rows(self, people: "Sequence[Person]") -> Iterator[tuple[str, Record, str, int]]:
        """Yields the rows of the contacts for `Records.bulk_insert`."""
        add_to_index, properties_of = self._index.add, self.properties
        for person in people:
            id, properties = external_id(person), properties_of(person)
            created = self._now_micros - _micros(person.joined)
            changed = self._now_micros - _micros(person.last_order or person.joined)
            add_to_index(id, properties)
            record = {
                "created": created // _MICROS_PER_MILLI,
                "testGroup": False,
                "email": person.accepts_email,
                "sms": person.accepts_sms,
                "properties": properties,
                "changed": changed // _MICROS_PER_MILLI,
            }
            yield id, record, "", changed

    def write_index(self) -> None:
        """Writes the index of the contacts."""
        self._index.write(self._world)

    def properties(self, person: "Person") -> Record:
        """The properties of a person's contact."""
        mask = person.accepts_email | person.accepts_post << 1 | person.accepts_sms << 2
        properties: Record = {
            "email": person.email,
            "firstName": person.first,
            "lastName": person.last,
            "initials": f"{person.first[:1]}.",
            "gender": _GENDERS[person.gender],
            "birthday": person.birthday.isoformat(),
            "street": person.street,
            "city": person.city,
            "country": person.country,
            "mobileNumber": person.phone,
            "taal": person.language,
            "customerType": "customer" if person.orders else "prospect",
            "permissions": self._permissions[mask],
        }
        for name, value_of in self._own:
            value = value_of(person, self._now)
            if value is not None:
                properties[name] = value
        if person.company:
            properties["organisation"] = person.company
        if person.last_order is not None:
            bought = (self._now - person.last_order).replace(microsecond=0)
            properties["lastPurchaseDate"] = bought.isoformat()
        for name in self._redefined:
            if name in properties:
                properties |= self._account.valid({name: properties.pop(name)})
        return properties


def _add_audience(world: World, audience: Mapping[str, Any], people: "Sequence[Person]") -> None:
    id, name = audience["externalId"], audience["name"]
    if audience_records.get(world, id) or audience_records.is_name_taken(world, name):
        raise InvalidScenarioError(
            f"the audience {id!r}",
            "shares its id or name with another audience",
            "choose a unique id and name",
        )
    record = audience_records.new(world, name, audience.get("description"))
    now = world.now()
    selection = PersonSelection(audience["who"], now) if "who" in audience else None
    matching = [person for person in people if selection.matches(person, now)] if selection else []
    if matching:
        members = [external_id(person) for person in matching]
        member_records.bulk_insert(world, record[member_records.KEY], members)
        record |= {"lastContactAddedAt": record["createDate"], "lastSyncDate": record["createDate"]}
    audience_records.add(world, id, record)


def _micros(span: timedelta) -> int:
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
