"""Processing of batches of contacts, in pieces: a contact that fails does not stop the others."""

from datetime import timedelta
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import batch_records, contact_creation, contract_rules

_WAIT: Final = timedelta(seconds=10)
_PAUSE: Final = timedelta(seconds=1)


def schedule(world: World, id: str, total: int) -> None:
    """Schedules the first piece of a batch, after the pieces of the batches before it.

    A call that runs a due piece waits for it, so no two batches have pieces at the same time.
    """
    due = max(world.now() + _WAIT, batch_records.busy_until(world))
    pieces = -(-total // batch_records.PIECE)
    batch_records.set_busy_until(world, due + _PAUSE * pieces)
    world.jobs.schedule(due, "process_batch", batch=id, first=0)


def process_piece(world: World, id: str, first: int) -> None:
    """Processes the piece that starts with this contact, and schedules the next one."""
    batch = batch_records.get(world, id)
    if batch is None:
        return
    contacts = batch_records.take_piece(world, id, first)
    for index, contact in enumerate(contacts, first):
        try:
            _process(world, batch, contact)
            batch["succeeded"] += 1
        except Problem as problem:
            code, message = contract_rules.describe(world, problem)
            batch["failed"] += 1
            batch["errors"].append({"index": index, "errorCode": code, "message": message})
    following = first + batch_records.PIECE
    batch["status"] = "Processing" if following < batch["total"] else "Finished"
    batch_records.update(world, id, batch)
    if following < batch["total"]:
        world.jobs.schedule(world.now() + _PAUSE, "process_batch", batch=id, first=following)


def _process(world: World, batch: Record, contact: dict[str, Any]) -> None:
    contact_type = contact_creation.find_type(world, batch["contactType"])
    if batch["creates"]:
        contract_rules.validate(world, "NewContact", contact)
        contact_creation.create(world, contact_type, contact)
        return
    contract_rules.validate(world, "ContactChanges", contact)
    key = contact_type["key"]
    if not contact.get(key):
        raise contact_creation.missing(key)
    found = contact_creation.find_by(world, contact_type, key, contact[key])
    if found is None:
        raise Problem("contact_not_found")
    contact_creation.update(world, *found, contact)
