"""DigitalAudience: audiences from creation to deletion, and their activation by the clock."""

from typing import Any
from uuid import UUID

import pytest

from mockserver.client import World
from tests.vendors.digitalaudience import ACTIVATION, TIMESTAMP, DigitalAudience

ORDER = [
    "userId",
    "description",
    "campaignId",
    "campaignName",
    "dataUpdated",
    "startDate",
    "endDate",
    "activationStatus",
    "activationStatusId",
    "lifetimeStatus",
    "lifetimeStatusId",
    "tagCollection",
    "crmData",
    "audienceState",
    "audienceStateId",
    "type",
    "typeId",
    "sourceAudienceId",
    "sourceAudienceTypeId",
    "canCreateLookalike",
    "hasSegments",
    "id",
    "name",
    "created",
    "updated",
]
FRESH = {
    "activationStatus": "New",
    "activationStatusId": 0,
    "audienceState": "NODATA",
    "audienceStateId": 5,
    "type": "ONBOARDING",
    "typeId": 0,
    "canCreateLookalike": False,
    "hasSegments": False,
}
FRESH_NULLS = [
    "dataUpdated",
    "startDate",
    "endDate",
    "lifetimeStatus",
    "lifetimeStatusId",
    "tagCollection",
    "crmData",
    "sourceAudienceId",
    "sourceAudienceTypeId",
]

pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00.123456Z")


@pytest.fixture
def vendor(mockserver: World) -> DigitalAudience:
    vendor = DigitalAudience(mockserver)
    vendor.backstage("set_session_lifetime", minutes=None)
    return vendor


def test_new_audience_matches_the_documented_example(vendor: DigitalAudience) -> None:
    campaign = vendor.campaign("audience campaign")
    made = vendor.create("testfhdfhdfh", campaignId=campaign, description="audience description")
    assert list(made) == ORDER
    assert made == {
        **FRESH,
        **dict.fromkeys(FRESH_NULLS),
        "userId": made["userId"],
        "description": "audience description",
        "campaignId": campaign,
        "campaignName": "audience campaign",
        "id": made["id"],
        "name": "testfhdfhdfh",
        "created": "2026-01-05T09:00:00.123456Z",
        "updated": "2026-01-05T09:00:00.123456Z",
    }
    assert vendor.load(made["id"]) == made
    assert vendor.audiences()[-1] == made


def test_a_new_campaign_has_the_shared_fields(vendor: DigitalAudience) -> None:
    made = vendor.send("POST", "/campaign/createcampaign", {"name": " api_camp "})
    assert made["name"] == "api_camp"
    assert made["description"] is None
    assert made["created"] == made["updated"] == "2026-01-05T09:00:00.123456Z"
    assert vendor.send("GET", "/campaign/loadcampaigns")[-1] == made
    assert vendor.send("GET", f"/campaign/loadcampaignbyid/{made['id']}") == made


def test_ids_increase_and_are_never_reused(vendor: DigitalAudience) -> None:
    first, second = vendor.create()["id"], vendor.create()["id"]
    vendor.send("DELETE", f"/audience/delete?audienceId={second}")
    assert first < second < vendor.create()["id"]


def test_names_need_not_be_unique_and_are_trimmed(vendor: DigitalAudience) -> None:
    campaign = vendor.campaign()
    one = vendor.create("  Same ", campaignId=campaign)
    other = vendor.create("Same", campaignId=campaign)
    assert (one["name"], other["name"]) == ("Same", "Same")
    assert one["id"] != other["id"]


def test_name_is_limited_to_255_characters_after_trimming(vendor: DigitalAudience) -> None:
    assert vendor.create(" " * 300 + "x" * 255 + "\n")["name"] == "x" * 255
    body = {"name": f" {'x' * 256} ", "campaignId": vendor.campaign()}
    assert vendor.failure("POST", "/audience/createcrmaudience", body) == (400, "name is invalid")


