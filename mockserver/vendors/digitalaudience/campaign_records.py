"""Campaigns as they are kept: in the list of their organisation, as they are shown."""

from datetime import datetime
from typing import Any

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import ids, timestamps

_KIND = "campaign"


def create(world: World, organisation: int, at: datetime, **fields: Any) -> Record:
    """A new campaign; what it has besides its name is taken over from the fields of audiences.

    `given`: userId, name and description.
    """
    created = timestamps.format_timestamp(at)
    record = {
        "id": ids.allocate(world, "campaign"),
        "name": fields["name"],
        "description": fields.get("description"),
        "userId": fields["userId"],
        "created": created,
        "updated": created,
    }
    world.records(_KIND).add(str(record["id"]), record | {"organisation": organisation}, str(organisation))
    return record


def find(world: World, organisation: int, id: int) -> Record:
    """The organisation's campaign. Raises the problem campaign_not_found, for another's too."""
    record = world.records(_KIND).get(str(id))
    if record is None or record.pop("organisation") != organisation:
        raise Problem("campaign_not_found", id=id)
    return record


def list_all(world: World, organisation: int) -> list[Record]:
    """The organisation's campaigns, the oldest first."""
    rows = world.records(_KIND).iterate(str(organisation))
    return [{key: row.record[key] for key in row.record if key != "organisation"} for row in rows]
