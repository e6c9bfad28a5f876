"""Storage of sync sources: the external lists that audiences mirror.

A record holds the public fields of the source, `fails` (whether the next sync fails) and `job` (the running
sync). Archived sources stay stored, but no search or lookup returns them.
"""

from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Cursor, ListedRecord, Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import ids, timestamps
from mockserver.vendors.fanfare.organization import user_id
from mockserver.vendors.fanfare.timestamps import parse_timestamp

_KIND: Final = "sync_source"
_INTERNAL_FIELDS: Final = ("fails", "job")


def create(world: World, organization: str, name: str, external_id: str, **fields: Any) -> Record:
    """Stores a new source: `name` is the kind of list, such as `klaviyo:list`."""
    source = {
        "id": ids.generate_id(world, "sync"),
        "organizationId": organization,
        "syncSource": name,
        "syncSourceId": external_id,
        "syncStatus": "PENDING",
        "lastSyncedAt": None,
        "sourceData": None,
        "createdAt": timestamps.now(world),
        "createdBy": user_id(organization),
        "updatedAt": None,
        "archived": False,
        "fails": False,
        **fields,
    }
    world.records(_KIND).add(source["id"], source, organization, parse_timestamp(source["createdAt"]))
    return source


def get(world: World, id: str | None) -> Record | None:
    """The source with this id, archived or not."""
    return world.records(_KIND).get(id) if id else None


def find(world: World, organization: str, id: str) -> Record:
    """The source of this organization. Raises sync_source_not_found."""
    source = get(world, id)
    if source is None or source["archived"] or source["organizationId"] != organization:
        raise Problem("sync_source_not_found")
    return source


def page(world: World, organization: str, *, limit: int, after: Cursor | None) -> list[ListedRecord]:
    """The sources of the organization, newest first."""
    return world.records(_KIND).page(organization, limit=limit, after=after, newest_first=True)


def save(world: World, source: Record) -> None:
    """Updates a stored source and its `updatedAt`."""
    source["updatedAt"] = timestamps.now(world)
    world.records(_KIND).update(source["id"], source)


def archive(world: World, source: Record) -> Record:
    """Archives a source and cancels its running sync; returns it."""
    if source.get("job"):
        world.jobs.cancel(source["job"])
    source |= {"archived": True, "updatedAt": timestamps.now(world)}
    rank = parse_timestamp(source["createdAt"])
    world.records(_KIND).add(source["id"], source, f"archived/{source['organizationId']}", rank)
    return source


def to_response(source: Record) -> dict[str, Any]:
    """A source as in responses."""
    return {name: value for name, value in source.items() if name not in _INTERNAL_FIELDS}
