"""DigitalAudience: derived audiences, which become ready without a file, and fields that no call sets."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.errors import ControlError
from mockserver.pytest_plugin import MockServer
from tests.vendors.digitalaudience import UNKNOWN_ID, DigitalAudience, forked
from tests.vendors.test_digitalaudience_onboarding import assert_invariants

pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00.123456Z")
EMAILS = "email\njohn.sam@mail.com\nkim@mail.com\n"
TYPES = ["LOOKALIKE", "COLLABORATION"]


@pytest.fixture
def vendor(mockserver: World) -> DigitalAudience:
    vendor = DigitalAudience(mockserver)
    vendor.backstage("set_session_lifetime", minutes=None)
    return vendor


@pytest.fixture
def source(vendor: DigitalAudience) -> int:
    id = int(vendor.create("Buyers")["id"])
    assert vendor.onboard(id, EMAILS)["canCreateLookalike"] is True
    return id


def derive(vendor: DigitalAudience, source: int, type: str = "LOOKALIKE") -> int:
    made = vendor.backstage("derive_audience", audienceId=source, type=type)
    assert (made["type"], made["audienceState"], made["sourceAudienceId"]) == (type, "PENDING", source)
    return int(made["audienceId"])


def state(vendor: DigitalAudience, id: int) -> tuple[str, int]:
    one = vendor.load(id)
    assert_invariants(one)
    return one["audienceState"], one["audienceStateId"]


@pytest.mark.parametrize("type", TYPES)
def test_a_derived_audience_becomes_ready(vendor: DigitalAudience, source: int, type: str) -> None:
    id, origin = derive(vendor, source, type), vendor.load(source)
    made = vendor.load(id)
    assert (made["name"], made["type"], made["typeId"]) == (
        f"Buyers ({type.lower()})",
        type,
        TYPES.index(type) + 1,
    )
    assert (made["sourceAudienceId"], made["sourceAudienceTypeId"]) == (source, origin["typeId"])
    assert (made["campaignId"], made["campaignName"]) == (origin["campaignId"], origin["campaignName"])
    assert (made["dataUpdated"], made["crmData"], made["canCreateLookalike"]) == (None, None, False)
    seen = []
    for minutes in (0, 9, 2, 48, 2):
        vendor.world.clock.advance(minutes=minutes)
        seen.append(state(vendor, id))
    assert seen == [("PENDING", 2), ("PENDING", 2), ("PROCESSING", 1), ("PROCESSING", 1), ("READY", 0)]
    ready = vendor.load(id)
    assert ready["dataUpdated"].startswith("2026-01-05T10:00:00")
    assert ready["updated"] > made["updated"]
    assert (ready["crmData"], ready["canCreateLookalike"]) == (None, False)
    assert ready in vendor.audiences()
    assert vendor.load(source) == origin


def test_a_derived_audience_is_used_like_any_other(vendor: DigitalAudience, source: int) -> None:
    id = derive(vendor, source)
    vendor.backstage("finish_processing", audienceId=id)
    segment = vendor.activate(id)["segmentId"]
    assert [one["segmentId"] for one in vendor.segments(id)] == [segment]
    renamed = vendor.send("POST", "/audience/update", {"id": id, "name": "Like buyers"})
    assert (renamed["name"], renamed["activationStatus"]) == ("Like buyers", "Active")
    assert vendor.send("DELETE", f"/audience/delete/{id}") is True
    vendor.onboard(source, "email\nnew@mail.com\n")
    vendor.world.clock.advance(hours=3)
    assert vendor.failure("GET", f"/audience/loadaudiencebyid/{id}")[0] == 404


@pytest.mark.parametrize("all_at_once", [True, False])
def test_generation_can_be_finished_at_once(vendor: DigitalAudience, source: int, all_at_once: bool) -> None:
    id = derive(vendor, source)
    done = vendor.backstage("finish_processing", **({} if all_at_once else {"audienceId": id}))
    assert {"audienceId": id, "audienceState": "READY"} in done["audiences"]
    before = vendor.load(id)
    assert before["audienceState"] == "READY"
    vendor.world.clock.advance(hours=3)
    assert vendor.load(id) == before, "a step of the finished generation still ran"


def test_new_data_of_the_source_generates_it_anew(vendor: DigitalAudience, source: int) -> None:
    id = derive(vendor, source)
    vendor.world.clock.advance(hours=2)
    before = vendor.load(id)
    vendor.drop(source, "email\nnew@mail.com\n")
    vendor.world.clock.advance(minutes=59)
    assert vendor.load(id) == before
    vendor.world.clock.advance(minutes=2)
    assert state(vendor, id) == ("PROCESSING", 1)
    vendor.world.clock.advance(minutes=50)
    after = vendor.load(id)
    assert after["audienceState"] == "READY"
    assert after["dataUpdated"] > before["dataUpdated"]


def test_new_data_restarts_an_unfinished_generation(vendor: DigitalAudience, source: int) -> None:
    id = derive(vendor, source)
    vendor.world.clock.advance(minutes=55)
    vendor.onboard(source, "email\nnew@mail.com\n")
    vendor.world.clock.advance(minutes=30)  # the first generation would have ended
    assert state(vendor, id) == ("PROCESSING", 1)
    vendor.world.clock.advance(minutes=30)
    assert state(vendor, id) == ("READY", 0)


def test_finishing_everything_finishes_what_a_file_generates_anew(
    vendor: DigitalAudience, source: int
) -> None:
    id = derive(vendor, source)
    vendor.world.clock.advance(hours=2)
    before = vendor.load(id)
    vendor.drop(source, "email\nnew@mail.com\n")
    done = vendor.backstage("finish_processing")["audiences"]
    assert [one for one in done if one["audienceId"] in (source, id)] == [
        {"audienceId": source, "audienceState": "READY"},
        {"audienceId": id, "audienceState": "READY"},
    ]
    assert vendor.load(id)["dataUpdated"] > before["dataUpdated"]


def lose_data(vendor: DigitalAudience, source: int) -> None:
    assert vendor.onboard(source, "email\n", "replace")["audienceState"] == "NODATA"


def delete(vendor: DigitalAudience, source: int) -> None:
    vendor.send("DELETE", f"/audience/delete/{source}")


@pytest.mark.parametrize("end", [lose_data, delete])
@pytest.mark.parametrize("minutes", [5, 15])
def test_an_unfinished_one_fails_with_its_source(
    vendor: DigitalAudience, source: int, end: Any, minutes: int
) -> None:
    id = derive(vendor, source)
    vendor.world.clock.advance(minutes=minutes)
    end(vendor, source)
    assert state(vendor, id) == ("FAILED", 4)
    vendor.world.clock.advance(hours=3)
    assert state(vendor, id) == ("FAILED", 4)
    assert vendor.load(id)["sourceAudienceId"] == source


@pytest.mark.parametrize("end", [lose_data, delete])
def test_a_ready_one_outlives_its_source(vendor: DigitalAudience, source: int, end: Any) -> None:
    id = derive(vendor, source)
    vendor.world.clock.advance(hours=2)
    before = vendor.load(id)
    end(vendor, source)
    vendor.world.clock.advance(hours=3)
    assert vendor.load(id) == before
    assert before["audienceState"] == "READY"


def test_a_failed_one_recovers_with_its_source(vendor: DigitalAudience, source: int) -> None:
    id = derive(vendor, source)
    lose_data(vendor, source)
    assert state(vendor, id) == ("FAILED", 4)
    vendor.onboard(source, EMAILS)
    vendor.world.clock.advance(hours=1)
    assert state(vendor, id) == ("READY", 0)


@pytest.mark.parametrize("type", TYPES)
def test_a_derived_audience_takes_no_file_and_is_no_source(
    vendor: DigitalAudience, source: int, type: str
) -> None:
    id = derive(vendor, source, type)
    vendor.backstage("finish_processing", audienceId=id)
    before = vendor.load(id)
    with pytest.raises(ControlError) as caught:
        vendor.drop(id, EMAILS)
    assert (caught.value.problem, f"audience {id} is a {type}" in str(caught.value)) == (
        "audience_is_derived",
        True,
    )
    with pytest.raises(ControlError) as caught:
        vendor.backstage("derive_audience", audienceId=id, type=type)
    assert caught.value.problem == "audience_is_derived"
    assert vendor.load(id) == before


def test_generation_goes_on_in_a_fork(
    vendor: DigitalAudience, source: int, mockserver_server: MockServer
) -> None:
    id = derive(vendor, source)
    with forked(mockserver_server, vendor.world) as fork:
        assert fork.load(id) == vendor.load(id)
        fork.backstage("set_session_lifetime", minutes=None)
        fork.world.clock.advance(hours=1)
        assert state(fork, id) == ("READY", 0)
    assert state(vendor, id) == ("PENDING", 2)


@pytest.mark.parametrize(("status", "id"), [("Active", 0), ("Expired", 1), (None, None)])
def test_lifetime_and_tags_of_an_audience(
    vendor: DigitalAudience, mockserver_server: MockServer, status: str | None, id: int | None
) -> None:
    made = vendor.create()
    shown = {"lifetimeStatus": status, "lifetimeStatusId": id, "tagCollection": ["loyal", "vip"]}
    given = {name: shown[name] for name in ("lifetimeStatus", "tagCollection")}
    answer = vendor.backstage("set_audience_fields", audienceId=made["id"], **given)
    assert answer == {"audienceId": made["id"], **shown}
    found = vendor.load(made["id"])
    assert found == {**made, **shown, "updated": found["updated"]}
    assert found in vendor.audiences()
    with forked(mockserver_server, vendor.world) as fork:
        assert fork.load(made["id"]) == found
    vendor.backstage("set_audience_fields", audienceId=made["id"], tagCollection=None)
    assert vendor.load(made["id"])["tagCollection"] is None
    assert vendor.load(made["id"])["lifetimeStatus"] == status


SEGMENT_FIELDS = {
    "segmentRefId": "dv360-4711",
    "categoryId": 12,
    "totalLogCount": 3,
    "totalPendingCount": 4,
    "totalUploadCount": 5,
    "totalSegmentUploadCount": 6,
    "totalReadyCount": 7,
    "totalProcessingCount": 8,
    "totalFailedCount": None,
    "totalNoDataCount": None,
}


def test_reference_category_and_counters_of_a_segment(
    vendor: DigitalAudience, mockserver_server: MockServer
) -> None:
    id = vendor.create()["id"]
    segment = vendor.activate(id)["segmentId"]
    (made,) = vendor.segments(id)
    first = dict(list(SEGMENT_FIELDS.items())[:3])
    vendor.backstage("set_segment_fields", segmentId=segment, **first)
    answer = vendor.backstage("set_segment_fields", segmentId=made["id"], **SEGMENT_FIELDS)
    assert answer == {"segmentId": segment, **SEGMENT_FIELDS}
    found = vendor.send("GET", f"/segment/loadsegmentbyid/{segment}")
    assert found == {**made, **SEGMENT_FIELDS, "updated": found["updated"]}
    assert vendor.segments(id) == [found]
    with forked(mockserver_server, vendor.world) as fork:
        (copy,) = fork.segments(id)
        assert copy == {**found, "userName": copy["userName"]}


def test_token_and_pricing_category_of_an_account(
    vendor: DigitalAudience, mockserver_server: MockServer
) -> None:
    id, token = vendor.account(), "mock-token-of-a-seat"
    fields = {"accessToken": token, "defaultSegmentPricingCategoryId": 3}
    assert vendor.backstage("set_account_fields", accountId=id, **fields) == {"accountId": id, **fields}
    accounts = vendor.send("GET", "/organisation/loadplatformaccounts")
    assert accounts[0] == {**accounts[0], **fields}
    assert {one["accessToken"] for one in accounts[1:]} == {None}
    assert token not in vendor.world.journal()[-1]["reply"]["body"], "a token is secret"
    with forked(mockserver_server, vendor.world) as fork:
        assert fork.send("GET", "/organisation/loadplatformaccounts") == accounts
    vendor.backstage("set_account_fields", accountId=id, accessToken=None)
    found = vendor.send("GET", "/organisation/loadplatformaccounts")[0]
    assert (found["accessToken"], found["defaultSegmentPricingCategoryId"]) == (None, 3)


@pytest.mark.parametrize(
    ("action", "body", "problem"),
    [
        ("set_audience_fields", {"audienceId": UNKNOWN_ID}, "unknown_audience"),
        ("set_segment_fields", {"segmentId": UNKNOWN_ID}, "unknown_segment"),
        ("set_account_fields", {"accountId": UNKNOWN_ID}, "unknown_account"),
        ("set_account_fields", {"accountId": 1, "accessToken": "real"}, "call_does_not_fit"),
        (
            "set_account_fields",
            {"accountId": 1, "defaultSegmentPricingCategoryId": 1e300},
            "call_does_not_fit",
        ),
        ("set_segment_fields", {"segmentId": 1, "categoryId": 1e300}, "call_does_not_fit"),
        ("set_segment_fields", {"segmentId": 1, "totalReadyCount": 1e300}, "call_does_not_fit"),
        ("set_audience_fields", {"audienceId": 1, "lifetimeStatus": "Over"}, "call_does_not_fit"),
    ],
)
def test_fields_that_cannot_be_set(
    vendor: DigitalAudience, action: str, body: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ControlError) as caught:
        vendor.backstage(action, **body)
    assert caught.value.problem == problem
