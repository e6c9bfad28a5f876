"""Audiences as they are kept.

A record is what is shown of the audience, its `rules`, and `refresh`: None, or the materialisation that is
under way. Archived audiences leave every list and look-up; no call finds them again.
"""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import ids
from mockserver.vendors.fanfare.timestamps import format_timestamp, parse_timestamp, to_millis

AUDIENCE_KIND: Final = "audience"
STATIC: Final = "STATIC"
DYNAMIC: Final = "DYNAMIC"
SYNCED_LIST: Final = "SYNCED_LIST"
SYNC_SOURCE_KIND: Final = "sync_source"
IMPORT_KIND: Final = "import"
TIER_GROUP: Final = "SEGMENTED_VALUE"

_PUBLIC_FIELDS: Final = (
    "id", "organizationId", "name", "description", "type", "iconName", "metadata", "version", "groupId",
    "groupType", "groupName", "primarySyncSourceId", "lastRefreshedAt", "refreshIntervalSeconds",
    "createdAt", "updatedAt", "archived",
)  # fmt: skip
_DYNAMIC_INDEX, _GROUP_INDEX, _SYNCED_INDEX = "dynamic", "group", "synced"


def new_record(world: World, organization: str, name: str, type: str, **given: Any) -> Record:
    """The record of an audience that is not kept yet."""
    moment = format_timestamp(to_millis(world.now()))
    return {
        "id": ids.generate_id(world, "aud"),
        "organizationId": organization,
        "name": name,
        "description": None,
        "type": type,
        "iconName": None,
        "metadata": None,
        "version": 1,
        "groupId": None,
        "groupType": None,
        "groupName": None,
        "primarySyncSourceId": None,
        "lastRefreshedAt": None,
        "refreshIntervalSeconds": None,
        "createdAt": moment,
        "updatedAt": moment,
        "archived": False,
        "rules": [],
        "refresh": None,
        "materialized": False,
        **given,
    }


def add(world: World, record: Record) -> None:
    """Keeps a new audience."""
    id, organization, rank = record["id"], record["organizationId"], parse_timestamp(record["createdAt"])
    world.records(AUDIENCE_KIND).add(id, record, organization, rank)
    if record["type"] == DYNAMIC:
        world.index(_DYNAMIC_INDEX).add(organization, id, rank)
    if record["groupId"]:
        world.index(_GROUP_INDEX).add(f"{organization}/{record['groupId']}", id, rank)


def find(world: World, organization: str, id: str) -> Record:
    """The audience of this organisation. Raises the problem audience_not_found."""
    record = world.records(AUDIENCE_KIND).get(id)
    if record is None or record["archived"] or record["organizationId"] != organization:
        raise Problem("audience_not_found")
    return record


def iterate_audiences(world: World, organization: str) -> Iterator[Record]:
    """Its audiences, the newest first."""
    return (row.record for row in world.records(AUDIENCE_KIND).iterate(organization, newest_first=True))


def iterate_dynamic(world: World, organization: str) -> Iterator[Record]:
    """Its audiences that have their members by rules."""
    return _iterate_index(world, _DYNAMIC_INDEX, organization)


def list_group(world: World, organization: str, group: str) -> list[Record]:
    """The audiences of a group in the order of their tiers, then of age.

    Raises the problem audience_group_not_found where there are none.
    """
    found = list(_iterate_index(world, _GROUP_INDEX, f"{organization}/{group}"))
    if not found:
        raise Problem("audience_group_not_found")
    return sorted(found, key=_tier_order)


def save(world: World, record: Record) -> None:
    """Writes a kept audience anew."""
    world.records(AUDIENCE_KIND).update(record["id"], record)


def increment_version(world: World, record: Record) -> None:
    """What the caller changed of the audience makes a new version of it."""
    record["version"] += 1
    record["updatedAt"] = format_timestamp(to_millis(world.now()))


def archive(world: World, record: Record) -> None:
    """Takes it out of every list; a list that it was synced from may be imported again."""
    id, organization = record["id"], record["organizationId"]
    record |= {"archived": True, "updatedAt": format_timestamp(to_millis(world.now()))}
    if record["refresh"]:
        world.jobs.cancel(record["refresh"]["job"])
        record["refresh"] = None
    world.records(AUDIENCE_KIND).add(
        id, record, f"archived/{organization}", parse_timestamp(record["createdAt"])
    )
    world.index(_DYNAMIC_INDEX).remove(organization, id)
    if record["groupId"]:
        world.index(_GROUP_INDEX).remove(f"{organization}/{record['groupId']}", id)
    source = world.records(SYNC_SOURCE_KIND).get(record["primarySyncSourceId"] or "")
    if source:
        world.records(SYNC_SOURCE_KIND).update(source["id"], source | {"archived": True})
        world.index(_SYNCED_INDEX).remove(f"{organization}/{source['syncSourceId']}", id)


def add_sync_source(world: World, record: Record, list_id: str, **given: Any) -> Record:
    """Gives the audience its sync source, a list of Klaviyo; the audience itself is not saved."""
    source = {
        "id": ids.generate_id(world, "sync"),
        "organizationId": record["organizationId"],
        "syncSource": "klaviyo:list",
        "syncSourceId": list_id,
        "syncStatus": "PENDING",
        "lastSyncedAt": None,
        "sourceData": None,
        "createdAt": format_timestamp(to_millis(world.now())),
        "updatedAt": None,
        "archived": False,
        "fails": False,
        **given,
    }
    world.records(SYNC_SOURCE_KIND).add(source["id"], source, record["organizationId"])
    world.index(_SYNCED_INDEX).add(f"{record['organizationId']}/{list_id}", record["id"])
    record["primarySyncSourceId"] = source["id"]
    return source


def find_sync_source(world: World, record: Record) -> Record | None:
    """The audience's sync source."""
    return world.records(SYNC_SOURCE_KIND).get(record["primarySyncSourceId"] or "")


def find_synced_audience(world: World, organization: str, list_id: str) -> str | None:
    """The id of the audience that is synced from this list."""
    return next(iter(world.index(_SYNCED_INDEX).find(f"{organization}/{list_id}", limit=1)), None)


def to_response(world: World, record: Record, include: tuple[str, ...] | list[str] = ()) -> dict[str, Any]:
    """The audience as replies show it, with the relations asked for and no others."""
    seen = {name: record[name] for name in _PUBLIC_FIELDS}
    if "rules" in include:
        seen["rules"] = record["rules"]
    if "imports" in include:
        imports = world.records(IMPORT_KIND).iterate(record["id"], newest_first=True)
        seen["imports"] = [import_to_response(row.record) for row in imports]
    if "primarySyncSource" in include:
        source = find_sync_source(world, record)
        seen["primarySyncSource"] = source and sync_source_to_response(source)
    return seen


def import_to_response(record: Record) -> dict[str, Any]:
    """An import as replies show it."""
    return {name: value for name, value in record.items() if name not in ("done", "flaw")}


def sync_source_to_response(record: Record) -> dict[str, Any]:
    """A sync source as replies show it."""
    return {name: value for name, value in record.items() if name not in ("fails", "job")}


def _tier_order(record: Record) -> float:
    """What callers write into the metadata of a tier's audience may be no number, or nothing at all."""
    order = (record["metadata"] or {}).get("tierOrder")
    return order if isinstance(order, int | float) else 0


def _iterate_index(world: World, index: str, key: str) -> Iterator[Record]:
    records = world.records(AUDIENCE_KIND)
    found = (records.get(entry.target) for entry in world.index(index).iterate(key))
    return (record for record in found if record is not None)
