"""Fanfare: import of members from CSV files."""

from typing import Any

import pytest

from mockserver.client import World
from mockserver.pytest_plugin import MockServer
from mockserver.vendors.fanfare.import_logic import MAX_ERRORS
from tests.vendors.fanfare import AUDIENCES, CONSUMERS, Fanfare

NOW = "2026-01-05T09:00:00Z"
pytestmark = pytest.mark.mockserver(scenario="empty", now=NOW)
SAMPLE = """email,firstName,lastName,tags,loyaltyPoints
john@example.com,John,Smith,"VIP,Newsletter",1500
jane@example.com,Jane,Doe,Newsletter,500
bob@example.com,Bob,Johnson,"VIP,Beta",3000
"""


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    return Fanfare(mockserver)


@pytest.fixture
def audience(fanfare: Fanfare) -> str:
    return fanfare.audience(type="STATIC")


def issues(result: Any) -> dict[int, list[str]]:
    return {one["row"]: one["issues"] for one in result["errors"] or ()}


def test_documented_sample_is_imported(fanfare: Fanfare, audience: str) -> None:
    opened = fanfare.send("POST", f"{AUDIENCES}/{audience}/import")
    organization = fanfare.get(f"{AUDIENCES}/{audience}")["organizationId"]
    assert opened["s3Key"].startswith(f"imports/{organization}/{audience}/17676036")
    assert opened["s3Key"] in opened["uploadUrl"]
    assert opened["uploadUrl"].startswith(fanfare.url)
    assert (opened["status"], opened["progress"], opened["errorCount"]) == ("PENDING", 0, 0)
    reply = fanfare.upload(opened["uploadUrl"], SAMPLE)
    assert (reply.status_code, reply.content) == (200, b"")
    assert fanfare.get(f"{AUDIENCES}/{audience}/import")["status"] == "PROCESSING"
    fanfare.world.clock.advance(minutes=1)
    result = fanfare.get(f"{AUDIENCES}/{audience}/import")
    assert (result["id"], result["status"], result["progress"]) == (opened["id"], "SUCCESS", 100)
    assert (result["totalConsumers"], result["processedConsumers"], result["errorCount"]) == (3, 3, 0)
    assert "uploadUrl" not in result
    members = {one["email"]: one for one in fanfare.walk(f"{AUDIENCES}/{audience}/members")}
    assert set(members) == {"john@example.com", "jane@example.com", "bob@example.com"}
    assert members["john@example.com"]["fullName"] == "John Smith"
    assert fanfare.get(f"{AUDIENCES}/{audience}")["imports"] == [result]


def test_invalid_rows_are_reported_and_the_others_imported(fanfare: Fanfare, audience: str) -> None:
    result = fanfare.import_file(
        audience,
        "email,phone,fullName\n"
        "ada@example.com,+4670000001,Ada\n"
        "not an address,,Bob\n"
        ",12,Eve\n"
        ",,Nobody\n"
        ",+4670000002,Jo\n",
    )
    assert (result["status"], result["processedConsumers"], result["errorCount"]) == ("SUCCESS", 2, 3)
    assert issues(result) == {2: ["Invalid email"], 3: ["Invalid phone"], 4: ["Missing required field"]}
    assert result["totalConsumers"] == 5
    assert fanfare.count(audience) == 2


def test_further_invalid_rows_are_only_counted(fanfare: Fanfare, audience: str) -> None:
    result = fanfare.import_file(audience, "email\n" + "no address\n" * (MAX_ERRORS + 1) + "a@example.com\n")
    assert (result["status"], result["errorCount"]) == ("SUCCESS", MAX_ERRORS + 1)
    assert [*issues(result)] == [*range(1, MAX_ERRORS + 1)]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "email\n",
        "name,colour\nAda,red\n",
        "email\nno address\n",
        b"email\n\xff\xfe@example.com\n",
        "email\n" + "x" * (10 * 1024 * 1024) + "@example.com\n",
        "externalId\n" + "\n".join(map(str, range(100_001))),
    ],
    ids=["nothing", "no row", "no header", "no good row", "not UTF-8", "over 10 MB", "over 100,000 rows"],
)
def test_invalid_files_fail(fanfare: Fanfare, audience: str, content: str | bytes) -> None:
    result = fanfare.import_file(audience, content)
    assert result["status"] == "FAILED"
    assert fanfare.count(audience) == 0
    assert fanfare.all_consumers() == []


def test_rows_match_by_email_then_phone_then_external_id(fanfare: Fanfare, audience: str) -> None:
    by_email = fanfare.consumer(email="Ada@example.com", phone="+4670000001", externalId="1")
    by_phone = fanfare.consumer(phone="+4670000002", externalId="2")
    by_external_id = fanfare.consumer(externalId="3", fullName="Three")
    result = fanfare.import_file(
        audience,
        "email,phone,externalId,fullName\n"
        "ada@EXAMPLE.com,+4670000002,3,Ada\n"
        "bob@example.com,+4670000003,9,New\n"
        ",+4670000002,,Two\n"
        ",,3,\n"
        "bob@example.com,,,Newer\n",
    )
    assert (result["status"], result["errorCount"]) == ("SUCCESS", 0)
    assert result["processedConsumers"] == result["totalConsumers"] == 5
    members = {one["id"]: one["fullName"] for one in fanfare.walk(f"{AUDIENCES}/{audience}/members")}
    (bob,) = members.keys() - {by_email, by_phone, by_external_id}
    assert members == {by_email: "Ada", by_phone: "Two", by_external_id: "Three", bob: "Newer"}
    assert len(fanfare.all_consumers()) == 4


