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
        "id": ids.allocate(world),
        "name": fields["name"],
        "description": fields.get("description"),
        "userId": fields["userId"],
        "created": created,
        "updated": created,
        "organisation": organisation,
    }
    world.records(_KIND).add(str(record["id"]), record, str(organisation))
    return record


def find(world: World, organisation: int, id: int) -> Record:
    """The campaign, if it belongs to the organisation. Problem: campaign_not_found."""
    record = world.records(_KIND).get(str(id))
    if record is None or record["organisation"] != organisation:
        raise Problem("campaign_not_found", id=id)
    return record


def save_updated(world: World, record: Record) -> None:
    """Stores the campaign with a new `updated`."""
    record["updated"] = timestamps.format_later(world.now(), record["updated"])
    world.records(_KIND).update(str(record["id"]), record)


def delete(world: World, id: int) -> None:
    """Deletes the campaign."""
    world.records(_KIND).remove(str(id))


def to_dict(record: Record) -> dict[str, Any]:
    """The campaign of the response."""
    return {name: record[name] for name in record if name != "organisation"}


def list_all(world: World, organisation: int) -> list[Record]:
    """The organisation's campaigns, oldest first."""
    return [row.record for row in world.records(_KIND).iterate(str(organisation))]
