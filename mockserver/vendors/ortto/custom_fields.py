"""The endpoints of fields: custom fields of people and accounts, and the schema of the instance."""

from collections.abc import Mapping
from typing import Any

from mockserver.call import Call
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.ortto import activity_definition_records, custom_field_records
from mockserver.vendors.ortto.activity_catalog import kebab
from mockserver.vendors.ortto.custom_field_records import ACCOUNT, PERSON, SELECTS, Owner
from mockserver.vendors.ortto.field_catalog import account_fields, person_fields
from mockserver.vendors.ortto.null_handling import without_nulls


def get_custom_fields(call: Call, world: World) -> object:
    """Returns the definitions of the custom fields of people."""
    return {"fields": custom_field_records.load_all(world)}


def create_person_custom_field(call: Call, world: World) -> object:
    """Creates a custom field of people. Raises request_invalid, field_exists and too_many_fields."""
    return _create(world, call.body, PERSON)


def update_person_custom_field(call: Call, world: World) -> object:
    """Changes the choices or the tracking of a field. Raises request_invalid and field_unknown."""
    return _update(world, call.body, PERSON)


def get_account_custom_fields(call: Call, world: World) -> object:
    """Returns the custom fields of accounts, which are not nested as those of people are (recorded)."""
    return {"fields": [one["field"] for one in custom_field_records.load_all(world, ACCOUNT)]}


def create_account_custom_field(call: Call, world: World) -> object:
    """Creates a custom field of accounts. Raises request_invalid, field_exists and too_many_fields."""
    return _create(world, call.body, ACCOUNT)


def update_account_custom_field(call: Call, world: World) -> object:
    """Changes the choices of a field. Raises request_invalid and field_unknown."""
    return _update(world, call.body, ACCOUNT)


def get_instance_schema(call: Call, world: World) -> object:
    """Returns the fields of the chosen namespaces, of all without a choice."""
    namespaces: dict[str, dict[str, Any]] = {
        "": {"id": "", "fields": _by_id(person_fields())},
        "cm": {"id": "cm", "fields": {**_by_id(_fields(world, PERSON)), **_custom_activities(world)}},
        "o": {"id": "o", "fields": _by_id(account_fields()), "org": True},
        "oc": {"id": "oc", "fields": _by_id(_fields(world, ACCOUNT)), "org": True},
    }
    wanted = without_nulls(call.body).get("namespaces")
    if not wanted:  # A namespace of custom fields exists from the first field on (inferred).
        return {"namespaces": {id: one for id, one in namespaces.items() if one["fields"]}}
    return {"namespaces": {id: namespaces[id] for id in wanted if id in namespaces}}


def _by_id(fields: Any) -> dict[str, Any]:
    return {field["id"]: field for field in fields}


def _fields(world: World, owner: Owner) -> list[dict[str, Any]]:
    return [one["field"] for one in custom_field_records.load_all(world, owner)]


def _custom_activities(world: World) -> dict[str, Any]:
    return {
        one["activity_field_id"]: {
            "id": one["activity_field_id"],
            "name": one["name"],
            "display_type": "activity",
            "attributes": [
                {
                    "id": attribute["field_id"],
                    "name": attribute["name"],
                    "display_type": attribute["display_type"],
                    "liquid_name": attribute["liquid_name"],
                }
                for attribute in one["attributes"]
            ],
        }
        for one in activity_definition_records.load_current(world)
    }


def _create(world: World, body: Mapping[str, Any], owner: Owner) -> dict[str, Any]:
    given = without_nulls(body)
    kind, name, choices = given["type"], given["name"], given.get("values", [])
    if kind in SELECTS and not choices:
        raise Problem("request_invalid", reason="values is required (Invalid value)")
    if kind == "multi_select" and given.get("track_changes"):
        raise Problem("request_invalid", reason="track_changes: true (Invalid value)")
    existing = custom_field_records.load_all(world, owner)
    if kebab(name) in custom_field_records.names(existing):
        raise Problem("field_exists", field=name)
    if len(existing) >= custom_field_records.MAX_FIELDS:
        raise Problem("too_many_fields")
    tracked = given.get("track_changes", False)
    values = choices if kind in SELECTS else []
    field = custom_field_records.define(world, name, kind, values, tracked, owner)["field"]
    reply = {"name": name, "field_id": field["id"], "display_type": kind}
    return reply | ({"values": values} if kind in SELECTS else {})


def _update(world: World, body: Mapping[str, Any], owner: Owner) -> dict[str, Any]:
    given = without_nulls(body)
    definition = custom_field_records.load(world, given["field_id"], owner)
    if definition is None:
        raise Problem("field_unknown", field_id=given["field_id"])
    field = definition["field"]
    is_select = field["display_type"] in SELECTS
    choices = _changed_choices(field.get("dic_items", []), given)
    if choices is not None:
        if not is_select:
            raise Problem("request_invalid", reason=f"{field['id']}: the field has no values (Invalid value)")
        field["dic_items"] = choices
    if field["display_type"] == "multi_select" and given.get("track_changes"):
        raise Problem("request_invalid", reason="track_changes: true (Invalid value)")
    definition["tracked_value"] = given.get("track_changes", definition["tracked_value"])
    custom_field_records.update(world, definition, owner)
    return {
        "field_id": field["id"],
        "values": field.get("dic_items", []) if is_select else None,
        "track_changes": definition["tracked_value"],
    }


def _changed_choices(choices: list[str], given: Mapping[str, Any]) -> list[str] | None:
    """The choices after the first of the three changes that is given (documented); None without one."""
    if "replace_values" in given:
        return list(dict.fromkeys(given["replace_values"]))
    if "add_values" in given:
        return list(dict.fromkeys([*choices, *given["add_values"]]))
    if "remove_values" in given:
        return [choice for choice in choices if choice not in given["remove_values"]]
    return None
