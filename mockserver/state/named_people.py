"""People of a scenario with given fields; the fields that are left out are those of a generated person."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any, Final

from mockserver.state.person import Person

_DAY: Final = timedelta(days=1)
_PLAIN: Final = (
    "gender",
    "first",
    "last",
    "email",
    "phone",
    "street",
    "postcode",
    "city",
    "region",
    "company",
)
_FIELDS: Final[Mapping[str, tuple[str, Callable[[Any], Any]]]] = MappingProxyType(
    {
        "birthday": ("birthday", date.fromisoformat),
        "joinedDaysAgo": ("joined", lambda days: days * _DAY),
        "acceptsEmail": ("accepts_email", bool),
        "acceptsSms": ("accepts_sms", bool),
        "acceptsPost": ("accepts_post", bool),
        "orders": ("orders", int),
        "spent": ("spent", lambda money: round(money * 100)),
        "lastOrderDaysAgo": ("last_order", lambda days: days * _DAY),
    }
)
"""Fields of the scenario that differ from those of `Person`, and how they are converted."""


def complete(generated: Person, given: Mapping[str, Any], email_name: Callable[[str, str], str]) -> Person:
    """The generated person with the given fields, and with those that follow from them.

    `email_name` is the part before the @ of an address, without the number, of a first and a last name.
    """
    known = {name: given[name] for name in _PLAIN if name in given}
    known |= {name: convert(given[own]) for own, (name, convert) in _FIELDS.items() if own in given}
    person = generated._replace(**known)
    if "optedOutDaysAgo" in given:
        person = person._replace(accepts_email=False)
    if "email" not in given:
        domain = generated.email.partition("@")[2]
        person = person._replace(email=f"{email_name(person.first, person.last)}{person.number}@{domain}")
    return _with_orders(person, generated, given)


def with_own_contacts(found: list[Person], given: Sequence[Mapping[str, Any]], spare: str) -> None:
    """Gives the people that have a given address or number of another one an address or number of their own.

    The first of `found` are those of `given`; `spare` is a country code without numbers.
    """
    emails = {one["email"].casefold() for one in given if "email" in one}
    phones = {one["phone"] for one in given if "phone" in one}
    for place, person in enumerate(found):
        own = given[place] if place < len(given) else {}
        if "email" not in own and person.email.casefold() in emails:
            local, _, domain = person.email.partition("@")
            # no generated address has a hyphen before the @
            free = (f"{local}-{count}@{domain}" for count in itertools.count(2))
            person = person._replace(email=next(one for one in free if one not in emails))
        if "phone" not in own and person.phone in phones:
            numbers = range(person.number, 10**9, _MOST_PEOPLE)
            free = (f"{spare}{number:09}" for number in numbers)
            person = person._replace(phone=next(one for one in free if one not in phones))
        found[place] = person


def _with_orders(person: Person, generated: Person, given: Mapping[str, Any]) -> Person:
    """The person whose orders, money spent and last order fit each other."""
    ordered = bool(given.get("spent")) or "lastOrderDaysAgo" in given
    orders = person.orders or (1 if ordered and "orders" not in given else 0)
    if not orders:
        return person._replace(orders=0, spent=0, last_order=None)
    basket = generated.spent // generated.orders if generated.orders else _USUAL_BASKET
    spent = person.spent if "spent" in given else orders * basket
    last = person.last_order if person.last_order is not None else person.joined / 2
    # Whoever ordered before joining has joined with that order.
    joined = person.joined if "joinedDaysAgo" in given else max(person.joined, last)
    return person._replace(orders=orders, spent=spent, last_order=min(last, joined), joined=joined)


_USUAL_BASKET: Final = 5_000  # cents
_MOST_PEOPLE: Final = 1_000_001  # more than a scenario has
