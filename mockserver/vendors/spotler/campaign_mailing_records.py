"""Storage of what contacts did with the mailings of campaigns: each event, by mailing, oldest first."""

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.formats.timestamps import to_micros
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.spotler import history_records, mailing_records, timestamps
from mockserver.vendors.spotler.interaction_records import BOUNCED, CLICKED, OPENED, SENT


def send(world: World, mailing: Mapping[str, Any], contact: str, **reactions: Any) -> dict[str, Any]:
    """Sends a mailing to a contact, which reacts at once, and returns the entry of the contact's history.

    Reactions are `opened` and `clicked` (booleans) and `bounce` (its type). A text message has no events.
    """
    entry = {
        "campaignMailing": dict(mailing),
        "campaignSubscriptionId": world.serial(),
        "sentDate": timestamps.to_moment(world.now()),
        "opened": False,
        "clicked": False,
        **reactions,
    }
    history_records.add(world, history_records.CAMPAIGN_MAILING, contact, entry)
    if mailing["type"] == mailing_records.EMAIL:
        _add_events(world, mailing["encryptedId"], contact, entry)
    return entry


def events(world: World, happened: str, mailing: str, subscription: int | None = None) -> Iterator[Record]:
    """The events of a mailing, of one subscription to its campaign or of all, oldest first."""
    rows = world.records(_kind(happened)).iterate(mailing)
    return (row.record for row in rows if subscription in (None, row.record["subscription"]))


def _add_events(world: World, mailing: str, contact: str, entry: Mapping[str, Any]) -> None:
    now = world.now()
    subscription = entry["campaignSubscriptionId"]
    date = {"date": timestamps.to_moment(now), "moment": to_micros(now)}
    event = {"contact": contact, "subscription": subscription, **date}
    found = {
        SENT: {},
        **({OPENED: {}} if entry["opened"] else {}),
        **({CLICKED: {"link": mailing_records.FIRST_LINK}} if entry["clicked"] else {}),
        **({BOUNCED: {"bounce": entry["bounce"]}} if "bounce" in entry else {}),
    }
    for happened, more in found.items():
        world.records(_kind(happened)).add(f"{subscription:012}", {**event, **more}, parent=mailing)


def _kind(happened: str) -> str:
    return f"campaign_mailing_{happened}"
