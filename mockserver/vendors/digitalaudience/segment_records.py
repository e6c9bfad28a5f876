"""Segments: what an audience is on a platform's account, from an activation until its end date."""

from datetime import datetime
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.formats.timestamps import from_iso
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import ids, organisation_records, status_ids, timestamps

KIND: Final = "segment"
_COUNTERS: Final = {
    "totalReadyCount": "READY",
    "totalProcessingCount": "PROCESSING",
    "totalFailedCount": "FAILED",
    "totalNoDataCount": "NODATA",
}


def create(
    world: World,
    audience: Record,
    account: Record,
    period: tuple[datetime, datetime],
    at: datetime,
    **fields: Any,
) -> Record:
    """A new segment on the account `{shown, country}`. `given`: userId, name, description."""
    created = timestamps.format_timestamp(at)
    record = {
        "id": ids.allocate(world, "segment_record"),
        "segmentId": ids.allocate(world, "segment"),
        "audienceId": audience["id"],
        "organisation": audience["organisation"],
        "accountId": account["shown"]["id"],
        "platformId": account["shown"]["platformId"],
        "country": account["country"],
        "startDate": timestamps.format_date(period[0]),
        "endDate": timestamps.format_date(period[1]),
        "created": created,
        "updated": created,
        **fields,
    }
    world.records(KIND).add(str(record["segmentId"]), record, str(audience["id"]))
    return record


def list_all(world: World, audience_id: int) -> list[Record]:
    """The segments of an audience, the oldest first."""
    return [row.record for row in world.records(KIND).iterate(str(audience_id))]


def exists_for_audience(world: World, audience_id: int) -> bool:
    """Whether the audience was ever activated."""
    return bool(world.records(KIND).page(str(audience_id), limit=1))


def find(world: World, organisation: int, id: int) -> Record:
    """The organisation's segment of this segmentId. Raises the problem segment_not_found."""
    record = world.records(KIND).get(str(id))
    if record is None or record["organisation"] != organisation:
        raise Problem("segment_not_found", id=id)
    return record


def delete_all(world: World, audience_id: int) -> None:
    """The audience's segments go with it."""
    for row in world.records(KIND).iterate(str(audience_id)):
        world.records(KIND).remove(row.id)


def has_ended(world: World, record: Record) -> bool:
    """Whether its end date has passed."""
    return world.now() >= from_iso(record["endDate"])


def to_dict(world: World, record: Record, audience: Record) -> dict[str, Any]:
    """The documented fields. The counters are ours: one item, the audience's data, in the state it is in."""
    over, waiting = has_ended(world, record), audience["state"] in ("PENDING", "UPLOAD")
    status = "Ended" if over else "Active"
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
        "extend": False,
        "active": not over,
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
        "totalPendingCount": int(waiting),
        "totalUploadCount": crm["size"],
        "totalSegmentUploadCount": crm["size"],
        **counters,
    }
