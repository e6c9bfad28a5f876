"""The end of an audience and of all that is connected with it (documented)."""

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import audience_records, file_records, members, segment_records


def delete(world: World, audience: Record) -> None:
    """Removes the audience with its segments, rows and files; its campaign and what derives of it stay."""
    id = audience["id"]
    segment_records.remove_all(world, id)
    file_records.remove_all(world, id)
    members.clear(world, id)
    world.records(audience_records.KIND).remove(str(id))
