"""Uploads a file to the bucket by boto3, in each way that it signs; prints the ETag or the error of each.

Usage: run_boto3.py ENDPOINT REGION BUCKET OTHER_BUCKET KEY_ID SECRET PATH
"""

import json
import sys
from typing import Any

import boto3  # type: ignore[import-not-found]
import urllib3
from botocore.config import Config  # type: ignore[import-not-found]
from botocore.exceptions import ClientError  # type: ignore[import-not-found]

CONTENT = b"email\r\njohn.sam@mail.com\r\nkim@mail.com\r\n"
ENDPOINT, REGION, BUCKET, OTHER_BUCKET, KEY_ID, SECRET, PATH = sys.argv[1:]


def client(key_id: str = KEY_ID, secret: str = SECRET, **options: Any) -> Any:
    config = Config(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        retries={"total_max_attempts": 1},
        **options,
    )
    keys = {"aws_access_key_id": key_id, "aws_secret_access_key": secret}
    return boto3.client("s3", region_name=REGION, endpoint_url=ENDPOINT, config=config, **keys)


def tell(name: str, value: object) -> None:
    sys.stdout.write(json.dumps({"what": name, "found": value}) + "\n")


def put(name: str, s3: Any, bucket: str = BUCKET) -> None:
    try:
        tell(name, s3.put_object(Bucket=bucket, Key=PATH, Body=CONTENT)["ETag"])
    except ClientError as error:
        found = error.response
        tell(name, [found["ResponseMetadata"]["HTTPStatusCode"], found["Error"]["Code"]])


def put_presigned() -> None:
    url = client().generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": PATH})
    reply = urllib3.request("PUT", url, body=CONTENT, headers={"Content-Type": "text/csv"})
    tell("presigned", reply.headers["ETag"])


put("default", client())
put("without checksum", client(request_checksum_calculation="when_required"))
put_presigned()
put("another secret", client(secret="wrong"))
put("another key", client(key_id="AKIAEXAMPLEEXAMPLE00"))
put("unknown bucket", client(), "nowhere")
put("bucket of another", client(), OTHER_BUCKET)
