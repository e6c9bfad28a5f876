"""Processing of imports: a job imports one batch of rows a second."""

from datetime import timedelta
from typing import Any, Final

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, csv_files, import_records, member_records
from mockserver.vendors.fanfare.audience_records import IMPORT_KIND
from mockserver.vendors.fanfare.consumer_records import ConsumerWriter

BATCH_INTERVAL: Final = timedelta(seconds=1)
MAX_ERRORS: Final = 100
"""Rows listed with their issues; further invalid rows are only counted."""

_BATCH_KIND: Final = "import_batch"


def receive_file(world: World, record: Record, raw: bytes) -> None:
    """Parses the file of an import and schedules its first batch.

    A later file replaces it until the first batch is imported; after that it is ignored.
    """
    if record["status"] != "PENDING" and (record["status"] != "PROCESSING" or record["done"]):
        return
    is_first = record["status"] == "PENDING"
    _remove_batches(world, record)
    try:
        columns, batches = csv_files.parse_file(raw)
        total = sum(len(batch.rows) for batch in batches)
        record["flaw"] = None if total else "No rows"
    except csv_files.UnreadableFileError as error:
        columns, batches, total = [], [], 0
        record["flaw"] = str(error)
    rows = [
        (
            f"{record['id']}/{batch.first:06d}",
            {"columns": columns, **batch._asdict()},
            record["id"],
            batch.first,
        )
        for batch in batches
    ]
    world.records(_BATCH_KIND).bulk_insert(rows)
    import_records.save(world, record | {"status": "PROCESSING", "totalConsumers": total})
    if is_first:
        world.jobs.schedule(world.now() + BATCH_INTERVAL, "step_import", import_id=record["id"])


def count_pending_batches(world: World, audience: str) -> int:
    """The number of batches that the running imports of an audience still have."""
    imports = (row.record for row in world.records(IMPORT_KIND).iterate(audience))
    return sum(
        max(1, world.records(_BATCH_KIND).count(one["id"]))
        for one in imports
        if one["status"] == "PROCESSING"
    )


def import_next_batch(world: World, id: str) -> None:
    """Imports the next batch and finishes the import after the last one; does nothing if it has ended."""
    record = world.records(IMPORT_KIND).get(id)
    if record is None or record["status"] != "PROCESSING":
        return
    audience = world.records(audience_records.AUDIENCE_KIND).get(record["audienceId"])
    if audience is None or audience["archived"]:
        fail(world, record, "Audience not found")
        return
    if record["flaw"]:
        fail(world, record, record["flaw"])
        return
    rows = world.records(_BATCH_KIND).page(id, limit=2)
    if rows:
        world.records(_BATCH_KIND).remove(rows[0].id)
        _import_batch(world, record, rows[0].record)
    if len(rows) > 1:
        world.jobs.schedule(world.now() + BATCH_INTERVAL, "step_import", import_id=id)
    else:
        record["status"] = "SUCCESS" if record["processedConsumers"] else "FAILED"
    import_records.save(world, record)


def fail(world: World, record: Record, issue: str) -> Record:
    """Fails an import because of the file as a whole, reported as row 0."""
    _remove_batches(world, record)
    errors = [{"row": 0, "issues": [issue]}, *(record["errors"] or [])]
    return import_records.save(world, record | {"status": "FAILED", "errors": errors})


def _remove_batches(world: World, record: Record) -> None:
    world.records(_BATCH_KIND).clear(record["id"])


def _import_batch(world: World, record: Record, batch: Record) -> None:
    writer = ConsumerWriter(world, record["organizationId"], "import")
    for number, cells in enumerate(batch["rows"], batch["first"]):
        try:
            consumer = writer.upsert(csv_files.parse_row(batch["columns"], cells))
        except csv_files.RejectedRowError as error:
            _add_error(record, number, str(error))
        else:
            member_records.add(world, record["audienceId"], consumer)
            record["processedConsumers"] += 1
    record["done"] += len(batch["rows"])
    record["progress"] = record["done"] * 100 // record["totalConsumers"]


def _add_error(record: Record, row: int, issue: str) -> None:
    record["errorCount"] += 1
    errors: list[dict[str, Any]] = record["errors"] or []
    if len(errors) < MAX_ERRORS:
        record["errors"] = [*errors, {"row": row, "issues": [issue]}]
