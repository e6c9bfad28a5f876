"""Signature of a call to a bucket: AWS Signature Version 4, in the Authorization header or in the query."""

import hmac
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from mockserver.call import Call

ALGORITHM: Final = "AWS4-HMAC-SHA256"
UNSIGNED: Final = "UNSIGNED-PAYLOAD"
SIGNATURE: Final = "X-Amz-Signature"
_HEADER: Final = re.compile(
    rf"{ALGORITHM} +Credential=([^, ]+), *SignedHeaders=([^, ]+), *Signature=([0-9a-f]{{64}})", re.ASCII
)
_SIGNED_HEADERS: Final = re.compile(rf"{ALGORITHM} .*SignedHeaders=([^, ]+)")
_SCOPE: Final = re.compile(r"([^/]+)/([0-9]{8}/[^/]+/s3/aws4_request)", re.ASCII)
_UNRESERVED: Final = "-_.~"


class Signature(NamedTuple):
    """One signature: access key, scope (date, region, service), signed headers, time, and the digest."""

    access_key: str
    scope: str
    signed_headers: tuple[str, ...]
    date: str
    digest: str


def read_signature(call: Call) -> Signature | None:
    """The signature of the call; None if it has none, or one that cannot be read."""
    query = dict(parse_qsl(call.query, keep_blank_values=True))
    if SIGNATURE in query:
        credential, headers = query.get("X-Amz-Credential", ""), query.get("X-Amz-SignedHeaders", "")
        date, digest = query.get("X-Amz-Date", ""), query[SIGNATURE]
    else:
        found = _HEADER.fullmatch(call.headers.get("authorization", "").strip())
        if found is None:
            return None
        credential, headers, digest = found.groups()
        date = call.headers.get("x-amz-date", "")
    scope = _SCOPE.fullmatch(credential)
    return Signature(scope[1], scope[2], tuple(headers.split(";")), date, digest) if scope else None


def is_valid(call: Call, signature: Signature, secret: str) -> bool:
    """Whether the call was signed with the secret, at any time: a world has a clock of its own."""
    base = urlsplit(call.origin).path
    sent = base + (call.raw_path or quote(call.path, safe=f"/{_UNRESERVED}"))
    payload = call.headers.get("x-amz-content-sha256", UNSIGNED)
    # Some clients sign a path as they send it, others with everything encoded that may be.
    return any(
        hmac.compare_digest(
            compute(secret, signature, call.method, path, call.query, call.headers, payload).encode(),
            signature.digest.encode(),
        )
        for path in {sent, quote(unquote(sent), safe=f"/{_UNRESERVED}")}
    )


def compute(
    secret: str,
    signature: Signature,
    method: str,
    path: str,
    query: str,
    headers: Mapping[str, str],
    payload: str,
) -> str:
    """The digest of a call as 64 hexadecimal digits; `headers` by lower-case names."""
    pairs = [
        (quote(name, safe=_UNRESERVED), quote(value, safe=_UNRESERVED))
        for name, value in parse_qsl(query, keep_blank_values=True)
        if name != SIGNATURE
    ]
    canonical = "\n".join(
        (
            method,
            path,
            "&".join(f"{name}={value}" for name, value in sorted(pairs)),
            *(f"{name}:{' '.join(headers.get(name, '').split())}" for name in signature.signed_headers),
            "",
            ";".join(signature.signed_headers),
            payload,
        )
    )
    digest = sha256(canonical.encode()).hexdigest()
    text = "\n".join((ALGORITHM, signature.date, signature.scope, digest))
    key = f"AWS4{secret}".encode()
    for part in signature.scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def resign(call: Call, access_key: str, secret: str, region: str) -> None:
    """Signs the call, which has a signature of another key, with this one; its date and form stay."""
    query = dict(parse_qsl(call.query, keep_blank_values=True))
    header = _SIGNED_HEADERS.search(call.headers.get("authorization", ""))
    if SIGNATURE not in query and header is None:
        return
    names = query.get("X-Amz-SignedHeaders", "") if SIGNATURE in query else header[1] if header else ""
    date = query.get("X-Amz-Date", "") if SIGNATURE in query else call.headers.get("x-amz-date", "")
    scope = f"{date[:8]}/{region}/s3/aws4_request"
    unsigned = Signature(access_key, scope, tuple(names.split(";")), date, "")
    if SIGNATURE in query:
        query["X-Amz-Credential"] = f"{access_key}/{scope}"
        call.query = urlencode(query, quote_via=quote)
    path = urlsplit(call.origin).path + (call.raw_path or quote(call.path, safe=f"/{_UNRESERVED}"))
    payload = call.headers.get("x-amz-content-sha256", UNSIGNED)
    digest = compute(secret, unsigned, call.method, path, call.query, call.headers, payload)
    if SIGNATURE in query:
        query[SIGNATURE] = digest
        call.query = urlencode(query, quote_via=quote)
    else:
        signed = f"Credential={access_key}/{scope}, SignedHeaders={names}, Signature={digest}"
        call.headers = {**call.headers, "authorization": f"{ALGORITHM} {signed}"}


def decode_chunks(raw: bytes) -> bytes:
    """The content of a body in signed chunks (`aws-chunked`); the body itself if it is not of that form."""
    content, place = bytearray(), 0
    while place < len(raw):
        end = raw.find(b"\r\n", place)
        try:
            size = int(raw[place:end].partition(b";")[0], 16) if end >= 0 else -1
        except ValueError:
            return raw
        if size <= 0:
            return bytes(content) if size == 0 else raw
        content += raw[end + 2 : end + 2 + size]
        place = end + 2 + size + 2
    return raw
