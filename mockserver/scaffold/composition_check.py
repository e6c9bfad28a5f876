"""Refuses schemas whose composition has no end, or multiplies: a validator would follow each way through."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.errors import ScaffoldError
from mockserver.scaffold.schema_conversion import PREFIX

_MAX_PARTS: Final = 2_000
_LISTS: Final = ("allOf", "anyOf", "oneOf")
_ONE: Final = ("not", "if", "then", "else")


def check_composition(components: Mapping[str, Any], document: str) -> None:
    """Raises `ScaffoldError` for a component that consists of itself, or of too many others."""
    sizes: dict[str, int] = {}
    for name in components:
        _measure(name, components, sizes, document)


def _measure(first: str, components: Mapping[str, Any], sizes: dict[str, int], document: str) -> None:
    """Finds the number of schemas that a component consists of, on each way to them."""
    waiting, begun = [first], set[str]()
    while waiting:
        name = waiting[-1]
        parts = [one for one in _parts(components[name]) if one in components]
        unknown = [one for one in parts if one not in sizes]
        if name in sizes or not unknown:
            sizes.setdefault(name, 1 + sum(sizes[one] for one in parts))
            if sizes[name] > _MAX_PARTS:
                problem = f"{document}: schema {name} is composed of more than {_MAX_PARTS:,} others"
                raise ScaffoldError(f"{problem}; simplify its allOf, anyOf and oneOf")
            waiting.pop()
            begun.discard(name)
            continue
        begun.add(name)
        for one in unknown:
            if one in begun:
                raise ScaffoldError(
                    f"{document}: schema {one} is composed of itself; remove that from its allOf"
                )
        waiting += unknown


def _parts(schema: Any) -> Iterator[str]:
    """The components that apply to the same value as the schema."""
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"].removeprefix(PREFIX)
            waiting += [one for word in _LISTS for one in node.get(word, ())]
            waiting += [node[word] for word in _ONE if word in node]
