"""Endpoints of the rules of a dynamic audience."""

from typing import Final

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.formats.json_pointer import json_equal
from mockserver.state.records import Record
from mockserver.state.world import World
from mockserver.vendors.fanfare import audience_records, rule_records
from mockserver.vendors.fanfare.organization import caller_organization

_READ_ONLY_FIELDS: Final = ("id", "audienceId")


def list_audience_rules(call: Call, world: World) -> object:
    """The rules, ordered by position. Raises audience_not_found."""
    return _find_audience(call, world)["rules"]


def add_audience_rules(call: Call, world: World) -> object:
    """Adds rules and returns them. Raises audience_not_found, not_dynamic and validation_failed."""
    audience = _find_audience(call, world)
    rule_records.require_dynamic(audience)
    rule_records.validate_rules(world, call.body)
    added = rule_records.append_rules(world, audience, call.body)
    rule_records.save_changed_rules(world, audience)
    return added


def replace_audience_rules(call: Call, world: World) -> object:
    """Replaces all rules. Raises audience_not_found, not_dynamic and validation_failed."""
    audience = _find_audience(call, world)
    rule_records.require_dynamic(audience)
    rule_records.validate_rules(world, call.body["rules"], "rules.")
    audience["rules"] = []
    rule_records.append_rules(world, audience, call.body["rules"])
    rule_records.save_changed_rules(world, audience)
    return audience["rules"]


def get_audience_rule(call: Call, world: World) -> object:
    """A rule. Raises audience_not_found and rule_not_found."""
    return _find_rule(call, _find_audience(call, world))


def update_audience_rule(call: Call, world: World) -> object:
    """Updates a rule. Raises audience_not_found, rule_not_found and validation_failed."""
    audience = _find_audience(call, world)
    before = _find_rule(call, audience)
    changes = {
        name: call.body[name] for name in before if name in call.body and name not in _READ_ONLY_FIELDS
    }
    after = {**before, **changes}
    after["position"] = int(after["position"])
    rule_records.validate_rule(world, after)
    if not json_equal(after, before):
        others = [rule for rule in audience["rules"] if rule["id"] != after["id"]]
        audience["rules"] = rule_records.sort_by_position([*others, after])
        rule_records.save_changed_rules(world, audience)
    return after


def delete_audience_rule(call: Call, world: World) -> object:
    """Deletes a rule and returns it. Raises audience_not_found and rule_not_found."""
    audience = _find_audience(call, world)
    rule = _find_rule(call, audience)
    audience["rules"].remove(rule)
    rule_records.save_changed_rules(world, audience)
    return rule


def _find_audience(call: Call, world: World) -> Record:
    return audience_records.find(world, caller_organization(call, world), call.params["audienceId"])


def _find_rule(call: Call, audience: Record) -> Record:
    rules: list[Record] = audience["rules"]
    rule = next((one for one in rules if one["id"] == call.params["ruleId"]), None)
    if rule is None:
        raise Problem("rule_not_found")
    return rule
