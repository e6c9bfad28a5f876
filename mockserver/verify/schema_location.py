"""Maps a validation error to the schema node in the OpenAPI document."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from mockserver.contract.document import Document
from mockserver.contract.operation import Operation
from mockserver.formats.json_pointer import format_pointer, parse_pointer, resolve

Tokens = tuple[str, ...]
"""Path from the document's root to a node: the tokens of a JSON pointer."""

_ALL_MEMBERS: Final = ("items", "additionalProperties", "unevaluatedProperties", "unevaluatedItems")
_KEYED: Final = ("prefixItems", "patternProperties")
COMPOSED: Final = ("allOf", "anyOf", "oneOf")


class SchemaLocation(NamedTuple):
    """Where a schema is: `usage` does not follow `$ref`, `definition` is where the rule is written."""

    usage: Tokens
    definition: Tokens


def node_at(document: Document, tokens: Tokens) -> Any:
    """The node at this path; references are not followed."""
    return resolve(document.root, tokens)


def follow_references(document: Document, tokens: Tokens, member: str | None = None) -> Tokens:
    """Follows `$ref`s to the first node that has the member, or that is not a reference."""
    node = node_at(document, tokens)
    while isinstance(node, dict) and isinstance(node.get("$ref"), str) and (not member or member not in node):
        tokens = tuple(parse_pointer(node["$ref"][1:]))
        node = node_at(document, tokens)
    return tokens


def locate_responses(document: Document, operation: Operation) -> Tokens:
    """Path of the operation's responses."""
    for path, item in document.root["paths"].items():
        for method, node in item.items():
            if isinstance(node, dict) and node.get("operationId") == operation.id:
                return ("paths", path, method, "responses")
    raise KeyError(operation.id)


def locate_reply_schema(document: Document, operation: Operation, status: int) -> Tokens:
    """Path of the schema of the operation's JSON responses with this status."""
    listed = locate_responses(document, operation)
    declared = node_at(document, listed)
    key = next(one for one in (str(status), f"{status // 100}XX", "default") if one in declared)
    response = follow_references(document, (*listed, key))
    media = next(iter(node_at(document, response)["content"]))
    return (*response, "content", media, "schema")


def locate_rule(document: Document, start: Tokens, path: Sequence[Any]) -> SchemaLocation:
    """The schema that has the violated keyword, from the path of a jsonschema error (without `$ref`s)."""
    here = start
    for token in path[:-1]:
        here = (*follow_references(document, here, str(token)), str(token))
    return SchemaLocation(here, follow_references(document, here, str(path[-1])))


def locate_object_schema(
    document: Document, start: Tokens, value: Any, tokens: Sequence[str]
) -> Tokens | None:
    """Definition of the schema that describes the object at `tokens` in a value."""
    schemas = [*_applied_schemas(document, start)]
    for token in tokens:
        below = [one for schema in schemas for one in _member_schemas(document, schema, token)]
        schemas = [one for schema in below for one in _applied_schemas(document, schema)]
    names = resolve(value, tokens)
    with_properties = [one for one in schemas if "properties" in node_at(document, one)]
    return max(
        with_properties,
        key=lambda one: len(node_at(document, one)["properties"].keys() & names),
        default=None,
    )


def _member_schemas(document: Document, here: Tokens, token: str) -> Iterator[Tokens]:
    node = node_at(document, here)
    if token in node.get("properties", ()):
        yield (*here, "properties", token)
    else:
        yield from ((*here, word) for word in _ALL_MEMBERS if isinstance(node.get(word), dict))


def _applied_schemas(document: Document, start: Tokens) -> Iterator[Tokens]:
    waiting, seen = [start], set[Tokens]()
    while waiting:
        here = waiting.pop(0)
        node = node_at(document, here)
        if here in seen or not isinstance(node, dict):
            continue
        seen.add(here)
        yield here
        if "$ref" in node:
            waiting.append(follow_references(document, here))
        waiting += [(*here, word, str(n)) for word in COMPOSED for n in range(len(node.get(word, ())))]


def schema_name(operation: str, status: int, tokens: Tokens) -> tuple[str, str]:
    """The name of a schema and the JSON pointer inside it (`*` for every item).

    The name is that of the component, else operation and status.
    """
    if tokens[0] == "components":
        known, rest = tokens[2], [*tokens[3:]]
    else:
        known, rest = f"{operation} {status}", [*tokens[5:]]
    if rest[:1] == ["content"]:
        rest = rest[3:]
    return known, format_pointer(list(_value_tokens(rest)))


def _value_tokens(rest: list[str]) -> Iterator[str]:
    """The tokens of the value's pointer for a path through its schema."""
    while rest:
        word = rest.pop(0)
        if word == "properties":
            yield rest.pop(0)
        elif word in _ALL_MEMBERS:
            yield "*"
        elif word in _KEYED:
            rest.pop(0)
            yield "*"
        elif word in COMPOSED:
            rest.pop(0)
