"""DigitalAudience: files that are put in the bucket, signed as Amazon S3 wants it, and refused like there."""

import gzip
from hashlib import md5, sha256
from typing import Any
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import pytest
import requests

from mockserver.client import World
from mockserver.errors import ControlError
from mockserver.pytest_plugin import MockServer
from mockserver.vendors.digitalaudience.storage_signature import Signature, compute, decode_chunks
from tests.vendors.digitalaudience import UNKNOWN_ID, DigitalAudience, forked

pytestmark = pytest.mark.mockserver(now="2026-01-05T09:00:00.123456Z")
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"  # of the examples in Amazon's documentation
EXAMPLE_SCOPE = "20130524/us-east-1/s3/aws4_request"
CONTENT = b"email\r\njohn.sam@mail.com\r\nkim@mail.com\r\n"
DATE = "20260105T090000Z"
ETAG = f'"{md5(CONTENT, usedforsecurity=False).hexdigest()}"'


@pytest.fixture
def vendor(mockserver: World) -> DigitalAudience:
    vendor = DigitalAudience(mockserver)
    vendor.backstage("set_session_lifetime", minutes=None)
    return vendor


def path_of(id: int, mode: str = "opt-in", file: str = "20260105_090000.csv") -> str:
    return f"onboard/audience={id:05}/{mode}/{file}"


def put(
    vendor: DigitalAudience, key: str, content: bytes = CONTENT, *, quoted: bool = True, **changes: Any
) -> requests.Response:
    """Puts a file (or sends another method), signed with the issued keys, of which some may be changed."""
    access = {**vendor.backstage("show_bucket"), **changes}
    url = f"{access['endpoint']}/{access['bucket']}/{quote(key) if quoted else key}"
    payload = access.get("payload", sha256(content).hexdigest())
    headers = {"host": urlsplit(url).netloc, "x-amz-content-sha256": payload, "x-amz-date": DATE}
    scope, signed = f"{DATE[:8]}/{access['region']}/s3/aws4_request", tuple(headers)
    unsigned = Signature(access["accessKeyId"], scope, signed, DATE, "")
    path, secret, method = urlsplit(url).path, access["secretAccessKey"], access.get("method", "PUT")
    digest = compute(secret, unsigned, method, path, "", headers, payload)
    credential = f"AWS4-HMAC-SHA256 Credential={access['accessKeyId']}/{scope}"
    headers["authorization"] = f"{credential}, SignedHeaders={';'.join(signed)}, Signature={digest}"
    headers |= access.get("headers", {})
    return requests.request(method, url, data=content, headers=headers, timeout=30)


def refusal(reply: requests.Response) -> tuple[int, str | None]:
    """Status and code of a refusal in XML."""
    assert reply.headers["Content-Type"].startswith("application/xml")
    error = ElementTree.fromstring(reply.content)  # noqa: S314 (our own)
    assert (error.tag, bool(error.findtext("Message")), bool(error.findtext("RequestId"))) == (
        "Error",
        True,
        True,
    )
    return reply.status_code, error.findtext("Code")


def size(vendor: DigitalAudience, id: int) -> Any:
    vendor.backstage("finish_processing", audienceId=id)
    crm = vendor.load(id)["crmData"]
    return crm and crm["size"]


@pytest.mark.parametrize(
    ("headers", "query", "path", "date", "expected"),
    [
        (
            {
                "date": "Fri, 24 May 2013 00:00:00 GMT",
                "host": "examplebucket.s3.amazonaws.com",
                "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
                "x-amz-date": "20130524T000000Z",
                "x-amz-storage-class": "REDUCED_REDUNDANCY",
            },
            "",
            "PUT /test%24file.text",
            "20130524T000000Z",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            {"host": "examplebucket.s3.amazonaws.com"},
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F"
            "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=0",
            "GET /test.txt",
            "20130524T000000Z",
            "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
        ),
    ],
)
def test_signatures_are_those_of_amazons_examples(
    headers: dict[str, str], query: str, path: str, date: str, expected: str
) -> None:
    method, _, path = path.partition(" ")
    payload = headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
    signature = Signature("AKIAIOSFODNN7EXAMPLE", EXAMPLE_SCOPE, tuple(headers), date, "")
    assert compute(SECRET, signature, method, path, query, headers, payload) == expected