@pytest.mark.parametrize("id", [0, "0", -1])
def test_nonpositive_id_is_not_found(vendor: DigitalAudience, id: int | str) -> None:
    found = vendor.failure("POST", "/audience/update", {"id": id, "name": "People"})
    assert found == (404, f"Audience {id} not found")
    assert vendor.failure("DELETE", f"/audience/delete?audienceId={id}") == found
    assert vendor.failure("GET", f"/audience/loadaudiencebyid/{id}") == found


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": ""}, "name is required"),
        ({"name": "  "}, "name is required"),
        ({"name": None}, "name is required"),
        ({"name": 7}, "name is invalid"),
        ({"name": "x" * 256}, "name is invalid"),
        ({"campaignId": None}, "campaignId is required"),
        ({"campaignId": "a"}, "campaignId is invalid"),
        ({"campaignId": "-1"}, "campaignId is invalid"),
        ({"campaignId": 2**31}, "campaignId is invalid"),
        ({"campaignId": 1.5}, "campaignId is invalid"),
        ({"campaignId": True}, "campaignId is invalid"),
        ({"description": 1}, "description is invalid"),
    ],
)
def test_invalid_field_is_named_in_the_message(
    vendor: DigitalAudience, changes: dict[str, Any], message: str
) -> None:
    body = {"name": "People", "campaignId": vendor.campaign(), **changes}
    assert vendor.failure("POST", "/audience/createcrmaudience", body) == (400, message)
    missing = next(iter(changes))
    if changes[missing] is None:
        del body[missing]
        assert vendor.failure("POST", "/audience/createcrmaudience", body) == (400, message)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"null", b'"text"', b'{"name": "x", "campaignId": "{{_.campaing_id}}",\n}']
)
def test_body_must_be_a_json_object(vendor: DigitalAudience, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    url = f"{vendor.url}/audience/createcrmaudience"
    reply = vendor.session.post(url, data=content, headers=headers, timeout=30)
    assert reply.status_code == 400
    assert reply.json()["status"]["message"] == "Request body is not valid JSON"


def test_update_changes_only_the_given_fields(vendor: DigitalAudience) -> None:
    made = vendor.create(description="first")
    id = made["id"]
    seen = [made["updated"]]
    for body, description in (
        ({"id": str(id), "name": "Second"}, "first"),
        ({"id": id, "name": "Third", "description": "second"}, "second"),
        ({"id": id, "name": "Fourth", "description": None}, None),
    ):
        changed = vendor.send("POST", "/audience/update", body)
        assert changed == vendor.load(id)
        assert changed == {
            **made,
            "name": body["name"],
            "description": description,
            "updated": changed["updated"],
        }
        seen.append(changed["updated"])
    assert seen == sorted(set(seen)), "updated must increase even if the clock is frozen"


def test_reading_does_not_change_updated(vendor: DigitalAudience) -> None:
    made = vendor.create()
    vendor.world.clock.advance(hours=3)
    vendor.audiences()
    assert vendor.load(made["id"])["updated"] == made["updated"]
    vendor.activate(made["id"])
    assert vendor.load(made["id"])["updated"] > made["updated"]


def test_activation_creates_a_segment(vendor: DigitalAudience) -> None:
    made = vendor.create()
    id, account = made["id"], vendor.account()
    assert vendor.segments(id) == []
    done = [vendor.activate(id), vendor.activate(id, name="Again", accountId=str(account))]
    assert len({UUID(one["flowId"]) for one in done}) == 2
    segments = vendor.segments(id)
    assert [one["segmentId"] for one in segments] == [one["segmentId"] for one in done]
    assert len({one["id"] for one in segments}) == 2
    assert [one["name"] for one in segments] == ["Buyers", "Again"]
    for one in segments:
        assert vendor.send("GET", f"/segment/loadsegmentbyid/{one['segmentId']}") == one
        assert (one["audienceId"], one["accountId"], one["status"], one["active"]) == (
            id,
            account,
            "Active",
            True,
        )
        assert one["startDate"].startswith("2026-01-01T00:00:00")
        assert TIMESTAMP.fullmatch(one["created"])
    audience = vendor.load(id)
    assert (audience["activationStatus"], audience["hasSegments"]) == ("Active", True)
    assert audience["endDate"].startswith("2026-03-31T23:59:59")
    assert audience["audienceState"] == "NODATA"


def test_activation_ends_with_the_last_segment(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    vendor.activate(id, endDate="2026-02-01")
    vendor.activate(id, endDate="2026-03-01T00:00:00Z")
    vendor.world.clock.set("2026-02-02T00:00:00Z")
    assert vendor.load(id)["activationStatus"] == "Active"
    assert [one["status"] for one in vendor.segments(id)] == ["Ended", "Active"]
    vendor.world.clock.set("2026-03-02T00:00:00Z")
    audience = vendor.load(id)
    assert (audience["activationStatus"], audience["hasSegments"]) == ("Ended", True)
    assert {one["status"] for one in vendor.segments(id)} == {"Ended"}
    vendor.activate(id, startDate="2026-03-02", endDate="2026-04-02")
    assert vendor.load(id)["activationStatus"] == "Active"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-02", "2026-01-02T00:00:00Z"),
        ("2026-01-02T03:04", "2026-01-02T03:04:00Z"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05Z"),
        ("2026-01-02T03:04:05.25", "2026-01-02T03:04:05.250000Z"),
        ("2026-01-02T03:04+02:00", "2026-01-02T01:04:00Z"),
        ("2026-01-02T03:04:05.1234567Z", "2026-01-02T03:04:05.123456Z"),
    ],
)
def test_dates_accept_iso_8601_forms(vendor: DigitalAudience, value: str, expected: str) -> None:
    id = vendor.create()["id"]
    vendor.activate(id, startDate=value)
    assert vendor.load(id)["startDate"] == vendor.segments(id)[0]["startDate"] == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"endDate": "2025-12-31T23:59:59Z"}, "endDate must be after startDate"),
        ({"endDate": "2026-01-01T01:00:00+01:00"}, "endDate must be after startDate"),
        ({"startDate": "yesterday"}, "startDate is invalid"),
        ({"endDate": "2026-02-30T00:00:00Z"}, "endDate is invalid"),
        ({"endDate": "2026-02-30T00:00"}, "endDate is invalid"),
        ({"endDate": "2026-13-01T00:00:00"}, "endDate is invalid"),
        ({"description": None}, "description is required"),
        ({"name": " "}, "name is required"),
        ({"accountId": "x"}, "accountId is invalid"),
    ],
)
def test_rejected_activation_changes_nothing(
    vendor: DigitalAudience, changes: dict[str, Any], message: str
) -> None:
    made = vendor.create()
    body = {"audienceId": made["id"], "accountId": vendor.account(), **ACTIVATION, **changes}
    assert vendor.failure("POST", "/audience/activate", body) == (400, message)
    assert vendor.load(made["id"]) == made
    assert vendor.segments(made["id"]) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/audience/delete?audienceId={id}", None),
        ("/audience/delete?id={id}", None),
        ("/audience/delete", {"audienceId": ...}),
        ("/audience/delete", {"id": ...}),
        ("/audience/delete?audienceId={id}&id={id}", {"id": ..., "audienceId": ...}),
        ("/audience/delete/{id}", None),
        ("/api/Audience/Delete?audienceId={id}", None),
    ],
)
def test_delete_removes_the_audience_but_not_its_campaign(
    vendor: DigitalAudience, path: str, body: dict[str, Any] | None
) -> None:
    made, other = vendor.create(), vendor.create("Other")
    id = made["id"]
    vendor.onboard(id, "email\njohn.sam@mail.com\n")
    segment = vendor.activate(id)["segmentId"]
    body = body and dict.fromkeys(body, id)
    assert vendor.send("DELETE", path.format(id=id), body) is True
    not_found = (404, f"Audience {id} not found")
    assert vendor.failure("GET", f"/audience/loadaudiencebyid/{id}") == not_found
    assert vendor.failure("GET", f"/segment/loadsegmentsbyaudienceid/{id}") == not_found
    assert vendor.failure("DELETE", path.format(id=id), body) == not_found
    assert vendor.failure("GET", f"/segment/loadsegmentbyid/{segment}") == (
        404,
        f"Segment {segment} not found",
    )
    assert vendor.send("GET", f"/campaign/loadcampaignbyid/{made['campaignId']}")["id"] == made["campaignId"]
    assert vendor.load(other["id"]) == other


@pytest.mark.parametrize(
    ("query", "body", "message"),
    [
        ("", None, "audienceId is required"),
        ("", {}, "audienceId is required"),
        ("?audienceId=x", None, "audienceId is invalid"),
        ("", {"id": "x"}, "id is invalid"),
        ("?audienceId=1", {"id": 2}, "audienceId and id must be the same"),
        ("?audienceId=1&id=2", None, "audienceId and id must be the same"),
    ],
)
def test_delete_requires_one_id(
    vendor: DigitalAudience, query: str, body: dict[str, Any] | None, message: str
) -> None:
    assert vendor.failure("DELETE", f"/audience/delete{query}", body) == (400, message)


def test_pending_jobs_do_not_restore_a_deleted_audience(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    vendor.drop(id, "email\njohn.sam@mail.com\n")
    vendor.activate(id)
    vendor.send("DELETE", f"/audience/delete/{id}")
    vendor.world.clock.advance(days=365)
    assert id not in [one["id"] for one in vendor.audiences()]


def test_reset_restores_the_same_audiences(vendor: DigitalAudience) -> None:
    before = vendor.audiences()
    assert before
    vendor.create()
    vendor.world.reset()
    vendor.login()
    assert vendor.audiences() == before
