"""The names that a contract declares secret; the values of fields with these names are redacted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mockserver.contract.document import Document

_HEADERS: Final = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-api-key"})
_PROSE: Final = frozenset({"example", "examples", "default", "const", "enum"})


@dataclass(frozen=True)
class SensitiveFields:
    """Names, in lower case, of the headers, query parameters and body members that carry secrets.

    `prefixes` match further query parameters: a signature may be sent in the query too.
    """

    headers: frozenset[str] = _HEADERS
    query: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()


def read_sensitive_fields(document: Document) -> SensitiveFields:
    """The security schemes, and every field whose schema has `format: password` or `writeOnly`."""
    schemes = [
        *map(document.resolve, document.root.get("components", {}).get("securitySchemes", {}).values())
    ]
    keys = [(one.get("in"), str(one.get("name")).lower()) for one in schemes if one.get("type") == "apiKey"]
    names = [*keys, *_secret_names(document, document.root)]
    signed = any(one.get("type") == "http" and one.get("scheme") == "oauth" for one in schemes)
    return SensitiveFields(
        headers=_HEADERS | {name for location, name in names if location == "header"},
        query=frozenset(name for location, name in names if location == "query"),
        members=frozenset(name for location, name in names if location == "body"),
        prefixes=("oauth_",) if signed else (),
    )


def is_secret(document: Document, schema: Any) -> bool:
    """Whether the schema declares its value secret."""
    schema = document.resolve(schema)
    if not isinstance(schema, Mapping):
        return False
    parts = [one for word in ("allOf", "anyOf", "oneOf") for one in schema.get(word, ())]
    declared = schema.get("format") == "password" or schema.get("writeOnly") is True
    return declared or any(is_secret(document, part) for part in parts)


def _secret_names(document: Document, root: Any) -> set[tuple[str, str]]:
    """Location and name of every secret parameter and property of the document."""
    found: set[tuple[str, str]] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            location, name = node.get("in"), node.get("name")
            if (
                isinstance(location, str)
                and isinstance(name, str)
                and is_secret(document, node.get("schema"))
            ):
                found.add((location, name.lower()))
            properties = node.get("properties")
            for name, schema in properties.items() if isinstance(properties, dict) else ():
                if is_secret(document, schema):
                    found.add(("body", name.lower()))
            waiting += [below for member, below in node.items() if member not in _PROSE]
    return found
