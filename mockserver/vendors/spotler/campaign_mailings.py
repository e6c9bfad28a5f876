"""Endpoints of the mailings of campaigns: their details, and who got, opened and clicked them."""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import (
    campaign_mailing_records,
    campaign_records,
    contact_records,
    mailing_records,
    paging,
    timestamps,
)
from mockserver.vendors.spotler.interaction_records import BOUNCED, CLICKED, OPENED, SENT

_CONTACT_TYPE_PROBLEM: Final = "invalid_param_mailing_type"


def get_campaign_mailing(call: Call, world: World) -> object:
    """A campaign mailing and its message. Problems: campaign_mailing_not_found, mailing_type_invalid."""
    mailing = _require(call, world)
    return {
        **mailing,
        "message": mailing_records.message(mailing["name"]),
        "links": [mailing_records.WEBSITE],
    }


def list_campaign_mailing_recipients(call: Call, world: World) -> object:
    """A page of the recipients. Problems: campaign_mailing_not_found, mailing_type_invalid."""
    return paging.page(
        call, _of_mailing(call, world, SENT), "recipients", lambda one: _event(world, one, "sendDate")
    )


def list_campaign_mailing_opens(call: Call, world: World) -> object:
    """A page of the opens, oldest first. Problems: campaign_mailing_not_found, mailing_type_invalid."""
    return paging.page(
        call, _of_mailing(call, world, OPENED), "opens", lambda one: _event(world, one, "openDate")
    )


def list_campaign_mailing_clicks(call: Call, world: World) -> object:
    """A page of the clicks, oldest first. Problems: campaign_mailing_not_found, mailing_type_invalid."""
    return paging.page(
        call,
        _of_mailing(call, world, CLICKED),
        "clicks",
        lambda one: {**_event(world, one, "clickDate"), "linkId": one["link"]},
    )


def list_campaign_mailing_bounces(call: Call, world: World) -> object:
    """A page of the bounces, oldest first. Problems: campaign_mailing_not_found, mailing_type_invalid."""
    return paging.page(
        call,
        _of_mailing(call, world, BOUNCED),
        "bounces",
        lambda one: {**_event(world, one, "bounceDate"), "type": one["bounce"]},
    )


def list_campaign_mailing_contact_opens(call: Call, world: World) -> object:
    """A page of the opens of one subscription.

    Problems: campaign_mailing_not_found, invalid_param_mailing_type, invalid_param_contact.
    """
    return paging.page(call, _of_contact(call, world, OPENED), "opens", lambda one: {"openDate": one["date"]})


def list_campaign_mailing_contact_clicks(call: Call, world: World) -> object:
    """A page of the clicks of one subscription.

    Problems: campaign_mailing_not_found, invalid_param_mailing_type, invalid_param_contact.
    """
    return paging.page(
        call,
        _of_contact(call, world, CLICKED),
        "clicks",
        lambda one: {"clickDate": one["date"], "linkId": one["link"]},
    )


def _require(call: Call, world: World, type_problem: str = "mailing_type_invalid") -> dict[str, Any]:
    mailing = campaign_records.require_mailing(world, call.params["encryptedMailingId"])
    if mailing["type"] != mailing_records.EMAIL:
        raise Problem(type_problem)
    return mailing


def _of_mailing(call: Call, world: World, happened: str) -> Iterator[Record]:
    id = _require(call, world)["encryptedId"]
    return _in_period(call, campaign_mailing_records.events(world, happened, id))


def _of_contact(call: Call, world: World, happened: str) -> Iterator[Record]:
    id = _require(call, world, _CONTACT_TYPE_PROBLEM)["encryptedId"]
    subscription = int(call.params["campaignSubscriptionId"])
    if next(campaign_mailing_records.events(world, SENT, id, subscription), None) is None:
        raise Problem("invalid_param_contact")
    return _in_period(call, campaign_mailing_records.events(world, happened, id, subscription))


def _in_period(call: Call, events: Iterator[Record]) -> Iterator[Record]:
    contains = timestamps.period(call.params.get("fromDate"), call.params.get("toDate"))
    return (one for one in events if contains(one["moment"]))


def _event(world: World, event: Record, date: str) -> dict[str, Any]:
    return {
        "contactIdentifier": contact_records.identifier(world, event["contact"]),
        date: event["date"],
        "campaignSubscriptionId": event["subscription"],
    }
