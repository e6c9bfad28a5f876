"""Storage of segments: the activations of an audience on platform accounts, each with a start and an end."""

from datetime import datetime
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import ids, organisation_records, status_ids, timestamps
from mockserver.vendors.digitalaudience.activation_status import ACTIVE, activation_status

_KIND: Final = "segment"
_RECORD_ID: Final = "segment_record"
_COUNTERS: Final = {
    "totalReadyCount": "READY",
    "totalProcessingCount": "PROCESSING",
    "totalFailedCount": "FAILED",
    "totalNoDataCount": "NODATA",
}

SETTABLE: Final = (
    "segmentRefId",
    "categoryId",
    "totalLogCount",
    "totalPendingCount",
    "totalUploadCount",
    "totalSegmentUploadCount",
    *_COUNTERS,
)
"""Fields whose values only the vendor decides."""


def create(
    world: World,
    audience: Record,
    account: Record,
    period: tuple[datetime, datetime],
    at: datetime,
    **fields: Any,
) -> Record:
    """A new segment on the account `{shown, country}`. `fields`: userId, name, description."""
    created = timestamps.format_timestamp(at)
    record = {
        "id": ids.allocate(world),
        "segmentId": ids.allocate(world),
        "audienceId": audience["id"],
        "organisation": audience["organisation"],
        "accountId": account["shown"]["id"],
        "platformId": account["shown"]["platformId"],
        "country": account["country"],
        "startDate": timestamps.format_date(period[0]),
        "endDate": timestamps.format_date(period[1]),
        "extend": False,
        "set": {},
        "created": created,
        "updated": created,
        **fields,
    }
    world.records(_KIND).add(str(record["segmentId"]), record, str(audience["id"]))
    world.records(_RECORD_ID).add(str(record["id"]), {"segmentId": record["segmentId"]})
    return record


def list_all(world: World, audience_id: int) -> list[Record]:
    """The segments of an audience, oldest first."""
    return [row.record for row in world.records(_KIND).iterate(str(audience_id))]


def get(world: World, id: int) -> Record | None:
    """The segment with this segmentId, or with this id of the record: the two never coincide."""
    found = world.records(_RECORD_ID).get(str(id))
    return world.records(_KIND).get(str(found["segmentId"] if found else id))


def find(world: World, organisation: int, id: int) -> Record:
    """The segment of `get`, if it belongs to the organisation. Problem: segment_not_found."""
    record = get(world, id)
    if record is None or record["organisation"] != organisation:
        raise Problem("segment_not_found", id=id)
    return record


def save(world: World, record: Record) -> None:
    """Stores the segment."""
    world.records(_KIND).update(str(record["segmentId"]), record)


def set_fields(world: World, record: Record, fields: Record) -> None:
    """Sets some of the settable fields, with a new `updated`."""
    record["set"] |= fields
    record["updated"] = timestamps.format_later(world.now(), record["updated"])
    save(world, record)


def delete(world: World, record: Record) -> None:
    """Deletes the segment."""
    world.records(_KIND).remove(str(record["segmentId"]))
    world.records(_RECORD_ID).remove(str(record["id"]))


def delete_all(world: World, audience_id: int) -> None:
    """Deletes the segments of an audience."""
    for record in list_all(world, audience_id):
        delete(world, record)


def to_dict(world: World, record: Record, audience: Record) -> dict[str, Any]:
    """The documented fields; `set` of the record holds those with a chosen value.

    The counters are inferred: the audience's data is one item, in its state.
    """
    status = activation_status(world, record["startDate"], record["endDate"])
    crm = audience["crm"] or {"size": 0, "history": {}}
    counters = {name: int(audience["state"] == state) for name, state in _COUNTERS.items()}
    return {
        "id": record["id"],
        "name": record["name"],
        "created": record["created"],
        "updated": record["updated"],
        "segmentId": record["segmentId"],
        "segmentRefId": None,
        "categoryId": None,
        "description": record["description"],
        "extend": record["extend"],
        "active": status == ACTIVE,
        "accountId": record["accountId"],
        "audienceId": record["audienceId"],
        "platformId": record["platformId"],
        "isRecurring": False,
        "isSystemGenerated": False,
        "country": record["country"],
        "startDate": record["startDate"],
        "endDate": record["endDate"],
        "status": status,
        "statusId": status_ids.SEGMENT[status],
        "userName": organisation_records.user_name(world, record["userId"]),
        "userId": record["userId"],
        "totalLogCount": len(crm["history"]),
        "totalPendingCount": int(audience["state"] in ("PENDING", "UPLOAD")),
        "totalUploadCount": crm["size"],
        "totalSegmentUploadCount": crm["size"],
        **counters,
        **record["set"],
    }
