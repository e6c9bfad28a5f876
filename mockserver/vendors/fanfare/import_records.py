"""Imports as they are kept.

A record is what is shown of the import, `done` (rows worked through) and `flaw` (what is wrong with the whole
file).
"""

from typing import Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import ids, timestamps
from mockserver.vendors.fanfare.audience_records import IMPORT_KIND

_KEY_INDEX: Final = "import_by_key"


def create(world: World, audience: Record) -> Record:
    """A new import that waits for its file."""
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
        "updatedAt": None,
        "done": 0,
        "flaw": None,
    }
    world.records(IMPORT_KIND).add(record["id"], record, audience["id"])
    world.index(_KEY_INDEX).add(record["s3Key"], record["id"])
    return record


def find_newest(world: World, audience: Record) -> Record:
    """The audience's last import. Raises the problem import_not_found."""
    rows = world.records(IMPORT_KIND).page(audience["id"], limit=1, newest_first=True)
    if not rows:
        raise Problem("import_not_found")
    return rows[0].record


def find_by_key(world: World, key: str) -> Record | None:
    """The import whose file lies under this key."""
    found = world.index(_KEY_INDEX).find(key, limit=1)
    return world.records(IMPORT_KIND).get(found[0]) if found else None


def save(world: World, record: Record) -> Record:
    """Stores a changed import."""
    record["updatedAt"] = timestamps.format_timestamp(timestamps.to_millis(world.now()))
    world.records(IMPORT_KIND).update(record["id"], record)
    return record


def _free_key(world: World, audience: Record, now: int) -> str:
    """`imports/{organization}/{audience}/{milliseconds}.csv`; a frozen clock must not give a key twice."""
    while True:
        key = f"imports/{audience['organizationId']}/{audience['id']}/{now}.csv"
        if not world.index(_KEY_INDEX).find(key, limit=1):
            return key
        now += 1
