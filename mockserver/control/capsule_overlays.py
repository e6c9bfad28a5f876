"""The overlays that a capsule was recorded with, and the check that a server has them."""

from collections.abc import Iterable, Sequence

from mockserver.binding.vendor import Vendor
from mockserver.contract.contract import Contract
from mockserver.contract.overlay import OVERLAYS
from mockserver.control import vendor_access
from mockserver.errors import InvalidCapsuleError
from mockserver.state.worlds import Worlds

Applied = dict[str, str]
"""An overlay that has adapted the contract of a vendor: `{vendor, title, digest}`."""


def applied_overlays(worlds: Worlds, vendors: Iterable[str]) -> list[Applied]:
    """The overlays of the vendors, of each in the order in which they were applied."""
    served = vendor_access.vendors_by_name(worlds)
    return [
        {"vendor": name, "title": one["title"], "digest": one["digest"]}
        for name in sorted(vendors)
        if name in served
        for contract in _contracts(served[name])
        for one in contract.document.root.get(OVERLAYS, ())
    ]


def _contracts(vendor: Vendor) -> list[Contract]:
    backstage = vendor.contract.backstage
    return [vendor.contract, *([backstage] if backstage else [])]


def check_overlays(recorded: Sequence[Applied], worlds: Worlds, vendors: Iterable[str]) -> None:
    """Raises `InvalidCapsuleError` if this server has other overlays of the vendors."""
    own = applied_overlays(worlds, vendors)
    if own == [*recorded]:
        return
    for one in recorded:
        if one not in own:
            same_title = any(
                (one["vendor"], one["title"]) == (other["vendor"], other["title"]) for other in own
            )
            lacks = "has changed since" if same_title else "this server does not have"
            what = f"it was recorded with the overlay {one['title']!r} of {one['vendor']}, which {lacks}"
            raise InvalidCapsuleError("the capsule", what, "add that overlay with --overlay FILE")
    for one in own:
        if one not in recorded:
            what = f"it was recorded without the overlay {one['title']!r} of {one['vendor']}"
            raise InvalidCapsuleError("the capsule", what, "leave out that --overlay")
    order = ", ".join(one["title"] for one in recorded)
    raise InvalidCapsuleError("the capsule", "its overlays have another order", f"give them as {order}")
