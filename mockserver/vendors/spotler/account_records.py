"""The account: its product, its limits and the properties that its contacts can have.

The vendor does not publish its limits; ours are high enough to be reached only on purpose.
"""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import standard_properties

UNLICENSED_PRODUCT: Final = "PROFESSIONAL"
"""The product without audiences."""

CHANNELS: Final = ("EMAIL", "SMS")
"""The channels that an account can have."""

_KIND, _ID = "account", "account"


def from_scenario(account: Mapping[str, Any]) -> Record:
    """Builds the account that the part `account` of a scenario's section describes."""
    own = standard_properties.definitions(account.get("permissions", []))
    return {
        "product": account.get("product", "ECOMMERCE"),
        "maximumAudiences": account.get("maximumAudiences", 10_000),
        "maximumTemporaryLists": account.get("maximumTemporaryLists", 10_000),
        "channels": account.get("channels", list(CHANNELS)),
        "properties": merge_definitions(own, account.get("properties", [])),
    }


def save(world: World, account: Record) -> None:
    """Stores the account."""
    world.records(_KIND).add(_ID, account, rank=0)


def get(world: World) -> Record:
    """Returns the account."""
    return world.records(_KIND).get(_ID) or from_scenario({})


def channels(world: World) -> list[str]:
    """The channels of the account."""
    return list(get(world).get("channels", CHANNELS))


def properties(world: World) -> list[dict[str, Any]]:
    """The definitions of the account's properties, with those of the switch `properties`."""
    own: list[dict[str, Any]] = get(world)["properties"]
    further = world.switches.get("properties")
    return merge_definitions(own, further) if further else own


def merge_definitions(own: list[dict[str, Any]], further: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The definitions with further ones added; one of the same name is replaced."""
    by_name = {one["name"]: one for one in own}
    return list((by_name | {one["name"]: standard_properties.complete(one) for one in further}).values())
