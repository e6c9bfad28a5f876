"""Storage of contacts as flat records; keeps indexes, counters and the nightly recalculation in step.

A record has `contactType`, `approved`, `createdOn`, `modifiedOn`, `sourceType`, `store` (the whole object),
the attributes that have a value, `preferences`, `consents` (by id; a consent from the population has only
`value`) and `audiences`: the ids of the target audiences that contained the contact at their last
calculation. Records are listed in order of creation.
"""

from hashlib import blake2b

from mockserver.errors import Problem
from mockserver.formats.timestamps import to_micros
from mockserver.state.records import Record, RecordView
from mockserver.state.world import World
from mockserver.vendors.voyado import identifier_records, nightly_recalculation, webhook_records
from mockserver.vendors.voyado.identifier_logic import identifiers
from mockserver.vendors.voyado.timestamps import format_timestamp

KIND = "contact"
FIRST_MEMBER_NUMBER = 1001
"""Short enough that `any` does not take a member number for a phone number."""

_COUNTERS_KIND, _COUNTERS_ID = "tally", "contacts"


def find(world: World, id: str) -> Record:
    """Returns a copy of the contact's record. Raises the problem contact_not_found."""
    return world.records(KIND).require(id, "contact_not_found")


def view(world: World, id: str) -> RecordView:
    """Returns the contact's record for reading: readers share it. Raises the problem contact_not_found."""
    record = world.records(KIND).view(id)
    if record is None:
        raise Problem("contact_not_found")
    return record


def check(world: World, id: str) -> None:
    """Raises the problem contact_not_found unless the contact exists."""
    if not world.records(KIND).has(id):
        raise Problem("contact_not_found")


def add(world: World, record: Record, directory: identifier_records.Directory) -> str:
    """Stores a new contact with the next member number and returns its id."""
    counters = read_counters(world)
    number = counters["nextMemberNumber"]
    id = contact_id(world.seed, number)
    record["memberNumber"] = str(number)
    world.records(KIND).add(id, record, rank=to_micros(world.now()), is_new=True)
    directory.add(identifiers(record), id)
    directory.flush()
    approved = counters["approved"]
    if record["approved"]:
        approved[record["contactType"]] = approved.get(record["contactType"], 0) + 1
    write_counters(world, approved, number + 1)
    nightly_recalculation.mark_changed(world, id)
    webhook_records.contact_created(world, id)
    return id


def update(world: World, id: str, before: Record, after: Record) -> None:
    """Stores a changed contact. If nothing changed, `modifiedOn` stays and no change is listed."""
    if after == before:
        return
    after["modifiedOn"] = format_timestamp(world.now())
    world.records(KIND).update(id, after)
    old, new = set(identifiers(before)), set(identifiers(after))
    if old != new:
        directory = identifier_records.Directory(world)
        directory.remove(sorted(old - new), id)
        directory.add(sorted(new - old), id)
        directory.flush()
    if (after["approved"], after["contactType"]) != (before["approved"], before["contactType"]):
        _add_approved(world, before["contactType"], -before["approved"])
        _add_approved(world, after["contactType"], after["approved"])
    world.index("changes").add("Updated", id, to_micros(world.now()))
    nightly_recalculation.mark_changed(world, id)
    webhook_records.contact_updated(world, id, before, after)


def remove(world: World, id: str, record: Record) -> None:
    """Deletes a contact from records, indexes, counters and audiences immediately."""
    world.records(KIND).remove(id)
    directory = identifier_records.Directory(world)
    directory.remove(identifiers(record), id)
    directory.flush()
    _add_approved(world, record["contactType"], -record["approved"])
    world.index("changes").remove("Updated", id)
    world.index("changes").add("Deleted", id, to_micros(world.now()))
    nightly_recalculation.remove_contact(world, id, record["audiences"])
    webhook_records.contact_deleted(world, id)


def read_counters(world: World) -> Record:
    """Returns the numbers of approved contacts by type, and the next member number."""
    return world.records(_COUNTERS_KIND).get(_COUNTERS_ID) or {
        "approved": {},
        "nextMemberNumber": FIRST_MEMBER_NUMBER,
    }


def write_counters(world: World, approved: dict[str, int], next_member_number: int) -> None:
    """Stores the numbers of approved contacts by type, and the next member number."""
    counters = {"approved": approved, "nextMemberNumber": next_member_number}
    world.records(_COUNTERS_KIND).add(_COUNTERS_ID, counters, rank=0)


def contact_id(seed: int, member_number: int) -> str:
    """Returns the GUID of the contact with this member number, the same in every world with the seed."""
    digits = blake2b(b"%d voyado %d" % (seed, member_number), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _add_approved(world: World, contact_type: str, difference: int) -> None:
    counters = read_counters(world)
    approved = counters["approved"]
    approved[contact_type] = approved.get(contact_type, 0) + difference
    write_counters(world, approved, counters["nextMemberNumber"])
