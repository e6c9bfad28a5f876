"""The arguments of a tool's action, and the JSON Schema of a whole tool."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from mockserver.contract.document import Document

ACTION: Final = "action"
"""The argument that selects one of a tool's actions."""

_COMPONENTS: Final = "#/components/schemas/"
_UNUSED: Final = ("example", "examples")
_COMBINATORS: Final = ("oneOf", "anyOf", "allOf", "$ref")


@dataclass(frozen=True)
class Argument:
    """One argument: its place in the call (path, query, body or members), its name there, and its schema."""

    name: str
    place: str
    target: str
    schema: Mapping[str, Any]
    required: bool
    default: Any = None
    example: Any = None


def tool_schema(document: Document, actions: Mapping[str, Iterable[Argument]]) -> dict[str, Any]:
    """The schema of a tool's arguments; that of several actions has `action` and says which takes what."""
    merged: dict[str, dict[str, Argument]] = {}
    for action, arguments in actions.items():
        for one in arguments:
            merged.setdefault(one.name, {})[action] = one
    several = len(actions) > 1
    properties: dict[str, Any] = {ACTION: {"enum": [*actions]}} if several else {}
    for name, takers in merged.items():
        properties[name] = _merge(takers, several and len(takers) < len(actions))
    required = [
        name for name, takers in merged.items() if len(takers) == len(actions) and all_required(takers)
    ]
    schema = {
        "type": "object",
        "properties": properties,
        "required": [*([ACTION] if several else []), *required],
        "additionalProperties": False,
    }
    return _self_contained(document, schema)


def all_required(takers: Mapping[str, Argument]) -> bool:
    """Whether each action needs the argument."""
    return all(one.required for one in takers.values())


def body_members(document: Document, schema: Any) -> dict[str, Any] | None:
    """The members of a body that is an object, each to become an argument; None for any other body.

    Of one that is one of several objects, the members of all, and the union of the values of a constant.
    """
    found = document.resolve(schema)
    if not isinstance(found, dict):
        return None
    if "oneOf" in found:
        return _union([document.resolve(one) for one in found["oneOf"]])
    if not found.get("properties") or any(word in found for word in _COMBINATORS):
        return None
    members: dict[str, Any] = found["properties"]
    return members


def required_members(document: Document, schema: Any) -> set[str]:
    """The members that the body needs, whichever of several objects it is."""
    found = document.resolve(schema)
    choices = [document.resolve(one) for one in found.get("oneOf", [found])]
    return set.intersection(*(set(one.get("required", ())) for one in choices))


def _union(choices: list[Any]) -> dict[str, Any] | None:
    if not all(isinstance(one, dict) and one.get("properties") for one in choices):
        return None
    members: dict[str, Any] = {}
    for one in choices:
        for name, schema in one["properties"].items():
            if isinstance(schema, dict) and "const" in schema:
                text = " ".join(str(one.get("description", "")).split())
                known = members.setdefault(name, {"enum": [], "description": ""})
                known["enum"].append(schema["const"])
                known["description"] += f" {schema['const']}: {text}"
            elif name not in members:
                members[name] = schema
            elif members[name] != schema:
                known = members[name]
                choices_of_it = known["anyOf"] if [*known] == ["anyOf"] else [known]
                members[name] = {"anyOf": [*choices_of_it, schema]}
    return members


def _merge(takers: Mapping[str, Argument], partial: bool) -> dict[str, Any]:
    schemas: list[Any] = []
    for one in takers.values():
        plain = {word: value for word, value in one.schema.items() if word not in ("description", "default")}
        if plain not in schemas:
            schemas.append(plain)
    merged: dict[str, Any] = deepcopy(schemas[0]) if len(schemas) == 1 else {"anyOf": deepcopy(schemas)}
    merged["description"] = _describe(takers, partial)
    defaults = {repr(one.default): one.default for one in takers.values()}
    if len(defaults) == 1 and None not in defaults.values():
        merged["default"] = next(iter(defaults.values()))
    return merged


def _describe(takers: Mapping[str, Argument], partial: bool) -> str:
    """The meaning of the argument, with the actions that take it and those that need it."""
    by_text: dict[str, list[str]] = {}
    for action, one in takers.items():
        text = " ".join(str(one.schema.get("description", "")).split()).rstrip(".")
        by_text.setdefault(text, []).append(f"{action} (required)" if partial and one.required else action)
    if not partial:
        return "; ".join(text for text in by_text if text)
    return "; ".join(
        f"{', '.join(actions)}: {text}" if text else ", ".join(actions) for text, actions in by_text.items()
    )


def _self_contained(document: Document, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with the components that it refers to in `$defs`, without what only documents them."""
    found: dict[str, Any] = {}

    def copy(node: Any) -> Any:
        if isinstance(node, list):
            return [copy(one) for one in node]
        if not isinstance(node, dict):
            return node
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith(_COMPONENTS):
            name = reference.removeprefix(_COMPONENTS)
            if name not in found:
                found[name] = {}
                found[name] = copy(document.resolve_reference(reference))
            return {**copy({word: node[word] for word in node if word != "$ref"}), "$ref": f"#/$defs/{name}"}
        return {
            word: value if word in ("const", "enum", "default") else copy(value)
            for word, value in node.items()
            if not (word in _UNUSED or (isinstance(word, str) and word.startswith("x-")))
        }

    copied: dict[str, Any] = copy(schema)
    return copied | ({"$defs": found} if found else {})
