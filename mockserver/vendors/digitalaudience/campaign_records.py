"""Storage of campaigns. A record is the campaign of the response plus its organisation."""

from datetime import datetime
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import ids, timestamps

_KIND: Final = "campaign"


def create(world: World, organisation: int, at: datetime, **fields: Any) -> Record:
    """A new campaign. `fields`: userId, name, description.

    Only the name is documented; the other fields are those that audiences have too.
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
    """The campaign, if it belongs to the organisation. Problem: campaign_not_found."""
    record = world.records(_KIND).get(str(id))
    if record is None or record.pop("organisation") != organisation:
        raise Problem("campaign_not_found", id=id)
    return record


def list_all(world: World, organisation: int) -> list[Record]:
    """The organisation's campaigns, oldest first."""
    rows = world.records(_KIND).iterate(str(organisation))
    return [{key: row.record[key] for key in row.record if key != "organisation"} for row in rows]