def test_other_columns_become_metadata(fanfare: Fanfare, audience: str) -> None:
    known = fanfare.consumer(email="ada@example.com", metadata={"city": "Lund", "tier": 1})
    fanfare.import_file(
        audience,
        "email,tags,loyaltyPoints,loyaltyTier,metadata\n"
        'ada@example.com,"VIP,Beta",15,Gold,"{""city"": ""Oslo""}"\n',
    )
    metadata = fanfare.get(f"{CONSUMERS}/{known}")["metadata"]
    assert metadata["city"] == "Oslo"
    assert metadata["tags"] == ["VIP", "Beta"]
    assert (metadata["loyaltyPoints"], metadata["loyaltyTier"]) == (15, "Gold")


def test_imported_consumers_join_dynamic_audiences(fanfare: Fanfare, audience: str) -> None:
    dynamic = fanfare.audience({"field": "metadata.tags", "operator": "CONTAINS", "values": ["VIP"]})
    fanfare.import_file(audience, SAMPLE)
    assert {one["email"] for one in fanfare.walk(f"{AUDIENCES}/{dynamic}/members")} == {
        "john@example.com",
        "bob@example.com",
    }


def test_progress_follows_the_clock(fanfare: Fanfare, audience: str) -> None:
    opened = fanfare.send("POST", f"{AUDIENCES}/{audience}/import")
    rows = "\n".join(f"{number}@example.com" for number in range(4000))
    fanfare.upload(opened["uploadUrl"], f"email\n{rows}\n")
    seen = []
    while (result := fanfare.get(f"{AUDIENCES}/{audience}/import"))["status"] == "PROCESSING":
        assert fanfare.status(audience)["inProgress"]
        seen.append(result["progress"])
        fanfare.world.clock.advance(seconds=1)
        assert len(seen) < 100
    assert len(seen) >= 3
    assert seen == sorted(set(seen))
    assert (result["status"], result["progress"]) == ("SUCCESS", 100)
    assert fanfare.count(audience) == 4000


def test_import_without_a_file_stays_pending(fanfare: Fanfare, audience: str) -> None:
    fanfare.send("POST", f"{AUDIENCES}/{audience}/import")
    fanfare.world.clock.advance(days=2)
    assert fanfare.get(f"{AUDIENCES}/{audience}/import")["status"] == "PENDING"


def test_second_import_is_independent(fanfare: Fanfare, audience: str) -> None:
    first = fanfare.send("POST", f"{AUDIENCES}/{audience}/import")
    second = fanfare.send("POST", f"{AUDIENCES}/{audience}/import")
    assert first["s3Key"] != second["s3Key"]
    assert fanfare.get(f"{AUDIENCES}/{audience}/import")["id"] == second["id"]
    assert fanfare.upload(first["uploadUrl"], SAMPLE).status_code == 200
    fanfare.world.clock.advance(minutes=1)
    result = {one["id"]: one["status"] for one in fanfare.get(f"{AUDIENCES}/{audience}")["imports"]}
    assert result == {first["id"]: "SUCCESS", second["id"]: "PENDING"}


def test_synced_list_supports_imports(fanfare: Fanfare) -> None:
    assert fanfare.import_file(fanfare.audience(type="SYNCED_LIST"), SAMPLE)["status"] == "SUCCESS"


@pytest.mark.parametrize(
    "content",
    ["\ufeffemail\r\nada@example.com\r\n", "EMAIL\nada@example.com", "email\n\nada@example.com\n\n"],
)
def test_common_file_formats_are_read(fanfare: Fanfare, audience: str, content: str) -> None:
    result = fanfare.import_file(audience, content)
    assert (result["status"], result["processedConsumers"], result["errorCount"]) == ("SUCCESS", 1, 0)


def test_an_upload_url_of_one_world_is_valid_in_no_other(
    mockserver: World, mockserver_server: MockServer, fanfare: Fanfare, audience: str
) -> None:
    """Both worlds have the same seed and history, and so the same audience and the same import."""
    mockserver.clock.freeze(NOW)
    url = fanfare.send("POST", f"{AUDIENCES}/{audience}/import")["uploadUrl"]
    twin_world = mockserver_server.control.create_world(scenario="empty", seed=mockserver.seed, now=NOW)
    fork = mockserver_server.control.create_world(fork=mockserver.name)
    try:
        twin = Fanfare(twin_world)
        assert twin.audience(type="STATIC") == audience
        opened = twin.send("POST", f"{AUDIENCES}/{audience}/import")
        for other in (twin, Fanfare(fork)):
            moved = url.replace(f"/w/{mockserver.name}/", f"/w/{other.world.name}/")
            assert moved != url
            assert other.upload(moved, SAMPLE).status_code == 403
        assert twin.upload(opened["uploadUrl"], SAMPLE).status_code == 200
    finally:
        twin_world.delete()
        fork.delete()
    assert fanfare.upload(url, SAMPLE).status_code == 200


def test_an_upload_url_survives_a_snapshot(mockserver: World, fanfare: Fanfare, audience: str) -> None:
    url = fanfare.send("POST", f"{AUDIENCES}/{audience}/import")["uploadUrl"]
    mockserver.snapshot("opened")
    mockserver.reset()
    assert fanfare.upload(url, SAMPLE).status_code == 403
    mockserver.restore("opened")
    assert fanfare.upload(url, SAMPLE).status_code == 200
