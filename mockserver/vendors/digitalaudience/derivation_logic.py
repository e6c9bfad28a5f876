"""Generation of derived audiences: lookalikes and collaborations, which become ready without a file.

All of it is inferred: the vendor names lookalikes, their source and the states of data. Such an audience is
pending, processing and ready; new data of its source generates it anew.
"""

from datetime import timedelta
from typing import Final

from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.digitalaudience import (
    audience_records,
    campaign_records,
    derived_audience_records,
    status_ids,
    timestamps,
)

_DELAY: Final = timedelta(minutes=10)
_DURATION: Final = timedelta(minutes=50)
_GENERATING: Final = ("PENDING", "PROCESSING")


def derive(world: World, source: Record, type: str, name: str) -> Record:
    """A new audience of that type whose generation is pending."""
    audience = audience_records.create(
        world,
        campaign_records.find(world, source["organisation"], source["campaignId"]),
        source["organisation"],
        world.now(),
        userId=source["userId"],
        name=name,
        type=type,
        source={"id": source["id"], "typeId": status_ids.TYPES[source["type"]]},
        generation=0,
    )
    derived_audience_records.add(world, audience["id"], source["id"])
    _enter(world, audience, "PENDING", _DELAY)
    return audience


def is_generating(audience: Record) -> bool:
    """Whether it is a derived audience that is not ready yet."""
    return audience["source"] is not None and audience["state"] in _GENERATING


def advance(world: World, audience: Record) -> None:
    """Takes a generation to its next step."""
    if audience["state"] == "PENDING":
        _enter(world, audience, "PROCESSING", _DURATION)
    else:
        finish(world, audience)


def finish(world: World, audience: Record) -> None:
    """Makes the derived audience ready."""
    previous = audience["dataUpdated"] or audience["created"]
    audience["dataUpdated"] = timestamps.format_later(world.now(), previous)
    audience["updated"] = timestamps.format_later(world.now(), audience["updated"])
    _enter(world, audience, "READY")


def follow_source(world: World, source_id: int, has_data: bool) -> None:
    """Generates the audiences derived from the source anew; fails unfinished ones if it has no data."""
    for id in derived_audience_records.list_all(world, source_id):
        audience = audience_records.get(world, id)
        if audience and has_data:
            _enter(world, audience, "PROCESSING", _DURATION)
        elif audience and is_generating(audience):
            _enter(world, audience, "FAILED")


def _enter(world: World, audience: Record, state: str, duration: timedelta | None = None) -> None:
    """Sets the state; the step that ends it has the number of the generation, so earlier steps are void."""
    audience["generation"] += 1
    audience["state"] = audience["settled"] = state
    audience_records.save(world, audience)
    if duration is not None:
        fields = {"audience_id": audience["id"], "generation": audience["generation"]}
        world.jobs.schedule(world.now() + duration, "step_generation", **fields)
