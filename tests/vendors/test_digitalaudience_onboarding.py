"""DigitalAudience: dropped files, their processing and its duration, their counters and matches."""

import base64
import gzip
import io
import zipfile
import zlib
from hashlib import sha256
from typing import Any

import pytest

from mockserver.client import World
from mockserver.errors import ControlError
from tests.vendors.digitalaudience import UNKNOWN_ID, DigitalAudience

SAM = "john.sam@mail.com"
SAM_HASH = "A7DF77A9DB89B44110C704B680A24978579A3069B419DB95CBDA84541094ADBA"
PHONE = "31614123456"
PHONE_HASH = sha256(PHONE.encode()).hexdigest()
EMAILS = [f"person{number}@mail.example" for number in range(200)]
PAIRS = (
    ("audienceState", "audienceStateId"),
    ("activationStatus", "activationStatusId"),
    ("type", "typeId"),
    ("lifetimeStatus", "lifetimeStatusId"),
)

pytestmark = pytest.mark.mockserver(now="2025-12-15T11:36:16.489708Z")


@pytest.fixture
def vendor(mockserver: World) -> DigitalAudience:
    vendor = DigitalAudience(mockserver)
    vendor.backstage("set_session_lifetime", minutes=None)
    return vendor


def column(header: str, *values: str) -> str:
    return "\n".join((header, *values, ""))


def total_and_unique(event: Any, kind: str) -> tuple[int, int]:
    counters = event["dataSet"][kind]
    return counters["TOTAL"], counters["UNIQUE"]


def assert_invariants(audience: Any) -> None:
    """Checks the invariants of an audience."""
    if audience["type"] == "ONBOARDING":
        assert (audience["dataUpdated"] is None) == (audience["crmData"] is None)
    assert (audience["sourceAudienceId"] is None) == (audience["sourceAudienceTypeId"] is None)
    assert all((audience[name] is None) == (audience[id] is None) for name, id in PAIRS)
    assert audience["updated"] >= audience["created"]
    assert audience["canCreateLookalike"] == (audience["type"] == "ONBOARDING" and is_ready(audience))
    if audience["crmData"] is None:
        return
    assert audience["dataUpdated"] >= audience["created"]
    history = audience["crmData"]["history"]
    assert history["totalEvents"] == len(history["history"]) > 0
    for event in history["history"].values():
        assert event["audienceId"] == audience["id"]
        assert event["dataSet"].keys() == event["matchRates"].keys()
        for kind, counters in event["dataSet"].items():
            assert list(counters) == ["TOTAL", "UNIQUE", "MATCH", "UMATCH", "NOMATCH"]
            total, different, match, usable, no_match = counters.values()
            assert 0 <= usable <= match <= different <= total <= event["totalRows"]
            assert match + no_match == different
            assert event["matchRates"][kind] == (round(match / different, 4) if different else 0)


def is_ready(audience: Any) -> bool:
    return bool(audience["audienceState"] == "READY")


