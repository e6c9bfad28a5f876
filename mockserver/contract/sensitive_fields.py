"""What a contract calls secret, by name: whatever carries such a name is blanked when written down."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.contract.document import Document

_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
_PROSE: Final = frozenset({"example", "examples", "default", "const", "enum"})


@dataclass(frozen=True)
class SensitiveFields:
    """Names, in lower case, of the headers, query parameters and body members that carry secrets.

    `prefixes` are those of further query parameters: what signs a call may stand in its query too.
    """

    headers: frozenset[str] = _HEADERS
    query: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()


def read_sensitive_fields(document: Document) -> SensitiveFields:
    """Security schemes, and whatever has a schema of `format: password` or that is `writeOnly`."""
    schemes = [
        *map(document.resolve, document.root.get("components", {}).get("securitySchemes", {}).values())
    ]
    keys = [(one.get("in"), str(one.get("name")).lower()) for one in schemes if one.get("type") == "apiKey"]
    named = [*keys, *_secret_names(document, document.root)]
    signed = any(one.get("type") == "http" and one.get("scheme") == "oauth" for one in schemes)
    return SensitiveFields(
        headers=_HEADERS | {name for place, name in named if place == "header"},
        query=frozenset(name for place, name in named if place == "query"),
        members=frozenset(name for place, name in named if place == "body"),
        prefixes=("oauth_",) if signed else (),
    )


def is_secret(document: Document, schema: Any) -> bool:
    """Whether the schema says that its value is a secret."""
    schema = document.resolve(schema)
    if not isinstance(schema, Mapping):
        return False
    parts = [one for word in ("allOf", "anyOf", "oneOf") for one in schema.get(word, ())]
    told = schema.get("format") == "password" or schema.get("writeOnly") is True
    return told or any(is_secret(document, part) for part in parts)


def _secret_names(document: Document, node: Any) -> Iterator[tuple[str, str]]:
    """Place and name of every secret parameter and property below a node, as written."""
    if isinstance(node, list):
        for one in node:
            yield from _secret_names(document, one)
    if not isinstance(node, Mapping):
        return
    place, called = node.get("in"), node.get("name")
    if isinstance(place, str) and isinstance(called, str) and is_secret(document, node.get("schema")):
        yield place, called.lower()
    properties = node.get("properties")
    for name, schema in properties.items() if isinstance(properties, Mapping) else ():
        if is_secret(document, schema):
            yield "body", name.lower()
    for member, below in node.items():
        if member not in _PROSE:
            yield from _secret_names(document, below)
