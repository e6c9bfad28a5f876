"""Jobs that Fanfare schedules."""

from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, import_logic, member_logic, sync_logic


def refresh_audience(world: World, audience_id: str) -> None:
    """Recalculates the members of a dynamic audience, unless it has been archived."""
    audience = world.records(audience_records.AUDIENCE_KIND).get(audience_id)
    if audience is not None and audience["refresh"]:
        member_logic.refresh(world, audience)


def step_import(world: World, import_id: str) -> None:
    """Imports the next batch of rows."""
    import_logic.import_next_batch(world, import_id)


def finish_sync(world: World, audience_id: str) -> None:
    """Finishes a sync, unless the audience has been archived."""
    audience = world.records(audience_records.AUDIENCE_KIND).get(audience_id)
    source = audience and audience_records.find_sync_source(world, audience)
    if audience and source and not audience["archived"] and source["syncStatus"] == "PENDING":
        sync_logic.finish_sync(world, audience, source)