def test_file_passes_through_every_state(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    vendor.world.clock.advance(minutes=5)
    dropped = vendor.drop(id, column("email", SAM))
    assert (dropped["audienceId"], dropped["mode"], dropped["audienceState"]) == (id, "opt-in", "UPLOAD")
    seen = []
    for minutes in (0, 2, 9, 50, 61):
        vendor.world.clock.advance(minutes=minutes)
        audience = vendor.load(id)
        assert_invariants(audience)
        crm = audience["crmData"]
        seen.append((audience["audienceState"], audience["audienceStateId"], crm and crm["insightsState"]))
    assert seen == [
        ("UPLOAD", 3, None),
        ("PENDING", 2, None),
        ("PROCESSING", 1, None),
        ("READY", 0, "PENDING"),
        ("READY", 0, "READY"),
    ]
    assert audience["dataUpdated"].startswith("2025-12-15T12:41:16")
    assert audience["canCreateLookalike"] is True
    (event,) = audience["crmData"]["history"]["history"].values()
    assert event["created"].startswith("2025-12-15T11:41:16")
    assert (event["mode"], event["totalRows"], event["dataSet"].keys()) == ("opt-in", 1, {"EMAIL"})


def test_second_file_reprocesses_a_ready_audience(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    before = vendor.onboard(id, column("email", SAM))
    vendor.drop(id, column("email", "kim@mail.com"))
    vendor.world.clock.advance(minutes=30)
    during = vendor.load(id)
    assert_invariants(during)
    assert during["audienceState"] == "PROCESSING"
    assert during["crmData"]["size"] == before["crmData"]["size"] == 1
    vendor.world.clock.advance(minutes=31)
    after = vendor.load(id)
    assert (after["audienceState"], after["crmData"]["size"]) == ("READY", 2)
    assert after["dataUpdated"] > before["dataUpdated"]
    assert after["updated"] > before["updated"]


def test_finish_processing_one_audience_or_all(vendor: DigitalAudience) -> None:
    one, other = vendor.create()["id"], vendor.create()["id"]
    for id in (one, other):
        vendor.drop(id, column("email", SAM))
    done = vendor.backstage("finish_processing", audienceId=one)
    assert done == {"audiences": [{"audienceId": one, "audienceState": "READY"}]}
    assert vendor.load(one)["crmData"]["insightsState"] == "READY"
    assert vendor.load(other)["crmData"] is None
    assert {"audienceId": other, "audienceState": "READY"} in vendor.backstage("finish_processing")[
        "audiences"
    ]


@pytest.mark.parametrize(
    ("values", "different"),
    [
        ((SAM, SAM_HASH, SAM_HASH.lower()), 1),
        ((f" {SAM.upper()} ", "John.Sam@Mail.com"), 1),
        ((SAM, "john.sam+1@mail.com"), 2),
        ((SAM, "", " ", "kim@mail.com"), 2),
    ],
)
def test_emails_are_trimmed_lowercased_and_hashed(
    vendor: DigitalAudience, values: tuple[str, ...], different: int
) -> None:
    event = vendor.history_entry(column("email", *values))
    assert total_and_unique(event, "EMAIL") == (len([one for one in values if one.strip()]), different)


@pytest.mark.parametrize("header", ["email", "email_sha256", "EMAIL"])
def test_documented_hash_matches_its_email(vendor: DigitalAudience, header: str) -> None:
    id = vendor.create()["id"]
    vendor.onboard(id, column(header, SAM_HASH))
    found = vendor.backstage("find_member", audienceId=id, type="EMAIL", value=SAM)
    assert (found["member"], found["hash"]) == (True, SAM_HASH.lower())
    assert found == vendor.backstage("find_member", audienceId=id, type="EMAIL", value=SAM_HASH)
    other = vendor.backstage("find_member", audienceId=id, type="EMAIL", value="kim@mail.com")
    assert other["member"] is False


def test_plus_suffix_is_not_stripped(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    address = "test@digitalaudience.io"
    digest = "343e00121b70bc1a6ea179468f63beed780a92122402478037b9366a677ab24a"
    assert sha256(address.encode()).hexdigest() == digest
    vendor.onboard(id, column("email_sha256", digest))
    member = {
        value: vendor.backstage("find_member", audienceId=id, type="EMAIL", value=value)["member"]
        for value in (address, "test+123456@digitalaudience.io")
    }
    assert member == {address: True, "test+123456@digitalaudience.io": False}


def test_dutch_phone_numbers_have_eleven_digits(vendor: DigitalAudience) -> None:
    written = ["+31614123456", "0031614123456", "0614123456", "06-14123456", "06 14/12\\34 (56)", PHONE]
    id = vendor.create()["id"]
    audience = vendor.onboard(id, column("phone", *written, PHONE_HASH))
    (event,) = audience["crmData"]["history"]["history"].values()
    assert total_and_unique(event, "PHONE") == (len(written) + 1, 1)
    assert audience["crmData"]["size"] == 1
    found = vendor.backstage("find_member", audienceId=id, type="PHONE", value="+31614123456")
    assert (found["member"], found["hash"]) == (True, PHONE_HASH)


@pytest.mark.parametrize(
    ("header", "values", "kind"),
    [
        ("email_sha256", ["0" * 64], "EMAIL"),
        ("phone_sha256", ["0" * 64], "PHONE"),
        ("address_sha256", ["0" * 64], "POSTALADDRESS"),
        ("postal code,house number", ["1011AB,1", "1011AB,2"], "POSTALADDRESS"),
        ("postal code", ["1234AB", "5678CD"], "POSTALADDRESS"),
        (
            "postal code,house number,extension,street,apartment",
            ["1011AB,1,,,", "1011AB,1,,,2"],
            "POSTALADDRESS",
        ),
        ("personal id", ["19900101-0017"], "SECURITYNUMBER"),
        ("personal_id_sha256", ["0" * 64], "SECURITYNUMBER"),
        ("aaid", ["38400000-8cf0-11bd-b23e-10b96e40000d"], "AAID"),
        ("idfa", ["6D92078A-8246-4BA4-AE5B-76104861E7DC"], "IDFA"),
        ("custom", ["c-1"], "CUSTOM"),
        ("extra", ["c-1", "c-2"], "CUSTOM"),
    ],
)
def test_every_column_has_a_type(vendor: DigitalAudience, header: str, values: list[str], kind: str) -> None:
    event = vendor.history_entry(column(header, *values))
    assert total_and_unique(event, kind) == (len(values), len(values))
    assert list(event["dataSet"]) == [kind]


def test_an_address_without_a_postal_code_is_unusable(vendor: DigitalAudience) -> None:
    counters = vendor.history_entry(column("postal code,street,house number", "1011AB,,", ",Dam,1"))[
        "dataSet"
    ]
    assert (counters["POSTALADDRESS"]["TOTAL"], counters["POSTALADDRESS"]["UNIQUE"]) == (2, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("header", ["email", '"email"'])
def test_a_byte_order_mark_is_no_part_of_the_first_column(
    vendor: DigitalAudience, encoding: str, header: str
) -> None:
    content = base64.b64encode(f"{header}\r\n{SAM}\r\n".encode(encoding)).decode()
    id = vendor.create()["id"]
    vendor.drop(id, content, encoding="base64")
    vendor.backstage("finish_processing", audienceId=id)
    (event,) = vendor.load(id)["crmData"]["history"]["history"].values()
    assert total_and_unique(event, "EMAIL") == (1, 1)
    assert vendor.backstage("find_member", audienceId=id, type="EMAIL", value=SAM)["member"] is True


@pytest.mark.parametrize("ending", [".csv", ".CSV", ".Csv", ".csv.GZ", ".CSV.zip", ".CSV.ZIP"])
def test_the_extension_counts_in_any_case(vendor: DigitalAudience, ending: str) -> None:
    data = column("email", SAM).encode()
    packed = {"gz": gzip.compress(data), "zip": zip_files(data), "csv": data}[
        ending.lower().rpartition(".")[2]
    ]
    content = base64.b64encode(packed).decode()
    id = vendor.create()["id"]
    path = f"onboard/audience={id}/opt-in/20260101_000002{ending}"
    vendor.backstage("drop_file", path=path, content=content, encoding="base64")
    vendor.backstage("finish_processing", audienceId=id)
    assert is_ready(vendor.load(id))


def test_types_are_counted_separately(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    audience = vendor.onboard(id, column("email,hobby,phone", f"{SAM},chess,0614123456", "kim@mail.com,,"))
    assert_invariants(audience)
    (event,) = audience["crmData"]["history"]["history"].values()
    assert (total_and_unique(event, "EMAIL"), total_and_unique(event, "PHONE")) == ((2, 2), (1, 1))
    assert (event["totalRows"], audience["crmData"]["size"]) == (2, 2)
    assert event["dataSet"].keys() == {"EMAIL", "PHONE"}


def test_match_depends_only_on_the_identifier(vendor: DigitalAudience) -> None:
    first, second = (
        vendor.history_entry(column("email", *EMAILS)),
        vendor.history_entry(column("email", *reversed(EMAILS))),
    )
    assert first["dataSet"] == second["dataSet"]
    hashed = vendor.history_entry(
        column("email_sha256", *(sha256(one.encode()).hexdigest() for one in EMAILS))
    )
    assert hashed["dataSet"] == first["dataSet"]
    counters = first["dataSet"]["EMAIL"]
    assert 0 < counters["UMATCH"] < counters["MATCH"] < counters["UNIQUE"] == 200
    id = vendor.create()["id"]
    vendor.onboard(id, column("email", *EMAILS))
    found = [vendor.backstage("find_member", audienceId=id, type="EMAIL", value=one) for one in EMAILS]
    assert sum(one["matched"] for one in found) == counters["MATCH"]
    assert sum(one["usable"] for one in found) == counters["UMATCH"]


def test_modes_add_remove_and_replace(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    sizes = []
    for mode, values in (
        ("opt-in", ["a@x.nl", "b@x.nl", "A@x.nl"]),
        ("opt-in", ["b@x.nl", "c@x.nl"]),
        ("opt-out", ["a@x.nl", "nobody@x.nl"]),
        ("replace", ["d@x.nl"]),
    ):
        audience = vendor.onboard(id, column("email", *values), mode)
        assert_invariants(audience)
        sizes.append(audience["crmData"]["size"])
    assert sizes == [2, 3, 2, 1]
    events = audience["crmData"]["history"]["history"]
    assert [one["mode"] for one in events.values()] == ["opt-in", "opt-in", "opt-out", "replace"]
    assert list(events) == sorted(events)


@pytest.mark.parametrize(("mode", "content"), [("replace", "email\n"), ("opt-out", column("email", SAM))])
def test_emptied_audience_keeps_its_history(vendor: DigitalAudience, mode: str, content: str) -> None:
    id = vendor.create()["id"]
    vendor.onboard(id, column("email", SAM))
    audience = vendor.onboard(id, content, mode)
    assert_invariants(audience)
    assert (audience["audienceState"], audience["audienceStateId"]) == ("NODATA", 5)
    assert (audience["crmData"]["size"], audience["crmData"]["history"]["totalEvents"]) == (0, 2)
    assert is_ready(vendor.onboard(id, column("email", "kim@mail.com")))


@pytest.mark.parametrize(
    "content", ["", "email\n", column("hobby", "chess"), column("email", "", " "), "\x00\x01"]
)
def test_unusable_file_fails(vendor: DigitalAudience, content: str) -> None:
    id = vendor.create()["id"]
    failed = vendor.onboard(id, content)
    assert_invariants(failed)
    assert (failed["audienceState"], failed["audienceStateId"], failed["crmData"]) == ("FAILED", 4, None)
    before = vendor.onboard(id, column("email", SAM))
    assert is_ready(before)
    after = vendor.onboard(id, content)
    assert after["audienceState"] == "FAILED"
    for name in ("crmData", "dataUpdated"):
        assert after[name] == before[name]


def test_an_unusable_file_leaves_the_insights_of_the_unchanged_data(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    vendor.onboard(id, column("email", SAM))
    vendor.drop(id, column("hobby", "chess"))
    seen = []
    for _ in range(2):
        vendor.world.clock.advance(minutes=30)
        audience = vendor.load(id)
        seen.append((audience["audienceState"], audience["crmData"]["insightsState"]))
    assert seen == [("PROCESSING", "PENDING"), ("FAILED", "READY")]


def zip_files(*files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(files):
            archive.writestr(f"{number}.csv", content)
    return packed.getvalue()


def test_file_may_be_compressed(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    content = column("email", SAM, "kim@mail.com").encode()
    path = f"onboard/audience={id}/opt-in/20260101_120000.csv"

    def size(path: str, data: bytes) -> Any:
        encoded = base64.b64encode(data).decode()
        vendor.backstage("drop_file", path=path, content=encoded, encoding="base64")
        vendor.backstage("finish_processing", audienceId=id)
        audience = vendor.load(id)
        return audience["crmData"]["size"] if is_ready(audience) else audience["audienceState"]

    assert size(path, content) == 2
    assert size(f"{path}.gz", gzip.compress(column("email", "third@mail.com").encode())) == 3
    assert size(f"/{path}.gz", gzip.compress(content)[:-9]) == "FAILED"
    assert size(f"{path}.gz", zlib.compress(content)) == "FAILED"
    assert size(f"{path}.zip", zip_files(column("email", "fourth@mail.com").encode())) == 4
    assert size(f"{path}.zip", zip_files(content, content)) == "FAILED"
    assert size(f"{path}.zip", zip_files()) == "FAILED"
    assert size(f"{path}.zip", zip_files(content)[:-9]) == "FAILED"
    assert size(path, b"email\n\xff\xfe\n") == "FAILED"


@pytest.mark.parametrize(
    ("path", "options", "problem"),
    [
        ("onboard/audience={id}/opt-inn/20260101_120000.csv", {}, "call_does_not_fit"),
        ("onboard/audience={id}/opt-in/20261399_120000.csv", {}, "call_does_not_fit"),
        ("onboard/audience=x/opt-in/20260101_120000.csv", {}, "call_does_not_fit"),
        ("onboard/audience={id}/opt-in/20260101_120000.csv", {"encoding": "base64"}, "unreadable_content"),
        (
            "onboard/audience={id}/opt-in/20260101_120000.csv",
            {"encoding": "base64", "content": "ZW1haWwK!"},
            "unreadable_content",
        ),
        (f"onboard/audience={UNKNOWN_ID}/opt-in/20260101_120000.csv", {}, "unknown_audience"),
    ],
)
def test_invalid_path_or_content_is_rejected(
    vendor: DigitalAudience, path: str, options: dict[str, str], problem: str
) -> None:
    made = vendor.create()
    with pytest.raises(ControlError) as caught:
        vendor.backstage("drop_file", path=path.format(id=made["id"]), **{"content": "email\r\n!"} | options)
    assert caught.value.problem == problem
    assert vendor.load(made["id"]) == made


@pytest.mark.parametrize(
    ("action", "body", "problem"),
    [
        ("finish_processing", {"audienceId": UNKNOWN_ID}, "unknown_audience"),
        ("find_member", {"audienceId": UNKNOWN_ID, "type": "EMAIL", "value": SAM}, "unknown_audience"),
        ("derive_audience", {"audienceId": UNKNOWN_ID, "type": "LOOKALIKE"}, "unknown_audience"),
        ("derive_audience", {"audienceId": ..., "type": "LOOKALIKE"}, "audience_not_ready"),
        ("set_error_style", {"http_status": "sometimes"}, "call_does_not_fit"),
        ("set_session_lifetime", {"minutes": 0}, "call_does_not_fit"),
    ],
)
def test_backstage_reports_problems(
    vendor: DigitalAudience, action: str, body: dict[str, Any], problem: str
) -> None:
    id = vendor.create()["id"]
    body = {name: id if value is ... else value for name, value in body.items()}
    with pytest.raises(ControlError) as caught:
        vendor.backstage(action, **body)
    assert caught.value.problem == problem


def test_demo_world_keeps_all_invariants(vendor: DigitalAudience) -> None:
    audiences = vendor.audiences()
    assert any(is_ready(one) for one in audiences)
    for one in audiences:
        assert_invariants(one)
        assert one["hasSegments"] == bool(vendor.segments(one["id"]))
        campaign = vendor.send("GET", f"/campaign/loadcampaignbyid/{one['campaignId']}")
        assert campaign["name"] == one["campaignName"]
    for name, id in PAIRS:
        pairs = {(one[name], one[id]) for one in audiences}
        assert len({name for name, _ in pairs}) == len({id for _, id in pairs}) == len(pairs)
