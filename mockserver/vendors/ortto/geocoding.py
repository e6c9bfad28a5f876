"""Coordinates of cities."""

from functools import cache
from typing import Any, NamedTuple
from zlib import crc32

from mockserver.formats import yaml_cache
from mockserver.paths import fixtures


class Point(NamedTuple):
    """A point on the earth, in degrees."""

    latitude: float
    longitude: float


def locate_city(city: str | None, country: str | None) -> Point | None:
    """The coordinates of a city; None without a city, or for a country that fixtures/places.yaml lacks.

    A city that the file lacks (most are invented) has a point in its country that depends on its name alone.
    """
    found = _countries().get((country or "").casefold())
    if not city or found is None:
        return None
    name = city.casefold()
    if name in found["cities"]:
        return Point(*found["cities"][name])
    south, west, north, east = found["inside"]
    checksum = crc32(name.encode())
    return Point(
        south + (north - south) * (checksum & 0xFFFF) / 0xFFFF,
        west + (east - west) * (checksum >> 16) / 0xFFFF,
    )


@cache
def _countries() -> dict[str, Any]:
    """The content of fixtures/places.yaml, with all names in lower case."""
    return {
        name.casefold(): {
            "inside": country["inside"],
            "cities": {city.casefold(): point for city, point in country["cities"].items()},
        }
        for name, country in yaml_cache.read(fixtures() / "places.yaml").items()
    }
