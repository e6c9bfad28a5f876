"""What is there at the start of a world."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from mockserver.state.world import World
from mockserver.vendors.newcomer import audience_records

if TYPE_CHECKING:
    from mockserver.state.people import Person

_AGE = timedelta(days=30)


def populate(world: World, people: "Sequence[Person]", _scenario: Mapping[str, Any]) -> None:
    """Writes an audience for each country that somebody lives in, a month old."""
    for country, members in sorted(Counter(person.country for person in people).items()):
        audience_records.add(world, f"Customers in {country}", members, world.now() - _AGE)
