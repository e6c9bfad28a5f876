"""Campaign endpoints: list campaigns, start and stop one for a contact, its mailings."""

from collections.abc import Iterable, Mapping
from typing import Any

from mockserver.call import NOTHING, Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    audience_records,
    campaign_mailing_records,
    campaign_records,
    contact_records,
    member_records,
    product_records,
)


def list_campaigns(_call: Call, world: World) -> object:
    """Returns all campaigns, oldest first."""
    return [campaign_records.to_dict(one) for one in campaign_records.iterate(world)]


def trigger_campaign(call: Call, world: World) -> object:
    """Starts the campaign of the trigger for a contact, which gets its first mailing at once.

    Problems, in this order: campaign_trigger_not_found, campaign_contact_not_found, campaign_inactive,
    campaign_without_message, campaign_product_not_found, contact_not_in_selection, contact_already_active,
    contact_already_in_campaign.
    """
    campaign = campaign_records.require_by_trigger(world, call.params["encryptedTriggerId"])
    contact = _require_contact(world, call.body["externalContactId"])
    if not campaign["active"]:
        raise Problem("campaign_inactive")
    if not campaign["mailings"]:
        raise Problem("campaign_without_message")
    _check_products(world, call.body.get("campaignFields", []))
    _check_contact(world, campaign, contact)
    campaign_records.set_state(world, campaign["encryptedId"], contact, campaign_records.ACTIVE)
    campaign_mailing_records.send(world, campaign_records.mailings(campaign)[0], contact)
    return NOTHING


def stop_campaign(call: Call, world: World) -> object:
    """Stops the campaign for a contact.

    Problems: campaign_not_found, campaign_contact_not_found, campaign_already_finished,
    campaign_not_triggered.
    """
    campaign = campaign_records.require(world, call.params["encryptedCampaignId"])
    contact = _require_contact(world, call.body["externalContactId"])
    state = campaign_records.state(world, campaign["encryptedId"], contact)
    if state == campaign_records.FINISHED:
        raise Problem("campaign_already_finished")
    if state != campaign_records.ACTIVE:
        raise Problem("campaign_not_triggered")
    campaign_records.set_state(world, campaign["encryptedId"], contact, campaign_records.STOPPED)
    return NOTHING


def list_campaign_mailings(call: Call, world: World) -> object:
    """Returns the mailings of a campaign. Problem: campaign_not_found."""
    return campaign_records.mailings(campaign_records.require(world, call.params["encryptedCampaignId"]))


def _require_contact(world: World, id: str) -> str:
    if contact_records.get(world, id) is None:
        raise Problem("campaign_contact_not_found")
    return id


def _check_products(world: World, fields: Iterable[Mapping[str, Any]]) -> None:
    """Raises campaign_product_not_found unless every product of the fields exists."""
    lists = [one.get("values", []) for one in fields if one.get("type") == "PRODUCTLIST"]
    if not all(product_records.get(world, id) for ids in lists for id in ids):
        raise Problem("campaign_product_not_found")


def _check_contact(world: World, campaign: Record, contact: str) -> None:
    """Raises a problem unless the campaign can start for the contact."""
    audience = audience_records.get(world, campaign["audience"]) if campaign["audience"] else None
    if audience and not member_records.has(world, audience[member_records.KEY], contact):
        raise Problem("contact_not_in_selection")
    state = campaign_records.state(world, campaign["encryptedId"], contact)
    if state == campaign_records.ACTIVE:
        raise Problem("contact_already_active")
    if state == campaign_records.FINISHED and not campaign["repeatable"]:
        raise Problem("contact_already_in_campaign")
