"""The audiences of a world's vendors, and their members, in one form for all vendors."""

from itertools import islice

from mockserver.call import Call
from mockserver.control import effects_view, vendor_access
from mockserver.control.person_view import audience_view, member_view
from mockserver.control.record_access import audiences_of, chosen_vendors
from mockserver.errors import Problem
from mockserver.state.memberships import Audiences
from mockserver.state.record_pages import ShownRecord
from mockserver.state.worlds import Worlds


def list_audiences(call: Call, worlds: Worlds) -> object:
    """`{audiences: [{vendor, collection, id, name, size}]}`. Raises unknown_world, unknown_vendor."""
    shown = [
        {"vendor": vendor.name, **audience_view(audiences, one), "size": audiences.size(one)}
        for vendor in chosen_vendors(worlds, call.params.get("vendor"))
        for audiences in [audiences_of(worlds, call.params["world"], vendor)]
        if audiences is not None
        for one in audiences.all()
    ]
    effects_view.redaction(worlds).blank(shown)
    return {"audiences": shown}


def get_audience(call: Call, worlds: Worlds) -> object:
    """`{vendor, collection, id, name, size, counted, countries, consents}`.

    Raises unknown_world, unknown_vendor, unknown_audience.
    """
    audiences, audience = _find(call, worlds)
    view = {
        "vendor": call.params["vendor"],
        **audience_view(audiences, audience),
        "size": audiences.size(audience),
        **audiences.makeup(audience)._asdict(),
    }
    effects_view.redaction(worlds).blank(view)
    return view


def list_audience_members(call: Call, worlds: Worlds) -> object:
    """`{members, next}`. Raises unknown_world, unknown_vendor, unknown_audience."""
    audiences, audience = _find(call, worlds)
    given, limit = call.params, call.params["limit"]
    found = audiences.members(audience, given.get("after"), given.get("search", "").split())
    page = [*islice(found, limit + 1)]
    shown = [member_view(one) for one in page[:limit]]
    effects_view.redaction(worlds).blank(shown)
    return {"members": shown, "next": page[limit - 1].id if len(page) > limit else None}


def _find(call: Call, worlds: Worlds) -> tuple[Audiences, ShownRecord]:
    vendor = vendor_access.find_vendor(worlds, call.params["vendor"])
    audiences = audiences_of(worlds, call.params["world"], vendor)
    audience = audiences.get(call.params["audience"]) if audiences else None
    if audiences is None or audience is None:
        raise Problem("unknown_audience", vendor=vendor.name, id=call.params["audience"])
    return audiences, audience
