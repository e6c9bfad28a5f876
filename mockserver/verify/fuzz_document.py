"""The document for a fuzzer: bodies as the vendor reads them, with what it tolerates (`x-coerce`)."""

from collections.abc import Mapping
from typing import Any, Final

from mockserver.contract.coercion import CoercionSpec
from mockserver.contract.document import Document

_SCHEMAS: Final = "#/components/schemas/"
_SUFFIX: Final = "AsRead"
_NULL: Final = {"type": "null"}
_NUMBERS: Final = frozenset({"integer", "number"})


def loosen_bodies(document: Document) -> dict[str, Any]:
    """The root of the document; request bodies refer to schemas that accept what `x-coerce` tolerates.

    Replies keep the strict schemas. Without `x-coerce`, the root is returned unchanged.
    """
    root = document.root
    if "x-coerce" not in root:
        return root
    loosener = _Loosener(CoercionSpec.read(root["x-coerce"]), root["components"]["schemas"])
    paths = {
        path: {name: loosener.operation(document, node) for name, node in item.items()}
        for path, item in root["paths"].items()
    }
    schemas = root["components"]["schemas"] | loosener.found
    return {**root, "paths": paths, "components": {**root["components"], "schemas": schemas}}


class _Loosener:
    """Copies schemas, and the components that they refer to, so that they accept more."""

    def __init__(self, coercion: CoercionSpec, components: Mapping[str, Any]) -> None:
        self._coercion = coercion
        self._components = components
        self.found: dict[str, Any] = {}

    def operation(self, document: Document, node: Any) -> Any:
        """The operation with a loosened body; anything else in a path item as it is."""
        if not isinstance(node, dict) or "requestBody" not in node:
            return node
        body = document.resolve(node["requestBody"])
        content = {
            name: {**media, "schema": self.schema(media.get("schema", {}))}
            for name, media in body["content"].items()
        }
        return {**node, "requestBody": {**body, "content": content}}

    def schema(self, node: Any) -> Any:
        """The schema, loosened at all depths."""
        if isinstance(node, list):
            return [self.schema(one) for one in node]
        if not isinstance(node, dict):
            return node
        required = node.get("required", ())
        found = {name: self._keyword(name, value, required) for name, value in node.items()}
        types = node.get("type", ())
        types = [types] if isinstance(types, str) else list(types)
        if self._coercion.numbers_as_text and "string" in types and _NUMBERS.isdisjoint(types):
            found["type"] = [*types, "number"]
        return found

    def _keyword(self, name: str, value: Any, required: Any) -> Any:
        if name == "$ref" and isinstance(value, str) and value.startswith(_SCHEMAS):
            return self._reference(value.removeprefix(_SCHEMAS))
        if name == "properties" and isinstance(value, dict):
            return {member: self._member(one, member in required) for member, one in value.items()}
        if name in ("items", "additionalProperties", "anyOf", "oneOf", "allOf"):
            return self.schema(value)
        return value

    def _member(self, schema: Any, is_required: bool) -> Any:
        loosened = self.schema(schema)
        return loosened if is_required or not self._coercion.null_as_absent else {"anyOf": [loosened, _NULL]}

    def _reference(self, name: str) -> str:
        loose = f"{name}{_SUFFIX}"
        if loose not in self.found:
            self.found[loose] = {}  # a recursive schema meets itself
            self.found[loose] = self.schema(self._components[name])
        return _SCHEMAS + loose
