"""Fanfare: the upload URL of an import behaves like a presigned PUT of Amazon S3."""

import hashlib
import re
from xml.etree import ElementTree

import pytest
import requests

from mockserver.client import World
from tests.vendors.fanfare import AUDIENCES, CONSUMERS, Fanfare
from tests.vendors.limited import Limited

NOW = "2026-01-05T09:00:00Z"
pytestmark = pytest.mark.mockserver(scenario="empty", now=NOW)
ADA, BOB = "email\nada@example.com\n", "email\nbob@example.com\neve@example.com\n"


@pytest.fixture
def fanfare(mockserver: World) -> Fanfare:
    mockserver.clock.freeze(NOW)
    return Fanfare(mockserver)


@pytest.fixture
def audience(fanfare: Fanfare) -> str:
    return fanfare.audience(type="STATIC")


def new_url(fanfare: Fanfare, audience: str) -> str:
    return str(fanfare.send("POST", f"{AUDIENCES}/{audience}/import")["uploadUrl"])


def members(fanfare: Fanfare, audience: str) -> set[str]:
    return {one["email"] for one in fanfare.walk(f"{AUDIENCES}/{audience}/members")}


def refusal(reply: requests.Response) -> tuple[int, str, str]:
    """Status, code and message of a refusal, which is XML with the ids of the headers."""
    assert reply.headers["Content-Type"] == "application/xml"
    error = ElementTree.fromstring(reply.text)  # noqa: S314 (our own reply)
    assert error.tag == "Error"
    assert error.findtext("RequestId") == reply.headers["x-amz-request-id"]
    assert error.findtext("HostId") == reply.headers["x-amz-id-2"]
    assert not [name for name in reply.headers if name.lower().startswith("x-ratelimit")]
    return reply.status_code, error.findtext("Code") or "", error.findtext("Message") or ""


def test_an_upload_is_answered_like_s3(fanfare: Fanfare, audience: str) -> None:
    reply = fanfare.upload(new_url(fanfare, audience), ADA)
    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["ETag"] == f'"{hashlib.md5(ADA.encode()).hexdigest()}"'  # noqa: S324 (S3's digest)
    assert re.fullmatch("[0-9A-F]{16}", reply.headers["x-amz-request-id"])
    assert reply.headers["x-amz-id-2"]
    assert not [name for name in reply.headers if name.lower().startswith(("x-ratelimit", "x-request-id"))]


def test_the_same_upload_can_be_repeated(fanfare: Fanfare, audience: str) -> None:
    url = new_url(fanfare, audience)
    first, again = fanfare.upload(url, ADA), fanfare.upload(url, ADA)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.headers["ETag"] == again.headers["ETag"]
    fanfare.world.clock.advance(seconds=5)
    assert fanfare.upload(url, ADA).status_code == 200
    result = fanfare.get(f"{AUDIENCES}/{audience}/import")
    assert (result["status"], result["totalConsumers"], result["processedConsumers"]) == ("SUCCESS", 1, 1)
    assert members(fanfare, audience) == {"ada@example.com"}


def test_a_later_file_replaces_an_earlier_one_until_processing_starts(
    fanfare: Fanfare, audience: str
) -> None:
    url = new_url(fanfare, audience)
    for content in ("no header\n", ADA, BOB):
        assert fanfare.upload(url, content).status_code == 200
    assert fanfare.get(f"{AUDIENCES}/{audience}/import")["totalConsumers"] == 2
    fanfare.world.clock.advance(seconds=1)
    assert fanfare.get(f"{AUDIENCES}/{audience}/import")["status"] == "SUCCESS"
    assert fanfare.upload(url, ADA).status_code == 200
    fanfare.world.clock.advance(minutes=1)
    assert members(fanfare, audience) == {"bob@example.com", "eve@example.com"}
    assert fanfare.get(CONSUMERS, search="ada@example.com")["data"] == []


def test_a_file_that_arrives_during_processing_is_ignored(fanfare: Fanfare, audience: str) -> None:
    url = new_url(fanfare, audience)
    fanfare.upload(url, "email\n" + "\n".join(f"{number}@example.com" for number in range(2500)))
    fanfare.world.clock.advance(seconds=1)
    assert fanfare.upload(url, ADA).status_code == 200
    fanfare.world.clock.advance(minutes=1)
    assert fanfare.get(f"{AUDIENCES}/{audience}/import")["processedConsumers"] == 2500
    assert fanfare.count(audience) == 2500


def test_an_upload_for_an_archived_audience_is_stored_for_nothing(fanfare: Fanfare, audience: str) -> None:
    url = new_url(fanfare, audience)
    fanfare.send("DELETE", f"{AUDIENCES}/{audience}")
    assert fanfare.upload(url, ADA).status_code == 200
    fanfare.world.clock.advance(minutes=1)
    assert fanfare.all_consumers() == []


