"""Loyalty tiers: a group of dynamic audiences for disjoint ranges of one attribute.

A range includes its start and excludes its end: in the documented example a tier ends with the number that
the next one starts with, and a consumer with exactly that value belongs to the upper tier.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mockserver.formats.json_pointer import json_equal
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, member_logic, rule_records
from mockserver.vendors.fanfare.problems import validation_failed

TierGroup = Mapping[str, Any]
"""`{groupName, attribute, tiers}`, the body of a call."""

Tier = Mapping[str, Any]

_CONSUMER_FIELDS: Final = {"lifetimeSpend": "totalOrderValue"}
"""The consumer field for an attribute with another name."""


def create_tier_audience(
    world: World, organization: str, group: str, tier_group: TierGroup, tier: Tier
) -> Record:
    """Creates the audience of a tier."""
    fields = {
        "groupId": group,
        "groupType": audience_records.TIER_GROUP,
        **_audience_fields(group, tier_group, tier),
    }
    audience = audience_records.new_record(
        world, organization, tier["name"], audience_records.DYNAMIC, **fields
    )
    rule_records.append_rules(world, audience, list(_build_rules(tier_group["attribute"], tier)))
    member_logic.schedule_refresh(world, audience)
    audience_records.add(world, audience)
    return audience


def update_tier_audience(world: World, audience: Record, tier_group: TierGroup, tier: Tier) -> None:
    """Updates the audience of a tier; an unchanged tier is not written."""
    attributes = _audience_fields(audience["groupId"], tier_group, tier)
    rules = list(_build_rules(tier_group["attribute"], tier))
    current = [{name: rule[name] for name in ("field", "operator", "values")} for rule in audience["rules"]]
    if rules == current and all(json_equal(audience[name], value) for name, value in attributes.items()):
        return
    audience |= attributes
    if rules != current:
        audience["rules"] = []
        rule_records.append_rules(world, audience, rules)
        member_logic.schedule_refresh(world, audience)
    audience_records.increment_version(world, audience)
    audience_records.save(world, audience)


def _audience_fields(group: str, tier_group: TierGroup, tier: Tier) -> dict[str, Any]:
    return {
        "groupName": tier_group["groupName"],
        "iconName": tier.get("iconName"),
        "metadata": {
            "tierGroup": group,
            "tierAttribute": tier_group["attribute"],
            "tierOrder": int(tier["order"]),
            "tierBoundaries": {"min": tier["startValue"], "max": tier.get("endValue")},
        },
    }


def _build_rules(attribute: str, tier: Tier) -> Iterator[dict[str, Any]]:
    field = _CONSUMER_FIELDS.get(attribute, attribute)
    yield {"field": field, "operator": "GREATER_THAN_OR_EQUAL", "values": [tier["startValue"]]}
    if tier.get("endValue") is not None:
        yield {"field": field, "operator": "LESS_THAN", "values": [tier["endValue"]]}


def validate_tiers(tiers: Sequence[Tier]) -> None:
    """Raises validation_failed for empty or overlapping ranges and for duplicate names or orders."""
    errors = [
        (f"tiers.{number}.{field}", message)
        for number, tier in enumerate(tiers)
        for field, message in _find_errors(tier, tiers[:number], tiers)
    ]
    if errors:
        raise validation_failed(*errors)


def _find_errors(tier: Tier, earlier: Sequence[Tier], tiers: Sequence[Tier]) -> Iterator[tuple[str, str]]:
    for field in ("name", "order"):
        if any(other[field] == tier[field] for other in earlier):
            yield field, "Already taken"
    start, end = tier["startValue"], tier.get("endValue")
    if end is not None and end <= start:
        yield "endValue", "Must be greater than startValue"
    elif end is None and any(other["startValue"] > start for other in tiers):
        yield "endValue", "Required for every tier but the last"
    elif any(_overlap(tier, other) for other in earlier):
        yield "startValue", "Overlaps another tier"


def _overlap(one: Tier, other: Tier) -> bool:
    return _starts_before_end(one, other) and _starts_before_end(other, one)


def _starts_before_end(one: Tier, other: Tier) -> bool:
    end = other.get("endValue")
    return end is None or bool(one["startValue"] < end)
