"""How the vendors of a world are reached: where they are, and what a caller presents."""

from collections.abc import Mapping
from typing import Any, cast

from mockserver.binding.vendor import Vendor
from mockserver.call import Call, Exchange
from mockserver.control import first_call
from mockserver.errors import Problem
from mockserver.formats.suggestions import nearest
from mockserver.state.world_record import WorldRecord
from mockserver.state.worlds import DEFAULT_WORLD, Worlds


def server_url(call: Call) -> str:
    """The server's address, as this caller wrote it."""
    return call.origin.removesuffix("/_mock")


def vendors_by_name(worlds: Worlds) -> Mapping[str, Vendor]:
    """The vendors by name; worlds know of them only what a world needs."""
    return cast(Mapping[str, Vendor], worlds.vendors)


def find_vendor(worlds: Worlds, name: str) -> Vendor:
    """The vendor of this name. Raises the problem unknown_vendor."""
    if name not in worlds.vendors:
        raise Problem("unknown_vendor", vendor=name, known=", ".join(worlds.vendors))
    return vendors_by_name(worlds)[name]


def find_operation(worlds: Worlds, name: str | None, operation: str | None) -> list[Vendor]:
    """The vendor of this name, else all; of them those that have the operation, if one is asked for.

    Raises the problems unknown_vendor, unknown_operation.
    """
    named = [find_vendor(worlds, name)] if name is not None else [*vendors_by_name(worlds).values()]
    having = [one for one in named if operation is None or operation in one.contract.operations]
    if operation is not None and not having:
        known = [id for one in named for id in one.contract.operations]
        raise Problem("unknown_operation", operation=operation, nearest=nearest(operation, known))
    return having


def inferred_rules(worlds: Worlds, exchange: Exchange) -> list[str]:
    """What the exchange leans on that its vendor's contract only infers, as JSON pointers into it."""
    vendor = vendors_by_name(worlds).get(exchange["vendor"] or "")
    return vendor.contract.provenance.inferred_rules(exchange) if vendor else []


def world_access_view(worlds: Worlds, registered: WorldRecord, base: str) -> dict[str, dict[str, Any]]:
    """How each vendor is reached in one world: `{url, credentials, headers}`."""
    return {name: _access_view(one, registered, base) for name, one in vendors_by_name(worlds).items()}


def vendor_view(vendor: Vendor, registered: WorldRecord, base: str) -> dict[str, Any]:
    """The vendor as the control contract shows it, at its door in one world."""
    door = _access_view(vendor, registered, base)
    return {
        "name": vendor.name,
        "title": vendor.contract.document.root["info"]["title"],
        "url": door["url"],
        "contract": f"{door['url']}/openapi.json",
        "credentials": list(door["credentials"]),
        "operations": [
            {
                "name": one.id,
                "method": one.method,
                "path": one.path,
                "summary": one.summary,
                "problems": {problem.name: problem.status for problem in one.problems.values()},
            }
            for one in vendor.contract.operations.values()
        ],
        "backstage": list(vendor.backstage.contract.operations) if vendor.backstage else [],
        "curl": first_call.curl(vendor, door["url"], door["credentials"], door["headers"]),
    }


def _access_view(vendor: Vendor, registered: WorldRecord, base: str) -> dict[str, Any]:
    name = registered["name"]
    prefix = "" if name == DEFAULT_WORLD else f"/w/{name}"
    credentials = registered["credentials"].get(vendor.name, {})
    return {
        "url": f"{base}{prefix}/{vendor.name}",
        "credentials": credentials,
        "headers": auth_headers(vendor, credentials),
        "servers": [one.url for one in vendor.contract.servers],
    }


def auth_headers(vendor: Vendor, credentials: Mapping[str, str]) -> dict[str, str]:
    """The headers that let every call in, from the first credential that is presented as it is."""
    for one in vendor.contract.credential_headers:
        value = credentials.get(one.field.name)
        if value:
            return {one.name: f"Bearer {value}" if one.bearer else value}
    return {}
