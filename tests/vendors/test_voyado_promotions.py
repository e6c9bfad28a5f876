"""Voyado: promotions, their assignment to contacts, and how contacts redeem them."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.voyado import Engage

UNKNOWN_ID = "2e40b702-2767-4abe-ae99-aa510108e22b"
CREATE, V2 = "/api/v3/promotions/multichannels", "/api/v2/promotions/multichannels"
ASSIGN = "/api/v3/promotion-assignments"
POS = {"type": "POS", "valueType": "PERCENT", "value": "20", "instruction": "Show this"}
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def draft(engage: Engage, **members: Any) -> Any:
    response = engage.send("POST", CREATE, {"name": "Offer", "redemptionChannels": [POS]} | members)
    assert response.status_code == 200, response.text
    return response.json()


def activate(engage: Engage, **members: Any) -> str:
    id = str(draft(engage, **members)["id"])
    engage.world.backstage("voyado", "activate_promotion", id=id.upper())
    return id


def assign(engage: Engage, contact: str, promotion: str) -> str:
    """Assigns the promotion and returns the id of the assignment."""
    response = engage.send("POST", ASSIGN, {"contactId": contact, "promotionId": promotion})
    assert (response.status_code, response.json()) == (200, {})
    return str(promotions(engage, contact)[-1]["id"])


def promotions(engage: Engage, contact: str, **params: Any) -> Any:
    listed = engage.get(f"/api/v3/contacts/{contact}/promotions", **params)
    assert engage.get(f"/api/v2/contacts/{contact}/promotions", **params) == listed
    return listed


def redeem(engage: Engage, id: str, channel: str = "POS") -> Any:
    return engage.send("POST", f"{ASSIGN}/{id}/redeem", {"redemptionChannel": channel})


@pytest.mark.parametrize("value_type", ["EXTERNALOFFER", "SWIPE"])
def test_values_that_are_texts_stay_as_they_were_given(engage: Engage, value_type: str) -> None:
    contact = engage.create("offer@example.com")
    channel = {"type": "OTHER", "valueType": value_type, "value": "A-17"}
    assign(engage, contact, activate(engage, redemptionChannels=[channel]))
    (listed,) = promotions(engage, contact)[0]["redemptionChannels"]
    assert channel.items() <= listed.items()


def test_a_draft_is_activated_assigned_and_redeemed(engage: Engage, mockserver_server: MockServer) -> None:
    contact = engage.create("offer@example.com")
    promotion = activate(
        engage, externalId="SO-1", presentation={"heading": "20 % off", "link": "https://x.y"}
    )
    id = assign(engage, contact, promotion)
    assert id not in (promotion, contact)
    (listed,) = promotions(engage, contact)
    assert listed == {
        "id": id,
        "promotionId": promotion,
        "externalId": "SO-1",
        "type": "Multichannel",
        "name": "Offer",
        "expiresOn": None,
        "heading": "20 % off",
        "description": None,
        "redeemed": False,
        "redeemedOn": None,
        "imageUrl": None,
        "link": "https://x.y",
        "redemptionChannels": [{**POS, "value": 20, "localValues": []}],
    }
    for version in ("v2", "v3"):
        assert engage.get(f"/api/{version}/contactoverview", contactId=contact)["promotions"] == [listed]
    assert assign(engage, contact, promotion) == id
    assert len(promotions(engage, contact)) == 1
    assert redeem(engage, id.upper(), "pos").json() == {}
    fork = engage.fork(mockserver_server.control)
    for one in (engage, fork):
        (redeemed,) = promotions(one, contact)
        assert redeemed == listed | {"redeemed": True, "redeemedOn": "2026-01-05T09:00:00.000Z"}
        assert one.expect_error(409, "POST", f"{ASSIGN}/{id}/redeem", {"redemptionChannel": "POS"})
    assert assign(engage, contact, promotion) != id


@pytest.mark.parametrize("by_assignment", [True, False])
def test_v2_assigns_and_redeems_by_contact(engage: Engage, by_assignment: bool) -> None:
    contact, other = engage.create("v2@example.com"), engage.create("other@example.com")
    promotion, channel = activate(engage), {"redemptionChannel": "POS"}
    mine = f"/api/v2/contacts/{contact}/promotions"
    assert engage.send("POST", f"{mine}/{promotion}/assign").json() == {}
    id = promotions(engage, contact)[0]["id"]
    wrong = engage.expect_error(404, "POST", f"/api/v2/contacts/{other}/promotions/{id}/redeem", channel)
    assert wrong["errorCode"] == "PromotionNotAssociatedWithContact"
    path = f"{mine}/{id if by_assignment else promotion}/redeem"
    assert engage.send("POST", path, channel).json() == {}
    assert engage.expect_error(409, "POST", path, channel)["errorCode"] == "PromotionAlreadyRedeemed"
    engage.send("POST", f"{mine}/{promotion}/assign")
    code = f"/api/v2/promotions/codes/{promotions(engage, contact)[1]['id']}/redeem"
    assert engage.send("POST", code, channel).json() == {}
    assert [one["redeemed"] for one in promotions(engage, contact)] == [True, True]


def test_a_promotion_has_channels(engage: Engage) -> None:
    contact = engage.create("channels@example.com")
    money = {"type": "ECOM", "valueType": "MONEY", "value": "20.5", "localValues": [{"currency": "EUR"}]}
    manual = {"type": "ECOM", "valueType": "MANUAL"}
    id = assign(engage, contact, activate(engage, redemptionChannels=[money, manual]))
    channels = promotions(engage, contact)[0]["redemptionChannels"]
    assert [one["value"] for one in channels] == [{"currency": "SEK", "amount": 20.5}, None]
    assert [one["localValues"] for one in channels] == [[{"currency": "EUR"}], []]
    assert promotions(engage, contact, redemptionChannelType="pos") == []
    assert promotions(engage, contact, redemptionChannelType="OTHER") == []
    assert len(promotions(engage, contact, redemptionChannelType="Ecom")) == 1
    for channel, status, code in (
        ("POS", 409, "PromotionNotValidForRedemptionChannel"),
        ("SHOP", 400, "NotAValidRedemptionChannel"),
        (7, 400, "NotAValidRedemptionChannel"),
    ):
        body = {"redemptionChannel": channel}
        assert engage.expect_error(status, "POST", f"{ASSIGN}/{id}/redeem", body)["errorCode"] == code
    assert redeem(engage, id, "ecom").status_code == 200


@pytest.mark.parametrize(
    ("validity", "expires"),
    [
        ({"startDate": "2026-01-05", "endDate": "2026-01-10T12:00:00Z"}, "2026-01-11"),
        ({"startDate": "2025-12-01", "assignedValidity": {"unit": "Days", "amount": 6}}, "2026-01-11"),
        ({"startDate": "2026-01-31", "assignedValidity": {"unit": "Months", "amount": 13}}, "2027-02-28"),
        (
            {
                "startDate": "2026-01-01",
                "endDate": "2026-01-10",
                "assignedValidity": {"unit": "Days", "amount": 9},
            },
            "2026-01-11",
        ),
    ],
)
def test_promotions_begin_and_expire(engage: Engage, validity: dict[str, Any], expires: str) -> None:
    contact = engage.create("days@example.com")
    promotion = activate(engage, validity=validity)
    engage.send("POST", ASSIGN, {"contactId": contact, "promotionId": promotion})
    begins = validity["startDate"] > "2026-01-05"
    assert engage.get(f"{V2}/{promotion}")["status"] == ("Scheduled" if begins else "Active")
    assert bool(promotions(engage, contact)) != begins
    engage.world.clock.set("2026-01-31T09:00:00Z" if begins else "2026-01-10T23:59:00Z")
    (listed,) = promotions(engage, contact)
    assert listed["expiresOn"] == f"{expires}T00:00:00.000Z"
    engage.world.clock.set(f"{expires}T00:00:00Z")
    assert promotions(engage, contact) == []
    body = {"redemptionChannel": "POS"}
    error = engage.expect_error(409, "POST", f"{ASSIGN}/{listed['id']}/redeem", body)
    assert error["errorCode"] == "PromotionExpired"
    if "endDate" in validity:
        assert engage.get(f"{V2}/{promotion}")["status"] == "Ended"
        body = {"contactId": contact, "promotionId": promotion}
        assert engage.expect_error(409, "POST", ASSIGN, body)["errorCode"] == "PromotionExpired"


@pytest.mark.parametrize(("base", "status"), [(CREATE, 200), (V2, 201)])
def test_drafts_are_changed_and_found_by_external_id(engage: Engage, base: str, status: int) -> None:
    made = engage.send("POST", base, {"name": "Draft", "externalId": "SO-2"})
    assert (made.status_code, made.json()["status"]) == (status, "Draft")
    id = made.json()["id"]
    validity = {"startDate": "2026-01-05T00:00:00.000Z"}
    assert made.json() == {
        "id": id,
        "status": "Draft",
        "externalId": "SO-2",
        "name": "Draft",
        "validity": validity,
        "redemptionChannels": [],
    }
    assert engage.get(f"{base}/{id}") == engage.get(base, externalId="SO-2") == made.json()
    assert (
        engage.get(f"{base}/{id}/validity") == engage.get(f"{base}/validity", externalId="SO-2") == validity
    )
    changed = engage.send("PUT", f"{base}/{id}", {"name": "Changed", "externalId": "SO-3"}).json()
    assert (changed["name"], changed["externalId"]) == ("Changed", "SO-3")
    moved = engage.send(
        "PUT", f"{base}/{id}/validity", {"startDate": "2026-03-01", "endDate": "2026-03-31"}
    ).json()
    assert moved == changed | {
        "validity": {"startDate": "2026-03-01T00:00:00.000Z", "endDate": "2026-03-31T00:00:00.000Z"}
    }
    assert engage.get(base, externalId="SO-3") == moved
    engage.expect_error(404, "GET", base, externalId="SO-2")
    taken = draft(engage, externalId="SO-2")
    body = {"name": "Other", "externalId": "SO-3"}
    for method, path in (("POST", CREATE), ("POST", V2), ("PUT", f"{base}/{taken['id']}")):
        assert engage.expect_error(409, method, path, body)["errorCode"] == "PromotionExists"
    engage.world.backstage("voyado", "activate_promotion", id=id)
    for path in (f"{base}/{id}", f"{base}/{id}/validity"):
        error = engage.expect_error(409, "PUT", path, {"name": "Late", "startDate": "2026-03-01"})
        assert error["errorCode"] == "PromotionNotDraft"


@pytest.mark.parametrize("base", [CREATE, V2])
def test_only_unassigned_promotions_are_deleted(engage: Engage, base: str) -> None:
    contact = engage.create("keep@example.com")
    kept = activate(engage, externalId="SO-4")
    assign(engage, contact, kept)
    assert engage.expect_error(409, "DELETE", f"{base}/{kept}")["errorCode"] == "PromotionIsAssigned"
    assert engage.expect_error(409, "DELETE", base, externalId="SO-4")["errorCode"] == "PromotionIsAssigned"
    for by_external_id in (False, True):
        gone = draft(engage, externalId="SO-5")["id"]
        params = {"externalId": "SO-5"} if by_external_id else {}
        path = base if by_external_id else f"{base}/{gone}"
        answer = engage.send("DELETE", path, **params)
        assert (answer.status_code, answer.json()) == (200, {})
        engage.expect_error(404, "DELETE", path, **params)
        engage.expect_error(404, "GET", f"{base}/{gone}")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "The name field is required."),
        ({"name": ""}, "The name field is required."),
        ({"name": "n", "validity": {}}, "The validity.startDate field is required."),
        (
            {"name": "n", "validity": {"startDate": "2026-01-02", "endDate": "2026-01-01"}},
            "The field validity.endDate must be after the startDate.",
        ),
        (
            {"name": "n", "redemptionChannels": [POS | {"type": "SHOP"}]},
            "The field redemptionChannels[0].type must be POS, ECOM or OTHER.",
        ),
        (
            {"name": "n", "redemptionChannels": [POS, POS | {"value": "a fifth"}]},
            "The field redemptionChannels[1].value must be a whole number as a string.",
        ),
        (
            {"name": "n", "redemptionChannels": [POS | {"valueType": "MONEY", "value": "-1"}]},
            "The field redemptionChannels[0].value must be a number as a string.",
        ),
    ],
)
def test_invalid_promotions_are_rejected(engage: Engage, body: Any, message: str) -> None:
    id = draft(engage)["id"]
    for method, path in (("POST", CREATE), ("POST", V2), ("PUT", f"{V2}/{id}"), ("PUT", f"{CREATE}/{id}")):
        error = engage.expect_error(400, method, path, body)
        assert (error["errorCode"], error["message"]) == ("BadRequest", message)


def test_unknown_and_invalid_ids_are_rejected(engage: Engage) -> None:
    contact, channel = engage.create("ids@example.com"), {"redemptionChannel": "POS"}
    unassigned = draft(engage)["id"]
    mine = f"/api/v2/contacts/{contact}/promotions"
    cases = [
        (404, "PromotionNotFound", f"{ASSIGN}/{UNKNOWN_ID}/redeem", channel),
        (404, "PromotionNotFound", f"{mine}/{UNKNOWN_ID}/redeem", channel),
        (404, "PromotionNotFound", f"{mine}/{UNKNOWN_ID}/assign", None),
        (404, "PromotionNotFound", f"{mine}/{unassigned}/assign", None),
        (404, "PromotionNotAssociatedWithContact", f"{ASSIGN}/{unassigned}/redeem", channel),
        (404, "PromotionNotAssociatedWithContact", f"{mine}/{unassigned}/redeem", channel),
        (404, "ContactNotFound", f"/api/v2/contacts/{UNKNOWN_ID}/promotions/{unassigned}/redeem", channel),
        (404, "ContactNotFound", ASSIGN, {"contactId": UNKNOWN_ID, "promotionId": unassigned}),
        (400, "InvalidContactId", ASSIGN, {"contactId": "1", "promotionId": unassigned}),
        (400, "InvalidPromotionId", ASSIGN, {"contactId": contact, "promotionId": "1"}),
        (400, "InvalidPromotionId", ASSIGN, {"contactId": contact}),
        (400, "NoData", ASSIGN, None),
        (400, "InvalidPromotionId", f"{ASSIGN}/1/redeem", channel),
        (400, "InvalidPromotionId", f"{mine}/1/redeem", channel),
        (400, "NoData", f"{ASSIGN}/{unassigned}/redeem", None),
    ]
    for status, code, path, body in cases:
        assert engage.expect_error(status, "POST", path, body)["errorCode"] == code, path
    error = engage.expect_error(400, "GET", mine, redemptionChannelType="SHOP")
    assert error["errorCode"] == "NotAValidRedemptionChannel"
    assert engage.expect_error(400, "GET", f"{V2}/1")["errorCode"] == "InvalidPromotionId"
    assert engage.expect_error(400, "GET", V2)["message"] == "The externalId field is required."


def test_promotions_of_a_deleted_contact_cannot_be_redeemed(engage: Engage) -> None:
    contact = engage.create("gone@example.com")
    id = assign(engage, contact, activate(engage))
    engage.send("DELETE", f"/api/v3/contacts/{contact}")
    engage.expect_error(404, "POST", f"{ASSIGN}/{id}/redeem", {"redemptionChannel": "POS"})
    engage.expect_error(404, "GET", f"/api/v3/contacts/{contact}/promotions")
