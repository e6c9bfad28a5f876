"""Voyado: vouchers, which v2 calls bonus checks."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.voyado import Engage, receipt

UNKNOWN_ID = "2e40b702-2767-4abe-ae99-aa510108e22b"
V3 = "/api/v3/reward-vouchers"
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def give(engage: Engage, contact: str, amount: float = 195, **members: Any) -> Any:
    return engage.world.backstage("voyado", "create_voucher", contactId=contact, amount=amount, **members)


def checks(contact: str) -> str:
    return f"/api/v2/contacts/{contact}/bonuschecks"


def ids(page: Any) -> list[str]:
    return [item["id"] for item in page["items"]]


def lists(engage: Engage, contact: str) -> list[list[str]]:
    """The ids of all, the available and the redeemed vouchers, the same in both versions."""
    found = []
    for suffix in ("", "/available", "/redeemed"):
        listed = ids(engage.get(V3 + suffix, contactId=contact))
        assert ids(engage.get(checks(contact) + suffix)) == listed
        found.append(listed)
    return found


def test_a_voucher_is_redeemed_once_and_reactivated(engage: Engage, mockserver_server: MockServer) -> None:
    contact = engage.create("voucher@example.com")
    voucher = give(engage, contact, currency="EUR", name="Thank you")
    id = voucher["id"]
    assert engage.get(V3, contactId=contact)["items"] == [voucher]
    assert (voucher["value"], voucher["name"]) == ({"currency": "EUR", "amount": 195}, "Thank you")
    assert voucher["expiresOn"] == "2026-04-05T09:00:00.000Z"
    assert lists(engage, contact) == [[id], [id], []]
    for reactivated in (False, True):
        redeemed = engage.send("POST", f"{V3}/{id.upper()}/redeem")
        assert (redeemed.status_code, redeemed.json()["redeemed"]) == (200, True)
        assert redeemed.json()["redeemedOn"] == "2026-01-05T09:00:00.000Z"
        error = engage.expect_error(409, "POST", f"{V3}/{id}/redeem")
        assert error["errorCode"] == "RewardVoucherAlreadyRedeemed"
        fork = engage.fork(mockserver_server.control)
        for one in (engage, fork):
            assert lists(one, contact) == [[id], [], [id]]
        path = f"/api/v2/promotions/reward-vouchers/{id}/reactivate"
        answer = engage.send("POST", path if reactivated else f"{V3}/{id}/reactivate")
        assert answer.json() == (id if reactivated else voucher)
        assert engage.expect_error(409, "POST", path)["errorCode"] == "RewardVoucherAlreadyActivated"
        assert lists(engage, contact) == [[id], [id], []]


def test_v2_has_names_of_its_own(engage: Engage) -> None:
    contact = engage.create("check@example.com")
    voucher = give(engage, contact)
    (check,) = engage.get(checks(contact))["items"]
    assert (check["checkNumber"], check["bonusPoints"]) == (voucher["voucherNumber"], 0)
    assert check.keys().isdisjoint(("voucherNumber", "points"))
    for version in ("v2", "v3"):
        assert engage.get(f"/api/{version}/contactoverview", contactId=contact)["bonusChecks"] == [check]
    (available,) = engage.get(f"{checks(contact)}/available")["items"]
    assert available == {name: check[name] for name in check if not name.startswith("redeemed")}
    redeemed = engage.send("POST", f"{checks(contact)}/{check['id']}/redeem").json()
    assert redeemed.pop("redeemedOn") == "2026-01-05T09:00:00.000Z"
    assert redeemed == {name: available[name] for name in available if name != "expiresOn"}
    assert engage.get(f"{checks(contact)}/redeemed")["items"][0].keys() == {*redeemed, "redeemedOn"}
    assert engage.overview(contact)["bonusChecks"] == []


def test_a_voucher_expires(engage: Engage) -> None:
    contact = engage.create("late@example.com")
    id, kept = (give(engage, contact, days=2)["id"] for _ in range(2))
    engage.send("POST", f"{V3}/{kept}/redeem")
    engage.world.clock.advance(days=2)
    assert lists(engage, contact) == [[id, kept], [], [kept]]
    for path in (f"{V3}/{id}/redeem", f"{checks(contact)}/{id}/redeem", f"{V3}/{kept}/reactivate"):
        assert engage.expect_error(409, "POST", path)["errorCode"] == "RewardVoucherExpired"


def test_a_voucher_takes_its_points_and_a_receipt_redeems_it(engage: Engage) -> None:
    contact = engage.create("payer@example.com")
    engage.send("POST", "/api/v3/receipts", receipt(contact))
    engage.world.clock.advance(minutes=15)
    first, second = (give(engage, contact, points=199) for _ in range(2))
    (account,) = engage.get("/api/v3/point-accounts", contactId=contact)["items"]
    assert (account["balance"], first["points"]) == (101, 199)
    page = engage.get("/api/v3/point-accounts/transactions", accountId=account["id"])
    assert [item["amount"] for item in page["items"]] == [499, -199, -199]
    used = [{"checkNumber": first["voucherNumber"]}, {"checkNumber": "unknown"}]
    engage.send("POST", "/api/v3/receipts", receipt(contact, "600-2", usedBonusChecks=used))
    assert lists(engage, contact)[2] == []
    engage.world.clock.advance(minutes=15)
    assert lists(engage, contact)[1:] == [[second["id"]], [first["id"]]]


def test_vouchers_are_listed_by_page(engage: Engage) -> None:
    contact = engage.create("many@example.com")
    given = [give(engage, contact)["id"] for _ in range(3)]
    for path, params in ((V3, {"contactId": contact}), (checks(contact), {})):
        page = engage.get(path, offset=1, count=1, **params)
        assert (ids(page), page["count"], page["offset"], page["totalCount"]) == (given[1:2], 1, 1, 3)


def test_unknown_vouchers_and_those_of_others_are_rejected(engage: Engage) -> None:
    contact, other = engage.create("mine@example.com"), engage.create("other@example.com")
    id = give(engage, contact)["id"]
    for path in (
        f"{V3}/{UNKNOWN_ID}/redeem",
        f"{V3}/{UNKNOWN_ID}/reactivate",
        f"{checks(other)}/{id}/redeem",
    ):
        assert engage.expect_error(404, "POST", path)["errorCode"] == "RewardVoucherNotFound"
    for path in (f"{V3}/1/redeem", f"{V3}/1/reactivate", f"{checks(contact)}/1/redeem"):
        assert engage.expect_error(400, "POST", path)["errorCode"] == "InvalidRewardVoucherId"
    assert engage.expect_error(400, "GET", V3, contactId="1")["errorCode"] == "InvalidContactId"
    assert engage.expect_error(400, "GET", V3, contactId=contact, count=0)["errorCode"] == "InvalidData"
    engage.send("DELETE", f"/api/v3/contacts/{contact}")
    for suffix in ("", "/available", "/redeemed"):
        engage.expect_error(404, "GET", V3 + suffix, contactId=contact)
        engage.expect_error(404, "GET", checks(contact) + suffix)
    error = engage.expect_error(404, "POST", f"{checks(contact)}/{id}/redeem")
    assert error["errorCode"] == "ContactNotFound"
    assert engage.expect_error(404, "POST", f"{V3}/{id}/redeem")["errorCode"] == "RewardVoucherNotFound"
