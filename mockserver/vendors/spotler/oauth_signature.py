"""OAuth 1.0a signatures: reading the parameters and computing signatures (RFC 5849).

One-legged: a consumer key and secret without a token. The parameters are in the Authorization header, the
query or a form body. The query and a form body are signed, other bodies are not.
"""

import hmac
import re
from binascii import b2a_base64
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import chain, combinations
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote, unquote

from oauthlib.oauth1.rfc5849 import signature as rfc5849

from mockserver.call import READ_METHODS, Call

REQUIRED_PARAMETERS: Final = (
    "oauth_consumer_key",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
    "oauth_timestamp",
)
METHOD: Final = "HMAC-SHA1"

_PARAMETER = re.compile(r'([A-Za-z0-9_.-]++)\s*+=\s*+(?:"([^"]*+)"|([^",\s]*+))\s*+')
_PART = re.compile(r'(?:[^",]++|"[^"]*+"?+)++')
"""A part of the header up to a comma outside quotes. Every character is read once."""
_ESCAPE = re.compile(r"%[0-9A-F]{2}")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9_.~-]*")
_UNRESERVED_PATH: Final = re.compile(r"[A-Za-z0-9_.~/-]*")
_MAX_HEADERS: Final = 64
_MAX_ORIGINS: Final = 256
_UNSIGNED_PARAMETERS: Final = ("realm", "oauth_signature")
_PREFIX: Final = "oauth_"
_FORM: Final = "application/x-www-form-urlencoded"
_MAX_FORM: Final = 8_192  # bytes of a form body that is read
_OPTIONALLY_ENCODED: Final = "/:@!$&'()*+,;="  # allowed in a path without encoding (RFC 3986)
_MAX_OPTIONALLY_ENCODED: Final = 6  # 64 encodings
_MAX_ENCODED_PATH: Final = 512  # a longer path has the two encodings of all clients that were seen
MAX_HEADER: Final = 8_192
"""The longest Authorization header that is parsed, in characters; a longer one is malformed."""
_VENDOR_ORIGIN: Final = "https://restapi.mailplus.nl"


Pair = tuple[str, str]


class Parameters(NamedTuple):
    """The parameters of a signature, and where they are: header, query or form body."""

    values: Mapping[str, str]
    place: str


class Mistake(NamedTuple):
    """A base string that the client may have signed by mistake, and what is wrong with it."""

    description: str
    base_string: str


def find_parameters(call: Call) -> list[Parameters]:
    """The parameters of the signature, once for each place that has any."""
    header = parse_header(call)
    found = [] if header is None else [Parameters(header, "the Authorization header")]
    for place, pairs in (("the query", _query_pairs(call)), ("the form body", _form_pairs(call))):
        values = {name: text for name, text in pairs if name.startswith(_PREFIX)}
        if values:
            found.append(Parameters(values, place))
    return found


def remove_parameters(call: Call) -> str:
    """Removes the parameters of the signature from query and form body; returns what is left of the form."""
    call.query = _without_parameters(call.query)
    if not _form_pairs(call) or call.method in READ_METHODS:
        return ""
    form = _without_parameters(call.raw.decode("utf-8", "replace"))
    call.raw = form.encode()
    return form


def _without_parameters(pairs: str) -> str:
    return "&".join(pair for pair in pairs.split("&") if not pair.startswith(_PREFIX))


def repeats(call: Call) -> bool:
    """True if the query or the form body has a parameter of the signature twice."""
    names = [name for name, _ in (*_query_pairs(call), *_form_pairs(call)) if name.startswith(_PREFIX)]
    return len(names) > len(set(names))


def parse_header(call: Call) -> dict[str, str] | None:
    """The decoded parameters of the Authorization header; None if it is missing or has another scheme.

    Accepts what clients are known to send: any separator, any order, and unencoded signatures.
    """
    header = call.headers.get("authorization", "")
    parsed = _parse_header(header) if len(header) <= MAX_HEADER else None
    return None if parsed is None else dict(parsed)


@lru_cache(_MAX_HEADERS)
def _parse_header(header: str) -> tuple[tuple[str, str], ...] | None:
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "oauth":
        return None
    found = (_PARAMETER.fullmatch(part.strip()) for part in _PART.findall(rest))
    return tuple((one[1], unquote(one[2] or one[3] or "")) for one in found if one)


def base_strings(call: Call, parameters: Mapping[str, str]) -> list[str]:
    """The valid base strings of the call, one per encoding of the path. Raises `ValueError`.

    The path as received comes first. Clients differ in which optional characters they encode when they sign,
    and some use lowercase hex digits.
    """
    return list(iterate_base_strings(call, parameters))


def iterate_base_strings(call: Call, parameters: Mapping[str, str]) -> Iterator[str]:
    """Yields the valid base strings of the call, the most likely one first."""
    normalized = _normalize(_signed_pairs(call), parameters)
    as_received = [call.raw_path] if call.raw_path else []
    for path in dict.fromkeys((*as_received, *_distinct_encodings(call.path))):
        yield _join(call.method, _base_uri(call.origin, path), normalized)


