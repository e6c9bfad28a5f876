"""Access to the vendors of a world: their URLs, credentials and authentication headers."""

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
    """The server's base URL, as the caller addressed it."""
    return call.origin.removesuffix("/_mock")


def vendors_by_name(worlds: Worlds) -> Mapping[str, Vendor]:
    """The vendors by name, typed as `Vendor`: worlds use a narrower protocol."""
    return cast(Mapping[str, Vendor], worlds.vendors)


def find_vendor(worlds: Worlds, name: str) -> Vendor:
    """The vendor of this name. Raises the problem unknown_vendor."""
    if name not in worlds.vendors:
        raise Problem("unknown_vendor", vendor=name, known=", ".join(worlds.vendors))
    return vendors_by_name(worlds)[name]


def find_operation(worlds: Worlds, name: str | None, operation: str | None) -> list[Vendor]:
    """The vendors with this name (None: all) that have this operation (None: any).

    Raises the problems unknown_vendor, unknown_operation.
    """
    vendors = [find_vendor(worlds, name)] if name is not None else [*vendors_by_name(worlds).values()]
    matching = [one for one in vendors if operation is None or operation in one.contract.operations]
    if operation is not None and not matching:
        known = [id for one in vendors for id in one.contract.operations]
        raise Problem("unknown_operation", operation=operation, nearest=nearest(operation, known))
    return matching


def inferred_rules(worlds: Worlds, exchange: Exchange) -> list[str]:
    """The inferred rules that the exchange depends on, as JSON pointers into its vendor's contract."""
    vendor = vendors_by_name(worlds).get(exchange["vendor"] or "")
    return vendor.contract.provenance.inferred_rules(exchange) if vendor else []


def world_access_view(worlds: Worlds, registered: WorldRecord, base: str) -> dict[str, dict[str, Any]]:
    """How to reach each vendor in one world: `{url, credentials, headers, servers}`."""
    return {name: _access_view(one, registered, base) for name, one in vendors_by_name(worlds).items()}


def vendor_view(vendor: Vendor, registered: WorldRecord, base: str) -> dict[str, Any]:
    """The vendor as the control contract declares it, with its URL and credentials in one world."""
    access = _access_view(vendor, registered, base)
    return {
        "name": vendor.name,
        "title": vendor.contract.document.root["info"]["title"],
        "url": access["url"],
        "contract": f"{access['url']}/openapi.json",
        "credentials": list(access["credentials"]),
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
        "backstage_contract": f"{base}/_mock/vendors/{vendor.name}/backstage",
        "curl": first_call.curl(vendor, access["url"], access["credentials"], access["headers"]),
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
    """The headers that authenticate every call; empty if calls must be signed or need a session."""
    for one in vendor.contract.credential_headers:
        value = credentials.get(one.field.name)
        if value:
            return {one.name: f"Bearer {value}" if one.bearer else value}
    return {}
