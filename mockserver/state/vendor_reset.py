"""The reset of one vendor in a world: its differences from the seed data are deleted."""

from mockserver.state.world_record import WorldRecord, world_space
from mockserver.storage.layout import JOB, RATE_LIMIT, SERIAL, world_space_name
from mockserver.storage.store import Row, Store


def reset_vendor(store: Store, record: WorldRecord, vendor: str) -> None:
    """Resets the vendor's records, jobs, rate limits and serial numbers to those of the world's start."""
    name = world_space_name(record["name"])
    for kinds, ids in (
        (f"{vendor}.", ""),
        (f"{vendor}/", ""),
        (JOB, f"{vendor}-"),
        (RATE_LIMIT, f"{vendor}/"),
    ):
        store.discard(name, kinds, ids)
    space, first = world_space(store, record), store.space(record["base"]).get(SERIAL, vendor)
    if first is not None or space.get(SERIAL, vendor) is not None:
        # Not before there is seed data: its serial numbers would not be seen.
        space.put(SERIAL, first or Row(vendor, "", 0, b"0"))
