"""Voyado: what changed, how many contacts there are, and what they can agree to."""

import pytest

from mockserver.client import World
from tests.vendors.test_voyado_audiences import Engage

CHANGES, COUNT = "/api/v3/contacts/changes", "/api/v3/contacts/count"
pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00Z")


@pytest.fixture
def engage(mockserver: World) -> Engage:
    return Engage(mockserver)


def changed(engage: Engage, kind: str, first: str = "2026-01-05 09:00", **rest: str) -> list[str]:
    found: list[str] = engage.get(CHANGES, changeType=kind, fromDate=first, **rest)
    return found


def test_changes_are_listed_by_kind_and_time(engage: Engage) -> None:
    assert [changed(engage, kind) for kind in ("Created", "Updated", "Deleted")] == [[], [], []]
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


def test_the_demo_people_were_created_and_updated_in_the_past(engage: Engage) -> None:
    everybody = engage.everybody()
    assert len(set(everybody)) == 200
    moments = [engage.overview(id)["meta"] for id in everybody]
    assert [one["createdOn"] for one in moments] == sorted(one["createdOn"] for one in moments)
    updated = [
        id for id, one in zip(everybody, moments, strict=True) if one["modifiedOn"] != one["createdOn"]
    ]
    assert updated
    assert sorted(changed(engage, "Updated", "2000-01-01")) == sorted(updated)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"changeType": "Created"},
        {"fromDate": "2026-01-05"},
        {"changeType": "created", "fromDate": "2026-01-05"},
        {"changeType": "Created", "fromDate": ""},
        {"changeType": "Created", "fromDate": "yesterday"},
        {"changeType": "Created", "fromDate": "2026-02-29"},
        {"changeType": "Created", "fromDate": "2026-01-05 24:00"},
        {"changeType": "Created", "fromDate": "2026-01-05", "toDate": "05/01/2026"},
    ],
)
def test_a_span_that_cannot_be_read_is_refused(engage: Engage, params: dict[str, str]) -> None:
    assert "errorCode" not in engage.refused(400, "GET", CHANGES, **params)


def test_leap_days_are_days(engage: Engage) -> None:
    assert changed(engage, "Created", "2024-02-29", toDate="2024-02-29 00:00") == []


def test_a_list_of_changes_has_a_limit(engage: Engage) -> None:
    engage.world.backstage("voyado", "configure", changesLimit=2.0)
    for name in ("one", "two"):
        engage.create(f"{name}@example.com")
    assert len(changed(engage, "Created")) == 2
    engage.create("three@example.com")
    refusal = engage.refused(400, "GET", CHANGES, changeType="Created", fromDate="2026-01-05")
    assert refusal["message"] == "More than 2 contacts match"


def test_the_count_is_of_approved_contacts_and_lags(engage: Engage) -> None:
    count = engage.get(COUNT)
    overviews = [engage.overview(id) for id in engage.everybody()]
    assert count == sum(one["meta"]["approved"] for one in overviews) < 200
    shy = engage.create("shy@example.com", unapproved=True)
    ids = [engage.create(f"{name}@example.com") for name in ("one", "two", "three")]
    engage.send("DELETE", f"/api/v3/contacts/{ids[0]}")
    assert engage.get(COUNT) == count
    engage.world.clock.advance(minutes=19, seconds=59)
    assert engage.get(COUNT) == engage.get("/api/v2/contacts/count") == count
    engage.world.clock.advance(seconds=1)
    assert engage.get(COUNT) == engage.get("/api/v2/contacts/count") == count + 2
    engage.send("POST", f"/api/v2/contacts/{shy}/preferences/acceptsSms", {"value": False})
    engage.world.clock.advance(minutes=20)
    assert engage.get(COUNT) == count + 3


def test_consents_are_listed_in_both_versions(engage: Engage) -> None:
    consents = engage.get("/api/v3/consents")
    assert [one["id"] for one in consents] == ["memberTerms", "profiling"]
    assert consents[0]["metaData"]["linkText"]["en-GB"] == "Read the terms"
    assert engage.get("/api/v2/consents") == consents
