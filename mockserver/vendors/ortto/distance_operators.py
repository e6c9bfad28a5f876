"""Filter operators on the distance between the city of a person and a point."""

from collections.abc import Mapping
from functools import lru_cache
from math import asin, cos, radians, sin, sqrt
from types import MappingProxyType
from typing import Final

from mockserver.vendors.ortto.field_values import Person, as_text
from mockserver.vendors.ortto.filter_types import FilterContext, Operand, Predicate, PredicateFactory, negate
from mockserver.vendors.ortto.geocoding import Point, locate_city

_EARTH_RADIUS: Final = {"km": 6371.0, "mi": 3958.8}
"""The radius of the earth, by the unit of the operand."""
_MAX_CITIES: Final = 4_096
"""Cities remembered per filter: a large instance has a few hundred, each with thousands of people."""


def distance(one: Point, other: Point, unit: str = "km") -> float:
    """The great-circle distance between two points."""
    south, north = radians(one.latitude), radians(other.latitude)
    east = radians(other.longitude - one.longitude)
    half = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin(east / 2) ** 2
    return 2 * _EARTH_RADIUS[unit] * asin(sqrt(min(1.0, half)))


def _within(operand: Operand, context: FilterContext) -> Predicate:
    centre = Point(operand["value"]["lat"], operand["value"]["lng"])
    radius, unit = operand["distance"], operand.get("unit", "km")

    @lru_cache(_MAX_CITIES)
    def is_near(city: str | None, country: str | None) -> bool:
        point = locate_city(city, country)
        return point is not None and distance(centre, point, unit) <= radius

    def test(person: Person) -> bool:
        fields = person["fields"]
        return is_near(as_text(fields.get("geo::city")), as_text(fields.get("geo::country")))

    return test


DISTANCE_OPERATORS: Final[Mapping[str, PredicateFactory]] = MappingProxyType(
    {"$proximity_is_within": _within, "$proximity_is_not_within": negate(_within)}
)
