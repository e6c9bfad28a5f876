"""Signed upload URLs with a limited lifetime, as in Amazon S3."""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from mockserver.state.world import World

LIFETIME: Final = timedelta(minutes=15)
_DATE_FORMAT: Final = "%Y%m%dT%H%M%SZ"


def signed_upload_url(world: World, origin: str, import_id: str, key: str) -> str:
    """The upload URL of an import. It names the world, because the upload carries no credentials."""
    date, seconds = world.now().strftime(_DATE_FORMAT), str(LIFETIME // timedelta(seconds=1))
    query = {
        "X-Amz-Date": date,
        "X-Amz-Expires": seconds,
        "X-Amz-Signature": compute_signature(world, import_id, key, date, seconds),
    }
    server, _, vendor = origin.rpartition("/")
    prefix = f"/w/{world.name}"
    return f"{server.removesuffix(prefix)}{prefix}/{vendor}/_uploads/{key}?{urlencode(query)}"


def compute_signature(world: World, import_id: str, key: str, date: str, seconds: str) -> str:
    """The signature as 64 hexadecimal digits."""
    message = "\n".join((key, date, seconds))
    return hmac.digest(f"{world.seed}/{import_id}".encode(), message.encode(), "sha256").hex()


def has_expired(world: World, date: str, seconds: str) -> bool:
    """Whether the lifetime of a URL with a valid signature is over."""
    start = datetime.strptime(date, _DATE_FORMAT).replace(tzinfo=UTC)
    return world.now() > start + timedelta(seconds=int(seconds))
