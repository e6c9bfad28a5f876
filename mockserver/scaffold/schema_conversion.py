"""Schemas of OpenAPI 3.0 and 3.1 as contracts have them: JSON Schema 2020-12 with the supported keywords."""

import re
from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any, Final

from mockserver.contract.lint.document_walker import SUPPORTED, SpecNode
from mockserver.contract.lint.schemas import check_keywords
from mockserver.contract.schema import FORMATS, NOTES
from mockserver.formats.json_pointer import parse_pointer
from mockserver.scaffold.document_file import SourceDocument

PREFIX: Final = "#/components/schemas/"
_TYPES: Final = ("null", "boolean", "object", "array", "number", "string", "integer")
_NUMBERS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_COUNTS: Final = (
    *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
    *("minContains", "maxContains"),
)
_INTEGERS: Final = {"int32": 2**31, "int64": 2**63}
_TEXTS: Final = ("title", "description")
_FLAGS: Final = ("deprecated", "readOnly", "writeOnly", "uniqueItems")
_VALUES: Final = ("default", "example", "examples", "const")
_SCHEMAS: Final = (
    *("not", "if", "then", "else", "items", "contains", "propertyNames"),
    *("additionalProperties", "unevaluatedProperties", "unevaluatedItems"),
)
_LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_MAPS: Final = ("properties", "patternProperties", "dependentSchemas")
_MAX_NUMBER: Final = 2**63


class SchemaConversion:
    """Converts the schemas of one document; `components` are those that the converted ones refer to."""

    def __init__(self, source: SourceDocument) -> None:
        self._source = source
        self._names: dict[str, str] = {}
        self._waiting: list[tuple[str, Any]] = []
        self.components: dict[str, Any] = {}

    def convert(self, node: Any) -> Any:
        """The schema, with everything that it refers to in `components`."""
        found = self._schema(node)
        while self._waiting:
            name, target = self._waiting.pop()
            self.components[name] = self._schema(target)
        return found

    def _schema(self, node: Any) -> Any:
        if isinstance(node, bool):
            return node
        if not isinstance(node, dict):
            return {}
        if isinstance(node.get("$ref"), str):
            return self._reference(node)
        found: dict[str, Any] = {}
        for name, value in node.items():
            convert = _CONVERSIONS.get(name)
            converted = convert(self, value) if convert and name in SUPPORTED["schema"] else None
            if converted is not None:
                found[name] = converted
        if "discriminator" in node and "oneOf" in found and "anyOf" not in found:
            # The discriminator chooses among alternatives that may overlap, which `oneOf` alone forbids.
            found["anyOf"] = found.pop("oneOf")
        if "const" in node:
            found["const"] = node["const"]
        if isinstance(node.get("items"), list) and node["items"]:  # as older drafts have it
            found["prefixItems"] = [self._schema(one) for one in node["items"]]
        _fix_bounds(node, found)
        _fix_enumeration(found)
        return _nullable(found) if self._source.is_3_0 and node.get("nullable") is True else found

    def _reference(self, node: dict[str, Any]) -> Any:
        reference = node["$ref"]
        target = self._source.target(reference)
        self._source.follow(node)  # fails if the reference leads to itself
        found = {"$ref": PREFIX + self._name(reference, target)}
        if self._source.is_3_0:
            return found
        return {**self._schema({name: value for name, value in node.items() if name != "$ref"}), **found}

    def _name(self, reference: str, target: Any) -> str:
        """The name of the component that a reference leads to; its schema is converted later."""
        if reference not in self._names:
            path = "/".join(parse_pointer(f"/{reference.removeprefix(PREFIX)}"))
            wanted = re.sub(r"[^A-Za-z0-9._-]+", "_", path).strip("_") or "Schema"
            wanted = wanted if len(wanted) <= 80 else wanted[-80:].strip("_")
            name, number = wanted, 2
            while name in self._names.values():
                name, number = f"{wanted}_{number}", number + 1
            self._names[reference] = name
            self._waiting.append((name, target))
        return self._names[reference]

    def map_of(self, value: Any) -> dict[str, Any] | None:
        """Schemas by name."""
        return {name: self._schema(one) for name, one in value.items()} if isinstance(value, dict) else None

    def list_of(self, value: Any) -> list[Any] | None:
        """Schemas in a list."""
        return [self._schema(one) for one in value] or None if isinstance(value, list) else None

    def one(self, value: Any) -> Any:
        """One schema."""
        return self._schema(value) if isinstance(value, dict | bool) else None


def _type(_conversion: SchemaConversion, value: Any) -> Any:
    kinds = [one for one in (value if isinstance(value, list) else [value]) if one in _TYPES]
    return None if not kinds else kinds[0] if len(kinds) == 1 else [*dict.fromkeys(kinds)]


