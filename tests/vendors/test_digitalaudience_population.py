"""DigitalAudience: the seed data of a world's two organisations."""

from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver.errors import InvalidScenarioError
from mockserver.formats import yaml_loader
from mockserver.paths import fixtures
from mockserver.state.people import people
from mockserver.state.scenario import parse_scenario
from mockserver.state.world import World
from mockserver.storage.memory import MemoryStore
from mockserver.vendors.digitalaudience import (
    audience_records,
    campaign_records,
    identifier_hashing,
    member_records,
    organisation_records,
    platform_account_records,
    segment_records,
)
from mockserver.vendors.digitalaudience.population import populate

SECTION = yaml_loader.read(fixtures() / "scenarios" / "demo.yaml")["vendors"]["digitalaudience"]
NOW = datetime(2026, 1, 5, 9, 30, 15, 250_000, tzinfo=UTC)
LOCALES = {"sv_SE": 3.0, "nl_NL": 2.0, "en_GB": 1.0}


def populate_world(count: int, section: dict[str, Any], seed: int = 42) -> World:
    world = World("w", seed, "digitalaudience", MemoryStore().space("w"), NOW)
    populate(world, people(seed, count, LOCALES), section)
    return world


def audiences(world: World, organisation: int = organisation_records.OWN) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in audience_records.list_all(world, organisation)}


def status(world: World, audience: dict[str, Any]) -> Any:
    return audience_records.to_dict(world, audience)["activationStatus"]


def section_with_audience(**given: Any) -> dict[str, Any]:
    return {"organisations": [{"campaigns": [{"name": "c", "audiences": [{"name": "Odd", **given}]}]}]}


@pytest.mark.parametrize(
    "choosing", [{"who": {"orders": 1}}, {"every": 2}, {"countries": ["NL"]}, {"from": 3}]
)
def test_nobody_is_in_an_audience_without_data(choosing: dict[str, Any]) -> None:
    for state in ({}, {"state": "NODATA"}, {"state": "FAILED"}):
        with pytest.raises(
            InvalidScenarioError, match=r"'Odd': an audience in the state (NODATA|FAILED) has no members"
        ):
            populate_world(10, section_with_audience(**choosing, **state))
    populate_world(10, section_with_audience(**choosing, state="READY"))


def test_the_same_seed_gives_the_same_world() -> None:
    assert audiences(populate_world(100, SECTION)) == audiences(populate_world(100, SECTION))
    assert audiences(populate_world(100, SECTION)) != audiences(populate_world(100, SECTION, 1))


def test_the_demo_world_shows_every_state() -> None:
    world = populate_world(60, SECTION)
    found = audiences(world).values()
    states = {"READY", "NODATA", "UPLOAD", "PENDING", "PROCESSING", "FAILED"}
    assert {one["state"] for one in found} == states
    assert {status(world, one) for one in found} == {"New", "Active", "Ended"}
    for one in found:
        assert (one["crm"] is None) == (one["state"] != "READY") == (one["dataUpdated"] is None)


def test_rows_are_the_selected_people() -> None:
    world = populate_world(60, SECTION)
    dutch = audiences(world)["Dutch newsletter"]
    for person in people(42, 60, LOCALES):
        hash = identifier_hashing.hash_identifier("EMAIL", person.email) or ""
        assert member_records.contains(world, dutch["id"], "EMAIL", hash) == (person.country == "NL")
        assert not member_records.contains(
            world, dutch["id"], "PHONE", identifier_hashing.hash_identifier("PHONE", person.phone) or ""
        )
    assert dutch["crm"]["size"] == sum(person.country == "NL" for person in people(42, 60, LOCALES))
    assert audiences(world)["Last summer"]["crm"]["size"] == 12


def test_second_organisation_has_separate_data() -> None:
    world = populate_world(60, SECTION)
    assert list(audiences(world, organisation_records.OTHER)) == ["Every tenth"]
    assert audiences(world, organisation_records.OTHER)["Every tenth"]["crm"]["size"] == 6
    own = {one["id"] for one in platform_account_records.list_all(world, organisation_records.OWN)}
    assert len(own) == 4
    assert own.isdisjoint(
        one["id"] for one in platform_account_records.list_all(world, organisation_records.OTHER)
    )
    assert organisation_records.get_organisation(world, organisation_records.OTHER) == {
        "name": "Fjord Retail",
        "country": "SE",
    }


def test_past_activation_has_ended() -> None:
    world = populate_world(60, SECTION)
    audience = audiences(world)["Last summer"]
    (segment,) = segment_records.list_all(world, audience["id"])
    assert segment_records.to_dict(world, segment, audience)["status"] == status(world, audience) == "Ended"


def test_without_people_audiences_have_no_data() -> None:
    world = populate_world(0, SECTION)
    assert {one["crm"] for one in audiences(world).values()} == {None}
    assert audiences(world)["All customers"]["state"] == "NODATA"


def test_empty_section_gives_one_account() -> None:
    world = populate_world(5, {})
    for number in (organisation_records.OWN, organisation_records.OTHER):
        assert len(platform_account_records.list_all(world, number)) == 1
        assert campaign_records.list_all(world, number) == []
        assert organisation_records.get_organisation(world, number)["name"]


@pytest.mark.parametrize(
    ("activation", "message"),
    [
        ({"account": 1, "startsInDays": 0, "endsInDays": 1}, "platform account 1 does not exist"),
        ({"account": 0, "startsInDays": 1, "endsInDays": 1}, "ends before it starts"),
    ],
)
def test_invalid_activation_is_rejected(activation: dict[str, int], message: str) -> None:
    with pytest.raises(InvalidScenarioError, match=rf"'Odd'.*{message}"):
        populate_world(1, section_with_audience(activation=activation))


def test_fields_that_only_the_vendor_decides() -> None:
    counts = {name: 7 for name in segment_records.SETTABLE if name.startswith("total")}
    segment = {"segmentRefId": "dv360-4711", "categoryId": 12, **counts, "totalReadyCount": None}
    account = {"accessToken": "mock-token", "defaultSegmentPricingCategoryId": 3}
    section = section_with_audience(
        lifetimeStatus="Expired",
        tagCollection=["loyal"],
        activation={"account": 0, "startsInDays": 0, "endsInDays": 10, **segment},
    )
    section["organisations"][0]["platformAccounts"] = [{"name": "A", "platform": "TTD", **account}]
    parse_scenario("own", "own", {"vendors": {"digitalaudience": section}})
    world = populate_world(3, section)
    audience = audiences(world)["Odd"]
    shown = audience_records.to_dict(world, audience)
    assert (shown["lifetimeStatus"], shown["lifetimeStatusId"], shown["tagCollection"]) == (
        "Expired",
        1,
        ["loyal"],
    )
    [record] = segment_records.list_all(world, audience["id"])
    rendered = segment_records.to_dict(world, record, audience)
    assert set(segment) == set(segment_records.SETTABLE)
    assert {name: rendered[name] for name in segment} == segment
    [found] = platform_account_records.list_all(world, organisation_records.OWN)
    assert {name: found[name] for name in platform_account_records.SETTABLE} == account
    # a new audience still has none of them
    plain = audience_records.to_dict(world, audiences(populate_world(3, section_with_audience()))["Odd"])
    assert [plain[name] for name in ("lifetimeStatus", "lifetimeStatusId", "tagCollection")] == [None] * 3
