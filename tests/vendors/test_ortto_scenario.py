"""Ortto: the section of a scenario, with audiences, custom fields and activities."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.client import Control
from mockserver.errors import InvalidScenarioError
from mockserver.server.http_server import Server
from mockserver.state.people import people
from mockserver.state.scenario import load_scenario
from mockserver.state.world import World
from mockserver.storage.memory import MemoryStore
from mockserver.vendors.ortto.population import populate
from tests.read_vendors import read_vendor
from tests.vendors.ortto import Ortto, condition

READERS = condition("$bol::is", "bol::p", value=True)
SECTION: dict[str, Any] = {
    "customFields": [{"name": "Plan", "type": "single_select", "values": ["Free", "Paid"]}],
    "activities": ["Order shipped"],
    "audiences": [
        {"name": "Readers", "filter": READERS, "publicName": "Our letter", "smsPublicName": "Our texts"},
        {"name": "Paying", "filter": condition("$str::is", "str:cm:plan", value="Paid")},
        {"name": "Shipped", "filter": condition("$act::has_occurred", "act:cm:order-shipped")},
        {"name": "Old", "filter": READERS, "archived": True},
    ],
}


@pytest.fixture(params=[0, 30])
def ortto(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Ortto]:
    file = tmp_path / "own.yaml"
    file.write_text(json.dumps({"people": request.param, "vendors": {"ortto": SECTION}}))
    server = Server(create_app(load_scenario(str(file)), vendors=("ortto",))).start()
    yield Ortto(Control(server.url).world())
    server.stop()


def test_the_audiences_have_members_from_the_start(ortto: Ortto) -> None:
    everyone = ortto.matches()
    readers = ortto.audience("Readers", with_filter=True)
    assert readers["members"] == ortto.matches(filter=READERS) == ortto.matches(audience_id=readers["id"])
    assert (readers["members"] > 0) is (everyone > 0)
    assert (readers["filter"], readers["building"], readers["ready"]) == (READERS, False, True)
    names = ("is_public", "public_name", "sms_is_public", "sms_public_name")
    assert [readers[name] for name in names] == [True, "Our letter", True, "Our texts"]
    assert ortto.audience("Paying")["is_public"] is False
    assert [one["name"] for one in ortto.audiences(limit=3)] == ["Shipped", "Paying", "Readers"]
    assert "Old" in [one["name"] for one in ortto.audiences(archived=True)]


@pytest.mark.parametrize("now", ["1970-01-01T00:00:00Z", "2199-12-31T00:00:00Z"])
def test_ids_have_24_digits_in_every_year(tmp_path: Path, now: str) -> None:
    file = tmp_path / "own.yaml"
    people = [{"joinedDaysAgo": 36500}, {"joinedDaysAgo": 0}]
    file.write_text(json.dumps({"now": now, "people": people, "vendors": {"ortto": SECTION}}))
    server = Server(create_app(load_scenario(str(file)), vendors=("ortto",))).start()
    ortto = Ortto(Control(server.url).world())
    ids = [*ortto.ids(), ortto.create("new@test.example"), ortto.audience_id_of("Readers")]
    server.stop()
    assert [len(id) for id in ids] == [24] * 4


def test_people_enter_by_the_fields_and_activities(ortto: Ortto) -> None:
    id = ortto.create("buyer@test.example", **{"str:cm:plan": "Paid"})
    assert ortto.ids(audience_id=ortto.audience_id_of("Paying")) == [id]
    assert ortto.ids(audience_id=ortto.audience_id_of("Shipped")) == []
    body = {"activities": [{"activity_id": "act:cm:order-shipped", "person_id": id}]}
    ortto.send("POST", "/v1/activities/create", body)
    assert ortto.ids(audience_id=ortto.audience_id_of("Shipped")) == [id]
    fields = ortto.send("POST", "/v1/person/custom-field/get")["fields"]
    (plan,) = [one["field"] for one in fields if one["field"]["id"] == "str:cm:plan"]
    assert plan["dic_items"] == ["Free", "Paid"]


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            {"audiences": [{"name": "A", "filter": {"$nope": {}}}]},
            "ortto's audience 'A': invalid filter; see Filter in ",
        ),
        (
            {"audiences": [{"name": "A", "filter": condition("$has_any_value", "str:cm:nope")}]},
            "ortto's audience 'A': its filter names the unknown field str:cm:nope; add it to customFields",
        ),
        (
            {"audiences": [{"name": "A", "filter": {"$is_member_of": {"audience_id": "0" * 24}}}]},
            "ortto's audience 'A': its filter names an audience or a campaign; use the fields",
        ),
        (
            {"customFields": [{"name": "Job title", "type": "text"}]},
            "ortto's custom field 'Job title': another one has this name; choose another name",
        ),
        (
            {"customFields": [{"name": "Plan", "type": "single_select"}]},
            "ortto's custom field 'Plan': a select without values; give it values",
        ),
        (
            {"customFields": [{"name": "Plan", "type": "text", "values": ["Free"]}]},
            "ortto's custom field 'Plan': values without a select; leave them out, or give it a type of",
        ),
        (
            {"activities": ["Shipped", "shipped!"]},
            "ortto's activity 'shipped!': another one has this name; choose another name",
        ),
    ],
)
def test_what_does_not_fit_is_named(section: dict[str, Any], message: str) -> None:
    contract = read_vendor("ortto").contract
    world = World(
        "w", 42, "ortto", MemoryStore().space("w"), datetime(2026, 1, 5, 9, tzinfo=UTC), contract=contract
    )
    with pytest.raises(InvalidScenarioError) as raised:
        populate(world, people(42, 5, {"sv_SE": 1.0}), section)
    assert message in str(raised.value)
