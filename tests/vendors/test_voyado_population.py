"""Voyado: initial data of a world."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver.errors import InvalidScenarioError
from mockserver.formats import yaml_loader
from mockserver.paths import fixtures
from mockserver.state.people import people
from mockserver.state.world import World
from mockserver.storage.memory import MemoryStore
from mockserver.vendors.voyado import personal_number_logic
from mockserver.vendors.voyado.filter_logic import compile_filter
from mockserver.vendors.voyado.population import populate
from tests.read_vendors import read_vendor
from tests.vendors.voyado import MEMBER

SECTION = yaml_loader.read(fixtures() / "scenarios" / "demo.yaml")["vendors"]["voyado"]
LOCALES = {"sv_SE": 3.0, "fi_FI": 2.0, "en_GB": 1.0}


def populated(count: int, section: dict[str, Any], seed: int = 42) -> World:
    start, contract = datetime(2026, 1, 5, 9, tzinfo=UTC), read_vendor("voyado").contract
    world = World("w", seed, "voyado", MemoryStore().space("w"), start, contract=contract)
    populate(world, people(seed, count, LOCALES), section)
    return world


def contacts(world: World) -> dict[str, dict[str, Any]]:
    return {listed.id: listed.record for listed in world.records("contact").iterate()}


def test_the_same_seed_gives_the_same_contacts() -> None:
    assert contacts(populated(300, SECTION)) == contacts(populated(300, SECTION))
    assert contacts(populated(50, SECTION, 1)).keys() != contacts(populated(50, SECTION, 2)).keys()


def test_swedes_and_finns_have_unique_reserved_numbers() -> None:
    created = list(contacts(populated(3_000, SECTION)).values())
    numbers = [contact["socialSecurityNumber"] for contact in created if "socialSecurityNumber" in contact]
    assert len(set(numbers)) == len(numbers)
    for contact in created:
        number = contact.get("socialSecurityNumber")
        assert (number is not None) == (contact["countryCode"] in ("SE", "FI"))
        if number:
            serial = int(number[8:11] if contact["countryCode"] == "SE" else number[7:10])
            assert serial >= (980 if contact["countryCode"] == "SE" else 900)
            assert serial % 2 == (contact["gender"] == "Male")
            assert personal_number_logic.normalize(number, "2026-01-05") == number
            assert personal_number_logic.birthday(number) == contact["birthDay"]


def test_types_and_approvals_have_the_configured_shares() -> None:
    created = list(contacts(populated(3_000, SECTION)).values())
    types = [contact["contactType"] for contact in created]
    for name, percent in (("Member", 72), ("Contact", 20), ("transactContact", 8)):
        assert abs(types.count(name) - 30 * percent) < 100
    assert 60 < sum(not contact["approved"] for contact in created) < 180


def test_audiences_contain_the_contacts_that_match_their_filters() -> None:
    world = populated(500, SECTION)
    audiences = [*world.records("audience").iterate()]
    assert audiences
    for audience in audiences:
        matches = compile_filter(audience.record["filter"], "2026-01-05")
        members = [contact for contact in contacts(world).values() if audience.id in contact["audiences"]]
        assert members == [
            contact for contact in contacts(world).values() if contact["approved"] and matches(contact)
        ]
        assert audience.record["members"] == len(members)


def test_the_default_configuration_has_members_and_contacts() -> None:
    created = contacts(populated(40, {}))
    assert {contact["contactType"] for contact in created.values()} == {"Member", "Contact"}
    assert all(contact["approved"] and contact["audiences"] == [] for contact in created.values())


def test_a_scenario_with_an_invalid_filter_is_rejected() -> None:
    invalid = {"id": MEMBER, "name": "Odd", "filter": {"attribute": "shoe", "is": 43}}
    with pytest.raises(InvalidScenarioError, match="'Odd'"):
        populated(1, {"targetAudiences": [invalid]})
