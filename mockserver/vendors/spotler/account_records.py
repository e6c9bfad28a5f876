"""The account: which product it pays for, how much it may keep, what its permissions are called.

The vendor does not publish its maxima; ours are high enough to be met on purpose only.
"""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.state.records import Record
from mockserver.state.world import World

UNLICENSED: Final = "PROFESSIONAL"
"""The product without audiences."""

BITS: Final = 4
"""How many options each set of this account has, counted from 1."""

_KIND, _ID = "account", "account"
_PERMISSIONS: Final = ("Newsletter", "Offers", "Events", "Surveys")


def start(section: Mapping[str, Any]) -> Record:
    """The account that a scenario's section asks for."""
    named = section.get("permissions", [])
    return {
        "product": section.get("product", "ECOMMERCE"),
        "maximumAudiences": section.get("maximumAudiences", 10_000),
        "maximumTemporaryLists": section.get("maximumTemporaryLists", 10_000),
        "permissions": [*named, *_PERMISSIONS[len(named) :]],
    }


def write(world: World, account: Record) -> None:
    """Keeps it."""
    world.records(_KIND).add(_ID, account, rank=0)


def read(world: World) -> Record:
    """The account as it is now."""
    return world.records(_KIND).get(_ID) or start({})
