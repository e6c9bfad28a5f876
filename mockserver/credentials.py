"""Which world a call belongs to, and whether its credential lets it in."""

from typing import Any

from mockserver.call import Call
from mockserver.contract.operation import Operation
from mockserver.trouble import Problem
from mockserver.vendor import Vendor
from mockserver.world.worlds import DEFAULT, Registered, Worlds

Known = dict[str, Any]


def find_world(
    worlds: Worlds, vendor: Vendor, call: Call, named: str | None
) -> tuple[Known | None, Registered]:
    """The known credential (if any) and the world: named by the URL, else the credential's, else default.

    Raises the problem unknown_world.
    """
    credential = None
    for field, value in presented(vendor, call):
        credential = worlds.credential(vendor.name, field, value)
        if credential is not None:
            break
    name = named or (credential["world"] if credential else DEFAULT)
    return credential, worlds.get(name)


def admit(vendor: Vendor, operation: Operation | tuple[str, ...], call: Call, world: str) -> None:
    """Raises the vendor's problem unless the credential is one that the operation takes in this world."""
    contract = vendor.contract
    schemes = operation.schemes if isinstance(operation, Operation) else contract.root_schemes
    if not schemes:
        return
    conditions = operation.conditions if isinstance(operation, Operation) else contract.conditions
    if not presented(vendor, call):
        raise Problem(conditions["credential_missing"])
    fields = {field.name for field in vendor.credentials if field.scheme in schemes}
    known = call.credential
    if known is None or known["world"] != world or known["field"] not in fields:
        raise Problem(conditions["credential_unknown"])


def presented(vendor: Vendor, call: Call) -> list[tuple[str, str]]:
    """The credential fields, with their values, that the call carries in the form of its scheme."""
    found = []
    for field in vendor.credentials:
        scheme = vendor.contract.schemes.get(field.scheme or "", {})
        if scheme.get("type") == "apiKey" and scheme.get("in") == "header":
            value = call.headers.get(scheme["name"].lower())
        elif scheme.get("type") == "http" and scheme.get("scheme") == "bearer":
            kind, _, token = call.headers.get("authorization", "").partition(" ")
            value = token.strip() if kind.lower() == "bearer" else None
        else:
            value = None
        if value:
            found.append((field.name, value))
    return found
