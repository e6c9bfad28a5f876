"""Backstage actions as their contract describes them: names, summaries, members of their bodies."""

from typing import Any, TypedDict

from mockserver.formats.json_pointer import resolve


class BackstageAction(TypedDict):
    """An action that a person would perform in the vendor's own UI, and the members of its body."""

    action: str
    summary: str
    required: list[str]
    optional: list[str]


def list_actions(contract: dict[str, Any]) -> list[BackstageAction]:
    """The actions of a backstage contract (an OpenAPI document), in its order."""
    return [_action(contract, node) for item in contract["paths"].values() for node in item.values()]


def _action(contract: dict[str, Any], node: dict[str, Any]) -> BackstageAction:
    content = node.get("requestBody", {}).get("content", {})
    schema = _resolved(contract, content.get("application/json", {}).get("schema", {}))
    required = schema.get("required", [])
    members = schema.get("properties", {})
    return {
        "action": node["operationId"],
        "summary": node["summary"],
        "required": [name for name in members if name in required],
        "optional": [name for name in members if name not in required],
    }


def _resolved(contract: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = resolve(contract, schema["$ref"].removeprefix("#"))
    return schema
