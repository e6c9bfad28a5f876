"""Mailing endpoints: list the mailings of a period, read one, and count what became of it."""

from typing import Final

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.spotler import bounce_records, interaction_records, mailing_records, timestamps

_TARGET_GROUP: Final = "All contacts"
_CONVERSION: Final = "conversion"


def list_mailings(call: Call, world: World) -> object:
    """Returns the mailings that were scheduled within a period, oldest first."""
    first, last = timestamps.parse(call.params["fromDate"]), timestamps.parse(call.params["toDate"])
    return [mailing_records.to_dict(world, one) for one in mailing_records.iterate(world, first, last)]


def get_mailing(call: Call, world: World) -> object:
    """Returns a mailing with its message. Problems: mailing_not_found, mailing_type_invalid."""
    mailing = mailing_records.require(world, call.params["encryptedMailingId"])
    return {
        **mailing_records.to_dict(world, mailing),
        "sender": mailing_records.SENDER,
        "targetGroup": _TARGET_GROUP,
        "message": mailing_records.message(mailing["name"]),
        "links": mailing["links"],
    }


def get_mailing_statistics(call: Call, world: World) -> object:
    """Returns the counts of a mailing. Problems: mailing_not_found, mailing_type_invalid."""
    mailing = mailing_records.require(world, call.params["encryptedMailingId"])
    id = mailing["encryptedId"]
    converting = {one["id"] for one in mailing["links"] if one.get("type") == _CONVERSION}
    sent, opened, rendered, clicked, unsubscribed, hard, soft = 0, 0, 0, 0, 0, 0, 0
    for one in mailing_records.recipients(world, id):
        bounce = one.get("bounce")
        sent += 1
        # a click proves an open, though the images were not loaded
        opened += one.get("opened", False) or one.get("clicked", False)
        rendered += one.get("opened", False)
        clicked += one.get("clicked", False)
        unsubscribed += one.get("unsubscribed", False)
        hard += bounce == bounce_records.HARD
        soft += bounce is not None and bounce != bounce_records.HARD
    clicks = interaction_records.events(world, interaction_records.CLICKED, id)
    converted = {one["contact"] for one in clicks if one["link"] in converting}
    return {
        "sentCount": sent,
        "acceptedCount": sent - hard - soft,
        "openCount": opened,
        "openRenderedCount": rendered,
        "clickCount": clicked,
        "hardbounceCount": hard,
        "softbounceCount": soft,
        "notRetainedAfterBounceCount": hard,
        "conversionClickCount": len(converted),
        "unsubscribeCount": unsubscribed,
    }
