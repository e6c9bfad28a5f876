"""Signed upload URLs with a limited lifetime, as in Amazon S3. The URL of one world is valid in no other."""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from mockserver.formats.secret_mark import mark
from mockserver.state.records import Record
from mockserver.state.world import World

LIFETIME: Final = timedelta(minutes=15)
_DATE_FORMAT: Final = "%Y%m%dT%H%M%SZ"


def signed_upload_url(world: World, origin: str, record: Record) -> str:
    """The upload URL of an import. It names the world, because the upload carries no credentials."""
    date, seconds = world.now().strftime(_DATE_FORMAT), str(LIFETIME // timedelta(seconds=1))
    query = {
        "X-Amz-Date": date,
        "X-Amz-Expires": seconds,
        "X-Amz-Signature": compute_signature(world, record, date, seconds),
    }
    server, _, vendor = origin.rpartition("/")
    prefix = f"/w/{world.name}"
    return f"{server.removesuffix(prefix)}{prefix}/{vendor}/_uploads/{record['s3Key']}?{urlencode(query)}"


def compute_signature(world: World, record: Record, date: str, seconds: str) -> str:
    """The signature of an import's URL as 64 hexadecimal digits."""
    signed = (world.name, record["organizationId"], record["id"], record["s3Key"], date, seconds)
    digest = hmac.digest(f"{world.seed}/{world.secret}".encode(), "\n".join(signed).encode(), "sha256")
    return mark(digest.hex())


def expiry(date: str, seconds: str) -> datetime:
    """When the lifetime of a URL with a valid signature ends."""
    return datetime.strptime(date, _DATE_FORMAT).replace(tzinfo=UTC) + timedelta(seconds=int(seconds))


def format_second(moment: datetime) -> str:
    """A moment as the file store writes it, such as `2024-12-01T12:15:00Z`."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
