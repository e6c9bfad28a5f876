"""Endpoints of loyalty tiers."""

from collections.abc import Sequence
from typing import Any

from mockserver.call import Call
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, ids, tier_logic
from mockserver.vendors.fanfare.organization import caller_organization


def create_loyalty_tiers(call: Call, world: World) -> object:
    """Creates a tier group: `{tierGroup, audiences}`. Raises validation_failed."""
    tier_logic.validate_tiers(call.body["tiers"])
    organization, group = caller_organization(call, world), ids.generate_id(world, "tier")
    audiences = [
        tier_logic.create_tier_audience(world, organization, group, call.body, tier)
        for tier in call.body["tiers"]
    ]
    return _to_response(world, group, audiences)


def update_loyalty_tiers(call: Call, world: World) -> object:
    """Replaces the tiers of a group: `{tierGroup, audiences}`. Tiers are matched by name.

    Raises audience_group_not_found and validation_failed.
    """
    organization, group = caller_organization(call, world), call.params["groupId"]
    remaining = audience_records.list_group(world, organization, group)
    tier_logic.validate_tiers(call.body["tiers"])
    audiences = []
    for tier in call.body["tiers"]:
        audience = next((one for one in remaining if one["name"] == tier["name"]), None)
        if audience is None:
            audience = tier_logic.create_tier_audience(world, organization, group, call.body, tier)
        else:
            remaining.remove(audience)
            tier_logic.update_tier_audience(world, audience, call.body, tier)
        audiences.append(audience)
    for removed in remaining:
        audience_records.archive(world, removed)
    return _to_response(world, group, audiences)


def _to_response(world: World, group: str, audiences: Sequence[Record]) -> dict[str, Any]:
    ordered = sorted(audiences, key=lambda one: one["metadata"]["tierOrder"])
    return {
        "tierGroup": group,
        "audiences": [audience_records.to_response(world, one, ("rules",)) for one in ordered],
    }
