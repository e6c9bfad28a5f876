"""Ortto: filters on distance, and the coordinates behind them."""

from math import acos, cos, degrees, radians, sin

import pytest

from mockserver.client import World
from mockserver.formats import yaml_loader
from mockserver.paths import fixtures
from mockserver.vendors.ortto.distance_operators import distance
from mockserver.vendors.ortto.geocoding import Point, locate_city
from tests.vendors.ortto import Ortto

STOCKHOLM = {"lat": 59.33, "lng": 18.07}
FIELDS = ["geo::city", "geo::country"]


@pytest.fixture
def ortto(mockserver: World) -> Ortto:
    return Ortto(mockserver)


def within(ortto: Ortto, kilometres: float, **operand: object) -> set[str]:
    leaf = {"value": STOCKHOLM, "distance": kilometres, **operand}
    return set(ortto.ids(filter={"$proximity_is_within": leaf}))


def kilometres_between(one: Point, other: Point) -> float:
    """The distance by the spherical law of cosines; the fake uses another formula."""
    (south, west), (north, east) = (map(radians, one), map(radians, other))
    whole = sin(south) * sin(north) + cos(south) * cos(north) * cos(east - west)
    return degrees(acos(max(-1.0, min(1.0, whole)))) * 111.195


def test_people_near_a_point(ortto: Ortto) -> None:
    everyone = ortto.people(limit=500, fields=FIELDS)["contacts"]
    centre = Point(**{"latitude": STOCKHOLM["lat"], "longitude": STOCKHOLM["lng"]})
    for kilometres in (30, 200, 1500):
        expected = {
            one["id"]
            for one in everyone
            if (place := locate_city(*(one["fields"][id]["name"] for id in FIELDS)))
            and kilometres_between(place, centre) <= kilometres
        }
        assert within(ortto, kilometres) == expected
        assert 0 < len(expected) < len(everyone)
        outside = {"$proximity_is_not_within": {"value": STOCKHOLM, "distance": kilometres}}
        assert set(ortto.ids(filter=outside)) == {one["id"] for one in everyone} - expected
    names = {
        one["fields"]["geo::city"]["name"]
        for one in everyone
        if one["id"] in within(ortto, 70) and one["fields"]["geo::country"]["name"] == "Sweden"
    }
    assert {"Stockholm", "Södertälje"} <= names
    assert not {"Göteborg", "Malmö", "Falun"} & names


def test_miles_are_longer_than_kilometres(ortto: Ortto) -> None:
    assert within(ortto, 70) < within(ortto, 70, unit="mi")
    assert within(ortto, 20000) == set(ortto.ids())


def test_a_person_who_moves_has_another_location(ortto: Ortto) -> None:
    id = ortto.create("ada@test.example", geo__city={"name": "Malmö"}, geo__country={"name": "Sweden"})
    assert id not in within(ortto, 70)
    ortto.merge({"str::email": "ada@test.example", "geo::city": {"name": "stockholm"}})
    assert id in within(ortto, 1)
    for values in ({"geo::country": {"name": "Freedonia"}}, {"geo::city": None}, {"geo::country": None}):
        ortto.merge({"str::email": "ada@test.example", **values})
        assert id not in within(ortto, 30000)


def test_an_operand_without_a_point(ortto: Ortto) -> None:
    for value in ({"lat": 91, "lng": 0}, {"lat": 1}, "Stockholm"):
        leaf = {"$proximity_is_within": {"value": value, "distance": 5}}
        assert "Failed to decode" in ortto.error("POST", "/v1/person/get", {"filter": leaf})["error"]


def test_distances() -> None:
    london, new_york = Point(51.51, -0.13), Point(40.71, -74.01)
    assert distance(london, new_york) == pytest.approx(5570, rel=0.01)
    assert distance(london, new_york, "mi") == pytest.approx(3461, rel=0.01)
    assert distance(Point(0, 0), Point(0, 180)) == pytest.approx(20015, rel=0.001)
    assert distance(london, london) == 0


def test_the_cities_of_a_country_are_near_its_bounding_box() -> None:
    places = yaml_loader.read(fixtures() / "places.yaml")
    assert len(places) > 5
    for country, land in places.items():
        south, west, north, east = land["inside"]
        middle = Point((south + north) / 2, (west + east) / 2)
        reach = distance(middle, Point(south, west)) + 1000
        for city, point in land["cities"].items():
            assert locate_city(city, country) == Point(*point)
            assert distance(middle, Point(*point)) < reach, (country, city)
        made_up = locate_city("North Judyhaven", country)
        assert made_up == locate_city("NORTH JUDYHAVEN", country.upper())
        assert made_up
        assert south <= made_up.latitude <= north
        assert west <= made_up.longitude <= east
        assert made_up != locate_city("Port Jade", country)