def _number(_conversion: SchemaConversion, value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and isfinite(value) and abs(value) <= _MAX_NUMBER else None


def _count(_conversion: SchemaConversion, value: Any) -> Any:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_NUMBER
    return value if is_count else None


def _text(_conversion: SchemaConversion, value: Any) -> Any:
    return value if isinstance(value, str) else None


def _flag(_conversion: SchemaConversion, value: Any) -> Any:
    return True if value is True else None


def _value(_conversion: SchemaConversion, value: Any) -> Any:
    return value


def _names(_conversion: SchemaConversion, value: Any) -> Any:
    names = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
    return [*dict.fromkeys(names)] or None


def _values(_conversion: SchemaConversion, value: Any) -> Any:
    if not isinstance(value, list) or not value:
        return None
    found: list[Any] = []
    for one in value:
        if not any(type(one) is type(each) and one == each for each in found):
            found.append(one)
    return found


def _format(_conversion: SchemaConversion, value: Any) -> Any:
    return value if value in (*FORMATS, *NOTES) else None


def _pattern(_conversion: SchemaConversion, value: Any) -> Any:
    return value if isinstance(value, str) and is_usable({"pattern": value}) else None


def _patterns(conversion: SchemaConversion, value: Any) -> Any:
    usable = {name: one for name, one in value.items() if is_usable({"pattern": name})}
    return conversion.map_of(usable)


def _dependent(_conversion: SchemaConversion, value: Any) -> Any:
    return {name: _names(_conversion, one) or [] for name, one in value.items()}


def _xml(_conversion: SchemaConversion, value: Any) -> Any:
    kept: dict[str, Any] = {}
    if isinstance(value, dict):
        kept |= {"name": value["name"]} if isinstance(value.get("name"), str) else {}
        kept |= {"wrapped": True} if value.get("wrapped") is True else {}
    return kept or None


def is_usable(schema: dict[str, Any]) -> bool:
    """Whether both validators read the pattern alike."""
    return not [*check_keywords([SpecNode("", "schema", (), schema)])]


_Conversion = Callable[[SchemaConversion, Any], Any]
_CONVERSIONS: Final[Mapping[str, _Conversion]] = {
    "type": _type,
    **dict.fromkeys(_NUMBERS, _number),
    **dict.fromkeys(_COUNTS, _count),
    **dict.fromkeys(_TEXTS, _text),
    **dict.fromkeys(_FLAGS, _flag),
    **dict.fromkeys(_VALUES, _value),
    **dict.fromkeys(_SCHEMAS, SchemaConversion.one),
    **dict.fromkeys(_LISTS, SchemaConversion.list_of),
    **dict.fromkeys(_MAPS, SchemaConversion.map_of),
    "patternProperties": lambda conversion, value: (
        _patterns(conversion, value) if isinstance(value, dict) else None
    ),
    "required": _names,
    "enum": _values,
    "format": _format,
    "pattern": _pattern,
    "xml": _xml,
    "dependentRequired": lambda conversion, value: (
        _dependent(conversion, value) if isinstance(value, dict) else None
    ),
}


def _fix_bounds(node: Mapping[str, Any], found: dict[str, Any]) -> None:
    """The flags of 3.0 beside a bound, and the bounds that a format of integers implies."""
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if node.get(exclusive) is True and bound in found:
            found[exclusive] = found.pop(bound)
    size = _INTEGERS.get(str(node.get("format")))
    if size and "integer" in str(found.get("type")):
        if "minimum" not in found and "exclusiveMinimum" not in found:
            found["minimum"] = -size
        if "maximum" not in found and "exclusiveMaximum" not in found:
            found["maximum"] = size - 1
    if found.get("multipleOf", 1) <= 0:
        del found["multipleOf"]
    examples = found.get("examples")
    if examples is not None and not isinstance(examples, list):
        del found["examples"]


def _fix_enumeration(found: dict[str, Any]) -> None:
    """Drops the values of an enumeration that its type does not allow; all, if none is left."""
    kinds = found.get("type")
    if "enum" not in found or kinds is None:
        return
    allowed = [kinds] if isinstance(kinds, str) else kinds
    values = [one for one in found["enum"] if _is_of(one, allowed)]
    if values:
        found["enum"] = values
    else:
        del found["enum"]


def _is_of(value: Any, kinds: list[str]) -> bool:
    if isinstance(value, bool):
        return "boolean" in kinds
    if isinstance(value, int):
        return "integer" in kinds or "number" in kinds
    if isinstance(value, float):
        return "number" in kinds or ("integer" in kinds and value.is_integer())
    named = {str: "string", list: "array", dict: "object", type(None): "null"}
    return named.get(type(value), "") in kinds


def _nullable(found: dict[str, Any]) -> dict[str, Any]:
    """The schema that allows null as well."""
    kinds = found.get("type")
    if kinds is None:
        words = ("title", "description", "deprecated", "readOnly", "writeOnly", "example", "default")
        outside = {name: value for name, value in found.items() if name in words}
        inside = {name: value for name, value in found.items() if name not in words}
        return {"anyOf": [inside, {"type": "null"}], **outside} if inside else outside
    listed = kinds if isinstance(kinds, list) else [kinds]
    found["type"] = [*dict.fromkeys([*listed, "null"])]
    if "enum" in found and None not in found["enum"]:
        found["enum"] = [*found["enum"], None]
    return found
