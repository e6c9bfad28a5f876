"""Extra members of an account: what overlays have added to replies, filled in where a reply lacks it."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

from mockserver.contract.overlay import OVERLAY
from mockserver.contract.schema import Schema
from mockserver.formats.json_pointer import MISSING, parse_pointer

_PARTS: Final = ("allOf", "anyOf", "oneOf")
_COMPONENTS: Final = "#/components/schemas/"


class ExtraMembers:
    """Fills in the members of one schema that overlays have added with a `const` or a `default`."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._named: Callable[[str], Any] = cache(self._resolve)

    def fill(self, body: Any) -> Any:
        """The body with these members; what it has already stays, and the body itself is not changed."""
        return self._fill(self._schema.schema, body)

    def _fill(self, schema: Any, value: Any) -> Any:
        if isinstance(value, dict):
            for name, part in self._properties(schema):
                if name in value:
                    filled = self._fill(part, value[name])
                    value = value if filled is value[name] else {**value, name: filled}
                elif (extra := _extra(part)) is not MISSING:
                    value = {**value, name: extra}
            return value
        if isinstance(value, list):
            for part in self._items(schema):
                filled = [self._fill(part, one) for one in value]
                value = filled if any(a is not b for a, b in zip(filled, value, strict=True)) else value
        return value

    def _properties(self, schema: Any) -> Iterator[tuple[str, Any]]:
        for part in self._parts(schema):
            yield from part.get("properties", {}).items()

    def _items(self, schema: Any) -> Iterator[Any]:
        return (part["items"] for part in self._parts(schema) if "items" in part)

    def _parts(self, schema: Any) -> list[dict[str, Any]]:
        """The schema, and those that it refers to or is combined of."""
        found: list[dict[str, Any]] = []
        waiting = [schema]
        while waiting:
            one = waiting.pop()
            if isinstance(one, dict) and not any(one is known for known in found):
                found.append(one)
                waiting += [below for word in _PARTS for below in one.get(word, ())]
                if str(one.get("$ref")).startswith(_COMPONENTS):
                    waiting.append(self._named(one["$ref"]))
        return found

    def _resolve(self, reference: str) -> Any:
        return self._schema.components.get(parse_pointer(reference[1:])[-1])


def _extra(part: Any) -> Any:
    """The value of a member that an overlay has added; MISSING for any other, or one without a value."""
    if not isinstance(part, dict) or part.get("x-source") != OVERLAY:
        return MISSING
    return part.get("const", part.get("default", MISSING))
