"""A value that fits a schema, made from its examples, defaults and constraints."""

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any, Final

import orjson

from mockserver.contract.sample_text import FORMATTED, matching_text
from mockserver.contract.schema import Schema
from mockserver.contract.unknown_properties import collect_properties
from mockserver.errors import NoSampleError
from mockserver.formats.json_pointer import MISSING, resolve

_MAX_DEPTH: Final = 24
_FULL_DEPTH: Final = 5
"""Below this depth only required members are made."""
_MAX_VALUES: Final = 2_000
_MAX_BRANCHES: Final = 8
_MAX_ITEMS: Final = 100
_MAX_LENGTH: Final = 100_000
_TEXT: Final = "text"
_LISTS: Final = ("oneOf", "anyOf")


class Sampler:
    """Makes values for the schemas of one document; `components` are its `components/schemas`."""

    def __init__(self, components: dict[str, Any]) -> None:
        self._components = components
        self._left = 0

    def sample(self, schema: Any, *, full: bool = True) -> Any:
        """A value that fits, with the optional members too if `full`; `MISSING` if none is found."""
        compiled = Schema(schema, self._components)
        for whole in (True, False) if full else (False,):
            self._left = _MAX_VALUES
            try:
                value = self._value(schema, 0 if whole else _FULL_DEPTH, ())
                if fits(compiled, value):
                    return value
            except (NoSampleError, RecursionError):
                continue
        return MISSING

    def flatten(self, schema: Any) -> dict[str, Any]:
        """The schema with its references and `allOf` merged, as far as its top level goes.

        Raises `NoSampleError` for a schema that allows nothing, or is too large.
        """
        self._left = _MAX_VALUES
        return self._flat(schema, ())[0]

    def members(self, schema: Any) -> dict[str, Any]:
        """The members that a schema describes, in its alternatives too, by name."""
        try:
            own = self.flatten(schema).get("properties", {})
        except NoSampleError:
            own = {}
        return {**collect_properties(schema, self._components), **own}

    def items(self, schema: Any) -> Any:
        """The schema of the items of a list; None if the schema does not describe them."""
        try:
            return self.flatten(schema).get("items")
        except NoSampleError:
            return None

    def _value(self, schema: Any, depth: int, above: tuple[str, ...]) -> Any:
        self._left -= 1
        if self._left < 0 or depth > _MAX_DEPTH + _FULL_DEPTH:
            raise NoSampleError("too large")
        flat, above = self._flat(schema, above)
        for value in _given(flat):
            if fits(Schema(schema, self._components), value):
                return value
        for word in _LISTS:
            if flat.get(word):
                return self._branch(flat, word, depth, above)
        return self._typed(flat, depth, above)

    def _branch(self, flat: dict[str, Any], word: str, depth: int, above: tuple[str, ...]) -> Any:
        """A value of the first alternative that has one that fits the whole."""
        rest = {name: one for name, one in flat.items() if name != word}
        whole = Schema(flat, self._components)
        for branch in flat[word][:_MAX_BRANCHES]:
            try:
                below, names = self._flat(branch, above)
                value = self._value(_merge(rest, below), depth, names)
            except NoSampleError:
                continue
            if fits(whole, value):
                return value
        raise NoSampleError(word)

    def _typed(self, flat: dict[str, Any], depth: int, above: tuple[str, ...]) -> Any:
        kind = _type_of(flat)
        if kind == "object":
            return self._object(flat, depth, above)
        if kind == "array":
            return self._array(flat, depth, above)
        if kind in ("integer", "number"):
            return _number(flat, kind)
        if kind == "string":
            return _string(flat)
        return {"boolean": True, "null": None}[kind]

    def _object(self, flat: dict[str, Any], depth: int, above: tuple[str, ...]) -> dict[str, Any]:
        properties, required = flat.get("properties", {}), flat.get("required", ())
        found: dict[str, Any] = {}
        for name, schema in properties.items():
            if name in required:
                found[name] = self._value(schema, depth + 1, above)
            elif depth < _FULL_DEPTH and schema is not False:
                try:
                    found[name] = self._value(schema, depth + 1, above)
                except NoSampleError:
                    continue
        rest = flat.get("additionalProperties", True)
        for name in required:
            if name not in found:
                found[name] = self._value(rest, depth + 1, above)
        for number in range(min(flat.get("minProperties", 0) - len(found), _MAX_ITEMS)):
            found[f"name{number + 1}"] = self._value(rest, depth + 1, above)
        return found

    def _array(self, flat: dict[str, Any], depth: int, above: tuple[str, ...]) -> list[Any]:
        least = flat.get("minItems", 0)
        if least > _MAX_ITEMS:
            raise NoSampleError("minItems")
        first = [self._value(one, depth + 1, above) for one in flat.get("prefixItems", ())[:least]]
        wanted = max(least, 0 if depth >= _FULL_DEPTH or flat.get("maxItems") == 0 else 1) - len(first)
        if wanted <= 0:
            return first
        try:
            item = self._value(flat.get("items", True), depth + 1, above)
        except NoSampleError:
            if least > len(first):
                raise
            return first
        items = [item] * wanted if not flat.get("uniqueItems") else [*self._different(flat, item, wanted)]
        return [*first, *items]

    def _different(self, flat: dict[str, Any], item: Any, wanted: int) -> Iterator[Any]:
        """Different items: values of the enumeration, or the first one varied."""
        shape = self._flat(flat.get("items", True), ())[0]
        values = shape.get("enum")
        for number in range(wanted):
            if isinstance(values, list) and number < len(values):
                yield values[number]
            elif isinstance(item, str):
                yield f"{item}{number or ''}"
            elif isinstance(item, int | float) and not isinstance(item, bool):
                yield item + number
            else:
                yield item

    def _flat(self, schema: Any, above: tuple[str, ...]) -> tuple[dict[str, Any], tuple[str, ...]]:
        """The merged schema, and the references that lead to it."""
        self._left -= 1
        if self._left < 0:
            raise NoSampleError("too large")
        if schema is True:
            return {}, above
        if not isinstance(schema, Mapping):
            raise NoSampleError("false")
        found: dict[str, Any] = {}
        if "$ref" in schema:
            reference = schema["$ref"]
            if above.count(reference) > 1:
                raise NoSampleError("recursive")
            target = resolve(self._components, reference.removeprefix("#/components/schemas"))
            found, above = self._flat(True if target is MISSING else target, (*above, reference))
        for one in schema.get("allOf", ()):
            below, above = self._flat(one, above)
            found = _merge(found, below)
        own = {name: one for name, one in schema.items() if name not in ("$ref", "allOf")}
        return _merge(found, own), above


