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
from mockserver.vendors.fanfare.timestamps import millis, read, written

KIND: Final = "audience"
STATIC: Final = "STATIC"
DYNAMIC: Final = "DYNAMIC"
SYNCED: Final = "SYNCED_LIST"
SOURCE_KIND: Final = "sync_source"
IMPORT_KIND: Final = "import"
TIERS: Final = "SEGMENTED_VALUE"

_SHOWN: Final = (
    "id", "organizationId", "name", "description", "type", "iconName", "metadata", "version", "groupId",
    "groupType", "groupName", "primarySyncSourceId", "lastRefreshedAt", "refreshIntervalSeconds",
    "createdAt", "updatedAt", "archived",
)  # fmt: skip
_DYNAMIC_INDEX, _GROUP_INDEX, _SYNCED_INDEX = "dynamic", "group", "synced"


def new(world: World, organization: str, name: str, type: str, **given: Any) -> Record:
    """The record of an audience that is not kept yet."""
    moment = written(millis(world.now()))
    return {
        "id": ids.new(world, "aud"),
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
    id, organization, rank = record["id"], record["organizationId"], read(record["createdAt"])
    world.records(KIND).add(id, record, organization, rank)
    if record["type"] == DYNAMIC:
        world.index(_DYNAMIC_INDEX).add(organization, id, rank)
    if record["groupId"]:
        world.index(_GROUP_INDEX).add(f"{organization}/{record['groupId']}", id, rank)


def find(world: World, organization: str, id: str) -> Record:
    """The audience of this organisation. Raises the problem audience_not_found."""
    record = world.records(KIND).get(id)
    if record is None or record["archived"] or record["organizationId"] != organization:
        raise Problem("audience_not_found")
    return record


def of_organization(world: World, organization: str) -> Iterator[Record]:
    """Its audiences, the newest first."""
    return (row.record for row in world.records(KIND).iterate(organization, newest_first=True))


def dynamic(world: World, organization: str) -> Iterator[Record]:
    """Its audiences that have their members by rules."""
    return _of(world, _DYNAMIC_INDEX, organization)


def of_group(world: World, organization: str, group: str) -> list[Record]:
    """The audiences of a group in the order of their tiers, then of age.

    Raises the problem audience_group_not_found where there are none.
    """
    found = list(_of(world, _GROUP_INDEX, f"{organization}/{group}"))
    if not found:
        raise Problem("audience_group_not_found")
    return sorted(found, key=_tier_order)


def save(world: World, record: Record) -> None:
    """Writes a kept audience anew."""
    world.records(KIND).update(record["id"], record)


def mark_changed(world: World, record: Record) -> None:
    """What the caller changed of the audience makes a new version of it."""
    record["version"] += 1
    record["updatedAt"] = written(millis(world.now()))


def archive(world: World, record: Record) -> None:
    """Takes it out of every list; a list that it was synced from may be imported again."""
    id, organization = record["id"], record["organizationId"]
    record |= {"archived": True, "updatedAt": written(millis(world.now()))}
    if record["refresh"]:
        world.jobs.cancel(record["refresh"]["job"])
        record["refresh"] = None
    world.records(KIND).add(id, record, f"archived/{organization}", read(record["createdAt"]))
    world.index(_DYNAMIC_INDEX).remove(organization, id)
    if record["groupId"]:
        world.index(_GROUP_INDEX).remove(f"{organization}/{record['groupId']}", id)
    source = world.records(SOURCE_KIND).get(record["primarySyncSourceId"] or "")
    if source:
        world.records(SOURCE_KIND).update(source["id"], source | {"archived": True})
        world.index(_SYNCED_INDEX).remove(f"{organization}/{source['syncSourceId']}", id)


def add_source(world: World, record: Record, list_id: str, **given: Any) -> Record:
    """Gives the audience its sync source, a list of Klaviyo; the audience itself is not saved."""
    source = {
        "id": ids.new(world, "sync"),
        "organizationId": record["organizationId"],
        "syncSource": "klaviyo:list",
        "syncSourceId": list_id,
        "syncStatus": "PENDING",
        "lastSyncedAt": None,
        "sourceData": None,
        "createdAt": written(millis(world.now())),
        "updatedAt": None,
        "archived": False,
        "fails": False,
        **given,
    }
    world.records(SOURCE_KIND).add(source["id"], source, record["organizationId"])
    world.index(_SYNCED_INDEX).add(f"{record['organizationId']}/{list_id}", record["id"])
    record["primarySyncSourceId"] = source["id"]
    return source


def source_of(world: World, record: Record) -> Record | None:
    """The audience's sync source."""
    return world.records(SOURCE_KIND).get(record["primarySyncSourceId"] or "")


def synced_from(world: World, organization: str, list_id: str) -> str | None:
    """The id of the audience that is synced from this list."""
    return next(iter(world.index(_SYNCED_INDEX).find(f"{organization}/{list_id}", limit=1)), None)


def shown(world: World, record: Record, include: tuple[str, ...] | list[str] = ()) -> dict[str, Any]:
    """The audience as replies show it, with the relations asked for and no others."""
    seen = {name: record[name] for name in _SHOWN}
    if "rules" in include:
        seen["rules"] = record["rules"]
    if "imports" in include:
        imports = world.records(IMPORT_KIND).iterate(record["id"], newest_first=True)
        seen["imports"] = [shown_import(row.record) for row in imports]
    if "primarySyncSource" in include:
        source = source_of(world, record)
        seen["primarySyncSource"] = source and shown_source(source)
    return seen


def shown_import(record: Record) -> dict[str, Any]:
    """An import as replies show it."""
    return {name: value for name, value in record.items() if name not in ("done", "flaw")}


def shown_source(record: Record) -> dict[str, Any]:
    """A sync source as replies show it."""
    return {name: value for name, value in record.items() if name not in ("fails", "job")}


def _tier_order(record: Record) -> float:
    """What callers write into the metadata of a tier's audience may be no number, or nothing at all."""
    order = (record["metadata"] or {}).get("tierOrder")
    return order if isinstance(order, int | float) else 0


def _of(world: World, index: str, key: str) -> Iterator[Record]:
    records = world.records(KIND)
    found = (records.get(entry.target) for entry in world.index(index).iterate(key))
    return (record for record in found if record is not None)
