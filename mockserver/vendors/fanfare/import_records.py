"""Storage of imports.

A record holds the public fields of the import, `done` (the number of processed rows) and `flaw` (the error
of the file as a whole, or None).
"""

from typing import Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import ids, timestamps
from mockserver.vendors.fanfare.audience_records import IMPORT_KIND
from mockserver.vendors.fanfare.organization import user_id

_KEY_INDEX: Final = "import_by_key"


def create(world: World, audience: Record) -> Record:
    """Stores a new import, which waits for its file."""
    now = timestamps.to_millis(world.now())
    record = {
        "id": ids.generate_id(world, "imp"),
        "organizationId": audience["organizationId"],
        "audienceId": audience["id"],
        "status": "PENDING",
        "progress": 0,
        "totalConsumers": None,
        "processedConsumers": 0,
        "errorCount": 0,
        "errors": None,
        "s3Key": _free_key(world, audience, now),
        "createdAt": timestamps.format_timestamp(now),
        "createdBy": user_id(audience["organizationId"]),
        "archived": False,
        "updatedAt": None,
        "done": 0,
        "flaw": None,
    }
    world.records(IMPORT_KIND).add(record["id"], record, audience["id"])
    world.index(_KEY_INDEX).add(record["s3Key"], record["id"])
    return record


def find_newest(world: World, audience: Record) -> Record:
    """The newest import of the audience. Raises import_not_found."""
    rows = world.records(IMPORT_KIND).page(audience["id"], limit=1, newest_first=True)
    if not rows:
        raise Problem("import_not_found")
    return rows[0].record


def find_by_key(world: World, key: str) -> Record | None:
    """The import whose file has this key."""
    found = world.index(_KEY_INDEX).find(key, limit=1)
    return world.records(IMPORT_KIND).get(found[0]) if found else None


def save(world: World, record: Record) -> Record:
    """Updates a stored import and its `updatedAt`."""
    record["updatedAt"] = timestamps.now(world)
    world.records(IMPORT_KIND).update(record["id"], record)
    return record


def _free_key(world: World, audience: Record, now: int) -> str:
    """`imports/{organization}/{audience}/{milliseconds}.csv`, unique even if the clock is frozen."""
    while True:
        key = f"imports/{audience['organizationId']}/{audience['id']}/{now}.csv"
        if not world.index(_KEY_INDEX).find(key, limit=1):
            return key
        now += 1
