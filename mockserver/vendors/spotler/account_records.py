"""The account: its product, its limits and the names of its permissions.

The vendor does not publish its limits; ours are high enough to be reached only on purpose.
"""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.state.records import Record
from mockserver.state.world import World

UNLICENSED_PRODUCT: Final = "PROFESSIONAL"
"""The product without audiences."""

SET_SIZE: Final = 4
"""Number of options of each set property of this account; bits count from 1."""

_KIND, _ID = "account", "account"
_PERMISSIONS: Final = ("Newsletter", "Offers", "Events", "Surveys")


def from_scenario(section: Mapping[str, Any]) -> Record:
    """Builds the account that a scenario's section describes."""
    permissions = section.get("permissions", [])
    return {
        "product": section.get("product", "ECOMMERCE"),
        "maximumAudiences": section.get("maximumAudiences", 10_000),
        "maximumTemporaryLists": section.get("maximumTemporaryLists", 10_000),
        "permissions": [*permissions, *_PERMISSIONS[len(permissions) :]],
    }


def save(world: World, account: Record) -> None:
    """Stores the account."""
    world.records(_KIND).add(_ID, account, rank=0)


def get(world: World) -> Record:
    """Returns the account."""
    return world.records(_KIND).get(_ID) or from_scenario({})