def fits(schema: Schema, value: Any) -> bool:
    """Whether the value fits; a value that is not JSON does not."""
    try:
        orjson.dumps(value)
        return schema.is_valid(value)
    except (TypeError, ValueError, RecursionError):
        return False


def _given(flat: Mapping[str, Any]) -> Iterator[Any]:
    """The values that the schema names itself."""
    yield from (flat[word] for word in ("const", "example") if word in flat)
    for word in ("examples", "enum"):
        if isinstance(flat.get(word), list):
            yield from flat[word][:_MAX_BRANCHES]
    if flat.get("default") is not None:
        yield flat["default"]


def _merge(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Both schemas in one: members together, the narrower bound of two."""
    found = {**one}
    for name, value in other.items():
        if name not in found:
            found[name] = value
        elif name == "properties":
            found[name] = {**found[name], **{key: _both(found[name], key, value[key]) for key in value}}
        elif name in ("items", "additionalProperties"):
            found[name] = _both(found, name, value)
        elif name == "required":
            found[name] = [*dict.fromkeys([*found[name], *value])]
        elif name in ("minimum", "minLength", "minItems", "exclusiveMinimum", "minProperties"):
            found[name] = max(found[name], value)
        elif name in ("maximum", "maxLength", "maxItems", "exclusiveMaximum"):
            found[name] = min(found[name], value)
        elif name == "enum":
            found[name] = [each for each in found[name] if each in value] or value
        else:
            found[name] = value
    return found


def _both(known: Mapping[str, Any], name: str, schema: Any) -> Any:
    return {"allOf": [known[name], schema]} if name in known and known[name] != schema else schema


def _type_of(flat: Mapping[str, Any]) -> str:
    kinds = flat.get("type")
    if isinstance(kinds, list):
        kinds = next((kind for kind in kinds if kind != "null"), "null")
    if isinstance(kinds, str):
        return kinds
    if not {"properties", "required", "additionalProperties", "minProperties"}.isdisjoint(flat):
        return "object"
    if not {"items", "prefixItems", "minItems"}.isdisjoint(flat):
        return "array"
    if not {"minimum", "maximum", "multipleOf", "exclusiveMinimum"}.isdisjoint(flat):
        return "number"
    return "string" if not {"format", "pattern", "minLength", "maxLength"}.isdisjoint(flat) else "object"


def _number(flat: Mapping[str, Any], kind: str) -> Any:
    """A small number within the bounds, of those that the step allows."""
    step = flat.get("multipleOf", 1)
    low, high = flat.get("minimum"), flat.get("maximum")
    above, below = flat.get("exclusiveMinimum"), flat.get("exclusiveMaximum")
    bounds = [one for one in (low, high, above, below) if one is not None]
    near = [1, *(ceil(one / step) * step + more for one in bounds for more in (0, step, -step))]
    near += [*bounds, sum(bounds) / len(bounds)] if bounds and kind == "number" else []
    for value in (ceil(1 / step) * step, *near):
        if (
            (low is None or value >= low)
            and (high is None or value <= high)
            and (above is None or value > above)
            and (below is None or value < below)
        ):
            return int(value) if float(value).is_integer() else value
    raise NoSampleError("bounds")


def _string(flat: Mapping[str, Any]) -> str:
    least, most = flat.get("minLength", 0), flat.get("maxLength")
    if least > _MAX_LENGTH:
        raise NoSampleError("minLength")
    if "pattern" in flat:
        found = matching_text(flat["pattern"])
        if found is None:
            raise NoSampleError("pattern")
        return found + found[-1:] * int(least - len(found))
    text = FORMATTED.get(flat.get("format", ""), _TEXT)
    if least > len(text):
        text = (text * ceil(least / len(text)))[: max(least, 0)]
    return text if most is None or len(text) <= most or text in FORMATTED.values() else text[:most]
