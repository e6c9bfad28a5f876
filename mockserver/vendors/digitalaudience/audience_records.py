"""Audiences as they are kept, and as they are shown.

A record is what is shown, but for what follows from other things: the campaign's name, the ids of states,
whether there are segments. `settled` is the state that the data had when nothing was on its way, `crm` what
is known of the data (`{size, insights, newest, history}`, None before the first), `organisation` whose it is.
"""

from datetime import datetime
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import campaign_records, ids, status_ids, timestamps
from mockserver.vendors.digitalaudience.segment_records import exists_for_audience

KIND: Final = "audience"
_COPIED_FIELDS: Final = ("id", "name", "created", "updated")


def create(world: World, campaign: Record, organisation: int, at: datetime, **fields: Any) -> Record:
    """A new audience without data. `given`: userId, name, description, and type and source if derived."""
    created = timestamps.format_timestamp(at)
    record = {
        "id": ids.allocate(world, "audience"),
        "organisation": organisation,
        "campaignId": campaign["id"],
        "description": None,
        "created": created,
        "updated": created,
        "dataUpdated": None,
        "startDate": None,
        "endDate": None,
        "activation": "New",
        "settled": "NODATA",
        "state": "NODATA",
        "type": "ONBOARDING",
        "source": None,
        "crm": None,
        **fields,
    }
    world.records(KIND).add(str(record["id"]), record, str(organisation))
    return record


def find(world: World, organisation: int | None, id: int) -> Record:
    """The organisation's audience (None: anybody's). Raises the problem audience_not_found."""
    record = world.records(KIND).get(str(id))
    if record is None or organisation not in (None, record["organisation"]):
        raise Problem("audience_not_found", id=id)
    return record


def list_all(world: World, organisation: int) -> list[Record]:
    """The organisation's audiences, the oldest first."""
    return [row.record for row in world.records(KIND).iterate(str(organisation))]


def save(world: World, record: Record) -> None:
    """Writes it as it is."""
    world.records(KIND).update(str(record["id"]), record)


def save_updated(world: World, record: Record) -> Record:
    """Writes it as changed now."""
    record["updated"] = timestamps.format_later(world.now(), record["updated"])
    save(world, record)
    return record


def to_dict(world: World, record: Record) -> dict[str, Any]:
    """The 25 documented fields in their documented order."""
    campaign = campaign_records.find(world, record["organisation"], record["campaignId"])
    source = record["source"] or {"id": None, "typeId": None}
    ready = record["type"] == "ONBOARDING" and record["state"] == "READY"
    return {
        "userId": record["userId"],
        "description": record["description"],
        "campaignId": campaign["id"],
        "campaignName": campaign["name"],
        "dataUpdated": record["dataUpdated"],
        "startDate": record["startDate"],
        "endDate": record["endDate"],
        "activationStatus": record["activation"],
        "activationStatusId": status_ids.ACTIVATION[record["activation"]],
        "lifetimeStatus": None,
        "lifetimeStatusId": None,
        "tagCollection": None,
        "crmData": record["crm"] and _crm_data(record["crm"]),
        "audienceState": record["state"],
        "audienceStateId": status_ids.DATA[record["state"]],
        "type": record["type"],
        "typeId": status_ids.TYPES[record["type"]],
        "sourceAudienceId": source["id"],
        "sourceAudienceTypeId": source["typeId"],
        "canCreateLookalike": ready,
        "hasSegments": exists_for_audience(world, record["id"]),
        **{name: record[name] for name in _COPIED_FIELDS},
    }


def _crm_data(crm: Record) -> dict[str, Any]:
    return {
        "insightsState": crm["insights"],
        "insightsStateId": status_ids.DATA[crm["insights"]],
        "size": crm["size"],
        "history": {"totalEvents": len(crm["history"]), "history": crm["history"]},
    }