def test_a_put_file_is_processed(vendor: DigitalAudience, mockserver_server: MockServer) -> None:
    id = vendor.create()["id"]
    reply = put(vendor, path_of(id))
    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["ETag"] == ETAG
    assert vendor.load(id)["audienceState"] == "UPLOAD"
    with forked(mockserver_server, vendor.world) as fork:
        assert fork.load(id) == vendor.load(id)
    vendor.world.clock.advance(minutes=61)
    assert (vendor.load(id)["audienceState"], size(vendor, id)) == ("READY", 2)
    assert put(vendor, path_of(id, "opt-out"), b"email\r\nkim@mail.com\r\n").ok
    assert size(vendor, id) == 1


@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("content_type", ["application/json", "text/csv", "application/octet-stream"])
def test_content_type_and_quoting_do_not_matter(
    vendor: DigitalAudience, quoted: bool, content_type: str
) -> None:
    id = vendor.create()["id"]
    headers = {"Content-Type": content_type}
    assert put(vendor, path_of(id), quoted=quoted, headers=headers).ok
    assert put(vendor, path_of(id, file="20260105_090001.CSV.gz"), gzip.compress(b"email\r\na@b.nl\r\n")).ok
    assert size(vendor, id) == 3


def test_a_body_may_come_in_signed_chunks(vendor: DigitalAudience) -> None:
    id, signature = vendor.create()["id"], b";chunk-signature=" + b"0" * 64
    half = len(CONTENT) // 2
    chunks = [CONTENT[:half], CONTENT[half:], b""]
    body = b"".join(b"%x%s\r\n%s\r\n" % (len(chunk), signature, chunk) for chunk in chunks)
    assert decode_chunks(body) == CONTENT
    payload, coding = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", {"Content-Encoding": "aws-chunked"}
    reply = put(vendor, path_of(id), body, payload=payload, headers=coding)
    assert reply.headers["ETag"] == ETAG
    assert size(vendor, id) == 2


@pytest.mark.parametrize("body", [b"", b"email\r\na@b.nl\r\n", b"5", b"5\r\nabcde\r\n", b"-1\r\nx\r\n"])
def test_what_is_not_in_chunks_stays(body: bytes) -> None:
    assert decode_chunks(body) == body


@pytest.mark.parametrize("organisation", ["own", "other"])
def test_a_signed_url_needs_no_keys(vendor: DigitalAudience, organisation: str) -> None:
    owner = vendor if organisation == "own" else vendor.other_organisation()
    id = owner.create()["id"]
    url = vendor.backstage("sign_upload", path=path_of(id), organisation=organisation)["url"]
    signature = url.rpartition("=")[2]
    assert requests.put(url, data=CONTENT, timeout=30).ok
    assert owner.load(id)["audienceState"] == "UPLOAD"
    assert signature not in str(vendor.world.journal()[-2:]), "a signature is secret"
    wrong = url.replace("opt-in", "replace")
    assert refusal(requests.put(wrong, data=CONTENT, timeout=30)) == (403, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"secretAccessKey": "wrong"}, (403, "SignatureDoesNotMatch")),
        ({"accessKeyId": "AKIA0000000000000000"}, (403, "InvalidAccessKeyId")),
        ({"bucket": "another-bucket"}, (404, "NoSuchBucket")),
        ({"bucket": "mock-onboarding-2"}, (403, "AccessDenied")),
        ({"headers": {"x-amz-date": "20260105T090001Z"}}, (403, "SignatureDoesNotMatch")),
        ({"accessKeyId": "A<&>B"}, (403, "InvalidAccessKeyId")),
        ({"bucket": "a&b"}, (404, "NoSuchBucket")),
        ({"headers": {"authorization": "Bearer x"}}, (403, "AccessDenied")),
        ({"headers": {"x-amz-content-sha256": "0" * 64}}, (403, "SignatureDoesNotMatch")),
    ],
)
@pytest.mark.parametrize("style", ["mirrored", "always_200"])
def test_a_refused_file_changes_nothing(
    vendor: DigitalAudience, changes: dict[str, Any], expected: tuple[int, str], style: str
) -> None:
    made = vendor.create()
    vendor.backstage("set_error_style", http_status=style)
    reply = put(vendor, path_of(made["id"]), **changes)
    assert refusal(reply) == expected
    assert vendor.load(made["id"]) == made


