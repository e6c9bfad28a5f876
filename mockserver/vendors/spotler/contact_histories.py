"""Contact history endpoints: mailings and campaign mailings that a contact got, forms that it submitted."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.spotler import contact_records, history_records, mailing_records, paging

_PAGE_SIZE: Final = 50


def list_contact_mailings(call: Call, world: World) -> object:
    """Returns a page of 50 mailings, oldest first. Problem: contact_not_found."""
    page = _page(call, world, history_records.MAILING, "mailingHistories", _PAGE_SIZE)
    entries = [
        {**one, "mailing": mailing_records.to_dict(world, one["mailing"])} for one in page["mailingHistories"]
    ]
    return {**page, "mailingHistories": entries}


def list_contact_campaign_mailings(call: Call, world: World) -> object:
    """Returns a page of 50 campaign mailings, oldest first. Problem: contact_not_found."""
    return _page(call, world, history_records.CAMPAIGN_MAILING, "campaignMailingHistories", _PAGE_SIZE)


def list_contact_forms(call: Call, world: World) -> object:
    """Returns a page of submitted forms, oldest first. Problem: contact_not_found."""
    return _page(call, world, history_records.FORM, "formHistories", int(call.params["pageSize"]))


def _page(call: Call, world: World, kind: str, member: str, size: int) -> Mapping[str, Any]:
    id = call.params["externalId"]
    contact_records.require(world, id)
    found = history_records.page(world, kind, id, int(call.params["after"]), size + 1)
    return {"paging": paging.render(call, len(found), size), member: found[:size]}
