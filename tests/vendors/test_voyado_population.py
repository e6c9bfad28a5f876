"""Voyado: who is in a world's Engage at its start."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver.errors import InvalidScenarioError
from mockserver.formats import yaml_loader
from mockserver.paths import fixtures
from mockserver.state.people import people
from mockserver.state.world import World
from mockserver.storage.sqlite import SQLite
from mockserver.storage.store import Store
from mockserver.vendors.voyado import personal_number_logic
from mockserver.vendors.voyado.filter_logic import compiled
from mockserver.vendors.voyado.population import populate
from tests.vendors.test_voyado_audiences import MEMBER

SECTION = yaml_loader.read(fixtures() / "scenarios" / "demo.yaml")["vendors"]["voyado"]
LOCALES = {"sv_SE": 3.0, "fi_FI": 2.0, "en_GB": 1.0}


def populated(count: int, section: dict[str, Any], seed: int = 42) -> World:
    world = World("w", seed, "voyado", Store(SQLite()).space("w"), datetime(2026, 1, 5, 9, tzinfo=UTC))
    populate(world, people(seed, count, LOCALES), section)
    return world


def contacts(world: World) -> dict[str, dict[str, Any]]:
    return {one.id: one.record for one in world.records("contact").iterate()}


def test_the_same_seed_gives_the_same_contacts() -> None:
    assert contacts(populated(300, SECTION)) == contacts(populated(300, SECTION))
    assert contacts(populated(50, SECTION, 1)).keys() != contacts(populated(50, SECTION, 2)).keys()


def test_swedes_and_finns_have_numbers_that_are_nobodys() -> None:
    found = list(contacts(populated(3_000, SECTION)).values())
    numbers = [one["socialSecurityNumber"] for one in found if "socialSecurityNumber" in one]
    assert len(set(numbers)) == len(numbers)
    for one in found:
        number = one.get("socialSecurityNumber")
        assert (number is not None) == (one["countryCode"] in ("SE", "FI"))
        if number:
            serial = int(number[8:11] if one["countryCode"] == "SE" else number[7:10])
            assert serial >= (980 if one["countryCode"] == "SE" else 900)
            assert serial % 2 == (one["gender"] == "Male")
            assert personal_number_logic.normal(number, "2026-01-05") == number
            assert personal_number_logic.birthday(number) == one["birthDay"]


def test_types_and_approvals_come_in_their_shares() -> None:
    found = list(contacts(populated(3_000, SECTION)).values())
    types = [one["contactType"] for one in found]
    for name, percent in (("Member", 72), ("Contact", 20), ("transactContact", 8)):
        assert abs(types.count(name) - 30 * percent) < 100
    assert 60 < sum(not one["approved"] for one in found) < 180


def test_audiences_hold_whom_their_filters_fit() -> None:
    world = populated(500, SECTION)
    for audience in world.records("audience").iterate():
        fits = compiled(audience.record["filter"], "2026-01-05")
        members = [one for one in contacts(world).values() if audience.id in one["audiences"]]
        assert members == [one for one in contacts(world).values() if one["approved"] and fits(one)]
        assert audience.record["members"] == len(members)


def test_an_engage_of_its_own_has_members_and_contacts() -> None:
    found = contacts(populated(40, {}))
    assert {one["contactType"] for one in found.values()} == {"Member", "Contact"}
    assert all(one["approved"] and one["audiences"] == [] for one in found.values())


def test_a_scenario_with_a_filter_that_is_none_is_refused() -> None:
    odd = {"id": MEMBER, "name": "Odd", "filter": {"attribute": "shoe", "is": 43}}
    with pytest.raises(InvalidScenarioError, match="'Odd'"):
        populated(1, {"targetAudiences": [odd]})
