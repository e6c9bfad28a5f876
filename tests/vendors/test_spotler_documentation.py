"""Spotler: the possibilities and rules on the vendor's page about synchronizing audiences."""

import pytest

from mockserver.client import World
from tests.read_vendors import read_vendor
from tests.vendors.spotler import Spotler

CONTRACT = read_vendor("spotler").contract
POSSIBILITIES = {
    "Synchronizing an audience based on a unique audience id": ("create_audience", "update_audience"),
    "Changing an audience based on a unique audience id": ("update_audience",),
    "Delete an audience based on a unique audience id": ("delete_audience",),
    "Add contacts to an audience based on a unique audience id": ("add_audience_contacts",),
    "Remove contacts from an audience based on a unique audience id": ("remove_audience_contacts",),
    "empty an audience in one go": ("remove_audience_contacts",),
}
RULES = {
    "This feature is available for the Automation and eCommerce products": "product_not_licensed",
    "The audience name must be unique": "audience_name_taken",
    "The audience id must be unique": "audience_id_taken",
    "used as a target group of a scheduled mailing": "audience_in_use",
    "set up an automailer": "audience_in_use",
    "set as a filter on a trigger or step in a campaign or automation": "audience_in_use",
}
BLOCKERS = [
    ("schedule_mailing", {"at": "2099-01-01T00:00:00Z"}),
    ("add_campaign_filter", {}),
    ("add_automation_filter", {}),
]


@pytest.mark.parametrize("possibility", POSSIBILITIES)
def test_each_possibility_is_an_audience_operation(possibility: str) -> None:
    assert POSSIBILITIES[possibility]
    for operation in POSSIBILITIES[possibility]:
        assert CONTRACT.operations[operation].path.startswith("/integrationservice/audience")
        assert "product_not_licensed" in CONTRACT.operations[operation].problems


def test_the_rules_of_the_page_are_the_seed_problems() -> None:
    examples = CONTRACT.document.root["components"]["examples"]
    assert {name for name, one in examples.items() if one.get("x-source") == "seed"} == set(RULES.values())
    assert set(RULES.values()) <= set(CONTRACT.problems)


@pytest.mark.parametrize(("action", "more"), BLOCKERS)
def test_each_reference_prevents_deletion(mockserver: World, action: str, more: dict[str, str]) -> None:
    spotler = Spotler(mockserver)
    spotler.create("ours")
    spotler.backstage(action, audience="ours", **more)
    assert spotler.fail(417, "DELETE", "/audience/ours")["errorType"] == "INVALID_STATE"


def test_decisions_where_the_page_is_silent(mockserver: World) -> None:
    """A second synchronization is a PUT, not a POST; an unknown contact rejects the whole call."""
    spotler = Spotler(mockserver)
    spotler.create("ours", "Ours")
    again = {"externalId": "ours", "name": "Ours"}
    assert spotler.send("POST", "/audience", again).status_code == 417
    assert spotler.send("PUT", "/audience/ours", again).status_code == 200
    contacts = {"contacts": [spotler.contact("p1"), "unknown"]}
    assert spotler.send("POST", "/audience/ours/contact", contacts).status_code == 404
    assert spotler.members("ours") == []
