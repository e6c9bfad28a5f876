"""Endpoints of the recipients of a mailing: who got it, opened it, clicked in it, and whose copy bounced."""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import contact_records, interaction_records, mailing_records, paging
from mockserver.vendors.spotler.interaction_records import BOUNCED, CLICKED, OPENED

_CONTACT_TYPE_PROBLEM: Final = "invalid_param_mailing_type"


def list_mailing_recipients(call: Call, world: World) -> object:
    """Returns a page of the recipients. Problems: mailing_not_found, mailing_type_invalid."""
    id = mailing_records.require(world, call.params["encryptedMailingId"])["encryptedId"]
    found = mailing_records.recipient_page(world, id, int(call.params["after"]), _size(call) + 1)
    identifiers = [_identifier(world, one) for one in found[: _size(call)]]
    return {"paging": paging.render(call, len(found), _size(call)), "recipients": identifiers}


def list_mailing_opens(call: Call, world: World) -> object:
    """Returns a page of the opens, oldest first. Problems: mailing_not_found, mailing_type_invalid."""
    return paging.page(call, _of_mailing(call, world, OPENED), "opens", lambda one: _opened(world, one))


def list_mailing_clicks(call: Call, world: World) -> object:
    """Returns a page of the clicks, oldest first. Problems: mailing_not_found, mailing_type_invalid."""
    return paging.page(call, _of_mailing(call, world, CLICKED), "clicks", lambda one: _clicked(world, one))


def list_mailing_bounces(call: Call, world: World) -> object:
    """Returns a page of the bounces, oldest first. Problems: mailing_not_found, mailing_type_invalid."""
    return paging.page(call, _of_mailing(call, world, BOUNCED), "bounces", lambda one: _bounced(world, one))


def list_mailing_contact_opens(call: Call, world: World) -> object:
    """Returns a page of a contact's opens.

    Problems: mailing_not_found, invalid_param_mailing_type, invalid_param_contact.
    """
    return paging.page(call, _of_contact(call, world, OPENED), "opens", lambda one: {"openDate": one["date"]})


def list_mailing_contact_clicks(call: Call, world: World) -> object:
    """Returns a page of a contact's clicks.

    Problems: mailing_not_found, invalid_param_mailing_type, invalid_param_contact.
    """
    return paging.page(
        call,
        _of_contact(call, world, CLICKED),
        "clicks",
        lambda one: {"clickDate": one["date"], "linkId": one["link"]},
    )


def _of_mailing(call: Call, world: World, happened: str) -> Iterator[Record]:
    id = mailing_records.require(world, call.params["encryptedMailingId"])["encryptedId"]
    return interaction_records.events(world, happened, id)


def _of_contact(call: Call, world: World, happened: str) -> Iterator[Record]:
    mailing = mailing_records.require(world, call.params["encryptedMailingId"], _CONTACT_TYPE_PROBLEM)
    contact = call.params["externalId"]
    if contact_records.get(world, contact) is None:
        raise Problem("invalid_param_contact")
    return interaction_records.events(world, happened, mailing["encryptedId"], contact)


def _size(call: Call) -> int:
    return int(call.params["pageSize"])


def _identifier(world: World, event: Record) -> dict[str, Any]:
    return {"contactIdentifier": contact_records.identifier(world, event["contact"])}


def _opened(world: World, event: Record) -> dict[str, Any]:
    return {**_identifier(world, event), "openDate": event["date"]}


def _clicked(world: World, event: Record) -> dict[str, Any]:
    return {**_identifier(world, event), "clickDate": event["date"], "linkId": event["link"]}


def _bounced(world: World, event: Record) -> dict[str, Any]:
    return {**_identifier(world, event), "bounceDate": event["date"], "type": event["bounce"]}