def test_an_upload_url_expires_after_fifteen_minutes(fanfare: Fanfare, audience: str) -> None:
    url = new_url(fanfare, audience)
    fanfare.world.clock.advance(minutes=15)
    assert fanfare.upload(url, ADA).status_code == 200
    fanfare.world.clock.advance(minutes=1)
    late = fanfare.upload(url, ADA)
    assert refusal(late) == (403, "AccessDenied", "Request has expired")
    error = ElementTree.fromstring(late.text)  # noqa: S314 (our own reply)
    issued = re.search("X-Amz-Date=([0-9T]+)Z", url)
    assert issued
    assert error.findtext("X-Amz-Expires") == "900"
    assert error.findtext("Expires", "").startswith("2026-01-05T09:15:0")
    assert error.findtext("ServerTime", "").startswith("2026-01-05T09:16:0")


@pytest.mark.mockserver(strict=False)
def test_forged_uploads_are_refused(fanfare: Fanfare, audience: str) -> None:
    url = new_url(fanfare, audience)
    for part in ("X-Amz-Date", "X-Amz-Expires", "X-Amz-Signature"):
        assert refusal(fanfare.upload(url.replace(part, "x"), ADA))[:2] == (403, "AccessDenied")
    assert refusal(fanfare.upload(url.partition("?")[0], ADA))[:2] == (403, "AccessDenied")
    forged = (url.replace("Expires=9", "Expires=99"), url[:-1], url + "0", url.replace(".csv?", "0.csv?"))
    for one in (*forged, url.replace("Date=2026", "Date=2027")):
        assert refusal(fanfare.upload(one, ADA))[:2] == (403, "SignatureDoesNotMatch")
    for method in ("GET", "POST", "DELETE", "PATCH"):
        reply = requests.request(method, url, timeout=30)
        assert refusal(reply)[:2] == (403, "SignatureDoesNotMatch"), method
    assert requests.head(url, timeout=30).status_code == 403
    reply = fanfare.upload(url, ADA, "application/json")
    assert refusal(reply)[:2] == (403, "SignatureDoesNotMatch")
    headers = {"Content-Type": "text/csv", "Authorization": f"Bearer {fanfare.keys['secret_key']}"}
    reply = requests.put(url, data=ADA, headers=headers, timeout=30)
    assert refusal(reply)[:2] == (400, "InvalidArgument")
    assert fanfare.get(f"{AUDIENCES}/{audience}/import")["status"] == "PENDING"
    assert fanfare.upload(url, ADA).status_code == 200


@pytest.mark.mockserver(strict=False)
def test_the_file_store_refuses_in_xml_at_every_depth(fanfare: Fanfare, audience: str) -> None:
    url = new_url(fanfare, audience)
    path, _, query = url.partition("?")
    root = path.partition("/imports/")[0]
    for other in (
        root,
        f"{root}/",
        f"{root}/x.csv",
        path.rpartition("/")[0],
        f"{path}/x.csv",
        f"{root}/x/y/z",
    ):
        assert refusal(fanfare.upload(other, ADA))[:2] == (403, "AccessDenied"), other
        for method in ("PUT", "GET", "POST", "DELETE"):
            reply = requests.request(method, f"{other}?{query}", timeout=30)
            assert refusal(reply)[:2] == (403, "SignatureDoesNotMatch"), (method, other)
    assert fanfare.refused(404, "PUT", "/_uploadsx/imports/a") == {"error": "Not found"}
    assert fanfare.upload(path.replace("/imports/", "/imports%2F") + f"?{query}", ADA).status_code == 200


def test_an_import_names_its_creator(fanfare: Fanfare, audience: str) -> None:
    created = fanfare.send("POST", f"{AUDIENCES}/{audience}/import")
    latest = fanfare.get(f"{AUDIENCES}/{audience}/import")
    (related,) = fanfare.get(f"{AUDIENCES}/{audience}", include="imports")["imports"]
    assert created["createdBy"] == latest["createdBy"] == related["createdBy"]
    assert re.fullmatch("usr_[0-9A-Z]+", created["createdBy"])


def test_uploads_count_in_no_limit() -> None:
    limited = Limited("fanfare", rates={"fanfare": {"calls": 2, "writes": 2}})
    key = f"Bearer {limited.credentials['secret_key']}"
    limited.answer("GET", AUDIENCES, authorization=key)
    for _ in range(3):
        reply = limited.answer("PUT", "/_uploads/imports/o/a/1.csv?X-Amz-Date=x")
        assert reply.status == 403
        assert not [name for name in reply.headers if "ratelimit" in name.lower()]
    assert limited.answer("GET", AUDIENCES, authorization=key).status == 200
    assert limited.answer("GET", AUDIENCES, authorization=key).status == 429
    limited.worlds.store.close()
