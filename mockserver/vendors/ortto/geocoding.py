"""Where cities lie."""

from functools import cache
from typing import Any, NamedTuple
from zlib import crc32

from mockserver.formats import yaml_loader
from mockserver.paths import fixtures


class Point(NamedTuple):
    """A point on the earth, in degrees."""

    latitude: float
    longitude: float


def whereabouts(city: str | None, country: str | None) -> Point | None:
    """Where the city lies; None without a city or in a country that fixtures/places.yaml does not have.

    A city that the file does not have, most of which Faker has made up, lies somewhere in its country:
    always at the same point, which its name decides.
    """
    land = _lands().get((country or "").casefold())
    if not city or land is None:
        return None
    name = city.casefold()
    if name in land["cities"]:
        return Point(*land["cities"][name])
    south, west, north, east = land["inside"]
    draw = crc32(name.encode())
    return Point(
        south + (north - south) * (draw & 0xFFFF) / 0xFFFF, west + (east - west) * (draw >> 16) / 0xFFFF
    )


@cache
def _lands() -> dict[str, Any]:
    """The file, with every name in lower case."""
    found = yaml_loader.read(fixtures() / "places.yaml")
    return {
        country.casefold(): {
            "inside": land["inside"],
            "cities": {city.casefold(): point for city, point in land["cities"].items()},
        }
        for country, land in found.items()
    }
