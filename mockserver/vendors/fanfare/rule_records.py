"""The rules of an audience: validation, ids, groups and storage."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, ids, member_logic
from mockserver.vendors.fanfare.problems import validation_failed
from mockserver.vendors.fanfare.rule_matching import Rule, find_errors
from mockserver.vendors.fanfare.violation_messages import expected_choice

_PAGE_OPERATORS: Final = (
    "EQUALS", "NOT_EQUALS", "GREATER_THAN", "GREATER_THAN_OR_EQUAL", "LESS_THAN", "LESS_THAN_OR_EQUAL",
    "CONTAINS", "NOT_CONTAINS", "IN", "NOT_IN",
)  # fmt: skip
"""The operators on the vendor's API page; its OpenAPI file and concept page have further ones."""


def validate_rules(world: World, rules: Iterable[Rule], prefix: str = "") -> None:
    """Raises validation_failed for invalid rules; `prefix` is the path of the rules in the body."""
    errors = [
        (f"{prefix}{number}.{field}", message)
        for number, rule in enumerate(rules)
        for field, message in _find_errors(world, rule)
    ]
    if errors:
        raise validation_failed(*errors)


def validate_rule(world: World, rule: Rule) -> None:
    """Raises validation_failed for an invalid rule."""
    errors = list(_find_errors(world, rule))
    if errors:
        raise validation_failed(*errors)


def _find_errors(world: World, rule: Rule) -> Iterator[tuple[str, str]]:
    if rule["operator"] not in _PAGE_OPERATORS and world.switches["rule_operators"] == 10:
        yield "operator", expected_choice([*_PAGE_OPERATORS], rule["operator"])
    else:
        yield from find_errors(rule)


def require_dynamic(audience: Record) -> None:
    """Raises not_dynamic for other audiences."""
    if audience["type"] != audience_records.DYNAMIC:
        raise Problem("not_dynamic")


def append_rules(world: World, audience: Record, new_rules: Sequence[Mapping[str, Any]]) -> list[Record]:
    """Adds rules to an audience record and returns them as stored.

    Rules without a group share one: the first group of the audience or else a new one.
    """
    rules: list[Record] = audience["rules"]
    shared = rules[0]["groupId"] if rules else None
    added: list[Record] = []
    for rule in new_rules:
        group, position = rule.get("groupId"), rule.get("position")
        if group is None:
            group = shared = shared or ids.generate_id(world, "grp")
        stored = {
            "id": ids.generate_id(world, "rule"),
            "audienceId": audience["id"],
            "field": rule["field"],
            "operator": rule["operator"],
            "values": rule["values"],
            "groupId": group,
            "position": len(rules) + len(added) if position is None else int(position),
        }
        added.append(stored)
    audience["rules"] = sort_by_position([*rules, *added])
    return added


def sort_by_position(rules: Iterable[Record]) -> list[Record]:
    """The rules, ordered by position."""
    return sorted(rules, key=lambda rule: rule["position"])


def save_changed_rules(world: World, audience: Record) -> None:
    """Saves an audience whose rules have changed as a new version and schedules its refresh."""
    audience_records.increment_version(world, audience)
    member_logic.schedule_refresh(world, audience)
    audience_records.save(world, audience)
