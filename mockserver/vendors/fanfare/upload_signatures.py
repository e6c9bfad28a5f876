"""Addresses that open one upload for a while, signed like those of Amazon's S3."""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from mockserver.state.world import World

LIFETIME: Final = timedelta(minutes=15)
_DATE_FORMAT: Final = "%Y%m%dT%H%M%SZ"


def signed_upload_url(world: World, origin: str, import_id: str, key: str) -> str:
    """Where the file of an import is put; it names the world, since no credential goes with the file."""
    date, seconds = world.now().strftime(_DATE_FORMAT), str(LIFETIME // timedelta(seconds=1))
    query = {
        "X-Amz-Date": date,
        "X-Amz-Expires": seconds,
        "X-Amz-Signature": compute_signature(world, import_id, key, date, seconds),
    }
    server, _, vendor = origin.rpartition("/")
    named = f"/w/{world.name}"
    return f"{server.removesuffix(named)}{named}/{vendor}/_uploads/{key}?{urlencode(query)}"


def compute_signature(world: World, import_id: str, key: str, date: str, seconds: str) -> str:
    """64 hexadecimal digits that nobody gets right who changes anything of the address."""
    message = "\n".join((key, date, seconds))
    return hmac.digest(f"{world.seed}/{import_id}".encode(), message.encode(), "sha256").hex()


def has_expired(world: World, date: str, seconds: str) -> bool:
    """Whether the time of a rightly signed address is over."""
    start = datetime.strptime(date, _DATE_FORMAT).replace(tzinfo=UTC)
    return world.now() > start + timedelta(seconds=int(seconds))
