"""Spotler: the part `account` of a scenario's section."""

from typing import Any

import pytest

from mockserver.errors import ControlError, InvalidScenarioError
from mockserver.pytest_plugin import MockServer
from mockserver.state.scenario import load_scenario, parse_scenario
from mockserver.vendors.spotler import scenario_account
from tests.vendors.spotler import Spotler, forked

CODE = "7d0f3c52-3f55-4f0e-9d0c-3a8f3c1a9b11"
TYPES = ["birthdate", "date", "dateTime", "email", "gender", "int", "mobNr", "money", "postcode", "string"]
ACCOUNT: dict[str, Any] = {
    "product": "AUTOMATION",
    "maximumAudiences": 1,
    "maximumTemporaryLists": 1,
    "permissions": ["Letter"],
    "channels": ["EMAIL"],
    "properties": [
        *({"name": f"own{type}", "type": type} for type in TYPES),
        {"name": "ownset", "type": "set", "entries": [{"bit": 5, "description": "Five"}]},
    ],
    "campaigns": [{"name": "Welcome", "triggers": ["Signed up"], "mailings": ["Hello"], "audience": "vip"}],
    "automationTriggers": [{"triggerCode": CODE, "automations": [{"participationLimit": 1}]}],
    "forms": [{"name": "Newsletter", "formSubType": "subscribe"}],
    "trendReports": [{"name": "Weekly", "target": "B2C"}],
    "temporaryLists": [{"name": "Visitors", "type": "IMPORT"}],
}
AUDIENCES = [{"externalId": "vip", "name": "VIP", "who": {}}]


@pytest.fixture(scope="module")
def own(mockserver_server: MockServer) -> Any:
    """A world whose scenario gives everything that an account can have."""
    section = {"account": ACCOUNT, "audiences": AUDIENCES}
    world = mockserver_server.control.create_world(scenario={"people": 3, "vendors": {"spotler": section}})
    yield Spotler(world)
    world.delete()


def test_all_of_the_account_is_in_the_world(own: Spotler, mockserver_server: MockServer) -> None:
    with forked(mockserver_server, own.world) as fork:
        listed = {one["name"]: one for one in fork.get("/contact/properties/list")}
        assert {name: listed[f"own{name}"]["type"] for name in [*TYPES, "set"]} == {
            name: name for name in [*TYPES, "set"]
        }
        assert listed["permissions"]["entries"][0]["description"] == "Letter"
        assert [one["name"] for one in fork.get("/contact/c-1")["channels"]] == ["EMAIL"]
        [campaign] = fork.get("/campaign/list")
        fork.succeed(
            "POST",
            f"/campaign/trigger/{campaign['triggers'][0]['encryptedId']}",
            {"externalContactId": "c-1"},
        )
        [sent] = fork.get("/contact/c-1/campaign-mailings")["campaignMailingHistories"]
        assert sent["campaignMailing"]["name"] == "Hello"
        assert (
            fork.send("POST", f"/automation/trigger/{CODE}", {"externalContactId": "c-1"}).status_code == 200
        )
        assert [one["name"] for one in fork.get("/form/list", formSubType="subscribe")] == ["Newsletter"]
        assert [one["name"] for one in fork.get("/trend-report")["trendReports"]] == ["Weekly"]
        assert [(one["name"], one["type"]) for one in fork.get("/templist")] == [("Visitors", "IMPORT")]
        # the campaign has the audience as a filter, and one audience is the maximum
        assert fork.send("DELETE", "/audience/vip").status_code == 417
        error = fork.fail(417, "POST", "/audience", {"externalId": "more", "name": "More"})
        assert error["message"] == "Maximum of audiences exceeded"


def test_the_product_of_the_account(mockserver_server: MockServer) -> None:
    section = {"account": {"product": "PROFESSIONAL"}}
    world = mockserver_server.control.create_world(scenario={"vendors": {"spotler": section}})
    Spotler(world).fail(403, "GET", "/audience/any")
    world.delete()


def test_the_demo_world_has_realistic_properties() -> None:
    account = load_scenario("demo").vendors["spotler"]["account"]
    assert len(account["properties"]) >= 12
    assert {"set", "int", "money", "date", "dateTime", "string"} <= {
        one["type"] for one in account["properties"]
    }


def test_the_former_place_of_the_account_counts() -> None:
    former = {"product": "AUTOMATION", "permissions": ["Letter"], "properties": ACCOUNT["properties"]}
    parse_scenario("own", "own", {"vendors": {"spotler": former}})
    assert scenario_account.read(former) == former
    assert scenario_account.read({"product": "AUTOMATION", "account": {"permissions": ["Letter"]}}) == {
        "product": "AUTOMATION",
        "permissions": ["Letter"],
    }


@pytest.mark.parametrize(
    ("section", "message"),
    [
        (
            {"product": "AUTOMATION", "account": {"product": "AUTOMATION"}},
            "/product: /product is given too; remove",
        ),
        ({"account": {"permissions": ["A", "A"]}}, "/permissions/1: 'A' occurs twice; remove one of them"),
        (
            {"account": {"properties": [{"name": "a", "type": "int"}, {"name": "a", "type": "string"}]}},
            "/properties/1: 'a' occurs twice",
        ),
        (
            {"properties": [{"name": "email", "type": "int"}]},
            "/properties/0/type: 'email' has the type int; make it",
        ),
        (
            {"account": {"properties": [{"name": "a", "type": "set"}]}},
            "/properties/0: a set without entries; give",
        ),
        (
            {
                "account": {
                    "properties": [{"name": "a", "type": "int", "entries": [{"bit": 1, "description": ""}]}]
                }
            },
            "/properties/0: a property of the type int has entries",
        ),
        (
            {
                "account": {
                    "properties": [
                        {"name": "a", "type": "set", "entries": [{"bit": 1, "description": "x"}] * 2}
                    ]
                }
            },
            "/properties/0/entries: two entries share a bit",
        ),
        (
            {"account": {"temporaryLists": [{"name": "a", "type": "IMPORT"}] * 2}},
            "/temporaryLists/1: 'a' occurs",
        ),
        (
            {"account": {"forms": [{"name": "f", "fields": [{"name": "a"}, {"name": "a"}]}]}},
            "/forms/0/fields/1: 'a' occurs twice",
        ),
        (
            {
                "account": {"maximumAudiences": 1},
                "audiences": [{"externalId": "a", "name": "a"}, {"externalId": "b", "name": "b"}],
            },
            "/maximumAudiences: it starts with 2; raise it to 2, or give fewer",
        ),
        (
            {"account": {"maximumTemporaryLists": 0, "temporaryLists": [{"name": "a", "type": "IMPORT"}]}},
            "/maximumTemporaryLists: it starts with 1; raise it to 1",
        ),
    ],
)
def test_a_wrong_account_is_refused_in_one_line(section: dict[str, Any], message: str) -> None:
    parse_scenario("own", "own", {"vendors": {"spotler": section}})  # the schema has nothing against it
    with pytest.raises(InvalidScenarioError) as error:
        scenario_account.read(section)
    assert str(error.value).startswith(f"spotler's account at /account{message}")
    assert "\n" not in str(error.value)


def test_a_wrong_account_is_refused_when_the_world_is_created(mockserver_server: MockServer) -> None:
    section = {"account": {"campaigns": [{"name": "A", "audience": "nowhere"}]}}
    with pytest.raises(ControlError, match="/account/campaigns/0/audience: unknown audience 'nowhere'; add"):
        mockserver_server.control.create_world(scenario={"vendors": {"spotler": section}})
