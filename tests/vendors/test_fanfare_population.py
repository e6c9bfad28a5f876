"""Fanfare: the initial data of a world."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver.errors import InvalidScenarioError
from mockserver.formats import yaml_loader
from mockserver.paths import fixtures
from mockserver.state.people import people
from mockserver.state.world import World
from mockserver.storage.memory import MemoryStore
from mockserver.vendors.fanfare import (
    audience_records,
    consumer_index,
    ids,
    list_records,
    member_records,
    timestamps,
)
from mockserver.vendors.fanfare.list_records import KLAVIYO
from mockserver.vendors.fanfare.organization import FIRST, SECOND, organization_id
from mockserver.vendors.fanfare.population import populate
from mockserver.vendors.fanfare.rule_matching import compile_rules

SECTION = yaml_loader.read(fixtures() / "scenarios" / "demo.yaml")["vendors"]["fanfare"]
NOW = datetime(2026, 1, 5, 9, 30, 15, 250_000, tzinfo=UTC)
LOCALES = {"sv_SE": 3.0, "fi_FI": 2.0, "en_GB": 1.0}


def populated(count: int, section: dict[str, Any], seed: int = 42) -> World:
    world = World("w", seed, "fanfare", MemoryStore().space("w"), NOW)
    populate(world, people(seed, count, LOCALES), section)
    return world


def organization(world: World, number: int = FIRST) -> str:
    return organization_id(world.seed, number)


def consumers(world: World, number: int = FIRST) -> dict[str, dict[str, Any]]:
    return {one.id: one.record for one in world.records("consumer").iterate(organization(world, number))}


def audiences(world: World, number: int = FIRST) -> dict[str, dict[str, Any]]:
    return {
        one["name"]: one for one in audience_records.iterate_audiences(world, organization(world, number))
    }


def members(world: World, audience: str) -> set[str]:
    return {entry.target for entry in member_records.iterate(world, [audience], after=None, size=50)}


def test_same_seed_gives_the_same_world() -> None:
    one, other = populated(300, SECTION), populated(300, SECTION)
    assert consumers(one) == consumers(other)
    assert audiences(one) == audiences(other)
    assert not consumers(populated(50, SECTION, 1)).keys() & consumers(populated(50, SECTION, 2)).keys()


def test_members_of_dynamic_audiences_match_their_rules() -> None:
    world = populated(500, SECTION)
    found = [(one, number) for number in (1, 2) for one in audiences(world, number).values()]
    dynamic = [(one, number) for one, number in found if one["type"] == "DYNAMIC"]
    assert len(dynamic) == 8
    for audience, number in dynamic:
        test = compile_rules(audience["rules"])
        matching = {id for id, record in consumers(world, number).items() if test(record)}
        assert members(world, audience["id"]) == matching
        assert audience["refresh"] is None
        assert audience["lastRefreshedAt"] == "2026-01-05T09:30:15.250Z"
    assert world.jobs.pending() == []


def test_consumers_are_found_by_their_identifiers() -> None:
    world = populated(100, SECTION)
    rows = list(world.records("consumer").iterate(organization(world)))
    assert [row.id for row in rows] == sorted(row.id for row in rows)
    for row in rows:
        assert row.rank == timestamps.parse_timestamp(row.record["createdAt"])
        for name in consumer_index.IDENTIFIERS:
            value = row.record[name]
            assert consumer_index.find(world, organization(world), name, value) == row.id
            assert consumer_index.find(world, organization(world), name, value + "x") is None
        assert consumer_index.find(world, organization(world), "email", row.record["email"].upper()) == row.id


def test_second_organization_has_every_tenth_person() -> None:
    world = populated(95, SECTION)
    first, second = consumers(world), consumers(world, SECOND)
    assert (len(first), len(second)) == (95, 10)
    assert not first.keys() & second.keys()
    assert {one["email"] for one in second.values()} < {one["email"] for one in first.values()}


def test_klaviyo_lists_and_the_synced_one() -> None:
    world = populated(300, SECTION)
    here = organization(world)
    lists = {
        id: list_records.find_list(world, here, KLAVIYO, id)
        for id in ("YwxYPP", "AbCdEf", "XyZaBc", "RtPqXs")
    }
    assert all(one and one["profiles"] for one in lists.values())
    assert list_records.find_list(world, organization(world, SECOND), KLAVIYO, "YwxYPP") is None
    assert [id for id in lists if audience_records.find_synced_audience(world, here, "klaviyo:list", id)] == [
        "AbCdEf"
    ]
    synced = audience_records.find_synced_audience(world, here, "klaviyo:list", "AbCdEf") or ""
    emails = {consumers(world)[id]["email"] for id in members(world, synced)}
    assert lists["AbCdEf"]
    assert emails == {profile["email"] for profile in lists["AbCdEf"]["profiles"]}


@pytest.mark.parametrize("count", [0, 1])
def test_small_worlds(count: int) -> None:
    world = populated(count, SECTION)
    assert len(consumers(world)) == count
    assert len(audiences(world)) == 10
    empty = populated(count, {})
    assert len(consumers(empty)) == count
    assert audiences(empty) == consumers(empty, SECOND) == {}
    assert not list_records.has_key(empty, organization(empty), KLAVIYO)


def test_scenario_with_an_invalid_rule_is_refused() -> None:
    rule = {"field": "shoeSize", "operator": "EQUALS", "values": [43]}
    section = {"audiences": [{"name": "Odd", "type": "DYNAMIC", "rules": [rule]}]}
    with pytest.raises(InvalidScenarioError, match=r"'Odd'.*Unknown field"):
        populated(1, section)


def test_scenario_with_overlapping_tiers_is_refused() -> None:
    section = deepcopy({"loyaltyTiers": SECTION["loyaltyTiers"]})
    section["loyaltyTiers"][0]["tiers"][1]["startValue"] = 50
    with pytest.raises(InvalidScenarioError, match=r"'Spending Tiers'.*tiers\.1\.startValue"):
        populated(1, section)


def test_ids_sort_by_time_then_by_serial() -> None:
    formatted = [
        ids.format_id("aud", time, serial, tail) for time, serial, tail in ((1, 9, 9), (2, 1, 9), (2, 2, 0))
    ]
    assert formatted == sorted(formatted)
    assert ids.format_id("aud", 0, 0, 0) == "aud_" + "0" * 26
    assert ids.format_id("aud", (1 << 48) - 1, -1, -1) == "aud_7" + "Z" * 25
    assert ids.format_id("aud", 1_701_388_800_000, 0, 0).startswith("aud_01HGHASM00"), (
        "as any ULID of that time"
    )
