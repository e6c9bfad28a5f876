"""OAuth 1.0a signatures: parsing the Authorization header and computing signatures (RFC 5849).

One-legged: a consumer key and secret without a token. The query is signed; bodies are not, because no
operation has a form body.
"""

import hmac
import re
from collections.abc import Iterator, Mapping
from itertools import chain, combinations
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, quote, unquote

from oauthlib.oauth1 import Client
from oauthlib.oauth1.rfc5849 import signature as rfc5849

from mockserver.call import Call

REQUIRED_PARAMETERS: Final = (
    "oauth_consumer_key",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
    "oauth_timestamp",
)
METHOD: Final = "HMAC-SHA1"

_PARAMETER = re.compile(r'\s*([A-Za-z0-9_.-]+)\s*=\s*(?:"([^"]*)"|([^",\s]*))\s*(?:,|$)')
_ESCAPE = re.compile(r"%[0-9A-F]{2}")
_UNSIGNED_PARAMETERS: Final = ("realm", "oauth_signature")
_OPTIONALLY_ENCODED: Final = "/:@!$&'()*+,;="  # allowed in a path without encoding (RFC 3986)
_MAX_OPTIONALLY_ENCODED: Final = 6  # 64 encodings
_VENDOR_ORIGIN: Final = "https://restapi.mailplus.nl"


class Mistake(NamedTuple):
    """A base string that the client may have signed by mistake, and what is wrong with it."""

    description: str
    base_string: str


def parse_header(call: Call) -> dict[str, str] | None:
    """The decoded parameters of the Authorization header; None if it is missing or has another scheme.

    Accepts what clients are known to send: any separator, any order, and unencoded signatures.
    """
    scheme, _, rest = call.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "oauth":
        return None
    return {name: unquote(quoted or bare) for name, quoted, bare in _PARAMETER.findall(rest)}


def base_strings(call: Call, parameters: Mapping[str, str]) -> list[str]:
    """The valid base strings of the call, one per encoding of the path. Raises `ValueError`.

    The path of a call is decoded. Clients differ in which optional characters they encode, and some use
    lowercase hex digits.
    """
    upper = list(_path_encodings(call.path))
    lower = [_ESCAPE.sub(lambda escape: escape[0].lower(), path) for path in upper]
    return [
        _base_string(call.method, call.origin + path, call.query, parameters)
        for path in dict.fromkeys([*upper, *lower])
    ]


def common_mistakes(call: Call, parameters: Mapping[str, str]) -> Iterator[Mistake]:
    """Yields base strings that clients sign by mistake."""
    path, query = quote(call.path, _OPTIONALLY_ENCODED), call.query
    url = call.origin + path
    root = "/".join(call.origin.split("/")[:3])
    other_slash = url[:-1] if url.endswith("/") else url + "/"
    vendor_url = _VENDOR_ORIGIN + path
    https_url = url.replace("http:", "https:", 1)
    if query:
        yield Mistake("the query omitted", _base_string(call.method, url, "", parameters))
    urls = {
        f"the vendor's address {_VENDOR_ORIGIN}": vendor_url,
        "the path without the base path of this server": root + path,
        "https instead of http": https_url,
        "a trailing slash added or removed": other_slash,
    }
    for description, wrong_url in urls.items():
        yield Mistake(description, _base_string(call.method, wrong_url, query, parameters))
    for method in ("GET", "POST", "PUT", "DELETE"):
        if method != call.method:
            yield Mistake(f"the method {method}", _base_string(method, url, query, parameters))
    if "oauth_token" in parameters:
        rest = {name: text for name, text in parameters.items() if name != "oauth_token"}
        yield Mistake("the parameter oauth_token omitted", _base_string(call.method, url, query, rest))


def sign(base_string: str, secret: str) -> str:
    """The signature of a base string."""
    client = Client("", client_secret=secret, resource_owner_secret="")
    return str(rfc5849.sign_hmac_sha1_with_client(base_string, client))


def is_valid(signature: str, base_string: str, secret: str) -> bool:
    """True if the signature is that of the base string."""
    expected = sign(base_string, secret).encode()
    return hmac.compare_digest(expected, signature.encode("utf-8", "surrogatepass"))


def _path_encodings(path: str) -> Iterator[str]:
    """Yields the path with none, all and some of the optionally encoded characters encoded."""
    present = [one for one in _OPTIONALLY_ENCODED if one in path and one != "/"]
    yield quote(path, _OPTIONALLY_ENCODED)
    yield quote(path, "/")
    if len(present) <= _MAX_OPTIONALLY_ENCODED:
        for encoded in chain.from_iterable(combinations(present, n) for n in range(1, len(present))):
            yield quote(path, "".join(one for one in _OPTIONALLY_ENCODED if one not in encoded))


def _base_string(method: Any, uri: str, query: str, parameters: Mapping[str, str]) -> str:
    # not oauthlib's parser of queries, which rejects characters that clients send
    pairs: Any = parse_qsl(query, keep_blank_values=True)  # oauthlib's stubs demand another type
    pairs += [(name, text) for name, text in parameters.items() if name not in _UNSIGNED_PARAMETERS]
    normalized = rfc5849.normalize_parameters(pairs)
    return str(rfc5849.signature_base_string(method, rfc5849.base_string_uri(uri), normalized))
