"""The rules of an audience as a whole: how they come in, get their ids and groups, and take effect."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from mockserver.errors import Problem
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, ids, member_logic
from mockserver.vendors.fanfare.errors import validation_failed
from mockserver.vendors.fanfare.rule_matching import Rule, find_errors

_OPENAPI_OPERATORS: Final = ("BETWEEN", "EXISTS", "NOT_EXISTS")
"""The operators that the documents' pages do not have."""


def validate_rules(world: World, rules: Iterable[Rule], prefix: str = "") -> None:
    """Raises the problem validation_failed for rules that make no sense; `prefix` is where they stand."""
    wrong = [
        (f"{prefix}{number}.{member}", message)
        for number, rule in enumerate(rules)
        for member, message in _find_errors(world, rule)
    ]
    if wrong:
        raise validation_failed(*wrong)


def validate_rule(world: World, rule: Rule) -> None:
    """Raises the problem validation_failed for a rule that makes no sense."""
    wrong = list(_find_errors(world, rule))
    if wrong:
        raise validation_failed(*wrong)


def _find_errors(world: World, rule: Rule) -> Iterator[tuple[str, str]]:
    if rule["operator"] in _OPENAPI_OPERATORS and world.switches["rule_operators"] == 10:
        yield "operator", "Invalid value"
    else:
        yield from find_errors(rule)


def require_dynamic(audience: Record) -> None:
    """Raises the problem not_dynamic."""
    if audience["type"] != audience_records.DYNAMIC:
        raise Problem("not_dynamic")


def append_rules(world: World, audience: Record, given: Sequence[Mapping[str, Any]]) -> list[Record]:
    """Adds rules to a record of an audience, and gives them as they became.

    Those without a group share one: the audience's first, else a new one.
    """
    rules: list[Record] = audience["rules"]
    shared = rules[0]["groupId"] if rules else None
    added: list[Record] = []
    for rule in given:
        group, position = rule.get("groupId"), rule.get("position")
        if group is None:
            group = shared = shared or ids.generate_id(world, "grp")
        made = {
            "id": ids.generate_id(world, "rule"),
            "audienceId": audience["id"],
            "field": rule["field"],
            "operator": rule["operator"],
            "values": rule["values"],
            "groupId": group,
            "position": len(rules) + len(added) if position is None else int(position),
        }
        added.append(made)
    audience["rules"] = sort_by_position([*rules, *added])
    return added


def sort_by_position(rules: Iterable[Record]) -> list[Record]:
    """The rules by their positions."""
    return sorted(rules, key=lambda rule: rule["position"])


def save_changed_rules(world: World, audience: Record) -> None:
    """Makes a new version of an audience whose rules have changed, and has its members worked out."""
    audience_records.increment_version(world, audience)
    member_logic.schedule_refresh(world, audience)
    audience_records.save(world, audience)
