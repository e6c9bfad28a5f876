"""Storage of audiences, and their representation in responses.

A record holds the fields of the response except derived ones: the campaign's name, the ids of states, what
depends on segments. It adds `settled` (the state of the data without the files in process), `crm` (what is
known of the data: `{size, insights, newest, history}`, None before the first file), `activation` (of its
segments: `start` and `end` of the last one, the `first` start and the `last` end; None without a segment),
`lifetime`, `tags` and `organisation`.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import campaign_records, ids, status_ids, timestamps
from mockserver.vendors.digitalaudience.activation_status import NEW, activation_status

_KIND: Final = "audience"
_COPIED_FIELDS: Final = ("id", "name", "created", "updated")


def create(world: World, campaign: Record, organisation: int, at: datetime, **fields: Any) -> Record:
    """A new audience without data. `fields`: userId, name, description; also type and source if derived."""
    created = timestamps.format_timestamp(at)
    record = {
        "id": ids.allocate(world),
        "organisation": organisation,
        "campaignId": campaign["id"],
        "description": None,
        "created": created,
        "updated": created,
        "dataUpdated": None,
        "activation": None,
        "lifetime": None,
        "tags": None,
        "settled": "NODATA",
        "state": "NODATA",
        "type": "ONBOARDING",
        "source": None,
        "crm": None,
        **fields,
    }
    world.records(_KIND).add(str(record["id"]), record, str(organisation))
    return record


def get(world: World, id: int) -> Record | None:
    """The audience of any organisation, None if it does not exist."""
    return world.records(_KIND).get(str(id))


def find(world: World, organisation: int, id: int) -> Record:
    """The audience, if it belongs to the organisation. Problem: audience_not_found."""
    record = get(world, id)
    if record is None or record["organisation"] != organisation:
        raise Problem("audience_not_found", id=id)
    return record


def has_any(world: World, campaign: Record) -> bool:
    """Whether the campaign has audiences."""
    rows = world.records(_KIND).iterate(str(campaign["organisation"]))
    return any(row.record["campaignId"] == campaign["id"] for row in rows)


def list_all(world: World, organisation: int) -> list[Record]:
    """The organisation's audiences, the oldest first."""
    return [row.record for row in world.records(_KIND).iterate(str(organisation))]


def save(world: World, record: Record) -> None:
    """Stores the record."""
    world.records(_KIND).update(str(record["id"]), record)


def delete(world: World, id: int) -> None:
    """Deletes the audience alone."""
    world.records(_KIND).remove(str(id))


def save_updated(world: World, record: Record) -> Record:
    """Stores the record with a new `updated`."""
    record["updated"] = timestamps.format_later(world.now(), record["updated"])
    save(world, record)
    return record


def to_dict(world: World, record: Record) -> dict[str, Any]:
    """The 25 documented fields in their documented order."""
    return _to_dict(world, record, campaign_records.find(world, record["organisation"], record["campaignId"]))


def to_dicts(world: World, records: Iterable[Record]) -> list[dict[str, Any]]:
    """Several audiences in that form; each campaign is read once."""

    @cache
    def campaign(organisation: int, id: int) -> Record:
        return campaign_records.find(world, organisation, id)

    return [
        _to_dict(world, record, campaign(record["organisation"], record["campaignId"])) for record in records
    ]


def _to_dict(world: World, record: Record, campaign: Record) -> dict[str, Any]:
    source = record["source"] or {"id": None, "typeId": None}
    period = record["activation"] or {"start": None, "end": None}
    status = _activation_status(world, record)
    ready = record["type"] == "ONBOARDING" and record["state"] == "READY"
    return {
        "userId": record["userId"],
        "description": record["description"],
        "campaignId": campaign["id"],
        "campaignName": campaign["name"],
        "dataUpdated": record["dataUpdated"],
        "startDate": period["start"],
        "endDate": period["end"],
        "activationStatus": status,
        "activationStatusId": status_ids.ACTIVATION[status],
        "lifetimeStatus": record["lifetime"],
        "lifetimeStatusId": record["lifetime"] and status_ids.LIFETIME[record["lifetime"]],
        "tagCollection": record["tags"],
        "crmData": record["crm"] and _crm_data(record["crm"]),
        "audienceState": record["state"],
        "audienceStateId": status_ids.DATA[record["state"]],
        "type": record["type"],
        "typeId": status_ids.TYPES[record["type"]],
        "sourceAudienceId": source["id"],
        "sourceAudienceTypeId": source["typeId"],
        "canCreateLookalike": ready,
        "hasSegments": record["activation"] is not None,
        **{name: record[name] for name in _COPIED_FIELDS},
    }


def _activation_status(world: World, record: Record) -> str:
    """New until the first of its segments starts, Ended after the last end."""
    summary = record["activation"]
    return activation_status(world, summary["first"], summary["last"]) if summary else NEW


def _crm_data(crm: Record) -> dict[str, Any]:
    return {
        "insightsState": crm["insights"],
        "insightsStateId": status_ids.DATA[crm["insights"]],
        "size": crm["size"],
        "history": {"totalEvents": len(crm["history"]), "history": crm["history"]},
    }
