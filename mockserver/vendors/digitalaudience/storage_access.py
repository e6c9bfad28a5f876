"""Access of customers to the bucket of their organisation: its name, a pair of keys, and signed URLs."""

import hmac
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

from mockserver.formats.secret_mark import mark
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import organisation_records, storage_signature
from mockserver.vendors.digitalaudience.storage_signature import Signature

REGION: Final = "eu-west-1"
_LIFETIME: Final = "86400"


class BucketAccess(NamedTuple):
    """The bucket of an organisation and a pair of keys for it, as the vendor issues them to a customer."""

    organisation: int
    bucket: str
    access_key: str
    secret: str


def list_all(world: World) -> list[BucketAccess]:
    """The access of each organisation; the same for the life of the world."""
    return [issue(world, one) for one in (organisation_records.OWN, organisation_records.OTHER)]


def issue(world: World, organisation: int) -> BucketAccess:
    """The access of one organisation."""
    key = f"{world.name}/{world.seed}/{world.secret}".encode()
    digest = hmac.digest(key, f"bucket/{organisation}".encode(), "sha256").hex()
    access_key = f"AKIA{digest[:16].upper()}"
    return BucketAccess(organisation, f"mock-onboarding-{organisation}", access_key, mark(digest[16:56]))


def sign_url(world: World, access: BucketAccess, url: str) -> str:
    """The URL of a file with a signature, with which anyone can PUT it."""
    date = f"{world.now():%Y%m%dT%H%M%SZ}"
    scope = f"{date[:8]}/{REGION}/s3/aws4_request"
    query = {
        "X-Amz-Algorithm": storage_signature.ALGORITHM,
        "X-Amz-Credential": f"{access.access_key}/{scope}",
        "X-Amz-Date": date,
        "X-Amz-Expires": _LIFETIME,
        "X-Amz-SignedHeaders": "host",
    }
    parts, text = urlsplit(url), urlencode(query, quote_via=quote)
    unsigned = Signature(access.access_key, scope, ("host",), date, "")
    digest = storage_signature.compute(
        access.secret, unsigned, "PUT", parts.path, text, {"host": parts.netloc}, storage_signature.UNSIGNED
    )
    return f"{url}?{text}&{storage_signature.SIGNATURE}={digest}"
