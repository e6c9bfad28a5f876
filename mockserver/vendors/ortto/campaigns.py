"""The endpoint of campaigns: POST /v1/campaign/get-all."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from mockserver.call import Call
from mockserver.state.world import World
from mockserver.vendors.ortto import campaign_records
from mockserver.vendors.ortto.ids import ZERO_ID
from mockserver.vendors.ortto.instance_records import NAME
from mockserver.vendors.ortto.null_handling import without_nulls
from mockserver.vendors.ortto.person_records import KIND as PERSON

_MAX_LIMIT: Final = 50
_TYPE, _STATE = "journey", "on"
"""Every campaign of this server is a journey that is on."""

_STATISTICS: Final = """
clicks click_rate email_clicks email_click_rate sms_clicks sms_click_rate push_clicks push_click_rate
widget_clicks widget_click_rate widget_engagement widget_engagement_rate opens open_rate replied reply_rate
delivered revenue conversions conversion_rate unique_conversions unique_conversion_rate
"""
_STATISTICS_OF_VARIANTS: Final = """
clicks delivered opens email_clicks email_delivered sms_clicks sms_delivered push_clicks push_delivered
revenue conversions whatsapp_delivered
"""


def get_campaigns(call: Call, world: World) -> object:
    """Returns a page of campaigns, newest first unless sorted."""
    query = without_nulls(call.body)
    records = (row.record for row in world.records(campaign_records.KIND).iterate(newest_first=True))
    found = [record for record in records if _matches(record, query)]
    journeys = _count_journeys(world, {record["id"] for record in found})
    campaigns = [_render(record, *journeys[record["id"]]) for record in found]
    if query.get("sort"):
        campaigns.sort(
            key=lambda one: _sort_key(one, query["sort"]), reverse=query.get("sort_order") != "asc"
        )
    limit, offset = query.get("limit", 0), int(query.get("offset", 0))
    limit = int(limit) if 0 < limit <= _MAX_LIMIT else _MAX_LIMIT
    page = campaigns[offset : offset + limit]
    end = offset + len(page) if page else 0
    return {
        "campaigns": page,
        **({"offset": offset} if offset else {}),  # absent if it is not asked for (recorded)
        **({"next_offset": end} if end else {}),
        "has_more": bool(page) and end < len(campaigns),
        "folder_id": query.get("folder_id", ZERO_ID).lower(),
    }


def _matches(record: Mapping[str, Any], query: Mapping[str, Any]) -> bool:
    types = set(query.get("types") or ()) or {query.get("type", "all")}
    ids = {id.lower() for id in query.get("campaign_ids", ())}
    return (
        not types.isdisjoint({"all", "", _TYPE})
        and query.get("state", "") in ("", _STATE)
        and query.get("folder_id", ZERO_ID) == ZERO_ID  # no campaign of this server is in a folder
        and (not ids or record["id"] in ids)
        and query.get("q", "").casefold() in record["name"].casefold()
    )


def _count_journeys(world: World, ids: Iterable[str]) -> dict[str, tuple[int, int]]:
    """How many people have started each campaign, and how many of them have left it."""
    counts = {id: [0, 0] for id in ids}
    for row in world.records(PERSON).iterate("live") if counts else ():
        for id, journey in row.record.get("journeys", {}).items():
            if id in counts:
                counts[id][0] += 1
                counts[id][1] += "left" in journey
    return {id: (entered, left) for id, (entered, left) in counts.items()}


def _sort_key(campaign: Mapping[str, Any], name: str) -> tuple[float, str]:
    value = campaign.get(name)
    return (value, "") if isinstance(value, int | float) else (0, str(value or "").casefold())


def _render(record: Mapping[str, Any], entered: int, exited: int) -> dict[str, Any]:
    return {
        "id": record["id"],
        "asset_id": ZERO_ID,
        "name": record["name"],
        "type": _TYPE,
        "instance_id": NAME,
        "folder_id": None,
        **{f"created_by_{part}": "" for part in ("name", "email")},
        "created_by_id": ZERO_ID,
        "created_at": record["created"],
        "edited_at": record["created"],
        "edited_by_id": ZERO_ID,
        "edited_by_name": "",
        "cancelled_by_id": ZERO_ID,
        "has_a_b_testing": False,
        "goal_activity_id": None,
        "goal_activity_title": "",
        "attribution_disabled": False,
        "report_type": "",
        "state": _STATE,
        "scheduled_location": "",
        "scheduled_use_local_time": False,
        "scheduled_local_time": "",
        "enable_schedule": None,
        **dict.fromkeys(_STATISTICS.split(), 0),
        **{f"variant_{letter}_{name}": 0 for letter in "ab" for name in _STATISTICS_OF_VARIANTS.split()},
        "entered": entered,
        "exited": exited,
        "last_updated": "0001-01-01T00:00:00Z",
    }
