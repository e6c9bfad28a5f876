"""Credentials of a world: listed, minted, revoked."""

from datetime import datetime, timedelta
from typing import Any

from mockserver.call import NOTHING, Call
from mockserver.control import vendor_access
from mockserver.control.action_record import record_action
from mockserver.formats.timestamps import from_iso
from mockserver.state.credentials import KnownCredential
from mockserver.state.worlds import Worlds


def list_credentials(call: Call, worlds: Worlds) -> object:
    """`{credentials: […]}`, oldest first, expired and revoked ones included. Raises unknown_world."""
    world = call.params["world"]
    now = worlds.clock(world).now()
    return {
        "credentials": [_credential_view(worlds, known, now) for known in worlds.credentials(world).all()]
    }


def mint_credential(call: Call, worlds: Worlds) -> object:
    """The credential. Raises unknown_world, unknown_vendor, unknown_credential_kind, too_many_credentials."""
    body, now = call.body, worlds.clock(call.params["world"]).now()
    vendor = vendor_access.find_vendor(worlds, body["vendor"])
    known = worlds.credentials(call.params["world"]).mint(
        vendor.name, body.get("kind"), body.get("tenant"), _expiry(body, now)
    )
    record_action(worlds, call, body, result=known)
    return _credential_view(worlds, known, now)


def revoke_credential(call: Call, worlds: Worlds) -> object:
    """Nothing. Raises unknown_world, unknown_credential."""
    worlds.credentials(call.params["world"]).revoke(call.params["credential"])
    record_action(worlds, call, {})
    return NOTHING


def _expiry(body: dict[str, Any], now: datetime) -> datetime | None:
    if "expires_in" in body:
        return now + timedelta(seconds=body["expires_in"])
    return from_iso(body["expires"]) if "expires" in body else None


def _credential_view(worlds: Worlds, known: KnownCredential, now: datetime) -> dict[str, Any]:
    """The credential as the control contract declares it; without headers if its vendor is not served."""
    vendor = vendor_access.vendors_by_name(worlds).get(known["vendor"])
    expires = known["expires"]
    return {
        key: known[key] for key in ("id", "vendor", "fields", "minted", "created", "expires", "revoked")
    } | {
        "kind": known["field"],
        "tenant": known.get("tenant"),
        "headers": vendor_access.auth_headers(vendor, known["fields"]) if vendor else {},
        "expired": expires is not None and from_iso(expires) <= now,
    }