def test_an_unsigned_file_is_refused(vendor: DigitalAudience) -> None:
    access = vendor.backstage("show_bucket")
    url = f"{access['endpoint']}/{access['bucket']}/{path_of(vendor.create()['id'])}"
    assert refusal(requests.put(url, data=CONTENT, timeout=30)) == (403, "AccessDenied")
    assert refusal(vendor.session.put(url, data=CONTENT, timeout=30)) == (403, "AccessDenied")


def test_a_path_without_an_audience_is_stored_and_ignored(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    vendor.onboard(id, CONTENT.decode().replace("\r", ""))
    derived = vendor.backstage("derive_audience", audienceId=id, type="LOOKALIKE")["audienceId"]
    foreign = vendor.other_organisation().create()["id"]
    before = vendor.audiences()
    ignored = [path_of(id, "opt-on"), path_of(id, file="file.csv"), path_of(id, file="20261399_000000.csv")]
    ignored += [path_of(one) for one in (derived, foreign, UNKNOWN_ID)]
    ignored += [path_of(id).replace("audience=", "audience-"), path_of(id).replace("onboard", "Onboard")]
    ignored += ["a.csv", f"deep/{path_of(id)}", f"{path_of(id)}/x.csv", f"onboard/audience={id}/a.csv"]
    for key in ignored:
        reply = put(vendor, key)
        assert (reply.status_code, reply.headers["ETag"]) == (200, ETAG), key
        (remark,) = vendor.world.journal(operation="put_file")[-1]["remarks"]
        assert remark.startswith(f"The file {key} is stored and ignored"), remark
    assert vendor.audiences() == before


@pytest.mark.mockserver(strict=False)
def test_the_bucket_refuses_in_xml_at_every_depth(vendor: DigitalAudience) -> None:
    id = vendor.create()["id"]
    before = vendor.load(id)
    for key in ("", "a.csv", "onboard", path_of(id), f"deep/{path_of(id)}"):
        for method in ("GET", "DELETE", "POST", *([] if key else ["PUT"])):
            assert refusal(put(vendor, key, method=method)) == (403, "AccessDenied"), (method, key)
        url = f"{vendor.url}/mock-onboarding-1/{key}"
        assert refusal(requests.put(url, data=CONTENT, timeout=30)) == (403, "AccessDenied"), key
        assert requests.head(url, timeout=30).status_code == 403
        unknown = put(vendor, key, secretAccessKey="wrong")
        assert refusal(unknown) == (403, "SignatureDoesNotMatch"), key
    assert refusal(put(vendor, "onboard/a.csv", bucket="another-bucket")) == (404, "NoSuchBucket")
    assert refusal(put(vendor, "a.csv", bucket="mock-onboarding-3")) == (404, "NoSuchBucket")
    assert vendor.load(id) == before
    elsewhere = requests.put(f"{vendor.url}/another/a.csv", data=CONTENT, timeout=30)
    assert (elsewhere.status_code, elsewhere.json()["success"]) == (404, False)


def test_keys_belong_to_a_world_and_stay(vendor: DigitalAudience) -> None:
    access = vendor.backstage("show_bucket")
    assert access == vendor.backstage("show_bucket", organisation="own")
    other = vendor.backstage("show_bucket", organisation="other")
    assert {access["accessKeyId"], access["secretAccessKey"]}.isdisjoint(map(str, other.values()))
    vendor.world.reset()
    assert vendor.backstage("show_bucket") == access
    with pytest.raises(ControlError):
        vendor.backstage("sign_upload", path="too/short")
