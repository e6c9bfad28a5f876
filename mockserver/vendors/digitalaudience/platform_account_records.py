"""Storage of platform accounts: an organisation's accounts on ad platforms."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import ids, timestamps

PLATFORMS: Final = {
    "ADFORM": (1, "Adform"),
    "DDP": (2, "DV360"),
    "P161": (3, "P161"),
    "XANDR": (4, "Xandr"),
    "TTD": (5, "Trade Desk"),
    "BIDTHEATRE": (6, "Bidtheatre"),
    "PUBMATIC": (7, "Pubmatic"),
}
"""Internal name: id and display name. DDP (Google) and the display names are documented."""

COUNTRIES: Final = {"NL": 528, "SE": 752, "FI": 246}
"""Countries that the vendor serves, with the numeric code that segments use (ISO 3166-1)."""

SETTABLE: Final = ("accessToken", "defaultSegmentPricingCategoryId")
"""Fields whose values only the vendor decides."""

_TYPES: Final = {"advertiser": 1, "partner": 2}
_KIND: Final = "account"


def create(world: World, organisation: int, section: Mapping[str, Any], at: datetime) -> Record:
    """A new account, from `{name, platform, type?, country?, clientId?, agency?}` of a scenario."""
    platform = section["platform"]
    platform_id, display_name = PLATFORMS[platform]
    account_type = section.get("type", "advertiser")
    id = ids.allocate(world)
    created = timestamps.format_timestamp(at)
    record = {
        "id": id,
        "name": section["name"],
        "platformId": platform_id,
        "platformName": platform,
        "platformDisplayName": display_name,
        "agencyId": organisation,
        "agencyName": section.get("agency", "In-house"),
        "accountTypeId": _TYPES[account_type],
        "accountTypeName": account_type,
        "advertiserId": id + 7_000 if account_type == "advertiser" else None,
        "clientId": section.get("clientId", f"{platform.lower()}-{id}"),
        "accessToken": None,
        "defaultSegmentPricingCategoryId": None,
        "created": created,
        "updated": created,
    }
    stored = {
        "shown": record,
        "organisation": organisation,
        "country": COUNTRIES[section.get("country", "NL")],
    }
    world.records(_KIND).add(str(id), stored, str(organisation))
    return record


def list_all(world: World, organisation: int) -> list[Record]:
    """The organisation's accounts, oldest first."""
    return [row.record["shown"] for row in world.records(_KIND).iterate(str(organisation))]


def set_fields(world: World, id: int, fields: Mapping[str, Any]) -> Record | None:
    """The account of any organisation with some of the settable fields set; None if it does not exist."""
    record = world.records(_KIND).get(str(id))
    if record is None:
        return None
    account: Record = record["shown"]
    account |= fields
    account["updated"] = timestamps.format_later(world.now(), account["updated"])
    world.records(_KIND).update(str(id), record)
    return account


def find(world: World, organisation: int, id: int) -> Record:
    """`{shown, country}` of the account, if it belongs to the organisation. Problem: account_not_found."""
    record = world.records(_KIND).get(str(id))
    if record is None or record["organisation"] != organisation:
        raise Problem("account_not_found", id=id)
    return record
