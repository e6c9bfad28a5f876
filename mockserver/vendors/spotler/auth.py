"""Who may come in: callers with a known key, a signature that is right, and a product that has audiences.

The vendor publishes none of its 401s but the status; the reason stands in the journal, for developers.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from oauthlib.oauth1 import Client

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.spotler import account_records, nonce_records, oauth_signature

Known = dict[str, Any]

_AUDIENCE: Final = re.compile(r"/integrationservice(-1\.1\.0)?/audience(/[^/]+(/contact)?)?/?")
_LONGEST_TIMESTAMP: Final = 11  # more digits are no second that any clock here can read


def extract_credentials(call: Call) -> list[tuple[str, str]]:
    """The consumer key that the header names."""
    key = (oauth_signature.read(call) or {}).get("oauth_consumer_key")
    return [("consumer_key", key)] if key else []


def sign(method: str, url: str, credentials: Mapping[str, str]) -> dict[str, str]:
    """The header Authorization of one call, signed now."""
    client = Client(credentials["consumer_key"], client_secret=credentials["consumer_secret"])
    verb: Any = method  # the stubs know a few words only
    _url, headers, _body = client.sign(url, http_method=verb)
    return {"Authorization": headers["Authorization"]}


def authenticate(call: Call, world: World, known: list[Known]) -> Known | None:
    """What the server knows of the caller.

    Problems, in this order: authentication_missing, authentication_malformed, consumer_key_unknown,
    signature_method_unsupported, timestamp_refused, signature_invalid, nonce_used; then, before anything else
    of the call is looked at, product_not_licensed. A lenient world takes any call with a known key.
    """
    if not call.headers.get("authorization"):
        raise Problem("authentication_missing")
    claimed = oauth_signature.read(call)
    lenient = world.switches["auth"] == "lenient"
    needed = ["oauth_consumer_key"] if lenient else oauth_signature.NEEDED
    missing = [one for one in needed if one not in (claimed or {})]
    if claimed is None or missing:
        _refuse(call, "authentication_malformed", f"not in the header Authorization: {', '.join(missing)}")
    key = claimed["oauth_consumer_key"]
    if not known:
        _refuse(call, "consumer_key_unknown", f"the world {world.name} has no consumer key {key!r}")
    if lenient:
        call.remarks.append("the switch auth is lenient: nothing but the consumer key was looked at")
    else:
        _demand_proof(call, world, claimed, known[0]["fields"]["consumer_secret"])
    if (
        _AUDIENCE.fullmatch(call.path)
        and account_records.read(world)["product"] == account_records.UNLICENSED
    ):
        raise Problem("product_not_licensed")
    return known[0]


def _demand_proof(call: Call, world: World, claimed: Mapping[str, str], secret: str) -> None:
    _demand_standard(call, claimed)
    timestamp = _demand_fresh(call, world, claimed["oauth_timestamp"])
    _demand_signed(call, claimed, secret)
    key, nonce = claimed["oauth_consumer_key"], claimed["oauth_nonce"]
    if not nonce_records.use(world, key, timestamp, nonce):
        _refuse(call, "nonce_used", f"a call of {timestamp} came with the nonce {nonce!r} before")


def _demand_standard(call: Call, claimed: Mapping[str, str]) -> None:
    method, version = claimed["oauth_signature_method"], claimed.get("oauth_version", "1.0")
    if method != oauth_signature.METHOD or version != "1.0":
        words = f"signed with {method!r}, version {version!r}; known is {oauth_signature.METHOD}, version 1.0"
        _refuse(call, "signature_method_unsupported", words)


def _demand_fresh(call: Call, world: World, text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST_TIMESTAMP
    if not is_number:
        _refuse(call, "timestamp_refused", f"the timestamp {text!r} is no number of seconds since 1970")
    timestamp = int(text)
    if not nonce_records.is_fresh(world, timestamp):
        distance = nonce_records.distance(world, timestamp)
        words = f"the timestamp {text} is {distance} seconds away from the real time and from the world's"
        _refuse(call, "timestamp_refused", words)
    return timestamp


def _demand_signed(call: Call, claimed: Mapping[str, str], secret: str) -> None:
    signature = claimed["oauth_signature"]
    try:
        bases = oauth_signature.base_strings(call, claimed)
    except ValueError as error:
        _refuse(call, "signature_invalid", f"the URL {call.origin}{call.path} cannot be signed: {error}")
    if any(oauth_signature.is_signed(base, secret, signature) for base in bases):
        return
    call.remarks.append(f"base string of this call: {bases[0]}")
    call.remarks.append(
        f"its signature with the secret of this key: {oauth_signature.signed(bases[0], secret)}"
    )
    claims = "; ".join(f"{name}={text}" for name, text in sorted(claimed.items()))
    call.remarks.append(f"the header says: {claims}")
    for guess in oauth_signature.guesses(call, claimed):
        if oauth_signature.is_signed(guess.text, secret, signature):
            call.remarks.append(f"the header's signature is right for {guess.words}: {guess.text}")
            break
    else:
        call.remarks.append(
            "no usual mistake explains the header's signature: compare secrets and base strings"
        )
    raise Problem("signature_invalid")


def _refuse(call: Call, problem: str, words: str) -> NoReturn:
    call.remarks.append(words)
    raise Problem(problem)
