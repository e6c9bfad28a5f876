"""Who is in a world's Spotler at its start: every person as a contact, and the scenario's audiences."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from mockserver.errors import InvalidScenarioError
from mockserver.formats.timestamps import to_micros
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    account_records,
    audience_records,
    contact_index,
    contact_records,
    member_records,
)

if TYPE_CHECKING:
    from mockserver.state.people import Person

_GENDERS: Final = {"female": "F", "male": "M"}
_MILLI: Final = 1000


def populate(world: World, people: "Sequence[Person]", scenario: Mapping[str, Any]) -> None:
    """Writes the account, a contact for each person and the audiences.

    Raises `InvalidScenarioError` for audiences that share an id or a name.
    """
    account_records.write(world, account_records.start(scenario))
    filling = _Filling(world, people)
    world.records(contact_records.KIND).bulk_insert(filling.rows(people))
    filling.finish()
    for given in scenario.get("audiences", []):
        _add_audience(world, given, people)


def external_id(person: "Person") -> str:
    """What the system that keeps the customers calls this one."""
    return f"c-{person.number}"


class _Filling:
    """Makes the contacts one by one, and collects what is kept beside them."""

    def __init__(self, world: World, people: "Sequence[Person]") -> None:
        self._world = world
        self._anchor = to_micros(world.now())
        self._moment = world.now()
        self._directory = contact_index.Filling()
        # people who want the same share one dictionary: it is only written down
        self._permissions = [{str(bit + 1): bool(mix >> bit & 1) for bit in range(4)} for mix in range(16)]

    def rows(self, people: "Sequence[Person]") -> Iterator[tuple[str, Record, str, int]]:
        """The rows of the contacts, for Records.fill."""
        enter, kept = self._directory.enter, self._properties
        for person in people:
            id, properties = external_id(person), kept(person)
            created = self._anchor - _micros(person.joined)
            changed = self._anchor - _micros(person.last_order or person.joined)
            enter(id, properties)
            record = {
                "created": created // _MILLI,
                "testGroup": False,
                "email": person.accepts_email,
                "sms": person.accepts_sms,
                "properties": properties,
                "changed": changed // _MILLI,
            }
            yield id, record, "", changed

    def finish(self) -> None:
        """Writes what was collected."""
        self._directory.write(self._world)

    def _properties(self, person: "Person") -> Record:
        wants = person.accepts_email | person.accepts_post << 1 | person.accepts_sms << 2
        properties: Record = {
            "email": person.email,
            "firstName": person.first,
            "lastName": person.last,
            "initials": f"{person.first[:1]}.",
            "gender": _GENDERS[person.gender],
            "birthday": person.birthday.isoformat(),
            "street": person.street,
            "postalCode": person.postcode,
            "city": person.city,
            "country": person.country,
            "mobileNumber": person.phone,
            "taal": person.language,
            "customerType": "customer" if person.orders else "prospect",
            "permissions": self._permissions[wants],
        }
        if person.company:
            properties["organisation"] = person.company
        if person.last_order is not None:
            properties["lastPurchaseDate"] = (self._moment - person.last_order).date().isoformat()
        return properties


def _add_audience(world: World, given: Mapping[str, Any], people: "Sequence[Person]") -> None:
    id, name = given["externalId"], given["name"]
    if audience_records.get(world, id) or audience_records.is_named(world, name):
        raise InvalidScenarioError(
            f"the audience {id!r}", "its id or its name is another's", "give each an id and a name of its own"
        )
    record = audience_records.new(world, name, given.get("description"))
    members = (
        [external_id(person) for person in people if _is_in(person, given["who"])] if "who" in given else []
    )
    if members:
        member_records.start(world, record["roll"], members)
        record |= {"lastContactAddedAt": record["createDate"], "lastSyncDate": record["createDate"]}
    audience_records.add(world, id, record)


def _is_in(person: "Person", who: Mapping[str, Any]) -> bool:
    return bool(
        person.country == who.get("country", person.country)
        and person.orders >= who.get("orders", 0)
        and person.accepts_email == who.get("acceptsEmail", person.accepts_email)
    )


def _micros(span: timedelta) -> int:
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
