"""A journalled call as it can be sent again, with secrets of the world where the journal blanks some."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

from mockserver.binding.vendor import Vendor
from mockserver.call import MAX_JOURNALLED_BODY, Exchange
from mockserver.control import journal_view, vendor_access
from mockserver.errors import Problem
from mockserver.formats.secret_mark import REDACTED
from mockserver.state.world_record import WorldRecord
from mockserver.state.worlds import Worlds

_SAFE_IN_PATH: Final = "/:@!$&'()*+,;=~"
# What a client's library sets by itself, and what says from where a call came.
_TRANSPORT_HEADERS: Final = frozenset(
    {
        *("accept-encoding", "accept-language", "cache-control", "connection", "content-encoding"),
        *(
            "content-length",
            "dnt",
            "expect",
            "forwarded",
            "host",
            "keep-alive",
            "origin",
            "pragma",
            "priority",
        ),
        *("referer", "te", "trailer", "transfer-encoding", "upgrade", "upgrade-insecure-requests"),
        *("user-agent", "via"),
    }
)
_TRANSPORT_PREFIXES: Final = ("sec-", "x-forwarded-", "x-real-", "x-mockserver-")


@dataclass(frozen=True, slots=True)
class RepeatedCall:
    """A call with what authenticates it, as far as the original presented a credential.

    `headers` include fixed headers that authenticate. `signs`: it needs a signature of its own. `login`: it
    needs the session that this call opens.
    """

    method: str
    origin: str
    path: str
    query: str
    headers: dict[str, str]
    body: str
    signs: bool = False
    login: "RepeatedCall | None" = None

    @property
    def url(self) -> str:
        return self.origin + self.path + (f"?{self.query}" if self.query else "")


def find_exchange(worlds: Worlds, world: str, number: int) -> Exchange:
    """The exchange with what is derived from it. Raises unknown_world, unknown_exchange."""
    registered, journal = worlds.get(world), worlds.journal(world)
    found = journal.read(after=number - 1, until=number, limit=1)
    if not found:
        raise Problem("unknown_exchange", world=world, number=number, last=journal.last_number())
    return journal_view.in_full(worlds, registered, found)[0]


def repeat(worlds: Worlds, registered: WorldRecord, exchange: Exchange, base: str) -> RepeatedCall:
    """The call of the exchange. Raises not_repeatable."""
    _check_complete(exchange)
    vendor = vendor_access.vendors_by_name(worlds).get(exchange["vendor"] or "")
    if vendor is None:
        raise _not_repeatable(exchange, "no vendor of this server received it")
    access = vendor_access.world_access_view(worlds, registered, base)[vendor.name]
    call, credentials = exchange["call"], access["credentials"]
    repeated = RepeatedCall(
        method=call["method"],
        origin=access["url"],
        path=quote(call["path"], safe=_SAFE_IN_PATH),
        query=_with_secrets_in_query(call["url"].partition("?")[2], credentials),
        headers=_kept_headers(call["headers"]),
        body=_with_secrets_in_body(call["body"], credentials),
    )
    return _authenticated(repeated, vendor, access, {name.lower() for name in call["headers"]})


def without_secrets(value: Any) -> Any:
    """The JSON value without its blanked members; `...` for a blanked value, and for a list that has any."""
    if isinstance(value, dict):
        kept = {name: without_secrets(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if one is not ...}
    if isinstance(value, list):
        items = [without_secrets(one) for one in value]
        return ... if any(one is ... for one in items) else items
    return ... if isinstance(value, str) and REDACTED in value else value


def _authenticated(
    call: RepeatedCall, vendor: Vendor, access: Mapping[str, Any], presented: set[str]
) -> RepeatedCall:
    """The call with the world's credential in the place of the one that the original presented."""
    fixed = {name: text for name, text in access["headers"].items() if name.lower() in presented}
    if fixed:
        return replace(call, headers={**call.headers, **fixed})
    if access["headers"]:
        return call
    if "authorization" in presented and vendor.hooks.sign(call.method, call.url, access["credentials"]):
        return replace(call, signs=True)
    first = vendor.contract.operations.get(vendor.contract.first_call or "")
    if "cookie" in presented and first is not None and not first.schemes:
        body = json.dumps(access["credentials"], ensure_ascii=False)
        headers = {"Content-Type": "application/json"}
        return replace(call, login=RepeatedCall(first.method, access["url"], first.path, "", headers, body))
    return call


def _check_complete(exchange: Exchange) -> None:
    body = exchange["call"]["body"]
    length = exchange["call"]["headers"].get("content-length", "0")
    if len(body.encode()) >= MAX_JOURNALLED_BODY or (
        length.isdecimal() and int(length) > MAX_JOURNALLED_BODY
    ):
        raise _not_repeatable(
            exchange, f"the journal keeps {MAX_JOURNALLED_BODY} bytes of a body, and it was longer"
        )
    if "\ufffd" in body:
        raise _not_repeatable(exchange, "its body is not text, and the journal keeps text")


def _not_repeatable(exchange: Exchange, reason: str) -> Problem:
    return Problem("not_repeatable", number=exchange["number"], reason=reason)


def _kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        name: text
        for name, text in headers.items()
        if name.lower() not in _TRANSPORT_HEADERS
        and not name.lower().startswith(_TRANSPORT_PREFIXES)
        and REDACTED not in text
        and (name.lower(), text) != ("accept", "*/*")
    }


def _with_secrets_in_query(query: str, credentials: Mapping[str, str]) -> str:
    if REDACTED not in query and quote(REDACTED) not in query:
        return query
    pairs = parse_qsl(query, keep_blank_values=True)
    return urlencode([(name, _filled(name, text, credentials)) for name, text in pairs])


def _with_secrets_in_body(body: str, credentials: Mapping[str, str]) -> str:
    if REDACTED not in body:
        return body
    try:
        parsed = json.loads(body)
    except ValueError:
        return body
    if not isinstance(parsed, dict):
        return body
    filled = {name: _filled(name, one, credentials) for name, one in parsed.items()}
    return json.dumps(filled, ensure_ascii=False)


def _filled(name: str, value: Any, credentials: Mapping[str, str]) -> Any:
    return credentials.get(name, value) if value == REDACTED else value
