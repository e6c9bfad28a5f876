"""DigitalAudience: segments that wait, run, end, are extended, changed and deleted; and their audience."""

from itertools import pairwise
from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from tests.vendors.digitalaudience import DigitalAudience, forked

pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00.123456Z")
EARLY = {"startDate": "2026-01-01", "endDate": "2026-02-01"}
LATE = {"startDate": "2026-03-01", "endDate": "2026-04-01"}
FUTURE = {"startDate": "2030-01-01", "endDate": "2031-01-01"}


@pytest.fixture
def vendor(mockserver: World) -> DigitalAudience:
    vendor = DigitalAudience(mockserver)
    vendor.backstage("set_session_lifetime", minutes=None)
    return vendor


def segment_state(vendor: DigitalAudience, id: int) -> tuple[str, int, bool]:
    one = vendor.send("GET", f"/segment/loadsegmentbyid/{id}")
    return one["status"], one["statusId"], one["active"]


def audience_state(vendor: DigitalAudience, id: int) -> tuple[str, int, bool]:
    one = vendor.load(id)
    listed = next(other for other in vendor.audiences() if other["id"] == id)
    assert listed == one
    return one["activationStatus"], one["activationStatusId"], one["hasSegments"]


def test_a_segment_is_new_until_its_start(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    segment = vendor.activate(id, **FUTURE)["segmentId"]
    assert segment_state(vendor, segment) == ("New", 0, False)
    assert audience_state(vendor, id) == ("New", 0, True)
    audience = vendor.load(id)
    assert (audience["startDate"], audience["endDate"]) == ("2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z")
    vendor.world.clock.set("2030-01-01T00:00:00Z")
    assert segment_state(vendor, segment) == ("Active", 1, True)
    assert audience_state(vendor, id) == ("Active", 1, True)
    vendor.world.clock.set("2031-01-01T00:00:00Z")
    assert segment_state(vendor, segment) == ("Ended", 2, False)
    assert audience_state(vendor, id) == ("Ended", 2, True)


@pytest.mark.parametrize("order", [(EARLY, LATE), (LATE, EARLY)])
def test_an_audience_is_active_from_the_first_start_to_the_last_end(
    vendor: DigitalAudience, order: tuple[Any, ...]
) -> None:
    vendor.world.clock.set("2025-12-31T23:59:59Z")
    id = vendor.create()["id"]
    for period in order:
        vendor.activate(id, **period)
    seen = [audience_state(vendor, id)[0]]
    for day in ("2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"):
        vendor.world.clock.set(f"{day}T00:00:00Z")
        seen.append(audience_state(vendor, id)[0])
    assert seen == ["New", "Active", "Active", "Active", "Ended"]


def test_extension_revives_an_ended_segment(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    segment = vendor.activate(id, **EARLY)["segmentId"]
    vendor.world.clock.set("2026-02-03T00:00:00Z")
    before = vendor.load(id)
    assert (before["activationStatus"], segment_state(vendor, segment)[0]) == ("Ended", "Ended")
    body = {"id": segment, "endDate": "2026-02-10T12:00:00Z"}
    extended = vendor.send("POST", "/segment/extendenddate", body)
    assert (extended["status"], extended["active"], extended["endDate"]) == (
        "Active",
        True,
        "2026-02-10T12:00:00Z",
    )
    assert vendor.segments(id) == [extended]
    after = vendor.load(id)
    assert (after["activationStatus"], after["endDate"]) == ("Active", extended["endDate"])
    assert after["updated"] > before["updated"]
    vendor.world.clock.set("2026-02-10T12:00:00Z")
    assert audience_state(vendor, id) == ("Ended", 2, True)


def test_update_changes_only_the_given_members(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    segment = vendor.activate(id, **EARLY)["segmentId"]
    (made,) = vendor.segments(id)
    renamed = vendor.send("POST", "/segment/update", {"id": str(segment), "name": " Other "})
    assert renamed == {**made, "name": "Other", "updated": renamed["updated"]}
    assert renamed["updated"] > made["updated"]
    nothing = dict.fromkeys(("description", "extend", "startDate", "endDate"))  # as typed clients send them
    again = vendor.send("POST", "/segment/update", {"id": segment, "name": "Other", **nothing})
    assert again == {**renamed, "updated": again["updated"]}
    assert vendor.failure("POST", "/segment/update", {"id": segment, "name": None}) == (
        400,
        "name is required",
    )
    changes = {"name": "All", "description": "why", "extend": True, **LATE}
    changed = vendor.send("POST", "/segment/update", {"id": made["id"], **changes})
    expected: dict[str, Any] = {"startDate": "2026-03-01T00:00:00Z", "endDate": "2026-04-01T00:00:00Z"}
    expected |= {"status": "New", "statusId": 0, "active": False, "updated": changed["updated"]}
    assert changed == {**made, **changes, **expected}
    assert vendor.send("GET", f"/segment/loadsegmentbyid/{segment}") == changed
    audience = vendor.load(id)
    assert (audience["startDate"], audience["endDate"]) == (changed["startDate"], changed["endDate"])
    assert audience["activationStatus"] == "New"


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("/segment/extendenddate", {"endDate": "2026-01-01T00:00:00Z"}),
        ("/segment/extendenddate", {"endDate": "2020-01-01"}),
        ("/segment/update", {"name": "x", "startDate": "2026-02-01"}),
        ("/segment/update", {"name": "x", "endDate": "2025-02-01", "startDate": "2026-01-01"}),
    ],
)
def test_the_end_stays_after_the_start(vendor: DigitalAudience, path: str, changes: dict[str, str]) -> None:
    id = vendor.create()["id"]
    segment = vendor.activate(id, **EARLY)["segmentId"]
    before = vendor.load(id), vendor.segments(id)
    assert vendor.failure("POST", path, {"id": segment, **changes}) == (
        400,
        "endDate must be after startDate",
    )
    assert vendor.failure("POST", path, {"id": segment, "name": "x", "endDate": "2026-02-30"}) == (
        400,
        "endDate is invalid",
    )
    assert (vendor.load(id), vendor.segments(id)) == before


def test_the_system_extends_a_segment_whenever_it_ends(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    segment = vendor.activate(id, **EARLY)["segmentId"]
    vendor.send("POST", "/segment/update", {"id": segment, "name": "Endless", "extend": True})
    ends = []
    for day in ("2026-01-31T23:59:59", "2026-02-01T00:00:00", "2026-03-04T00:00:00", "2027-01-01T00:00:00"):
        vendor.world.clock.set(f"{day}Z")
        assert segment_state(vendor, segment)[0] == audience_state(vendor, id)[0] == "Active"
        ends.append(vendor.segments(id)[0]["endDate"][:10])
        assert vendor.load(id)["endDate"][:10] == ends[-1]
    assert ends == ["2026-02-01", "2026-03-03", "2026-04-02", "2027-01-27"]
    vendor.send("POST", "/segment/update", {"id": segment, "name": "Finite", "extend": False})
    vendor.world.clock.set("2027-01-27T00:00:00Z")
    assert segment_state(vendor, segment)[0] == audience_state(vendor, id)[0] == "Ended"


def test_deletion_of_the_last_segment_undoes_the_activation(vendor: DigitalAudience) -> None:
    made = vendor.create()
    id = made["id"]
    first, second = vendor.activate(id, **EARLY)["segmentId"], vendor.activate(id, **LATE)["segmentId"]
    record = vendor.segments(id)[1]["id"]
    assert vendor.send("DELETE", f"/segment/delete?segmentId={second}") is True
    assert [one["segmentId"] for one in vendor.segments(id)] == [first]
    for gone in (second, record):
        not_found = (404, f"Segment {gone} not found")
        assert vendor.failure("GET", f"/segment/loadsegmentbyid/{gone}") == not_found
        assert vendor.failure("DELETE", f"/segment/delete?segmentId={gone}") == not_found
        assert vendor.failure("POST", "/segment/update", {"id": gone, "name": "x"}) == not_found
        assert (
            vendor.failure("POST", "/segment/extendenddate", {"id": gone, "endDate": "2027-01-01"})
            == not_found
        )
    assert vendor.load(id)["endDate"] == "2026-02-01T00:00:00Z"
    assert vendor.send("DELETE", f"/segment/delete?segmentId={first}") is True
    assert vendor.segments(id) == []
    after = vendor.load(id)
    assert after == {**made, "updated": after["updated"]}
    assert after["updated"] > made["updated"]


def test_segments_of_another_organisation_are_not_found(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    segment = vendor.activate(id)["segmentId"]
    before, other = vendor.segments(id), vendor.other_organisation()
    not_found = (404, f"Segment {segment} not found")
    assert other.failure("POST", "/segment/update", {"id": segment, "name": "Mine"}) == not_found
    assert (
        other.failure("POST", "/segment/extendenddate", {"id": segment, "endDate": "2027-01-01"}) == not_found
    )
    assert other.failure("DELETE", f"/segment/delete?segmentId={segment}") == not_found
    assert vendor.segments(id) == before


def test_changes_survive_a_fork(vendor: DigitalAudience, mockserver_server: MockServer) -> None:
    id = vendor.create()["id"]
    kept, gone = vendor.activate(id, **EARLY)["segmentId"], vendor.activate(id, **LATE)["segmentId"]
    vendor.send("POST", "/segment/update", {"id": kept, "name": "Forked", "extend": True})
    vendor.send("DELETE", f"/segment/delete?segmentId={gone}")
    vendor.send("POST", "/campaign/update", {"id": vendor.load(id)["campaignId"], "name": "Forked too"})
    with forked(mockserver_server, vendor.world) as fork:
        (segment,) = fork.segments(id)
        assert (segment["name"], segment["extend"]) == ("Forked", True)
        assert segment == {**vendor.segments(id)[0], "userName": segment["userName"]}
        assert fork.load(id) == vendor.load(id)
        assert fork.load(id)["campaignName"] == "Forked too"


def test_ids_are_one_sequence_with_gaps(vendor: DigitalAudience) -> None:
    campaign = vendor.campaign()
    first = vendor.create(campaignId=campaign)["id"]
    segment = vendor.activate(first)["segmentId"]
    ids = [campaign, first, vendor.segments(first)[0]["id"], segment]
    ids += [vendor.create(campaignId=campaign)["id"] for _ in range(20)]
    assert len(set(ids)) == len(ids)
    assert ids[:2] + ids[3:] == sorted(ids[:2] + ids[3:])
    gaps = {later - earlier for earlier, later in pairwise(ids[4:])}
    assert len(gaps) > 3
    vendor.world.reset()
    vendor.login()
    assert vendor.campaign() == campaign
