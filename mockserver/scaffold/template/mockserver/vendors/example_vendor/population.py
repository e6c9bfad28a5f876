"""The records that a world starts with."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from mockserver.state.world import World
from mockserver.vendors.example_vendor import audience_records

if TYPE_CHECKING:
    from mockserver.state.person import Person

_AGE = timedelta(days=30)


def populate(world: World, people: "Sequence[Person]", _scenario: Mapping[str, Any]) -> None:
    """Adds one audience per country that people live in; each is a month old."""
    for country, members in sorted(Counter(person.country for person in people).items()):
        audience_records.add(world, f"Customers in {country}", members, world.now() - _AGE)