def common_mistakes(call: Call, parameters: Mapping[str, str]) -> Iterator[Mistake]:
    """Yields base strings that clients sign by mistake."""
    path, pairs = call.raw_path or quote(call.path, _OPTIONALLY_ENCODED), _signed_pairs(call)
    url = call.origin + path
    root = "/".join(call.origin.split("/")[:3])
    other_slash = url[:-1] if url.endswith("/") else url + "/"
    vendor_url = _VENDOR_ORIGIN + path
    https_url = url.replace("http:", "https:", 1)
    if pairs:
        yield Mistake("the query omitted", _base_string(call.method, url, [], parameters))
    urls = {
        f"the vendor's address {_VENDOR_ORIGIN}": vendor_url,
        "the path without the base path of this server": root + path,
        "https instead of http": https_url,
        "a trailing slash added or removed": other_slash,
    }
    for description, wrong_url in urls.items():
        yield Mistake(description, _base_string(call.method, wrong_url, pairs, parameters))
    for method in ("GET", "POST", "PUT", "DELETE"):
        if method != call.method:
            yield Mistake(f"the method {method}", _base_string(method, url, pairs, parameters))
    if "oauth_token" in parameters:
        rest = {name: text for name, text in parameters.items() if name != "oauth_token"}
        yield Mistake("the parameter oauth_token omitted", _base_string(call.method, url, pairs, rest))


def sign(base_string: str, secret: str) -> str:
    """The signature of a base string."""
    digest = hmac.digest(f"{_escape(secret)}&".encode(), base_string.encode(), "sha1")
    return b2a_base64(digest, newline=False).decode()


def is_valid(signature: str, base_string: str, secret: str) -> bool:
    """True if the signature is that of the base string."""
    expected = sign(base_string, secret).encode()
    return hmac.compare_digest(expected, signature.encode("utf-8", "surrogatepass"))


def _path_encodings(path: str) -> Iterator[str]:
    """Yields the path with none, all and some of the optionally encoded characters encoded."""
    present = [one for one in _OPTIONALLY_ENCODED if one in path and one != "/"]
    yield quote(path, _OPTIONALLY_ENCODED)
    yield quote(path, "/")
    if len(present) <= _MAX_OPTIONALLY_ENCODED and len(path) <= _MAX_ENCODED_PATH:
        for encoded in chain.from_iterable(combinations(present, n) for n in range(1, len(present))):
            yield quote(path, "".join(one for one in _OPTIONALLY_ENCODED if one not in encoded))


def _distinct_encodings(path: str) -> Iterator[str]:
    """Yields the encodings of the path, then those with lowercase hex digits, each once."""
    if _UNRESERVED_PATH.fullmatch(path):
        yield path
        return
    upper = list(_path_encodings(path))
    lower = [_ESCAPE.sub(lambda escape: escape[0].lower(), one) for one in upper]
    yield from dict.fromkeys([*upper, *lower])


def _base_string(method: str, uri: str, pairs: list[Pair], parameters: Mapping[str, str]) -> str:
    return _join(method, rfc5849.base_string_uri(uri), _normalize(pairs, parameters))


def _join(method: str, base_uri: str, normalized: str) -> str:
    return f"{_escape(method.upper())}&{_escape(base_uri)}&{_escape(normalized)}"


def _normalize(pairs: list[Pair], parameters: Mapping[str, str]) -> str:
    pairs = pairs + [(name, text) for name, text in parameters.items() if name not in _UNSIGNED_PARAMETERS]
    return "&".join([f"{name}={text}" for name, text in sorted([(_escape(k), _escape(v)) for k, v in pairs])])


def _signed_pairs(call: Call) -> list[Pair]:
    """The pairs of the query and of a form body, without the parameters of the signature."""
    if not call.query and not call.raw:
        return []
    return [pair for pair in (*_query_pairs(call), *_form_pairs(call)) if not pair[0].startswith(_PREFIX)]


def _query_pairs(call: Call) -> tuple[Pair, ...]:
    return _parse_pairs(call.query) if call.query else ()


def _form_pairs(call: Call) -> tuple[Pair, ...]:
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM or not 0 < len(call.raw) <= _MAX_FORM:
        return ()
    return _parse_pairs(call.raw.decode("utf-8", "replace"))


@lru_cache(2)  # a call's query and form are read four times each
def _parse_pairs(text: str) -> tuple[Pair, ...]:
    # not oauthlib's parser of queries, which rejects characters that clients send
    return tuple(parse_qsl(text, keep_blank_values=True))


def _base_uri(origin: str, path: str) -> str:
    """oauthlib's `base_string_uri`; most paths do not change what precedes them."""
    if not path or any(mark in path or mark in origin for mark in ";?#"):
        return rfc5849.base_string_uri(origin + path)
    return _base_of_origin(origin) + path


@lru_cache(_MAX_ORIGINS)
def _base_of_origin(origin: str) -> str:
    return rfc5849.base_string_uri(f"{origin}/").removesuffix("/")


def _escape(text: str) -> str:
    """The text with everything but unreserved characters encoded (RFC 5849, section 3.6)."""
    return text if _UNRESERVED.fullmatch(text) else quote(text, safe="~")
