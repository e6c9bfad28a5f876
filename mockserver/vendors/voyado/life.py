"""The life of a world as Voyado has it: contacts, their receipts and preferences, and target audiences."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import orjson

from mockserver.state.audience_series import AudienceSize, Observer
from mockserver.state.life_events import JOINED, LEFT, ORDERED, LifeEvent, LifeStep, Past
from mockserver.state.person import Person
from mockserver.state.records import ListedRecord, Record
from mockserver.state.world import World
from mockserver.vendors.voyado import (
    booking,
    contact_records,
    identifier_logic,
    identifier_records,
    purchase_records,
    store_records,
    tenant_records,
)
from mockserver.vendors.voyado.nightly_recalculation import Recalculation
from mockserver.vendors.voyado.population import ContactFactory
from mockserver.vendors.voyado.timestamps import format_timestamp

_MAX_DAYS: Final = 2_048
_CURRENCY: Final = "EUR"


def audience_sizes(world: World) -> Iterator[AudienceSize]:
    """The target audiences, as of their last calculation."""
    for row in world.records("audience").iterate():
        yield AudienceSize(row.id, row.record["name"], row.record.get("members", 0))


def memberships(kind: str, parent: str, body: bytes) -> Iterable[str]:
    """The target audiences of a contact."""
    return orjson.loads(body)["audiences"] if kind == "contact" else ()


def observe(world: World, section: Mapping[str, Any]) -> Observer:
    """Tests contacts against the filters, as the run of the midnight before does."""
    audiences = [*world.records("audience").iterate()]
    factory = ContactFactory(world, dict(tenant_records.view(world)), section)

    @lru_cache(_MAX_DAYS)
    def calculation(day: str) -> Recalculation:
        return Recalculation(audiences, day)

    known: list[tuple[Person, Record]] = []  # the last one: days of the same state follow each other

    def find(person: Person, at: datetime) -> tuple[frozenset[str], datetime | None]:
        if not known or known[0][0] is not person:
            made = factory.make(person, contact_records.FIRST_MEMBER_NUMBER + person.number - 1)
            known[:] = [(person, made)]
        record = known[0][1]
        run = calculation(at.date().isoformat())
        again = run.next_change(record)
        return (
            frozenset(run.matching(record)),
            None if again is None else datetime.fromisoformat(again).replace(tzinfo=at.tzinfo),
        )

    return Observer(find)


def remember(
    world: World,
    section: Mapping[str, Any],
    pasts: Sequence[Past],
    joined: Mapping[int, Mapping[str, datetime]],
) -> None:
    """Adds the purchases of the history, of which points and the last order tell already."""
    stores = [row.record for row in world.records("store").iterate()]

    def purchases() -> Iterator[tuple[str, Record, Record, datetime]]:
        for past in pasts:
            number = contact_records.FIRST_MEMBER_NUMBER + past.person.number - 1
            contact = contact_records.contact_id(world.seed, number)
            store = stores[past.person.number % len(stores)]
            for event in past.events:
                if event.kind == ORDERED:
                    yield contact, _receipt(event, store, "Member"), store, event.at

    if stores:
        purchase_records.bulk_insert(world, purchases())


def live(world: World, section: Mapping[str, Any], step: LifeStep) -> None:
    """Applies the events to the contacts."""
    factory = None
    for event in step.events:
        world.pass_time(event.at)
        if event.kind == JOINED:
            factory = factory or ContactFactory(world, dict(tenant_records.view(world)), section, step.anchor)
            _join(world, factory, event.person)
            continue
        contact = _find(world, event.person)
        if contact is not None:
            _apply(world, contact.id, contact.record, event)
    world.pass_time(step.until)


def _join(world: World, factory: ContactFactory, person: Person) -> None:
    """Adds a contact, unless another one has the address already."""
    directory = identifier_records.Directory(world)
    if not directory.find("email", identifier_logic.normalize("email", person.email)):
        record = {**factory.make(person, 0), "audiences": []}
        record.pop("socialSecurityNumber", None)  # the numbers of a birthday may all be taken
        contact_records.add(world, record, directory)


def _find(world: World, person: Person) -> ListedRecord | None:
    """The contact with the person's address."""
    value = identifier_logic.normalize("email", person.email)
    for id in identifier_records.find(world, "email", value):
        return ListedRecord(id, "", 0, contact_records.find(world, id))
    return None


def _apply(world: World, id: str, contact: Record, event: LifeEvent) -> None:
    person = event.person
    if event.kind == LEFT:
        contact_records.remove(world, id, contact)
    elif event.kind == ORDERED:
        stores = world.records("store").view_page(limit=100)
        store = stores[person.number % len(stores)] if stores else _WEB_SHOP
        receipt = _receipt(event, store, contact["contactType"])
        booking.book_to(
            world, id, receipt, store_records.find_or_create(world, receipt["store"], receipt["storeName"])
        )
    else:
        preferences = {
            **contact["preferences"],
            "acceptsEmail": person.accepts_email,
            "acceptsSms": person.accepts_sms,
        }
        address = {"street": person.street, "zipCode": person.postcode, "city": person.city}
        contact_records.update(world, id, contact, {**contact, "preferences": preferences, **address})


_WEB_SHOP: Final[Mapping[str, Any]] = {"name": "Web shop", "externalId": "web"}


def _receipt(event: LifeEvent, store: Mapping[str, Any], contact_type: str) -> Record:
    """The receipt of an order, as the till sends it."""
    amount = event.amount / 100
    line = {"type": "PURCHASE", "quantity": 1, "grossPaidPrice": amount, "taxAmount": 0}
    return {
        "id": event.key,
        "number": event.key,
        "keyType": "email",
        "key": event.person.email,
        "contactType": contact_type,
        "createdDate": format_timestamp(event.at.replace(microsecond=0)),
        "store": store["externalId"],
        "storeName": store["name"],
        "currency": _CURRENCY,
        "rate": 1,
        "total": amount,
        "usedVouchers": [],
        "items": [
            {"type": "PURCHASE", "quantity": 1, "gross": amount, "tax": 0, "awardsBonus": True, "line": line}
        ],
    }
