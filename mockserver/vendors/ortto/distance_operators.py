"""Operators on how far away somebody is: from the city of the person to the point of the operand."""

from collections.abc import Mapping
from math import asin, cos, radians, sin, sqrt
from types import MappingProxyType
from typing import Final

from mockserver.vendors.ortto.field_values import Person, as_text
from mockserver.vendors.ortto.filter_types import Maker, Operand, Predicate, Scope, opposite
from mockserver.vendors.ortto.geocoding import Point, whereabouts

_EARTH: Final = {"km": 6371.0, "mi": 3958.8}
"""The radius in the units of the operand."""


def distance(one: Point, other: Point, unit: str = "km") -> float:
    """The great circle from one point to the other."""
    south, north = radians(one.latitude), radians(other.latitude)
    east = radians(other.longitude - one.longitude)
    half = sin((north - south) / 2) ** 2 + cos(south) * cos(north) * sin(east / 2) ** 2
    return 2 * _EARTH[unit] * asin(sqrt(min(1.0, half)))


def _within(operand: Operand, scope: Scope) -> Predicate:
    centre = Point(operand["value"]["lat"], operand["value"]["lng"])
    radius, unit = operand["distance"], operand.get("unit", "km")
    # a large instance has a few hundred cities, and asks for each of them thousands of times
    near: dict[tuple[str | None, str | None], bool] = {}

    def test(person: Person) -> bool:
        fields = person["fields"]
        key = as_text(fields.get("geo::city")), as_text(fields.get("geo::country"))
        if key not in near:
            point = whereabouts(*key)
            near[key] = point is not None and distance(centre, point, unit) <= radius
        return near[key]

    return test


PROXIMITY_OPERATORS: Final[Mapping[str, Maker]] = MappingProxyType(
    {"$proximity_is_within": _within, "$proximity_is_not_within": opposite(_within)}
)
