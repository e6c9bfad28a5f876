"""The activity feed of a person: its events within a time frame, as person/get/activities returns them."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.state.world import World
from mockserver.vendors.ortto import activity_definition_records
from mockserver.vendors.ortto.activity_catalog import AUDIENCE_ID, BUILT_IN, NAME
from mockserver.vendors.ortto.activity_operators import timeframe_test
from mockserver.vendors.ortto.activity_records import Event, events_of
from mockserver.vendors.ortto.field_values import Person, as_text
from mockserver.vendors.ortto.null_handling import null_if_empty
from mockserver.vendors.ortto.timestamps import format_seconds

DEFAULT_LIMIT: Final = 50
RETENTION_DAYS: Final = 90
"""What `meta.retention` says (recorded). Older events are returned all the same (inferred)."""

_TITLES: Final = {"act::oos-all": "Unsubscribed from sms"}
"""Titles in feeds that differ from the activity's name (recorded)."""


def read_feed(world: World, person: Person, query: Mapping[str, Any]) -> dict[str, Any]:
    """A page of the person's events, newest first."""
    wanted = query.get("activities")
    is_within = timeframe_test(query, world.now())
    found = [
        event
        for event in events_of(world, person)
        if (not wanted or event["field_id"] in wanted) and is_within(event["at"])
    ]
    limit = query.get("limit", 0)
    limit = int(limit) if 0 < limit <= DEFAULT_LIMIT else DEFAULT_LIMIT
    offset = int(query.get("offset", 0))
    page = found[offset : offset + limit]
    end = offset + len(page) if page else 0
    return {
        "activities": null_if_empty(world, [_render(world, event) for event in page]),
        "meta": {
            "total_activities": len(found),
            "field_ids": wanted or None,
            "has_more": bool(page) and end < len(found),
            "retention": {"type": "time", "max_value": RETENTION_DAYS},
        },
        "offset": offset if page else 0,
        "next_offset": end,
    }


def _render(world: World, event: Event) -> dict[str, Any]:
    return {
        "id": event["id"],
        "attr": event["attr"],
        "created_at": format_seconds(event["at"]),
        "field_id": event["field_id"],
        "render_cmds": _render_title(world, event),
    }


def _render_title(world: World, event: Event) -> list[dict[str, str]]:
    """The event's title in pieces; that of an audience ends with its linked name (recorded)."""
    activity, attributes = event["field_id"], event["attr"]
    title = _TITLES.get(activity) or BUILT_IN.get(activity)
    detail: dict[str, str] | None = None
    if title is None:
        title, text = _custom_title(world, activity, attributes)
        detail = {"content": text} if text else None
    elif AUDIENCE_ID in attributes and NAME in attributes:
        link = f"/audiences/{attributes[AUDIENCE_ID]}/performance"
        detail = {"content": str(attributes[NAME]), "link": link}
    pieces = [{"content": " "}, detail] if detail else []
    return [{"content": title}, *pieces, {"content": "."}]


def _custom_title(world: World, activity: str, attributes: Mapping[str, Any]) -> tuple[str, str]:
    """The name of a custom activity, and the text of the attribute that its display style names."""
    record = activity_definition_records.load(world, activity)
    if record is None:
        return activity.rpartition(":")[2], ""
    definition = record["shown"]
    field_id = definition["display_mode"].get("attribute_field_id")
    return definition["name"], as_text(attributes.get(field_id)) or "" if field_id else ""
