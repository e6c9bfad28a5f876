"""Calls that the server makes itself: to try an operation, or to send an exchange again."""

from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.control import vendor_access
from mockserver.control.world_client import WorldClient
from mockserver.errors import AuthenticationError, Problem
from mockserver.state.worlds import Worlds
from mockserver.verify.authentication import Authenticator
from mockserver.verify.http_client import Request


def send_call(call: Call, worlds: Worlds) -> object:
    """The exchange as it was journalled.

    Raises unknown_world, unknown_vendor, unfit_call (the vendor does not let the world's credentials in).
    """
    body = call.body
    with worlds.store.transaction():
        registered = worlds.get(call.params["world"])
        vendor = vendor_access.find_vendor(worlds, body["vendor"])
        client = WorldClient(worlds, registered, vendor_access.server_url(call), call.address)
    access = client.access[vendor.name]
    query = f"?{body['query']}" if body.get("query") else ""
    method, url, given = body["method"], f"{access['url']}{body['path']}{query}", body.get("headers", {})
    headers: dict[str, str] = {"Content-Type": "application/json"} if "body" in body else {}
    if body.get("authenticate", True):
        authenticator = Authenticator(vendor, access["url"], access["credentials"])
        route = vendor.contract.route(method, body["path"])
        try:
            headers |= _authentication(authenticator, route, method, url, client)
        except AuthenticationError as error:
            raise Problem("unfit_call", reason=str(error)) from error
    sent = _encoded(body["body"]) if "body" in body else None
    return client.exchange(Request(method, url, _merged(headers, given), sent))


def _encoded(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else orjson.dumps(body)


def _authentication(
    authenticator: Authenticator, route: object, method: str, url: str, client: WorldClient
) -> dict[str, str]:
    """The headers that authenticate a call, after a login if it needs one. Raises `AuthenticationError`."""
    if isinstance(route, Operation) and not route.schemes:
        return {}
    headers = {**authenticator.headers, **authenticator.sign(method, url)}
    cookies = authenticator.named_session_cookies(client)
    if cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return headers


def _merged(own: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The given headers, and those of `own` that they do not replace, in any case of letters."""
    taken = {name.lower() for name in given}
    return {**{name: text for name, text in own.items() if name.lower() not in taken}, **given}
