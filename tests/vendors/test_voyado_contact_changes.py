"""Voyado: contact changes, contact counts and consents."""

import pytest

from mockserver.client import World
from tests.vendors.voyado import Engage

CHANGES, COUNT = "/api/v3/contacts/changes", "/api/v3/contacts/count"
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def changed(engage: Engage, change_type: str, start: str = "2026-01-05 09:00", **params: str) -> list[str]:
    ids: list[str] = engage.get(CHANGES, changeType=change_type, fromDate=start, **params)
    return ids


def test_changes_are_listed_by_type_and_time(engage: Engage) -> None:
    assert [changed(engage, change_type) for change_type in ("Created", "Updated", "Deleted")] == [[], [], []]
    ids = []
    for name in ("one", "two", "three"):
        ids.append(engage.create(f"{name}@example.com"))
        engage.world.clock.advance(minutes=10)
    engage.patch(ids[2], city="Lund")
    engage.patch(ids[0], city="Lund")
    engage.patch(ids[1], contactType="Contact")  # changes nothing
    engage.world.clock.advance(minutes=10)
    engage.send("DELETE", f"/api/v3/contacts/{ids[2]}")
    assert changed(engage, "Created") == ids[:2]
    assert changed(engage, "Updated") == ids[:1]
    assert changed(engage, "Deleted") == ids[2:]
    assert changed(engage, "Created", toDate="2026-01-05 09:09:59.999") == ids[:1]
    assert changed(engage, "Created", "2026-01-05T10:10:00+01:00") == ids[1:2]
    assert changed(engage, "Created", "2026-01-05T09:10:00.0000001Z", toDate="2027-01-01") == ids[1:2]
    assert changed(engage, "Deleted", toDate="2026-01-05 09:30:00") == []
    assert changed(engage, "Updated", "2026-01-06", toDate="2026-01-05") == []


def test_the_demo_contacts_were_created_and_updated_in_the_past(engage: Engage) -> None:
    ids = engage.all_ids()
    assert len(set(ids)) == 200
    metas = [engage.overview(id)["meta"] for id in ids]
    created = [meta["createdOn"] for meta in metas]
    assert created == sorted(created)
    updated = [id for id, meta in zip(ids, metas, strict=True) if meta["modifiedOn"] != meta["createdOn"]]
    assert updated
    assert sorted(changed(engage, "Updated", "2000-01-01")) == sorted(updated)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"changeType": "Created"},
        {"fromDate": "2026-01-05"},
        {"changeType": "Married", "fromDate": "2026-01-05"},
        {"changeType": "Created", "fromDate": ""},
        {"changeType": "Created", "fromDate": "yesterday"},
        {"changeType": "Created", "fromDate": "2026-02-29"},
        {"changeType": "Created", "fromDate": "2026-01-05 24:00"},
        {"changeType": "Created", "fromDate": "2026-01-05", "toDate": "05/01/2026"},
    ],
)
def test_an_invalid_time_range_is_rejected(engage: Engage, params: dict[str, str]) -> None:
    assert "errorCode" not in engage.expect_error(400, "GET", CHANGES, **params)


def test_leap_days_are_valid(engage: Engage) -> None:
    assert changed(engage, "Created", "2024-02-29", toDate="2024-02-29 00:00") == []


def test_the_number_of_changes_is_limited(engage: Engage) -> None:
    engage.world.backstage("voyado", "configure", changesLimit=2.0)
    for name in ("one", "two"):
        engage.create(f"{name}@example.com")
    assert len(changed(engage, "Created")) == 2
    engage.create("three@example.com")
    error = engage.expect_error(400, "GET", CHANGES, changeType="Created", fromDate="2026-01-05")
    assert error["message"] == "More than 2 contacts match"


def test_the_count_of_approved_contacts_is_cached(engage: Engage) -> None:
    count = engage.get(COUNT)
    overviews = [engage.overview(id) for id in engage.all_ids()]
    assert count == sum(overview["meta"]["approved"] for overview in overviews) < 200
    unapproved = engage.create("unapproved@example.com", unapproved=True)
    ids = [engage.create(f"{name}@example.com") for name in ("one", "two", "three")]
    engage.send("DELETE", f"/api/v3/contacts/{ids[0]}")
    assert engage.get(COUNT) == count
    engage.world.clock.advance(minutes=19, seconds=59)
    assert engage.get(COUNT) == engage.get("/api/v2/contacts/count") == count
    engage.world.clock.advance(seconds=1)
    assert engage.get(COUNT) == engage.get("/api/v2/contacts/count") == count + 2
    engage.send("POST", f"/api/v2/contacts/{unapproved}/preferences/acceptsSms", {"value": False})
    engage.world.clock.advance(minutes=20)
    assert engage.get(COUNT) == count + 3


def test_consents_are_listed_in_both_versions(engage: Engage) -> None:
    consents = engage.get("/api/v3/consents")
    assert [consent["id"] for consent in consents] == ["memberTerms", "profiling"]
    assert consents[0]["metaData"]["linkText"]["en-GB"] == "Read the terms"
    assert engage.get("/api/v2/consents") == consents
