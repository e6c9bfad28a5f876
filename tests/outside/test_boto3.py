"""DigitalAudience: Amazon's client puts files into the bucket, and understands its refusals."""

import json
from hashlib import md5
from pathlib import Path
from typing import Final

import pytest

from mockserver.client import Control
from tests.live_server import served
from tests.outside.evidence import CallCounter, Evidence
from tests.outside.tools import FOLDER, needs_tools, python_program, python_tool, run
from tests.vendors.digitalaudience import DigitalAudience

SCRIPT: Final = Path(__file__).with_name("run_boto3.py")
CONTENT: Final = b"email\r\njohn.sam@mail.com\r\nkim@mail.com\r\n"
ETAG: Final = f'"{md5(CONTENT, usedforsecurity=False).hexdigest()}"'


@needs_tools
def test_boto3_uploads_and_is_refused(evidence: Evidence, tmp_path: Path) -> None:
    if not (FOLDER / "boto3").is_dir():
        pytest.skip("run .ci/tools again: it installs boto3 now")
    counter = CallCounter()
    with served(observers=[counter]) as url:
        vendor = DigitalAudience(Control(url).create_world())
        id = vendor.create()["id"]
        own, other = (vendor.backstage("show_bucket", organisation=one) for one in ("own", "other"))
        keys = (own["accessKeyId"], own["secretAccessKey"])
        path = f"onboard/audience={id:05}/opt-in/20260105_090000.csv"
        places = (own["endpoint"], own["region"], own["bucket"], other["bucket"])
        with evidence.reached_by(python_tool("boto3", "boto3", "client"), counter) as reached:
            output = run(python_program("boto3"), str(SCRIPT), *places, *keys, path, cwd=tmp_path)
        found = {one["what"]: one["found"] for one in map(json.loads, output.splitlines())}
        assert found == {
            "default": ETAG,
            "without checksum": ETAG,
            "presigned": ETAG,
            "another secret": [403, "SignatureDoesNotMatch"],
            "another key": [403, "InvalidAccessKeyId"],
            "unknown bucket": [404, "NoSuchBucket"],
            "bucket of another": [403, "AccessDenied"],
        }
        vendor.backstage("finish_processing", audienceId=id)
        assert vendor.load(id)["crmData"]["size"] == 2
    assert {row["operation"] for row in reached} == {"put_file"}
