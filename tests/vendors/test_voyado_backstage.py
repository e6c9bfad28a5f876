"""Voyado: backstage actions on target audiences and on the tenant's configuration."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.errors import ControlError
from tests.vendors.voyado import SILVER, SWEDES, Engage

TERMS = {"consent": "memberTerms", "is": True}
UNKNOWN_ID = "2e40b702-2767-4abe-ae99-aa510108e22b"
pytestmark = pytest.mark.mockserver(scenario="empty", now="2026-02-28T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


@pytest.mark.mockserver(scenario="demo")
def test_audiences_are_renamed_and_deleted_immediately(engage: Engage) -> None:
    silver = next(id for id in engage.all_ids() if "Silver" in engage.audiences(id))
    renamed = engage.world.backstage("voyado", "rename_target_audience", id=SILVER.upper(), name="Gold")
    assert (renamed["id"], renamed["name"]) == (SILVER, "Gold")
    assert {"id": SILVER, "name": "Gold"} in engage.get("/api/v3/target-audiences")
    assert "Gold" in engage.audiences(silver)
    engage.world.backstage("voyado", "delete_target_audience", id=SILVER)
    assert "Gold" not in engage.audiences(silver)
    assert SILVER not in [audience["id"] for audience in engage.get("/api/v2/target-audiences")]
    restored = engage.world.backstage(
        "voyado", "create_target_audience", id=SILVER, name="Again", filter=renamed["filter"]
    )
    assert restored["members"] == renamed["members"]
    assert engage.audiences(silver)[-1] == "Again"


def _invalid_audience(**body: Any) -> tuple[str, dict[str, Any], str]:
    return "create_target_audience", {"name": "n", "filter": TERMS} | body, "call_does_not_fit"


@pytest.mark.mockserver(scenario="demo")
@pytest.mark.parametrize(
    ("action", "body", "problem"),
    [
        _invalid_audience(filter={}),
        (
            "create_target_audience",
            {"name": "n" * 31, "filter": {"consent": "c", "is": True}},
            "call_does_not_fit",
        ),
        _invalid_audience(name=""),
        _invalid_audience(filter={"all": []}),
        _invalid_audience(filter={"attribute": "age"}),
        (
            "create_target_audience",
            {"name": "n", "filter": {"attribute": "age", "is": "1"}},
            "call_does_not_fit",
        ),
        (
            "create_target_audience",
            {"name": "n", "filter": {"attribute": "shoe", "is": "1"}},
            "call_does_not_fit",
        ),
        (
            "create_target_audience",
            {"id": SWEDES, "name": "n", "filter": TERMS},
            "target_audience_exists",
        ),
        ("rename_target_audience", {"id": UNKNOWN_ID, "name": "n"}, "unknown_target_audience"),
        ("delete_target_audience", {"id": UNKNOWN_ID}, "unknown_target_audience"),
        ("recalculate_target_audiences", {"id": UNKNOWN_ID}, "call_does_not_fit"),
        ("configure", {"customKey": "email"}, "call_does_not_fit"),
        ("add_contact_type", {"id": "MEMBER", "key": "email"}, "contact_type_exists"),
        ("begin_contact_creation", {"contactType": "Guest", "key": "k"}, "unknown_contact_type"),
        ("register_purchase", {"contactId": UNKNOWN_ID, "amount": 1}, "unknown_contact"),
        ("create_voucher", {"contactId": UNKNOWN_ID, "amount": 1}, "unknown_contact"),
        ("activate_promotion", {"id": UNKNOWN_ID}, "unknown_promotion"),
        ("send_message", {"contactId": UNKNOWN_ID, "type": "SmsMessage"}, "unknown_contact"),
        ("subscribe_webhooks", {"eventTypes": ["contact.merged"]}, "call_does_not_fit"),
        ("list_webhooks", {"skip": -1}, "call_does_not_fit"),
    ],
)
def test_invalid_actions_are_rejected(
    engage: Engage, action: str, body: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ControlError) as raised:
        engage.world.backstage("voyado", action, **body)
    assert raised.value.problem == problem


def test_the_configuration_is_returned(engage: Engage) -> None:
    added = engage.world.backstage("voyado", "add_contact_type", id="Visitor", key="mobilePhone")
    assert added == {"id": "Visitor", "key": "mobilePhone", "required": []}
    configuration = engage.world.backstage("voyado", "configure")
    assert (configuration["customKey"], configuration["changesLimit"]) == ("memberNumber", 250_000)
    assert [contact_type["id"] for contact_type in configuration["contactTypes"]] == [
        "Member",
        "Contact",
        "Visitor",
    ]
