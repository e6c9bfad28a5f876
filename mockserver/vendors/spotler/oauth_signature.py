"""OAuth 1.0a signatures: what a header claims, and what the signature of a call should be (RFC 5849).

One leg: a consumer key with its secret and no token. Bodies never enter the base string, as none of them is a
form; the query does.
"""

import hmac
import re
from collections.abc import Iterator, Mapping
from itertools import chain, combinations
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, quote, unquote

from oauthlib.oauth1 import Client
from oauthlib.oauth1.rfc5849 import signature

from mockserver.call import Call

NEEDED: Final = (
    "oauth_consumer_key",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
    "oauth_timestamp",
)
METHOD: Final = "HMAC-SHA1"

_PARAMETER = re.compile(r'\s*([A-Za-z0-9_.-]+)\s*=\s*(?:"([^"]*)"|([^",\s]*))\s*(?:,|$)')
_ESCAPE = re.compile(r"%[0-9A-F]{2}")
_UNSIGNED: Final = ("realm", "oauth_signature")
_PLAIN: Final = "/:@!$&'()*+,;="  # what a path may carry as it is (RFC 3986)
_MOST_SPELT: Final = 6  # 64 spellings
_VENDOR: Final = "https://restapi.mailplus.nl"


class Guess(NamedTuple):
    """A base string that the caller may have signed instead, and what it differs in."""

    words: str
    text: str


def read(call: Call) -> dict[str, str] | None:
    """The parameters of the header Authorization, decoded; None if it is of another scheme or not there.

    Clients in the field separate them with or without a blank, put them in any order, and some write the
    signature as it is, without encoding: all of that is taken.
    """
    scheme, _, rest = call.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() != "oauth":
        return None
    return {name: unquote(quoted or plain) for name, quoted, plain in _PARAMETER.findall(rest)}


def base_strings(call: Call, claimed: Mapping[str, str]) -> list[str]:
    """What the caller should have signed, once for each way to write the path; raises `ValueError`.

    The path comes decoded; of the characters that it may carry as they are, each client encodes its own, and
    some encode in small letters.
    """
    spelt = list(_spellings(call.path))
    small = [_ESCAPE.sub(lambda escape: escape[0].lower(), path) for path in spelt]
    return [
        _base(call.method, call.origin + path, call.query, claimed)
        for path in dict.fromkeys([*spelt, *small])
    ]


def guesses(call: Call, claimed: Mapping[str, str]) -> Iterator[Guess]:
    """What callers sign by mistake."""
    path, query = quote(call.path, _PLAIN), call.query
    own = call.origin + path
    root = "/".join(call.origin.split("/")[:3])
    other_slash = own[:-1] if own.endswith("/") else own + "/"
    if query:
        yield Guess("the query left out", _base(call.method, own, "", claimed))
    yield Guess(f"the vendor's own address {_VENDOR}", _base(call.method, _VENDOR + path, query, claimed))
    yield Guess("the path after the host's name only", _base(call.method, root + path, query, claimed))
    yield Guess("https for http", _base(call.method, own.replace("http:", "https:", 1), query, claimed))
    yield Guess("a slash more or less at the end", _base(call.method, other_slash, query, claimed))
    for method in ("GET", "POST", "PUT", "DELETE"):
        if method != call.method:
            yield Guess(f"the method {method}", _base(method, own, query, claimed))
    if "oauth_token" in claimed:
        without = {name: text for name, text in claimed.items() if name != "oauth_token"}
        yield Guess("the parameter oauth_token left out", _base(call.method, own, query, without))


def signed(base: str, secret: str) -> str:
    """The signature of a base string."""
    client = Client("", client_secret=secret, resource_owner_secret="")
    return str(signature.sign_hmac_sha1_with_client(base, client))


def is_signed(base: str, secret: str, claimed: str) -> bool:
    """Whether the signature that is claimed is the one of this base string."""
    return hmac.compare_digest(signed(base, secret).encode(), claimed.encode("utf-8", "surrogatepass"))


def _spellings(path: str) -> Iterator[str]:
    """The path with none of the characters encoded that need not be, with all of them, and in between."""
    present = [one for one in _PLAIN if one in path and one != "/"]
    yield quote(path, _PLAIN)
    yield quote(path, "/")
    if len(present) <= _MOST_SPELT:
        for encoded in chain.from_iterable(combinations(present, n) for n in range(1, len(present))):
            yield quote(path, "".join(one for one in _PLAIN if one not in encoded))


def _base(method: Any, uri: str, query: str, claimed: Mapping[str, str]) -> str:
    # not oauthlib's own reading of the query: it refuses characters that clients do send
    parameters: Any = parse_qsl(query, keep_blank_values=True)  # what oauthlib takes; its stubs err
    parameters += [(name, text) for name, text in claimed.items() if name not in _UNSIGNED]
    normal = signature.normalize_parameters(parameters)
    return str(signature.signature_base_string(method, signature.base_string_uri(uri), normal))
