"""Storage of audiences, and of which one mirrors which external list.

A record holds the public fields of the audience, its `rules`, and `refresh`: the pending recalculation of
its members, or None. Archived audiences stay stored, but no list or lookup returns them.
"""

from collections.abc import Iterator
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import ids, sync_source_records, timestamps
from mockserver.vendors.fanfare.timestamps import parse_timestamp

AUDIENCE_KIND: Final = "audience"
STATIC: Final = "STATIC"
DYNAMIC: Final = "DYNAMIC"
SYNCED_LIST: Final = "SYNCED_LIST"
IMPORT_KIND: Final = "import"
TIER_GROUP: Final = "SEGMENTED_VALUE"

_PUBLIC_FIELDS: Final = (
    "id", "organizationId", "name", "description", "type", "iconName", "metadata", "version", "groupId",
    "groupType", "groupName", "primarySyncSourceId", "lastRefreshedAt", "refreshIntervalSeconds",
    "createdAt", "updatedAt", "archived",
)  # fmt: skip
_DYNAMIC_INDEX, _GROUP_INDEX, _SYNCED_INDEX = "dynamic", "group", "synced"


def new_record(world: World, organization: str, name: str, type: str, **fields: Any) -> Record:
    """The record of a new audience, not yet stored."""
    now = timestamps.now(world)
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
        "createdAt": now,
        "updatedAt": now,
        "archived": False,
        "rules": [],
        "refresh": None,
        "materialized": False,
        **fields,
    }


def add(world: World, record: Record) -> None:
    """Stores a new audience."""
    id, organization, rank = record["id"], record["organizationId"], parse_timestamp(record["createdAt"])
    world.records(AUDIENCE_KIND).add(id, record, organization, rank)
    if record["type"] == DYNAMIC:
        world.index(_DYNAMIC_INDEX).add(organization, id, rank)
    if record["groupId"]:
        world.index(_GROUP_INDEX).add(f"{organization}/{record['groupId']}", id, rank)


def find(world: World, organization: str, id: str) -> Record:
    """The audience of this organization. Raises audience_not_found."""
    record = world.records(AUDIENCE_KIND).get(id)
    if record is None or record["archived"] or record["organizationId"] != organization:
        raise Problem("audience_not_found")
    return record


def iterate_audiences(world: World, organization: str) -> Iterator[Record]:
    """The audiences of the organization, newest first."""
    return (row.record for row in world.records(AUDIENCE_KIND).iterate(organization, newest_first=True))


def iterate_dynamic(world: World, organization: str) -> Iterator[Record]:
    """The dynamic audiences of the organization."""
    return _iterate_index(world, _DYNAMIC_INDEX, organization)


def list_group(world: World, organization: str, group: str) -> list[Record]:
    """The audiences of a group, by tier order, then oldest first.

    Raises audience_group_not_found if there are none.
    """
    found = list(_iterate_index(world, _GROUP_INDEX, f"{organization}/{group}"))
    if not found:
        raise Problem("audience_group_not_found")
    return sorted(found, key=_tier_order)


def save(world: World, record: Record) -> None:
    """Updates a stored audience."""
    world.records(AUDIENCE_KIND).update(record["id"], record)


def increment_version(world: World, record: Record) -> None:
    """Increments the version of a changed audience; does not save it."""
    record["version"] += 1
    record["updatedAt"] = timestamps.now(world)


def archive(world: World, record: Record) -> None:
    """Archives the audience and its sync source, so that its list can be imported again."""
    id, organization = record["id"], record["organizationId"]
    record |= {"archived": True, "updatedAt": timestamps.now(world)}
    if record["refresh"]:
        world.jobs.cancel(record["refresh"]["job"])
        record["refresh"] = None
    world.records(AUDIENCE_KIND).add(
        id, record, f"archived/{organization}", parse_timestamp(record["createdAt"])
    )
    world.index(_DYNAMIC_INDEX).remove(organization, id)
    if record["groupId"]:
        world.index(_GROUP_INDEX).remove(f"{organization}/{record['groupId']}", id)
    source = find_sync_source(world, record)
    if source:
        world.index(_SYNCED_INDEX).remove(_source_key(source), id)
        sync_source_records.archive(world, source)


def add_sync_source(world: World, record: Record, name: str, list_id: str, **fields: Any) -> Record:
    """Stores a list (`name` is its kind) as the sync source of the audience; does not save the audience."""
    source = sync_source_records.create(world, record["organizationId"], name, list_id, **fields)
    world.index(_SYNCED_INDEX).add(_source_key(source), record["id"])
    record["primarySyncSourceId"] = source["id"]
    return source


def detach_sync_source(world: World, source: Record) -> None:
    """Takes a source away from the audience that mirrors it, if there is one."""
    for id in world.index(_SYNCED_INDEX).find(_source_key(source)):
        record = world.records(AUDIENCE_KIND).get(id)
        if record and record["primarySyncSourceId"] == source["id"]:
            world.index(_SYNCED_INDEX).remove(_source_key(source), id)
            save(world, record | {"primarySyncSourceId": None})


def move_sync_source(world: World, source: Record, changed: Record) -> None:
    """Makes the audience of a source known under the list that the changed source names."""
    if _source_key(source) == _source_key(changed):
        return
    for id in world.index(_SYNCED_INDEX).find(_source_key(source)):
        record = world.records(AUDIENCE_KIND).get(id)
        if record and record["primarySyncSourceId"] == source["id"]:
            world.index(_SYNCED_INDEX).remove(_source_key(source), id)
            world.index(_SYNCED_INDEX).add(_source_key(changed), id)


def find_sync_source(world: World, record: Record) -> Record | None:
    """The sync source of the audience."""
    return sync_source_records.get(world, record["primarySyncSourceId"])


def find_synced_audience(world: World, organization: str, name: str, list_id: str) -> str | None:
    """The id of the audience that mirrors this list of the kind `name`."""
    key = f"{organization}/{name}/{list_id}"
    return next(iter(world.index(_SYNCED_INDEX).find(key, limit=1)), None)


def to_response(world: World, record: Record, include: tuple[str, ...] | list[str] = ()) -> dict[str, Any]:
    """The audience as in responses, with exactly the requested relations."""
    response = {name: record[name] for name in _PUBLIC_FIELDS}
    if "rules" in include:
        response["rules"] = record["rules"]
    if "imports" in include:
        imports = world.records(IMPORT_KIND).iterate(record["id"], newest_first=True)
        response["imports"] = [import_to_response(row.record) for row in imports]
    if "primarySyncSource" in include:
        source = find_sync_source(world, record)
        response["primarySyncSource"] = source and sync_source_records.to_response(source)
    return response


def import_to_response(record: Record) -> dict[str, Any]:
    """An import as in responses."""
    return {name: value for name, value in record.items() if name not in ("done", "flaw")}


def _tier_order(record: Record) -> float:
    """The tier order in the metadata; 0 if a caller has replaced it with something else."""
    order = (record["metadata"] or {}).get("tierOrder")
    return order if isinstance(order, int | float) else 0


def _source_key(source: Record) -> str:
    return f"{source['organizationId']}/{source['syncSource']}/{source['syncSourceId']}"


def _iterate_index(world: World, index: str, key: str) -> Iterator[Record]:
    records = world.records(AUDIENCE_KIND)
    found = (records.get(entry.target) for entry in world.index(index).iterate(key))
    return (record for record in found if record is not None)
