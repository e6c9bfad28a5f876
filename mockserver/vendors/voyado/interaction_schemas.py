"""Schemas of interactions: list, create, read, delete."""

from mockserver.call import Call
from mockserver.contract.caller_schema import CallerSchema
from mockserver.errors import Problem
from mockserver.state.world import World
from mockserver.vendors.voyado import interaction_records, validation_messages
from mockserver.vendors.voyado.paths import version_path


def list_interaction_schemas(call: Call, world: World) -> object:
    """Lists the schemas without their JSON Schema, in order of creation."""
    return [
        {name: one[name] for name in ("id", "displayName")} for one in interaction_records.list_schemas(world)
    ]


def list_interaction_schemas_v2(call: Call, world: World) -> object:
    """Returns the same reply as `list_interaction_schemas`."""
    return list_interaction_schemas(call, world)


def create_interaction_schema(call: Call, world: World) -> object:
    """Creates a schema. Problems: invalid_interaction, interaction_schema_exists."""
    try:
        CallerSchema(call.body["jsonSchema"])
    except ValueError as error:
        message = "The jsonSchema field is not a valid JSON schema."
        call.remarks.append(f"jsonSchema: {str(error).partition(chr(10))[0]}")
        raise Problem(
            "invalid_interaction", errors=[validation_messages.entry("jsonSchema", message)]
        ) from error
    record = interaction_records.add_schema(world, call.body)
    href = version_path(call, "interactionschemas", record["id"])
    return {"id": record["id"], "self": {"href": href, "created": record["created"]}}


def create_interaction_schema_v2(call: Call, world: World) -> object:
    """Does the same as `create_interaction_schema`."""
    return create_interaction_schema(call, world)


def get_interaction_schema(call: Call, world: World) -> object:
    """Returns the schema. Problem: interaction_schema_not_found."""
    record = interaction_records.find_schema(world, call.params["interactionSchemaId"])
    return {name: record[name] for name in ("id", "displayName", "jsonSchema")}


def get_interaction_schema_v2(call: Call, world: World) -> object:
    """Returns the same reply as `get_interaction_schema`."""
    return get_interaction_schema(call, world)


def delete_interaction_schema(call: Call, world: World) -> object:
    """Deletes the schema with its interactions. Problem: interaction_schema_not_found."""
    interaction_records.remove_schema(world, call.params["interactionSchemaId"])
    return {}


def delete_interaction_schema_v2(call: Call, world: World) -> object:
    """Does the same as `delete_interaction_schema`."""
    return delete_interaction_schema(call, world)
