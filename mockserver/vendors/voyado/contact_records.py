"""Contacts as they are kept: flat records, with all that has to follow when one changes.

A record holds `contactType`, `approved`, `createdOn`, `modifiedOn`, `sourceType`, `store` (all of it), the
attributes that have a value, `preferences`, `consents` (by id; of one that came with the contact, no more
than `value`) and `audiences`: the ids of the target audiences that held the contact when they were
last calculated. Records are listed in the order of their creation.
"""

from hashlib import blake2b

from mockserver.errors import Problem
from mockserver.formats.timestamps import to_micros
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.voyado import identifier_logic, identifier_records, nightly_recalculation
from mockserver.vendors.voyado.timestamps import written

KIND = "contact"
FIRST_MEMBER_NUMBER = 1001
"""Short enough that `any` does not take a member number for a phone number."""

_TALLY_KIND, _TALLY_ID = "tally", "contacts"


def find(world: World, id: str) -> Record:
    """The contact's record. Raises the problem contact_not_found."""
    record = world.records(KIND).get(id)
    if record is None:
        raise Problem("contact_not_found")
    return record


def add(world: World, record: Record) -> str:
    """Keeps a new contact and gives its id; it gets the next member number."""
    tally = read_tally(world)
    number = tally["nextMemberNumber"]
    id = contact_id(world.seed, number)
    record["memberNumber"] = str(number)
    world.records(KIND).add(id, record, rank=to_micros(world.now()))
    identifier_records.enter(world, identifier_logic.of(record), id)
    write_tally(world, tally["approved"] + record["approved"], number + 1)
    nightly_recalculation.mark(world, id)
    return id


def change(world: World, id: str, before: Record, after: Record) -> None:
    """Keeps a changed contact; one that has not changed stays untouched."""
    if after == before:
        return
    after["modifiedOn"] = written(world.now())
    world.records(KIND).update(id, after)
    had, has = set(identifier_logic.of(before)), set(identifier_logic.of(after))
    identifier_records.strike(world, sorted(had - has), id)
    identifier_records.enter(world, sorted(has - had), id)
    if after["approved"] != before["approved"]:
        _add_approved(world, after["approved"] - before["approved"])
    world.index("changes").add("Updated", id, to_micros(world.now()))
    nightly_recalculation.mark(world, id)


def remove(world: World, id: str, record: Record) -> None:
    """Forgets a contact, at once and everywhere."""
    world.records(KIND).remove(id)
    identifier_records.strike(world, identifier_logic.of(record), id)
    _add_approved(world, -record["approved"])
    world.index("changes").remove("Updated", id)
    world.index("changes").add("Deleted", id, to_micros(world.now()))
    nightly_recalculation.forget(world, id, record["audiences"])


def read_tally(world: World) -> Record:
    """How many contacts are approved, and the next member number."""
    return world.records(_TALLY_KIND).get(_TALLY_ID) or {
        "approved": 0,
        "nextMemberNumber": FIRST_MEMBER_NUMBER,
    }


def write_tally(world: World, approved: int, next_member_number: int) -> None:
    """Keeps both."""
    tally = {"approved": approved, "nextMemberNumber": next_member_number}
    world.records(_TALLY_KIND).add(_TALLY_ID, tally, rank=0)


def _add_approved(world: World, more: int) -> None:
    tally = read_tally(world)
    write_tally(world, tally["approved"] + more, tally["nextMemberNumber"])


def contact_id(seed: int, member_number: int) -> str:
    """The GUID of the contact with this member number: the same in every world of the seed."""
    digits = blake2b(b"%d voyado %d" % (seed, member_number), digest_size=16).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
