"""Authentication: a known consumer key, a valid OAuth signature, and a product that includes audiences.

The vendor documents only the status of its 401s. The reason is in the journal's remarks, for developers.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from oauthlib.oauth1 import Client

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.credentials import KnownCredential
from mockserver.state.world import World
from mockserver.vendors.spotler import account_records, nonce_records, oauth_signature

_AUDIENCE_PATH: Final = re.compile(r"/integrationservice(-1\.1\.0)?/audience(/[^/]+(/contact)?)?/?")
_MAX_TIMESTAMP_LENGTH: Final = 11  # later timestamps are out of range for datetime


def extract_credentials(call: Call) -> list[tuple[str, str]]:
    """The consumer key in the Authorization header, the query or a form body."""
    keys = [one.values.get("oauth_consumer_key") for one in oauth_signature.find_parameters(call)]
    return [("consumer_key", key) for key in keys if key]


def sign(method: str, url: str, credentials: Mapping[str, str]) -> dict[str, str]:
    """The Authorization header of a call that is signed now."""
    client = Client(credentials["consumer_key"], client_secret=credentials["consumer_secret"])
    http_method: Any = method  # oauthlib's stubs allow a few methods only
    _url, headers, _body = client.sign(url, http_method=http_method)
    return {"Authorization": headers["Authorization"]}


def resign(call: Call, world: World, credentials: Mapping[str, str]) -> None:
    """Signs the call anew in the Authorization header, wherever its signature was."""
    if not credentials:
        return
    form = oauth_signature.remove_parameters(call)
    url = call.origin + (call.raw_path or call.path) + (f"?{call.query}" if call.query else "")
    client = Client(credentials["consumer_key"], client_secret=credentials["consumer_secret"])
    http_method: Any = call.method
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    _url, signed, _body = client.sign(url, http_method=http_method, body=form or None, headers=headers)
    call.headers = {**call.headers, "authorization": signed["Authorization"]}


def authenticate(call: Call, world: World, known: list[KnownCredential]) -> KnownCredential | None:
    """Verifies the signature and returns the caller's credential.

    Problems, in this order: authentication_missing, authentication_malformed, consumer_key_unknown,
    signature_method_unsupported, timestamp_refused, signature_invalid, nonce_used; then, before the rest of
    the call is validated, product_not_licensed. With the switch `auth: lenient` a known key is enough.
    """
    lenient = world.switches["auth"] == "lenient"
    parameters = _read_parameters(call, lenient)
    if not known:
        key = parameters["oauth_consumer_key"]
        _reject(call, "consumer_key_unknown", f"unknown consumer key {key!r} in the world {world.name}")
    if lenient:
        call.remarks.append("the switch auth is lenient: only the consumer key was checked")
    else:
        _verify(call, world, parameters, known[0]["fields"]["consumer_secret"])
    product = account_records.get(world)["product"] if _AUDIENCE_PATH.fullmatch(call.path) else None
    if product == account_records.UNLICENSED_PRODUCT:
        call.credential = dict(known[0])  # it is valid, and so is the signature
        raise Problem("product_not_licensed")
    return known[0]


def _read_parameters(call: Call, lenient: bool) -> Mapping[str, str]:
    """The parameters of the signature. Raises authentication_missing and authentication_malformed."""
    found = oauth_signature.find_parameters(call)
    if not found and not call.headers.get("authorization"):
        raise Problem("authentication_missing")
    if len(found) > 1 or oauth_signature.repeats(call):
        places = " and ".join(one.place for one in found)
        _reject(call, "authentication_malformed", f"parameters sent twice: in {places}; send each once")
    values, place = found[0] if found else ({}, "the Authorization header")
    required = ["oauth_consumer_key"] if lenient else oauth_signature.REQUIRED_PARAMETERS
    missing = [name for name in required if name not in values]
    if missing:
        _reject(call, "authentication_malformed", f"missing in {place}: {', '.join(missing)}")
    return values


def _verify(call: Call, world: World, parameters: Mapping[str, str], secret: str) -> None:
    _check_method(call, parameters)
    timestamp = _check_timestamp(call, world, parameters["oauth_timestamp"])
    _check_signature(call, parameters, secret)
    key, nonce = parameters["oauth_consumer_key"], parameters["oauth_nonce"]
    if not nonce_records.register(world, key, timestamp, nonce):
        _reject(call, "nonce_used", f"the nonce {nonce!r} was used before with the timestamp {timestamp}")


def _check_method(call: Call, parameters: Mapping[str, str]) -> None:
    method, version = parameters["oauth_signature_method"], parameters.get("oauth_version", "1.0")
    if method != oauth_signature.METHOD or version != "1.0":
        remark = f"unsupported signature method {method!r}, version {version!r} (supported: HMAC-SHA1, 1.0)"
        _reject(call, "signature_method_unsupported", remark)


def _check_timestamp(call: Call, world: World, text: str) -> int:
    is_number = text.isascii() and text.isdigit() and len(text) <= _MAX_TIMESTAMP_LENGTH
    if not is_number:
        _reject(call, "timestamp_refused", f"the timestamp {text!r} is not a number of seconds since 1970")
    timestamp = int(text)
    if not nonce_records.is_fresh(world, timestamp):
        distance = nonce_records.distance(world, timestamp)
        remark = f"the timestamp {text} is {distance} seconds away from the real time and the world's time"
        _reject(call, "timestamp_refused", remark)
    return timestamp


def _check_signature(call: Call, parameters: Mapping[str, str], secret: str) -> None:
    signature = parameters["oauth_signature"]
    try:
        candidates = oauth_signature.iterate_base_strings(call, parameters)
        if any(oauth_signature.is_valid(signature, base_string, secret) for base_string in candidates):
            return
        base_strings = oauth_signature.base_strings(call, parameters)
    except ValueError as error:
        _reject(call, "signature_invalid", f"the URL {call.origin}{call.path} cannot be signed: {error}")
    call.remarks.append(f"base string of this call: {base_strings[0]}")
    call.remarks.append(f"expected signature: {oauth_signature.sign(base_strings[0], secret)}")
    sent = "; ".join(f"{name}={text}" for name, text in sorted(parameters.items()))
    call.remarks.append(f"parameters of the signature: {sent}")
    call.remarks.append(_explain(call, parameters, secret))
    raise Problem("signature_invalid")


def _explain(call: Call, parameters: Mapping[str, str], secret: str) -> str:
    """A remark that names the mistake in a wrong signature."""
    for mistake in oauth_signature.common_mistakes(call, parameters):
        if oauth_signature.is_valid(parameters["oauth_signature"], mistake.base_string, secret):
            return f"the signature was computed with {mistake.description}: {mistake.base_string}"
    return "no common mistake explains the signature; compare the secrets and the base strings"


def _reject(call: Call, problem: str, remark: str) -> NoReturn:
    call.remarks.append(remark)
    raise Problem(problem)
