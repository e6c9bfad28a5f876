"""Loyalty tiers: a group of dynamic audiences that cut one attribute into ranges without overlap.

A range holds its start and not its end: the documented examples end one tier with the number that the next
one starts with, so a consumer at the boundary is in the upper tier alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mockserver.formats.json_pointer import json_equal
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, member_logic, rule_records
from mockserver.vendors.fanfare.errors import validation_failed

TierGroup = Mapping[str, Any]
"""`{groupName, attribute, tiers}`, as calls send it."""

Tier = Mapping[str, Any]

_CONSUMER_FIELDS: Final = {"lifetimeSpend": "totalOrderValue"}
"""Consumers have no field of that name; what they spent in all is this one."""


def create_tier_audience(world: World, organization: str, group: str, plan: TierGroup, tier: Tier) -> Record:
    """Makes the audience of a tier."""
    given = {
        "groupId": group,
        "groupType": audience_records.TIER_GROUP,
        **_audience_fields(group, plan, tier),
    }
    audience = audience_records.new_record(
        world, organization, tier["name"], audience_records.DYNAMIC, **given
    )
    rule_records.append_rules(world, audience, list(_build_rules(plan["attribute"], tier)))
    member_logic.schedule_refresh(world, audience)
    audience_records.add(world, audience)
    return audience


def update_tier_audience(world: World, audience: Record, plan: TierGroup, tier: Tier) -> None:
    """The audience with its new range; one whose tier is as it was stays untouched."""
    attributes = _audience_fields(audience["groupId"], plan, tier)
    rules = list(_build_rules(plan["attribute"], tier))
    kept = [{name: rule[name] for name in ("field", "operator", "values")} for rule in audience["rules"]]
    if rules == kept and all(json_equal(audience[name], value) for name, value in attributes.items()):
        return
    audience |= attributes
    if rules != kept:
        audience["rules"] = []
        rule_records.append_rules(world, audience, rules)
        member_logic.schedule_refresh(world, audience)
    audience_records.increment_version(world, audience)
    audience_records.save(world, audience)


def _audience_fields(group: str, plan: TierGroup, tier: Tier) -> dict[str, Any]:
    return {
        "groupName": plan["groupName"],
        "iconName": tier.get("iconName"),
        "metadata": {
            "tierGroup": group,
            "tierAttribute": plan["attribute"],
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
    """Raises the problem validation_failed for ranges that are empty or overlap, and for repetitions."""
    wrong = [
        (f"tiers.{number}.{member}", message)
        for number, tier in enumerate(tiers)
        for member, message in _find_errors(tier, tiers[:number], tiers)
    ]
    if wrong:
        raise validation_failed(*wrong)


def _find_errors(tier: Tier, earlier: Sequence[Tier], tiers: Sequence[Tier]) -> Iterator[tuple[str, str]]:
    for member in ("name", "order"):
        if any(other[member] == tier[member] for other in earlier):
            yield member, "Already taken"
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
