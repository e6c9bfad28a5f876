"""Storage of campaigns, with an index of their triggers, and of the contacts that are in them."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import mailing_records

ACTIVE: Final = "active"
FINISHED: Final = "finished"
STOPPED: Final = "stopped"
"""The states of a contact in a campaign."""

_CAMPAIGN, _PARTICIPATION, _MAILING = "campaign", "campaign_participation", "campaign_mailing"
_TRIGGER_INDEX: Final = "campaign_by_trigger"
_MAILING_INDEX: Final = "campaign_by_mailing"
_ID_DIGITS: Final = 16
_DEFAULT_TYPE: Final = "EMAIL"


def add(world: World, campaign: Mapping[str, Any]) -> Record:
    """Stores a campaign with its triggers and mailings, given by their names, and returns it."""
    id = world.id_hex(_ID_DIGITS)
    triggers, mailings = campaign.get("triggers", []), campaign.get("mailings", [])
    record: Record = {
        "encryptedId": id,
        "name": campaign["name"],
        "active": campaign.get("active", True),
        "repeatable": campaign.get("repeatable", False),
        "audience": campaign.get("audience"),
        "triggers": [{"encryptedId": world.id_hex(_ID_DIGITS), "name": name} for name in triggers],
        "mailings": [{"encryptedId": world.id_hex(_ID_DIGITS), "name": name} for name in mailings],
    }
    world.records(_CAMPAIGN).add(id, record)
    for one in record["triggers"]:
        world.index(_TRIGGER_INDEX).add(one["encryptedId"], id)
    for one in record["mailings"]:
        world.index(_MAILING_INDEX).add(one["encryptedId"], id)
    return record


def iterate(world: World) -> Iterator[Record]:
    """Yields the campaigns, oldest first."""
    return (row.record for row in world.records(_CAMPAIGN).iterate())


def require(world: World, id: str) -> Record:
    """Returns the campaign. Raises the problem campaign_not_found."""
    return world.records(_CAMPAIGN).require(id, "campaign_not_found")


def require_by_trigger(world: World, trigger: str) -> Record:
    """Returns the campaign with this trigger. Raises the problem campaign_trigger_not_found."""
    ids = world.index(_TRIGGER_INDEX).find(trigger, limit=1)
    if not ids:
        raise Problem("campaign_trigger_not_found")
    return require(world, ids[0])


def require_mailing(world: World, mailing: str) -> dict[str, Any]:
    """The mailing as the API lists it. Raises the problem campaign_mailing_not_found."""
    ids = world.index(_MAILING_INDEX).find(mailing, limit=1)
    if ids:
        return next(one for one in mailings(require(world, ids[0])) if one["encryptedId"] == mailing)
    return world.records(_MAILING).require(mailing, "campaign_mailing_not_found")


def find_or_add_mailing(world: World, name: str, type: str) -> dict[str, Any]:
    """The mailing of this name of the oldest campaign that has one, else a mailing of no listed campaign."""
    for campaign in iterate(world):
        for one in mailings(campaign):
            if one["name"] == name:
                return one
    id = mailing_records.encrypted_id(world, name)
    known = world.records(_MAILING).get(id)
    if known is None:
        known = {"encryptedId": id, "name": name, "type": type}
        world.records(_MAILING).add(id, known)
    return known


def state(world: World, campaign: str, contact: str) -> str | None:
    """The state of the contact in the campaign; None if it never was in it."""
    record = world.records(_PARTICIPATION).get(f"{campaign}/{contact}")
    return str(record["state"]) if record else None


def set_state(world: World, campaign: str, contact: str, state: str) -> None:
    """Sets the state of the contact in the campaign."""
    world.records(_PARTICIPATION).add(f"{campaign}/{contact}", {"state": state}, rank=0)


def to_dict(record: Record) -> dict[str, Any]:
    """The campaign as the API lists it."""
    return {name: record[name] for name in ("encryptedId", "name", "active", "triggers")}


def mailings(record: Record) -> list[dict[str, Any]]:
    """The mailings of the campaign as the API lists them."""
    return [{**one, "type": _DEFAULT_TYPE} for one in record["mailings"]]
