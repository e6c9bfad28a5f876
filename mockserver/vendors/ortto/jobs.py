"""What Ortto does later."""

from datetime import timedelta
from typing import Any, Final

from mockserver.state.world import World
from mockserver.vendors.ortto.audience_records import KIND, load
from mockserver.vendors.ortto.filter_logic import is_timed
from mockserver.vendors.ortto.merge_logic import Merge
from mockserver.vendors.ortto.person_records import Census
from mockserver.vendors.ortto.subscribe_logic import opt
from mockserver.vendors.ortto.timestamps import exact

BUILD_TIME: Final = timedelta(seconds=1)
"""Recorded: a new audience was created at 17:42:19.55 and built at 17:42:20.60."""

REFRESH_EVERY: Final = timedelta(days=1)


def build_audience(world: World, audience_id: str) -> None:
    """Puts the pending criteria in force and works out the members; an audience deleted meanwhile is left."""
    audience = load(world, audience_id)
    if audience is None or not audience.shown["building"]:
        return
    shown = audience.shown
    shown |= {
        "filter": shown["new_filter"],
        "filter_sha": shown["new_filter_sha"],
        "new_filter": None,
        "new_filter_sha": "",
        "building": False,
        "ready": True,
        "last_built_at": exact(world.now()),
    }
    world.records(KIND).update(audience_id, audience.record)
    census = Census(world)
    census.rebuild([one for one in census.audiences if one.id == audience_id])
    census.close()


def refresh_timed_audiences(world: World) -> None:
    """Rebuilds the audiences whose members change with the clock alone, once a day (documented)."""
    census = Census(world)
    timed = [one for one in census.audiences if not one.shown["building"] and is_timed(one.shown["filter"])]
    if timed:
        census.rebuild(timed)
        for audience in timed:
            audience.mark_built()
    census.close()
    world.jobs.schedule_event(world.now() + REFRESH_EVERY, "refresh_timed_audiences")


def merge_later(world: World, body: dict[str, Any]) -> None:
    """A person/merge that was asked for with async."""
    Merge(world, body).run()


def subscribe_later(world: World, audience_id: str, people: list[dict[str, Any]]) -> None:
    """An audience/subscribe that was asked for with async."""
    opt(world, audience_id, people)
