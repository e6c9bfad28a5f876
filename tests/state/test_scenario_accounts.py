"""Parts of a vendor's account that mean the same for every vendor: switches, credentials, overlays."""

from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.errors import ControlError, InvalidContractError, InvalidScenarioError
from mockserver.state.scenario import Scenario, parse_scenario
from mockserver.testing.local_control import LocalControl

REMOVED = "/integrationservice/conversion"
ACCOUNT = {
    "permissions": ["Letter"],
    "switches": {"auth": "lenient"},
    "credentials": {"consumer_key": "our-key", "consumer_secret": "hush"},
    "overlays": [{"target": f"$.paths['{REMOVED}']", "remove": True}],
}


def scenario(account: dict[str, Any], **keys: Any) -> Scenario:
    return parse_scenario("own", "own", {"vendors": {"spotler": {"account": account}}, **keys})


def test_a_server_starts_with_the_account() -> None:
    control = LocalControl(create_app(scenario(ACCOUNT), vendors=("spotler",)))
    world = control.world()
    assert world.credentials("spotler") == {"consumer_key": "our-key", "consumer_secret": "hush"}
    assert world.settings()["switches"]["spotler"]["auth"] == "lenient"
    app = create_app(scenario(ACCOUNT), vendors=("spotler",))
    published = app.test_client().get("/spotler/openapi.json").json or {}
    assert REMOVED not in published["paths"]
    assert "/integrationservice/order" in published["paths"]
    call = {"Authorization": 'OAuth oauth_consumer_key="our-key"', "Accept": "application/json"}
    found = app.test_client().get("/spotler/integrationservice/contact/properties/list", headers=call).json
    assert "Letter" in [one["description"] for two in found or () for one in two.get("entries", ())]


def test_every_vendor_has_an_account() -> None:
    own: Any = {
        "digitalaudience": {"switches": {"error_http_style": "200"}},
        "fanfare": {"credentials": {"secret_key": "sk_ours"}},
        "ortto": {"switches": {"empty_list": "array"}},
        "voyado": {"overlays": [{"target": "$['x-limits'].calls", "update": {"calls": 7}}]},
    }
    read = parse_scenario("own", "own", {"vendors": {name: {"account": one} for name, one in own.items()}})
    assert set(read.settings["switches"]) == {"digitalaudience", "ortto"}
    assert read.overlays_at == {name: f"/vendors/{name}/account" for name in ("fanfare", "voyado")}
    assert read.vendors == {name: {} for name in own}  # the vendors see nothing of it
    assert read.fingerprint == parse_scenario("own", "own", {"vendors": dict(read.vendors)}).fingerprint


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"settings": {"switches": {"spotler": {"auth": "strict"}}}},
            "own at /vendors/spotler/account/switches/auth: /settings/switches/spotler has it too; keep one",
        ),
        (
            {"overlays": {"spotler": ACCOUNT["overlays"]}},
            "own at /overlays/spotler: /vendors/spotler/account has overlays too; keep one of them",
        ),
    ],
)
def test_nothing_is_given_twice(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidScenarioError) as error:
        scenario(ACCOUNT, **keys)
    assert str(error.value).startswith(message)


def test_settings_of_the_world_stay_beside_those_of_the_account() -> None:
    others = {
        "jobs": "manual",
        "switches": {"ortto": {"empty_list": "array"}, "spotler": {"date_style": "iso"}},
    }
    read = scenario({"switches": {"auth": "lenient"}}, settings=others)
    assert read.settings == {
        "jobs": "manual",
        "switches": {"ortto": {"empty_list": "array"}, "spotler": {"date_style": "iso", "auth": "lenient"}},
    }


def test_an_unknown_switch_or_credential_is_an_error_of_the_start() -> None:
    with pytest.raises(InvalidScenarioError, match="spotler has no switch 'auht', the nearest is auth"):
        create_app(scenario({"switches": {"auht": "lenient"}}), vendors=("spotler",))
    with pytest.raises(InvalidContractError, match=r"at /vendors/spotler/account.*did you mean consumer_key"):
        create_app(scenario({"credentials": {"consumer_kye": "a"}}), vendors=("spotler",))
    # what is for a vendor that is not served waits until it is
    create_app(scenario({"switches": {"auht": "lenient"}}), vendors=("ortto",))


def test_other_worlds_get_the_switches_but_no_overlays() -> None:
    control = LocalControl(create_app(people=0, vendors=("spotler",)))
    document = {"vendors": {"spotler": {"account": {"switches": ACCOUNT["switches"]}}}}
    world = control.create_world(scenario=document)
    assert world.settings()["switches"]["spotler"]["auth"] == "lenient"
    document["vendors"]["spotler"]["account"] = {"credentials": ACCOUNT["credentials"]}
    with pytest.raises(
        ControlError, match="at /vendors/spotler/account: its overlays and credentials adapt the contracts"
    ):
        control.create_world(scenario=document)
