"""Scheduled jobs: building and refreshing audiences, and calls with async."""

from datetime import timedelta
from typing import Any, Final

from mockserver.state.world import World
from mockserver.vendors.ortto import account_activity_logic, refresh_plan
from mockserver.vendors.ortto.account_merge import AccountMerge
from mockserver.vendors.ortto.activity_logic import record_activities
from mockserver.vendors.ortto.audience_records import KIND, load
from mockserver.vendors.ortto.merge_logic import Merge
from mockserver.vendors.ortto.person_records import PersonStore
from mockserver.vendors.ortto.subscribe_logic import apply_opt_ins
from mockserver.vendors.ortto.timestamps import format_datetime

BUILD_TIME: Final = timedelta(seconds=1)
"""Recorded: a new audience was created at 17:42:19.55 and built at 17:42:20.60."""

REFRESH_EVERY: Final = timedelta(days=1)


def build_audience(world: World, audience_id: str) -> None:
    """Applies the pending criteria and recalculates the members; does nothing if the audience was deleted."""
    audience = load(world, audience_id)
    if audience is None or not audience.attributes["building"]:
        return
    attributes = audience.attributes
    attributes |= {
        "filter": attributes["new_filter"],
        "filter_sha": attributes["new_filter_sha"],
        "new_filter": None,
        "new_filter_sha": "",
        "building": False,
        "ready": True,
        "last_built_at": format_datetime(world.now()),
    }
    world.records(KIND).update(audience_id, audience.record)
    store = PersonStore(world)
    store.recalculate([audience for audience in store.audiences if audience.id == audience_id])
    store.flush()


def refresh_timed_audiences(world: World) -> None:
    """Admits blocked people and recalculates the audiences that depend on time, once a day (documented)."""
    store = PersonStore(world)
    store.admit_blocked()
    timed = [
        audience
        for audience in store.audiences
        if not audience.attributes["building"] and audience.filter.is_time_dependent
    ]
    if timed:
        store.refresh(timed)
        for audience in timed:
            audience.mark_built()
    else:
        refresh_plan.discard(world)
    store.flush()
    world.jobs.schedule_event(world.now() + REFRESH_EVERY, "refresh_timed_audiences")


def record_later(world: World, activities: list[dict[str, Any]]) -> None:
    """Records activities that were sent with async, or that are older than 90 days."""
    record_activities(world, activities)


def merge_later(world: World, body: dict[str, Any]) -> None:
    """Runs a person/merge that was called with async."""
    Merge(world, body).run()


def merge_accounts_later(world: World, body: dict[str, Any]) -> None:
    """Runs an accounts/merge that was called with async."""
    AccountMerge(world, body).run()


def record_of_accounts_later(world: World, activities: list[dict[str, Any]]) -> None:
    """Records an activity of an account that has waited."""
    account_activity_logic.record_activities(world, activities)


def subscribe_later(world: World, audience_id: str, people: list[dict[str, Any]]) -> None:
    """Runs an audience/subscribe that was called with async."""
    apply_opt_ins(world, audience_id, people)
