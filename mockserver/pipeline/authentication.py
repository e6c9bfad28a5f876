"""Finds the world that a call belongs to, and authenticates the call."""

from typing import Final

from mockserver.binding.vendor import Vendor
from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.errors import Problem
from mockserver.formats.bounded_text import as_key
from mockserver.state.credentials import KnownCredential, is_valid
from mockserver.state.session import RequestSession
from mockserver.state.world import World
from mockserver.state.worlds import Worlds

_MAX_CREDENTIALS: Final = 16  # of one call; clients send one or two


def find_world(worlds: Worlds, vendor: Vendor, call: Call, named: str | None) -> RequestSession:
    """The world of the call: the one that the URL names, else its credential's, else the default world.

    Raises the problem unknown_world.
    """
    return worlds.resolve(vendor.name, named, extract_credentials(vendor, call))


def authenticate(
    vendor: Vendor,
    operation: Operation | tuple[str, ...],
    call: Call,
    known: list[KnownCredential | None],
    world: World,
) -> KnownCredential | None:
    """The credential that authenticates the call; None where the operation needs none.

    Raises the vendor's problem for a missing or unknown credential. One that was revoked or has expired
    counts as unknown.
    """
    now = world.now()
    valid = [one for one in known if one and is_valid(one, now)]
    contract = vendor.contract
    schemes = operation.schemes if isinstance(operation, Operation) else contract.default_schemes
    if not schemes:
        return next(iter(valid), None)
    here = [one for one in valid if one["world"] == world.name]
    if vendor.hooks.authenticate is not None:
        return vendor.hooks.authenticate(call, world, here)
    fields = [one.field.name for one in contract.credential_headers if one.field.scheme in schemes]
    for one in here:
        if one["field"] in fields:
            return one
    call.credential = next(iter(here), None)
    conditions = operation.conditions if isinstance(operation, Operation) else contract.conditions
    condition = "credential_unknown" if known else "credential_missing"
    raise vendor.hooks.map_auth_error(call) or Problem(conditions[condition])


def extract_credentials(vendor: Vendor, call: Call) -> list[tuple[str, str]]:
    """The credential fields, with their values, that the call carries in the form of its scheme.

    At most 16, with a digest instead of a long value: each is looked up, and kept in a cache.
    """
    found = []
    for field, _name, header, bearer in vendor.contract.credential_headers:
        value = call.headers.get(header)
        if value and bearer:
            kind, _, token = value.partition(" ")
            value = token.strip() if kind.lower() == "bearer" else None
        if value:
            found.append((field.name, value))
    found += vendor.hooks.extract_credentials(call)
    return [(name, as_key(value)) for name, value in found[:_MAX_CREDENTIALS]] if found else found
